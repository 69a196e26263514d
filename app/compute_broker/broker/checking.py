"""A cross-check: two tiers answer side by side, agreement is accepted, a disagreement goes to the referee.

The person reads the answer of whichever speaks first, and is told what becomes of it. Each of the three is an
attempt like any other: reserved, sent through the same door, settled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from compute_broker.broker.attempts import Asking, Attempts
from compute_broker.broker.comparing import Comparer
from compute_broker.broker.events import (
    AskEvent,
    Attempt,
    BudgetWarning,
    Check,
    Checking,
    CheckOutcome,
    Delta,
    Finished,
    Replaced,
)
from compute_broker.broker.receipts import Receipts
from compute_broker.broker.sameness import HINT, final_answer
from compute_broker.broker.settling import Running
from compute_broker.broker.trip import Trip
from compute_broker.broker.unbroken import unbroken
from compute_broker.broker.warnings import warning_text
from compute_broker.core.stream import Message, Role
from compute_broker.core.texts import listed, tr
from compute_broker.ledger import records as ledger

_SHORT = 40


class CrossChecking:
    """Runs the cross-check plans of orders."""

    def __init__(self, attempts: Attempts, receipts: Receipts) -> None:
        """Keep the parts."""
        self._attempts = attempts
        self._receipts = receipts
        self._comparer = Comparer(attempts)

    async def run(self, trip: Trip) -> AsyncGenerator[AskEvent, None]:
        """Yield what happens; the trip is closed with ``Finished``, or left to go on when nobody spoke."""
        asking = Asking((Message(Role.SYSTEM, HINT), *trip.order.messages))
        runs, warnings = await self._reserve_both(trip, asking)
        for warning in warnings:
            yield BudgetWarning(warning_text(warning))
        if not runs:
            return
        spoken: list[Running] = []
        async with aclosing(self._side_by_side(trip, runs, spoken)) as events:
            async for event in events:
                yield event
        for running in runs:
            if running.failure is not None:
                trip.failed(running.quote, running.failure)
        lead = _to_show(spoken)
        if lead is None:
            return
        other = next(run for run in runs if run is not lead)
        if lead.complete and other.complete and await self._comparer.same(trip, lead, other):
            note = tr("confirmed by {tier}", tier=other.quote.tier.label)
            yield await self._finished(trip, lead, CheckOutcome.CONFIRMED, note)
            return
        async with aclosing(self._settle(trip, asking, lead, other)) as events:
            async for event in events:
                yield event

    async def _reserve_both(
        self, trip: Trip, asking: Asking
    ) -> tuple[list[Running], list[ledger.BudgetWarning]]:
        """Set aside what both may cost; when one is refused, the other is given back and none is left."""
        runs: list[Running] = []
        warnings: list[ledger.BudgetWarning] = []
        for quote in trip.plan.tiers:
            reserved = await self._attempts.reserve(trip, quote, asking)
            if reserved is None:
                for running in runs:
                    await unbroken(self._attempts.stop(running))
                return [], warnings
            runs.append(reserved[0])
            warnings += reserved[1]
        return runs, warnings

    async def _side_by_side(
        self, trip: Trip, runs: Sequence[Running], spoken: list[Running]
    ) -> AsyncGenerator[AskEvent, None]:
        """Run both; say the words of the one that speaks first, and of the other if that one fails.

        Those that spoke are added to ``spoken``, the first one first.
        """
        yield Attempt(runs[0].quote)
        async with aclosing(self._merged(trip, runs)) as heard:
            async for running, text in heard:
                if text and running not in spoken:
                    spoken.append(running)
                    if running is spoken[0] is not runs[0]:
                        yield Attempt(running.quote)
                if text and running is spoken[0]:
                    yield Delta(text)
                waiting = [run for run in runs if not run.closed]
                if not text and waiting and spoken and spoken[0].complete:
                    yield Checking(waiting[0].quote)
        answer = _to_show(spoken)
        if answer is not None and answer is not spoken[0]:
            yield Replaced(answer.quote)
            yield Delta(answer.text)

    async def _merged(self, trip: Trip, runs: Sequence[Running]) -> AsyncGenerator[tuple[Running, str], None]:
        """Yield the words of all as they come; an empty text when one of them has ended."""
        arrived: asyncio.Queue[tuple[Running, str]] = asyncio.Queue()

        async def listen(running: Running) -> None:
            try:
                async with aclosing(self._attempts.words(trip, running)) as words:
                    async for text in words:
                        arrived.put_nowait((running, text))
            finally:
                arrived.put_nowait((running, ""))

        tasks = [asyncio.create_task(listen(running)) for running in runs]
        try:
            busy = len(tasks)
            while busy:
                running, text = await arrived.get()
                busy -= not text
                yield running, text
            for task in tasks:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _settle(
        self, trip: Trip, asking: Asking, lead: Running, other: Running
    ) -> AsyncGenerator[AskEvent, None]:
        """Let the referee answer; if it cannot, the first answer stands, and says that it is unchecked."""
        referee = trip.plan.referee
        assert referee is not None  # noqa: S101 - a cross-check has one by construction
        why = _disagreement(lead, other)
        reserved = await self._attempts.reserve(trip, referee, asking)
        if reserved is None:
            yield await self._finished(trip, lead, CheckOutcome.UNCHECKED, f"{why}; {trip.trouble[-1]}")
            return
        running, warnings = reserved
        for warning in warnings:
            yield BudgetWarning(warning_text(warning))
        yield Checking(referee, disagreed=lead.complete and other.complete)
        replaced = False
        async with aclosing(self._attempts.words(trip, running)) as words:
            async for text in words:
                if not replaced:
                    replaced = True
                    yield Replaced(referee)
                yield Delta(text)
        if running.has_words:
            note = tr("{why}; {tier} settled it", why=why, tier=referee.tier.label)
            yield await self._finished(trip, running, CheckOutcome.SETTLED, note)
            return
        note = tr("{why}, and {tier} could not be asked", why=why, tier=referee.tier.label)
        yield await self._finished(trip, lead, CheckOutcome.UNCHECKED, note)

    async def _finished(self, trip: Trip, running: Running, outcome: CheckOutcome, note: str) -> Finished:
        return Finished(await unbroken(self._receipts.close(trip, running, Check(outcome, note))))


def _to_show(spoken: Sequence[Running]) -> Running | None:
    """Return the answer to show: the complete one that spoke first, else whatever has words."""
    return next((run for run in spoken if run.complete), spoken[0] if spoken else None)


def _disagreement(lead: Running, other: Running) -> str:
    """Return why the first answer was not accepted, with both results where they are short."""
    names = listed([lead.quote.tier.label, other.quote.tier.label])
    if not lead.complete:
        return tr("{tier} broke off", tier=lead.quote.tier.label)
    if not other.complete:
        return tr("{tier} could not check it", tier=other.quote.tier.label)
    ours, theirs = final_answer(lead.text), final_answer(other.text)
    if ours is None or theirs is None or max(len(ours), len(theirs)) > _SHORT:
        return tr("{names} disagreed", names=names)
    return tr("{names} disagreed ({ours} / {theirs})", names=names, ours=ours, theirs=theirs)
