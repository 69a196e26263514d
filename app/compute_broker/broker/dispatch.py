"""Running a decision: reserve, send, stream, fail over before the first word, settle.

Failover never widens what the decision allowed: it walks the decision's own fallbacks, and a provider
that refused the key or the money is not asked again. When the caller closes the stream or its task is
cancelled, everything that is open is closed first: money, attempts, the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from compute_broker.broker.attempts import Asking, Attempts
from compute_broker.broker.checking import CrossChecking
from compute_broker.broker.events import AskEvent, Attempt, BudgetWarning, Delta, Failed, Failover, Finished
from compute_broker.broker.receipts import Receipts
from compute_broker.broker.trip import Order, Trip
from compute_broker.broker.unbroken import tidied, unbroken
from compute_broker.broker.warnings import warning_text
from compute_broker.core.decision import PlanKind
from compute_broker.core.texts import tr
from compute_broker.ledger.records import RequestStatus
from compute_broker.ledger.threaded import AsyncLedger


class Dispatch:
    """Runs orders."""

    def __init__(self, ledger: AsyncLedger, attempts: Attempts) -> None:
        """Keep the parts."""
        self._ledger = ledger
        self._attempts = attempts
        self._receipts = Receipts(ledger)
        self._cross_check = CrossChecking(attempts, self._receipts)
        self._unclosed: list[Trip] = []

    async def run(self, order: Order) -> AsyncGenerator[AskEvent, None]:
        """Yield events; the last is ``Finished`` or ``Failed``, unless the caller closes early."""
        trip = self._attempts.begin(order)
        try:
            async with aclosing(self._follow(trip)) as events:
                async for event in events:
                    yield event
        except (GeneratorExit, asyncio.CancelledError):
            await tidied(self._close(trip))
            raise
        finally:
            if not trip.closed:
                self._unclosed.append(trip)

    async def catch_up(self) -> None:
        """Close what a fault of the ledger kept from being closed, money and requests.

        Raises:
            LedgerError: it still cannot be written.
        """
        for trip in list(self._unclosed):
            await self._close(trip)
            self._unclosed.remove(trip)

    async def _follow(self, trip: Trip) -> AsyncGenerator[AskEvent, None]:
        """Run the plan; what a cross-check leaves unanswered goes the way of a single tier."""
        if trip.plan.kind is PlanKind.CROSS_CHECK:
            async with aclosing(self._cross_check.run(trip)) as events:
                async for event in events:
                    yield event
        if not trip.closed:
            async with aclosing(self._single(trip)) as events:
                async for event in events:
                    yield event

    async def _single(self, trip: Trip) -> AsyncGenerator[AskEvent, None]:
        """Ask one tier after the other until one has spoken."""
        asking = Asking(trip.order.messages, max_output_tokens=trip.order.options.max_output_tokens)
        for quote in trip.candidates():
            if self._attempts.left(trip) <= 0:
                trip.trouble.append(tr("the time allowed for an answer is over"))
                break
            reserved = await self._attempts.reserve(trip, quote, asking)
            if reserved is None:
                continue
            running, warnings = reserved
            for warning in warnings:
                yield BudgetWarning(warning_text(warning))
            yield Attempt(quote, trip.following)
            async with aclosing(self._attempts.words(trip, running)) as words:
                async for text in words:
                    yield Delta(text)
            if running.failure is None or running.has_words:
                yield Finished(await unbroken(self._receipts.close(trip, running)))
                return
            too = trip.failed(quote, running.failure)
            if trip.has_more():
                yield Failover(quote, str(running.failure), too)
        message = trip.sum_up()
        await unbroken(self._receipts.fail(trip, message))
        yield Failed(trip.order.request_id, message, over_budget=trip.over_budget)

    async def _close(self, trip: Trip) -> None:
        """Close what is open after Stop or a fault: each attempt, then the request with the answer so far."""
        if trip.closed:
            return
        ends = await asyncio.gather(
            *(self._attempts.stop(running) for running in trip.runs), return_exceptions=True
        )
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        heard = trip.heard()
        if heard is None:
            await self._ledger.finish(trip.order.request_id, RequestStatus.CANCELLED)
            trip.closed = True
            return
        status = RequestStatus.ANSWERED if heard.complete else RequestStatus.CANCELLED
        await self._receipts.close_request(trip, heard, status)
