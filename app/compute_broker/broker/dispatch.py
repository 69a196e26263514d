"""Running a decision: reserve, send, stream, fail over before the first word, settle.

Failover never widens what the decision allowed: it walks the decision's own fallbacks, and a provider
that refused the key or the money is not asked again. When the caller closes the stream or its task is
cancelled, everything that is open is closed first: money, attempts, the request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from compute_broker.broker.attempts import Attempts, Order
from compute_broker.broker.events import AskEvent, Attempt, BudgetWarning, Delta, Failed, Failover, Finished
from compute_broker.broker.receipts import Receipts
from compute_broker.broker.trip import Trip
from compute_broker.broker.unbroken import tidied, unbroken
from compute_broker.broker.warnings import warning_text
from compute_broker.core.errors import BudgetExceededError, LedgerError
from compute_broker.core.quote import Quote
from compute_broker.ledger.records import RequestStatus, Reservation
from compute_broker.ledger.threaded import AsyncLedger


class Dispatch:
    """Runs orders."""

    def __init__(
        self, ledger: AsyncLedger, attempts: Attempts, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep the parts; ``clock`` is in seconds and never runs back."""
        self._ledger = ledger
        self._attempts = attempts
        self._receipts = Receipts(ledger)
        self._clock = clock

    async def run(self, order: Order) -> AsyncGenerator[AskEvent, None]:
        """Yield events; the last is ``Finished`` or ``Failed``, unless the caller closes early."""
        trip = Trip(order, self._clock() + order.options.deadline)
        try:
            async with aclosing(self._single(trip)) as events:
                async for event in events:
                    yield event
        except (GeneratorExit, asyncio.CancelledError):
            await tidied(self._stopped(trip))
            raise

    async def _single(self, trip: Trip) -> AsyncGenerator[AskEvent, None]:
        """Ask one tier after the other until one has spoken."""
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
            running = trip.runs[-1]
            async with aclosing(self._attempts.words(trip.order, running, left)) as words:
                async for text in words:
                    yield Delta(text)
            if running.failure is None or running.has_words:
                yield Finished(await unbroken(self._receipts.close(trip, running)))
                return
            trip.failed(quote, running.failure)
            yield Failover(quote, str(running.failure))
        message = trip.sum_up()
        await unbroken(self._receipts.fail(trip, message))
        yield Failed(trip.order.request_id, message, over_budget=trip.over_budget)

    async def _reserve(self, trip: Trip, quote: Quote) -> Reservation | None:
        """Set the ceiling aside; ``None`` when the budget or the ledger says no, which is noted."""
        try:
            running, reservation = await self._attempts.reserve(trip.order, quote)
        except BudgetExceededError as error:
            trip.over_budget = True
            trip.trouble.append(f"{quote.tier.label}: {error}")
            return None
        except LedgerError as error:
            trip.trouble.append(str(error))
            return None
        trip.runs.append(running)
        return reservation

    async def _stopped(self, trip: Trip) -> None:
        """Close what is open after Stop: each attempt, then the request with the answer so far."""
        if trip.closed:
            return
        for running in trip.runs:
            await self._attempts.stop(running)
        heard = next((run for run in reversed(trip.runs) if run.has_words), None)
        if heard is None:
            await self._ledger.finish(trip.order.request_id, RequestStatus.CANCELLED)
            return
        status = RequestStatus.ANSWERED if heard.complete else RequestStatus.CANCELLED
        await self._receipts.close_request(trip, heard, status)
