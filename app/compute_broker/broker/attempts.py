"""One attempt at one tier: money set aside, the answer streamed, the books closed.

Every attempt is settled or released exactly once, whatever happens to it: an error, the person's Stop,
a cancelled task. How it went stays on the :class:`~compute_broker.broker.settling.Running`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from compute_broker.broker.haste import Haste
from compute_broker.broker.settling import Reading, Running
from compute_broker.broker.trip import Order, Trip
from compute_broker.broker.unbroken import unbroken
from compute_broker.broker.warmth import LEAST_TOKENS
from compute_broker.core.energy import Energy
from compute_broker.core.errors import (
    BrokerError,
    BudgetExceededError,
    Fault,
    LedgerError,
    PersonError,
    ProviderError,
)
from compute_broker.core.headroom import RateHeadroom
from compute_broker.core.quote import Quote
from compute_broker.core.stream import (
    Message,
    ModelRequest,
    Role,
    StreamEnd,
    StreamEvent,
    TextDelta,
    UsageSeen,
)
from compute_broker.core.texts import tr
from compute_broker.core.tier import ANY_MODEL, Place, ProviderKind, Tier
from compute_broker.ledger.records import AttemptKind, BudgetWarning, NewAttempt, Outcome
from compute_broker.ledger.threaded import AsyncLedger

_log = logging.getLogger(__name__)

FIRST_WORD_SECONDS = 60.0
IDLE_SECONDS = 60.0
CONNECT_NEAR_SECONDS = 1.0
"""For a connection to this machine or the office's network, where another tier could be asked instead."""
CONNECT_FAR_SECONDS = 3.0
"""Likewise for a connection over the internet: a handshake with one lost packet takes a good second."""

_NEAR = {Place.PERSONAL, Place.OFFICE}


class Door(Protocol):
    """The single door through which prompts leave."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield events until one ``StreamEnd``; raise ``ProviderError``."""
        ...

    async def warm_up(self, kind: ProviderKind) -> None:
        """Load what the first prompt to ``kind`` would wait for."""


class Observer(Protocol):
    """Who learns from real requests: the market. They are the best probe there is."""

    def record_start(self, tier_id: str) -> None:
        """Note that a prompt leaves; one ``record_end`` follows, whatever happens."""

    def record_word(self, tier_id: str) -> None:
        """Note the first word of an answer."""

    def record_end(self, tier_id: str) -> None:
        """Note that the prompt is no longer there."""

    def record_headroom(self, tier_id: str, rate: RateHeadroom) -> None:
        """Note what is left of rate limits."""

    def record_success(
        self, tier_id: str, *, tokens_per_second: float | None = None, first_word_ms: int | None = None
    ) -> None:
        """Note an answer."""

    def record_failure(self, tier_id: str, error: ProviderError) -> None:
        """Note a failure."""

    def record_energy(self, tier_id: str, energy: Energy) -> None:
        """Note what an answer took of this machine's electricity."""


class Meter(Protocol):
    """Measures what answers of this machine draw."""

    async def start(self, tier: Tier) -> Reading | None:
        """Begin to measure an answer of ``tier``; ``None`` where nothing can. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Asking:
    """What is sent to one tier, and for what: the order's own messages unless said otherwise."""

    messages: tuple[Message, ...]
    kind: AttemptKind = AttemptKind.ANSWER
    max_output_tokens: int | None = None
    """At most this many tokens; ``None``: as many as the tier may give."""


class Attempts:
    """Makes attempts against the ledger, the door and the market."""

    def __init__(
        self,
        ledger: AsyncLedger,
        door: Door,
        market: Observer,
        clock: Callable[[], float] = time.monotonic,
        meter: Callable[[], Meter] | None = None,
    ) -> None:
        """Keep the parts; ``clock`` is in seconds and never runs back, ``meter`` is made when wanted."""
        self._clock = clock
        self._meter = meter
        self._ledger = ledger
        self._door = door
        self._market = market

    def begin(self, order: Order) -> Trip:
        """Return a trip for ``order`` whose deadline counts from now."""
        return Trip(order, self._clock() + order.options.deadline)

    async def warm_up(self, quote: Quote) -> None:
        """Load what a first prompt to this tier would wait for on our side, before any clock runs."""
        await self._door.warm_up(quote.tier.provider)

    def left(self, trip: Trip) -> float:
        """Return the seconds left until the trip's deadline; below zero when it is over."""
        return trip.end - self._clock()

    async def reserve(
        self, trip: Trip, quote: Quote, asking: Asking | None = None
    ) -> tuple[Running, tuple[BudgetWarning, ...]] | None:
        """Set the attempt's ceiling aside; return it with the budget warnings that came with it.

        ``None`` when the budget or the ledger says no, which is noted on the trip.
        """
        order = trip.order
        asking = asking or Asking(order.messages)
        most = min(asking.max_output_tokens or quote.tier.max_output_tokens, quote.tier.max_output_tokens)
        try:
            reservation = await self._ledger.reserve(
                order.request_id,
                _new_attempt(order, quote, asking, most),
                order.limits,
                override=order.options.override_budget,
            )
        except BudgetExceededError as error:
            trip.over_budget = True
            trip.trouble.append(f"{quote.tier.label}: {error}")
            return None
        except LedgerError as error:
            trip.trouble.append(str(error))
            return None
        running = Running(quote, asking.messages, reservation.id, most, asking.kind)
        trip.runs.append(running)
        return running, reservation.warnings

    async def words(self, trip: Trip, running: Running) -> AsyncGenerator[str, None]:
        """Yield the answer piece by piece, its first word before the deadline, and close the books.

        A failure is not raised: afterwards it is in ``running.failure``. Only a cancelled or closed
        attempt is left for :meth:`stop`.
        """
        price = running.quote.price
        if self._meter is not None and price is not None and price.power is not None:
            running.reading = await self._meter().start(running.quote.tier)
        try:
            await self._ledger.mark_sent(running.reservation_id)
        except LedgerError as error:
            running.failure = ProviderError(Fault.BAD_REQUEST, str(error))
            await unbroken(self._give_back(running, tr("never sent")))
            return
        left = self.left(trip)
        request = _request(trip, running, left)
        running.send(request.first_word_timeout)
        self._market.record_start(running.quote.tier.id)
        try:
            async with aclosing(self._heard(trip, request, running)) as heard:
                async for text in heard:
                    yield text
        finally:
            self._market.record_end(running.quote.tier.id)
        await unbroken(self._close(running))

    async def _heard(self, trip: Trip, request: ModelRequest, running: Running) -> AsyncGenerator[str, None]:
        """Yield the answer piece by piece; a failure is noted on ``running``, not raised."""
        tier_id, left = running.quote.tier.id, self.left(trip)
        try:
            async with asyncio.timeout(left) as limit, aclosing(self._door.stream(request)) as events:
                with _haste(trip).heard(partial(_hurry, running, limit)):
                    async for event in running.timed(events):
                        _take(running, event)
                        if isinstance(event, RateHeadroom):
                            self._market.record_headroom(tier_id, event)
                        if text := running.unsaid():
                            if limit.when() is not None:
                                self._market.record_word(tier_id)
                                limit.reschedule(None)  # words keep coming: only a silence ends it now
                            yield text
        except (ProviderError, TimeoutError, PersonError) as raised:
            running.failure = _moved_on() if running.hurried else _as_provider_error(raised)
        except Exception as raised:  # noqa: BLE001 - logged whole, and the money is settled
            # A fault of ours must not leave money set aside, nor the prompt without an answer.
            _log.exception("an adapter failed unexpectedly")
            stumbled = tr(
                "the program stumbled over its answer ({name}); see the log", name=type(raised).__name__
            )
            running.failure = ProviderError(Fault.BAD_REQUEST, stumbled, may_be_billed=True)

    async def stop(self, running: Running) -> None:
        """Close the books wherever the attempt stands; what was stopped is billed as far as it was read.

        Raises:
            LedgerError: it could not be written; try again later.
        """
        if running.closed:
            return
        if running.complete or running.failure is not None:
            await self._close(running)
        elif running.sent:
            await self._settle(running, Outcome.CANCELLED)
        else:
            await self._give_back(running, tr("cancelled before it was sent"))

    async def _close(self, running: Running) -> None:
        """Settle or release an attempt that came to an end, and tell the market."""
        tier_id, failure = running.quote.tier.id, running.failure
        if failure is None:
            await self._settle(running, running.outcome)
            speed = running.end.tokens_per_second if running.end else None
            self._market.record_success(tier_id, tokens_per_second=speed, first_word_ms=running.first_word_ms)
            if running.energy is not None:
                self._market.record_energy(tier_id, running.energy)
            return
        _log.info("tier %s failed: %s", tier_id, failure.fault.value)
        running.usage = failure.usage or running.usage
        if running.has_words:
            await self._settle(running, Outcome.CUT_OFF)
        elif failure.may_be_billed or running.usage is not None:
            await self._settle(running, Outcome.FAILED)
        else:
            await self._give_back(running, failure.fault.value)
        early = failure.fault is Fault.TIMED_OUT and running.patience < FIRST_WORD_SECONDS
        if not (early or running.hurried) or running.has_words:  # a deadline of ours says nothing of the tier
            self._market.record_failure(tier_id, failure)

    async def _settle(self, running: Running, outcome: Outcome) -> None:
        await running.stop_measuring()
        settlement = running.settle(outcome)
        await self._ledger.settle(running.reservation_id, settlement)
        running.settlement = settlement

    async def _give_back(self, running: Running, reason: str) -> None:
        await running.stop_measuring()
        await self._ledger.release(running.reservation_id, reason)
        running.released = True


def model_of(quote: Quote) -> str:
    """Return the model to ask for: the tier's, or what its server has loaded."""
    if quote.tier.model == ANY_MODEL and quote.availability.model:
        return quote.availability.model
    return quote.tier.model


def _new_attempt(order: Order, quote: Quote, asking: Asking, most: int) -> NewAttempt:
    """Return what is to be set aside for: an attempt that may use ``most`` output tokens."""
    prompt_tokens = order.decision.task.prompt_tokens
    if asking.messages is not order.messages:
        prompt_tokens = sum(message.tokens for message in asking.messages)
    ceiling = quote.price.ceiling(prompt_tokens, most) if quote.price is not None else None
    tier = quote.tier
    return NewAttempt(
        tier.id,
        tier.place,
        tier.provider,
        model_of(quote),
        quote.price,
        ceiling,
        asking.kind,
        effort=tier.effort,
    )


def _request(trip: Trip, running: Running, left: float) -> ModelRequest:
    order = trip.order
    return ModelRequest(
        tier=running.quote.tier,
        model=model_of(running.quote),
        messages=running.messages,
        max_output_tokens=running.max_output_tokens,
        private=order.decision.task.private,
        keep_warm=_goes_on(order) and order.decision.task.prompt_tokens >= LEAST_TOKENS,
        first_word_timeout=min(FIRST_WORD_SECONDS, left),
        connect_timeout=_connect_seconds(trip, running.quote),
        idle_timeout=IDLE_SECONDS,
    )


def _connect_seconds(trip: Trip, quote: Quote) -> float | None:
    """Return how long connecting may take: short where another tier would be asked; ``None``: as usual."""
    if not trip.has_more() and trip.plan.referee is None:
        return None
    return CONNECT_NEAR_SECONDS if quote.tier.place in _NEAR else CONNECT_FAR_SECONDS


def _haste(trip: Trip) -> Haste:
    return trip.order.options.haste or Haste()


def _hurry(running: Running, limit: asyncio.Timeout) -> None:
    """End the wait for a first word now; an answer that has begun is let be."""
    if not running.has_words and not running.hurried:
        running.hurried = True
        limit.reschedule(asyncio.get_running_loop().time())


def _moved_on() -> ProviderError:
    return ProviderError(Fault.TIMED_OUT, tr("you did not wait for it"), may_be_billed=True)


def _goes_on(order: Order) -> bool:
    """Return whether this is a later turn of a conversation; an instruction before the prompt makes none."""
    return any(message.role is not Role.SYSTEM for message in order.options.history)


def _take(running: Running, event: StreamEvent) -> None:
    if isinstance(event, TextDelta):
        running.heard(event.text)
    elif isinstance(event, UsageSeen):
        running.usage = event.usage
    elif isinstance(event, StreamEnd):
        running.end = event


def _as_provider_error(error: BrokerError | TimeoutError) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, PersonError):
        return ProviderError(Fault.BAD_REQUEST, str(error))
    return ProviderError(Fault.TIMED_OUT, tr("the time allowed for an answer is over"), may_be_billed=True)
