"""Running a decision: reserve, send, stream, fail over before the first word, settle.

Every attempt is settled or released exactly once, whatever happens: an error, the person's Stop
(the generator is closed), a cancelled task. Failover never widens what the decision allowed: it walks
the decision's own fallbacks, and a provider that refused the key or the money is not asked again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from compute_broker.broker.events import (
    AskEvent,
    AskOptions,
    Attempt,
    BudgetWarning,
    Delta,
    Failed,
    Failover,
    Finished,
    Receipt,
)
from compute_broker.broker.settling import Running, baseline_counterfactual, outcome_of
from compute_broker.broker.warnings import warning_text
from compute_broker.core.decision import Decision
from compute_broker.core.errors import (
    BrokerError,
    BudgetExceededError,
    Fault,
    LedgerError,
    PersonError,
    ProviderError,
)
from compute_broker.core.price import CostBasis
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
from compute_broker.core.usage import FinishReason, Usage
from compute_broker.ledger.records import (
    BudgetLimit,
    NewAttempt,
    Outcome,
    RequestStatus,
    Reservation,
    Settlement,
)
from compute_broker.ledger.threaded import AsyncLedger

_log = logging.getLogger(__name__)

FIRST_WORD_SECONDS = 60.0
IDLE_SECONDS = 60.0
_SHARED_FAULTS = {Fault.KEY_REFUSED, Fault.NO_MONEY}
"""Faults of an account, not of a model: every tier with the same key has them."""


class Door(Protocol):
    """The single door through which prompts leave."""

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
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
    """All that dispatch needs to know of one request."""

    request_id: str
    decision: Decision
    messages: tuple[Message, ...]
    options: AskOptions
    limits: Sequence[BudgetLimit]


class Dispatch:
    """Runs orders against the ledger, the door and the market."""

    def __init__(
        self, ledger: AsyncLedger, door: Door, market: Observer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep the three; ``clock`` is in seconds and never runs back."""
        self._ledger = ledger
        self._door = door
        self._market = market
        self._clock = clock

    async def run(self, order: Order) -> AsyncGenerator[AskEvent, None]:
        """Yield events; the last is ``Finished`` or ``Failed``, unless the caller closes early."""
        trip = _Trip(order, self._clock() + order.options.deadline)
        for quote in trip.candidates():
            left = trip.end - self._clock()
            if left <= 0:
                trip.trouble.append("the time allowed for an answer is over")
                break
            reservation = await self._reserve(trip, quote)
            if reservation is None:
                continue
            for warning in reservation.warnings:
                yield BudgetWarning(warning_text(warning))
            yield Attempt(quote)
            attempt = _Attempt(order, quote, reservation.id)
            async with aclosing(self._attempt(attempt, left)) as events:
                async for event in events:
                    yield event
            if attempt.failure is None:
                return
            trip.failed(quote, attempt.failure)
            yield Failover(quote, str(attempt.failure))
        message = trip.sum_up()
        await self._ledger.finish(order.request_id, RequestStatus.FAILED, reason=message)
        yield Failed(order.request_id, message, over_budget=trip.over_budget)

    async def _reserve(self, trip: _Trip, quote: Quote) -> Reservation | None:
        """Set the ceiling aside; ``None`` when the budget or the ledger says no, which is noted."""
        order, tier, price = trip.order, quote.tier, quote.price
        ceiling = None
        if price is not None:
            ceiling = price.ceiling(order.decision.task.prompt_tokens, tier.max_output_tokens)
        attempt = NewAttempt(tier.id, tier.place, tier.provider, model_of(quote), price, ceiling)
        try:
            return await self._ledger.reserve(
                order.request_id, attempt, order.limits, override=order.options.override_budget
            )
        except BudgetExceededError as error:
            trip.over_budget = True
            trip.trouble.append(f"{tier.label}: {error}")
        except LedgerError as error:
            trip.trouble.append(str(error))
        return None

    async def _attempt(self, attempt: _Attempt, left: float) -> AsyncGenerator[AskEvent, None]:
        """Stream one attempt and settle it. A failure before the first word is left in ``failure``."""
        order, running = attempt.order, attempt.running
        request = ModelRequest(
            tier=attempt.quote.tier,
            model=model_of(attempt.quote),
            messages=order.messages,
            max_output_tokens=attempt.quote.tier.max_output_tokens,
            private=order.decision.task.private,
            first_word_timeout=min(FIRST_WORD_SECONDS, left),
            idle_timeout=IDLE_SECONDS,
        )
        try:
            await self._ledger.mark_sent(running.reservation_id)
        except LedgerError as error:
            attempt.failure = ProviderError(Fault.BAD_REQUEST, str(error))
            await self._ledger.release(running.reservation_id, "never sent")
            return
        running.started = time.monotonic()
        try:
            async with (
                asyncio.timeout(left) as limit,
                aclosing(_generator(self._door.stream(request))) as events,
            ):
                async for event in events:
                    text = self._take(running, event)
                    if text:
                        limit.reschedule(None)  # words keep coming: only a silence ends it now
                        yield Delta(text)
        except (ProviderError, TimeoutError, PersonError) as raised:
            finished = await self._failed(attempt, _as_provider_error(raised, running))
        except Exception as raised:  # noqa: BLE001 - logged whole, and the money is settled
            # A fault of ours must not leave money set aside, nor the prompt without an answer.
            _log.exception("an adapter failed unexpectedly")
            stumbled = f"the program stumbled over its answer ({type(raised).__name__}); see the log"
            fault = ProviderError(Fault.BAD_REQUEST, stumbled, usage=running.usage, may_be_billed=True)
            finished = await self._failed(attempt, fault)
        except (GeneratorExit, asyncio.CancelledError):
            await self._stopped(attempt)
            raise
        else:
            finished = await self._ended(attempt)
        if finished is not None:
            yield finished

    @staticmethod
    def _take(running: Running, event: StreamEvent) -> str:
        if isinstance(event, TextDelta):
            running.heard(event.text)
            return event.text
        if isinstance(event, UsageSeen):
            running.usage = event.usage
        elif isinstance(event, StreamEnd):
            running.end = event
        return ""

    async def _ended(self, attempt: _Attempt) -> Finished | None:
        """Settle a stream that ended as it should. Without a single word it is a failure all the same."""
        running = attempt.running
        end = running.end
        if end is None or not running.pieces:
            why = "it ended without an answer"
            if end is not None and end.finish is FinishReason.LENGTH:
                why = "it used up its tokens without an answer"
            usage = end.usage if end is not None else None
            error = ProviderError(Fault.MALFORMED, why, usage=usage, may_be_billed=True)
            return await self._failed(attempt, error)
        settlement = running.settlement(outcome_of(end.finish))
        await self._ledger.settle(running.reservation_id, settlement)
        speed = _speed(running, settlement)
        self._market.record_success(attempt.quote.tier.id, tokens_per_second=speed)
        return await self._finish(attempt, settlement, end.finish)

    async def _failed(self, attempt: _Attempt, error: ProviderError) -> Finished | None:
        """Settle or release a failed attempt; with words on the screen it is an answer cut off."""
        running = attempt.running
        self._market.record_failure(attempt.quote.tier.id, error)
        _log.info("tier %s failed: %s", attempt.quote.tier.id, error.fault.value)
        if error.usage is not None:
            running.usage = error.usage
        if running.pieces:
            settlement = running.settlement(Outcome.CUT_OFF, error.fault)
            await self._ledger.settle(running.reservation_id, settlement)
            return await self._finish(attempt, settlement, FinishReason.CUT_OFF)
        if error.may_be_billed or running.usage is not None:
            await self._ledger.settle(running.reservation_id, running.settlement(Outcome.FAILED, error.fault))
        else:
            await self._ledger.release(running.reservation_id, error.fault.value)
        attempt.failure = error
        return None

    async def _stopped(self, attempt: _Attempt) -> None:
        """Settle what the person stopped: what has been read is billed, whatever more was made."""
        settlement = attempt.running.settlement(Outcome.CANCELLED)
        await self._ledger.settle(attempt.running.reservation_id, settlement)
        await self._close_request(attempt, settlement, RequestStatus.CANCELLED)

    async def _finish(self, attempt: _Attempt, settlement: Settlement, finish: FinishReason) -> Finished:
        status = RequestStatus.CUT_OFF if finish is FinishReason.CUT_OFF else RequestStatus.ANSWERED
        baseline = await self._close_request(attempt, settlement, status)
        cost = await self._total_cost(attempt.order.request_id)
        quote, running = attempt.quote, attempt.running
        decision = attempt.order.decision
        saved = baseline - cost if baseline is not None and cost is not None else None
        return Finished(
            Receipt(
                request_id=attempt.order.request_id,
                answer=running.text,
                quote=quote,
                model=settlement.served_model or model_of(quote),
                usage=settlement.usage or Usage(),
                finish=finish,
                cost=cost,
                certainty=settlement.certainty,
                basis=quote.price.basis if quote.price else CostBasis.METERED,
                baseline_label=decision.baseline.tier.label if decision.baseline else None,
                baseline_cost=baseline,
                saved=saved,
                latency_ms=running.elapsed_ms,
                decision=decision,
            )
        )

    async def _close_request(
        self, attempt: _Attempt, settlement: Settlement, status: RequestStatus
    ) -> int | None:
        decision = attempt.order.decision
        usage = settlement.usage or Usage()
        baseline = baseline_counterfactual(usage, attempt.quote, decision.baseline)
        await self._ledger.finish(
            attempt.order.request_id,
            status,
            answer=attempt.running.text,
            answered_by=attempt.running.reservation_id,
            baseline_tier=decision.baseline.tier.id if decision.baseline else None,
            baseline_cost=baseline,
        )
        return baseline

    async def _total_cost(self, request_id: str) -> int | None:
        """Return the cost over all attempts, as the ledger has it."""
        exchange = await self._ledger.exchange(request_id)
        return exchange.entry.cost


class _Attempt:
    """An order's attempt at one tier, and how it failed, if it did before its first word."""

    def __init__(self, order: Order, quote: Quote, reservation_id: int) -> None:
        self.order = order
        self.quote = quote
        self.running = Running(quote, order.messages, reservation_id)
        self.failure: ProviderError | None = None


class _Trip:
    """The way of one order over its candidates, and what went wrong on it."""

    def __init__(self, order: Order, end: float) -> None:
        self.order = order
        self.end = end
        self.trouble: list[str] = []
        self.over_budget = False
        self._barred_keys: set[str] = set()

    def candidates(self) -> Iterator[Quote]:
        """Yield the chosen tier, then the fallbacks whose key has not been refused meanwhile."""
        decision = self.order.decision
        if decision.plan is None:
            raise ValueError("a decision without a plan cannot be run")
        by_hand = self.order.options.tier_id is not None
        for quote in (decision.plan.tiers[0], *(() if by_hand else decision.fallbacks)):
            if quote.tier.key_name not in self._barred_keys:
                yield quote

    def failed(self, quote: Quote, error: ProviderError) -> None:
        """Note a failure; a refused key or an empty account bars every tier that shares it."""
        self.trouble.append(f"{quote.tier.label}: {error}")
        if error.fault in _SHARED_FAULTS and quote.tier.key_name is not None:
            self._barred_keys.add(quote.tier.key_name)

    def sum_up(self) -> str:
        """Return why there is no answer, in one sentence and a remedy."""
        if not self.trouble:
            return "No tier was left to ask; your prompt is kept and can be sent again."
        others = len(self.trouble) - 1
        more = f", and {others} other {'tier' if others == 1 else 'tiers'} failed too" if others else ""
        first = self.trouble[0].rstrip(".")
        return f"No answer: {first}{more}. Your prompt is kept and can be sent again."


def model_of(quote: Quote) -> str:
    """Return the model to ask for: the tier's, or what its server has loaded."""
    if quote.tier.model == ANY_MODEL and quote.availability.model:
        return quote.availability.model
    return quote.tier.model


def _as_provider_error(error: BrokerError | TimeoutError, running: Running) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, PersonError):
        return ProviderError(Fault.BAD_REQUEST, str(error))
    return ProviderError(
        Fault.TIMED_OUT,
        "the time allowed for an answer is over",
        usage=running.usage,
        may_be_billed=True,
    )


def _speed(running: Running, settlement: Settlement) -> float | None:
    """Return tokens per second after the first word; ``None`` for answers too short to tell."""
    if running.end is not None and running.end.tokens_per_second:
        return running.end.tokens_per_second
    usage = settlement.usage
    if usage is None or running.first_word_ms is None:
        return None
    seconds = (running.elapsed_ms - running.first_word_ms) / 1000
    enough_tokens, enough_seconds = 16, 0.2
    if usage.output_tokens < enough_tokens or seconds < enough_seconds:
        return None
    return usage.output_tokens / seconds


def _generator(events: AsyncIterator[StreamEvent]) -> AsyncGenerator[StreamEvent, None]:
    if not isinstance(events, AsyncGenerator):
        raise TypeError("a door's stream must be an async generator, so that it can be closed")
    return events
