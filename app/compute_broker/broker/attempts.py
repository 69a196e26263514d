"""One attempt at one tier: money set aside, the answer streamed, the books closed.

Every attempt is settled or released exactly once, whatever happens to it: an error, the person's Stop,
a cancelled task. How it went stays on the :class:`~compute_broker.broker.settling.Running`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from compute_broker.broker.events import AskOptions
from compute_broker.broker.settling import Running
from compute_broker.broker.unbroken import unbroken
from compute_broker.core.decision import Decision
from compute_broker.core.errors import BrokerError, Fault, LedgerError, PersonError, ProviderError
from compute_broker.core.quote import Quote
from compute_broker.core.stream import (
    Message,
    ModelRequest,
    StreamEnd,
    StreamEvent,
    TextDelta,
    UsageSeen,
)
from compute_broker.core.tier import ANY_MODEL
from compute_broker.ledger.records import AttemptKind, BudgetLimit, NewAttempt, Outcome, Reservation
from compute_broker.ledger.threaded import AsyncLedger

_log = logging.getLogger(__name__)

FIRST_WORD_SECONDS = 60.0
IDLE_SECONDS = 60.0


class Door(Protocol):
    """The single door through which prompts leave."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield events until one ``StreamEnd``; raise ``ProviderError``."""
        ...


class Observer(Protocol):
    """Who learns from real requests: the market. They are the best probe there is."""

    def record_success(self, tier_id: str, *, tokens_per_second: float | None = None) -> None:
        """Note an answer."""

    def record_failure(self, tier_id: str, error: ProviderError) -> None:
        """Note a failure."""


@dataclass(frozen=True, slots=True)
class Order:
    """All that is to be known of one request."""

    request_id: str
    decision: Decision
    messages: tuple[Message, ...]
    options: AskOptions
    limits: Sequence[BudgetLimit]


class Attempts:
    """Makes attempts against the ledger, the door and the market."""

    def __init__(self, ledger: AsyncLedger, door: Door, market: Observer) -> None:
        """Keep the three."""
        self._ledger = ledger
        self._door = door
        self._market = market

    async def reserve(self, order: Order, quote: Quote) -> tuple[Running, Reservation]:
        """Set the attempt's ceiling aside.

        Raises:
            BudgetExceededError: a hard budget would be passed.
            LedgerError: the ledger cannot be written.
        """
        tier, price = quote.tier, quote.price
        ceiling = None
        if price is not None:
            ceiling = price.ceiling(order.decision.task.prompt_tokens, tier.max_output_tokens)
        attempt = NewAttempt(
            tier.id, tier.place, tier.provider, model_of(quote), price, ceiling, AttemptKind.ANSWER
        )
        reservation = await self._ledger.reserve(
            order.request_id, attempt, order.limits, override=order.options.override_budget
        )
        return Running(quote, order.messages, reservation.id), reservation

    async def words(self, order: Order, running: Running, left: float) -> AsyncGenerator[str, None]:
        """Yield the answer piece by piece, its first word within ``left`` seconds, and close the books.

        A failure is not raised: afterwards it is in ``running.failure``. Only a cancelled or closed
        attempt is left for :meth:`stop`.
        """
        try:
            await self._ledger.mark_sent(running.reservation_id)
        except LedgerError as error:
            running.failure = ProviderError(Fault.BAD_REQUEST, str(error))
            await unbroken(self._give_back(running, "never sent"))
            return
        running.send()
        request = _request(order, running.quote, left)
        try:
            async with asyncio.timeout(left) as limit, aclosing(self._door.stream(request)) as events:
                async for event in events:
                    text = _take(running, event)
                    if text:
                        limit.reschedule(None)  # words keep coming: only a silence ends it now
                        yield text
        except (ProviderError, TimeoutError, PersonError) as raised:
            running.failure = _as_provider_error(raised)
        except Exception as raised:  # noqa: BLE001 - logged whole, and the money is settled
            # A fault of ours must not leave money set aside, nor the prompt without an answer.
            _log.exception("an adapter failed unexpectedly")
            stumbled = f"the program stumbled over its answer ({type(raised).__name__}); see the log"
            running.failure = ProviderError(Fault.BAD_REQUEST, stumbled, may_be_billed=True)
        await unbroken(self._close(running))

    async def stop(self, running: Running) -> None:
        """Close the books on what was stopped: what has been read is billed, whatever more was made."""
        if running.closed:
            return
        if running.sent:
            await self._settle(running, Outcome.CANCELLED)
        else:
            await self._give_back(running, "cancelled before it was sent")

    async def _close(self, running: Running) -> None:
        """Settle or release an attempt that came to an end, and tell the market."""
        tier_id, failure = running.quote.tier.id, running.failure
        if failure is None:
            await self._settle(running, running.outcome)
            speed = running.end.tokens_per_second if running.end else None
            self._market.record_success(tier_id, tokens_per_second=speed)
            return
        self._market.record_failure(tier_id, failure)
        _log.info("tier %s failed: %s", tier_id, failure.fault.value)
        running.usage = failure.usage or running.usage
        if running.has_words:
            await self._settle(running, Outcome.CUT_OFF)
        elif failure.may_be_billed or running.usage is not None:
            await self._settle(running, Outcome.FAILED)
        else:
            await self._give_back(running, failure.fault.value)

    async def _settle(self, running: Running, outcome: Outcome) -> None:
        running.settlement = running.settle(outcome)
        await self._ledger.settle(running.reservation_id, running.settlement)

    async def _give_back(self, running: Running, reason: str) -> None:
        running.released = True
        await self._ledger.release(running.reservation_id, reason)


def model_of(quote: Quote) -> str:
    """Return the model to ask for: the tier's, or what its server has loaded."""
    if quote.tier.model == ANY_MODEL and quote.availability.model:
        return quote.availability.model
    return quote.tier.model


def _request(order: Order, quote: Quote, left: float) -> ModelRequest:
    return ModelRequest(
        tier=quote.tier,
        model=model_of(quote),
        messages=order.messages,
        max_output_tokens=quote.tier.max_output_tokens,
        private=order.decision.task.private,
        first_word_timeout=min(FIRST_WORD_SECONDS, left),
        idle_timeout=IDLE_SECONDS,
    )


def _take(running: Running, event: StreamEvent) -> str:
    if isinstance(event, TextDelta):
        running.heard(event.text)
        return event.text
    if isinstance(event, UsageSeen):
        running.usage = event.usage
    elif isinstance(event, StreamEnd):
        running.end = event
    return ""


def _as_provider_error(error: BrokerError | TimeoutError) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, PersonError):
        return ProviderError(Fault.BAD_REQUEST, str(error))
    return ProviderError(Fault.TIMED_OUT, "the time allowed for an answer is over", may_be_billed=True)
