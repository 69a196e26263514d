"""Stop at every point of a request: nothing stays set aside, nothing stays open, what was used is billed."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing

import pytest

from broker.world import LOCAL, ask, cloud, end_of, world, write_settings
from compute_broker.broker.events import (
    AskEvent,
    AskOptions,
    Attempt,
    BudgetWarning,
    Decided,
    Delta,
    Failed,
    Failover,
)
from compute_broker.broker.unbroken import unbroken
from compute_broker.compose import Services
from compute_broker.core.errors import LedgerError
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import Period
from compute_broker.ledger.threaded import AsyncLedger
from doubles.lmstudio_api import LMStudioDouble
from doubles.script import Failure, Reply, Tokens

WARNED = "[budget.daily]\namount = 0.0001\nhard = false\n"


async def stop_at(services: Services, kind: type[AskEvent]) -> None:
    async with aclosing(services.broker.ask("Count", AskOptions())) as events:
        async for event in events:
            if isinstance(event, kind):
                return
    pytest.fail(f"there was no {kind.__name__}")


async def closed_as(services: Services) -> str:
    """Return the only request's status, after checking that nothing is left open."""
    ledger = services.broker.ledger
    assert (await ledger.spend(Period.DAY)).reserved == 0
    assert (await ledger.call(Ledger.verify)).ok
    (entry,) = await services.broker.history()
    return entry.status


@pytest.mark.parametrize("kind", [Decided, BudgetWarning, Attempt, Delta])
async def test_closing_the_stream_at_any_event_closes_the_books(claude, kind):
    claude.enqueue(Reply("one two three"))
    async with world(
        write_settings(cloud("haiku", claude.url), head=WARNED), anthropic="sk-test"
    ) as services:
        await stop_at(services, kind)
        assert await closed_as(services) == "cancelled"
        assert bool(services.broker.spend.today) is (kind is Delta)


async def test_closing_the_stream_between_two_tiers_closes_the_books(claude):
    claude.enqueue(Failure(529, "overloaded_error", "Overloaded"))
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        await stop_at(services, Failover)
        assert await closed_as(services) == "cancelled"


@pytest.mark.parametrize("step", ["begin", "decide", "reserve", "mark_sent", "settle", "finish"])
async def test_a_task_cancelled_at_any_write_closes_the_books(claude, monkeypatch, step):
    """The ledger's thread is held at ``step`` while the task is cancelled, then let go."""
    claude.enqueue(Reply("one two three", usage=Tokens(input=50, output=9)))
    reached, go_on = asyncio.Event(), threading.Event()
    real = getattr(AsyncLedger, step)

    async def held(self, *args, **kwargs):
        if not reached.is_set():
            reached.set()
            self._thread.submit(go_on.wait)
        return await real(self, *args, **kwargs)

    monkeypatch.setattr(AsyncLedger, step, held)
    async with world(write_settings(cloud("haiku", claude.url)), anthropic="sk-test") as services:

        async def consume():
            async with aclosing(services.broker.ask("Count", AskOptions())) as events:
                async for _ in events:
                    pass

        task = asyncio.create_task(consume())
        await reached.wait()
        task.cancel()
        asyncio.get_running_loop().call_soon(go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await task
        # The answer was whole when it was settled; that it was cancelled in this moment does not unsay it.
        whole = step in {"settle", "finish"}
        assert await closed_as(services) == ("answered" if whole else "cancelled")
        assert (services.broker.spend.today > 0) is whole


async def test_unbroken_work_ends_before_the_cancellation_goes_on():
    begun, go_on, done = asyncio.Event(), asyncio.Event(), []

    async def work():
        begun.set()
        await go_on.wait()
        done.append(True)

    task = asyncio.create_task(unbroken(work()))
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    assert not done
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done


async def test_a_fault_of_the_ledger_at_the_end_is_made_good_later(claude, monkeypatch, logs):
    claude.enqueue(Reply("one two three", usage=Tokens(input=50, output=9)))
    logs.expect("WARNING .*failed: LedgerError")
    real = AsyncLedger.settle

    async def locked(self, *args, **kwargs):
        raise LedgerError("The ledger is locked by another program.")

    async with world(write_settings(cloud("haiku", claude.url)), anthropic="sk-test") as services:
        monkeypatch.setattr(AsyncLedger, "settle", locked)
        failed = end_of(await ask(services, "Count"))
        assert isinstance(failed, Failed)
        assert "locked" in failed.message
        assert (await services.broker.ledger.spend(Period.DAY)).reserved > 0
        monkeypatch.setattr(AsyncLedger, "settle", real)
        claude.enqueue(Reply("four"))
        await ask(services, "And on")
        spend = await services.broker.ledger.spend(Period.DAY)
        assert spend.reserved == 0
        _, first = await services.broker.history()
        assert first.status == "answered"
        assert first.cost


async def test_a_reader_who_pauses_pays_no_more(claude):
    """The time between two words costs electricity only when it was spent waiting for the provider."""
    with LMStudioDouble() as studio:
        home = write_settings(LOCAL.format(url=studio.url))
        async with world(home) as services:
            quick = end_of(await ask(services, "word " * 20)).receipt
            async with aclosing(services.broker.ask("word " * 20, AskOptions())) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        await asyncio.sleep(0.05)
            slow = event.receipt
    assert slow.latency_ms < quick.latency_ms + 500
    assert len(slow.answer.split()) * 50 > 800
