"""The parts together: what is slow holds up nobody, what fails ends nothing else, and all of it closes."""

from __future__ import annotations

import asyncio
import threading

import pytest

from broker.world import LOCAL, cloud, world, write_settings
from compute_broker import compose
from compute_broker.broker import broker as broker_module
from compute_broker.core.errors import LedgerError
from compute_broker.core.quote import State
from compute_broker.market import market as market_module
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble


def state_of(services, tier_id):
    return services.broker.snapshot.quotes[tier_id].availability.state


async def until(services, true):
    """Wait for a snapshot or sums of which ``true`` holds."""
    changed = asyncio.Event()
    stop = services.broker.subscribe(changed.set)
    async with asyncio.timeout(10):
        while not true():
            changed.clear()
            await changed.wait()
    stop()


async def test_a_slow_keyring_holds_up_only_the_tiers_that_need_a_key(monkeypatch):
    unlocked = threading.Event()

    def slow(name):
        assert unlocked.wait(10)
        return "sk-test"

    with AnthropicDouble() as claude, LMStudioDouble() as studio:
        home = write_settings(cloud("haiku", claude.url), LOCAL.format(url=studio.url))
        services = compose.Services(home)
        monkeypatch.setattr(services.keys, "_read", slow)
        monkeypatch.setattr(compose, "PROBE_SECONDS", 0.5)
        try:
            await services.start()
            assert not unlocked.is_set()
            await until(services, lambda: state_of(services, "local") is State.READY)
            assert state_of(services, "haiku") is State.UNKNOWN
            unlocked.set()
            await until(services, lambda: state_of(services, "haiku") is State.READY)
        finally:
            unlocked.set()
            await services.close()


async def test_the_keyring_is_left_alone_unless_a_tier_that_is_on_needs_a_key(monkeypatch):
    asked = []
    with AnthropicDouble() as claude, LMStudioDouble() as studio:
        off = cloud("haiku", claude.url) + "enabled = false\n"
        services = compose.Services(write_settings(off, LOCAL.format(url=studio.url)))
        monkeypatch.setattr(services.keys, "_read", asked.append)
        try:
            await services.start()
            assert state_of(services, "local") is State.READY
            assert asked == []
        finally:
            await services.close()


async def test_every_part_is_closed_whatever_fails_and_closing_twice_does_nothing(monkeypatch):
    closed = []
    async with world(write_settings()) as services:
        stop = services.market.stop

        async def fails():
            await stop()
            raise ValueError("odd")

        async def engine_closed():
            closed.append("engine")

        monkeypatch.setattr(services.market, "stop", fails)
        monkeypatch.setattr(services.engine, "close", engine_closed)
        with pytest.raises(ValueError, match="odd"):
            await services.close()
        assert closed == ["engine"]
        with pytest.raises(LedgerError, match="has been closed"):
            await services.broker.ledger.history()
        monkeypatch.setattr(services.market, "stop", stop)
        await services.close()


async def test_an_odd_fault_ends_no_loop(monkeypatch, logs):
    logs.expect("reading the sums failed")
    logs.expect("looking at the tiers failed")
    monkeypatch.setattr(broker_module, "_REFRESH_SECONDS", 0.01)
    for name in ("_SHORTEST_PAUSE", "_NO_LONGER"):
        monkeypatch.setattr(market_module, name, getattr(market_module, name) / 1000)
    with LMStudioDouble() as studio:
        async with world(write_settings(LOCAL.format(url=studio.url))) as services:
            for owner, name in ((services.broker, "refresh_spend"), (services.market, "refresh")):
                rounds = iter([ValueError("odd body"), None])
                again = asyncio.Event()

                async def odd(*_, rounds=rounds, again=again, **__):
                    error = next(rounds, None)
                    if error is not None:
                        raise error
                    again.set()

                monkeypatch.setattr(owner, name, odd)
                services.market.start()
                await asyncio.wait_for(again.wait(), 10)


async def test_a_first_look_that_fails_does_not_end_the_watch(monkeypatch, logs):
    logs.expect("the first look at the tiers failed")
    async with world(write_settings()) as services:
        started = asyncio.Event()

        async def fails():
            raise ValueError("odd")

        monkeypatch.setattr(services, "look", fails)
        monkeypatch.setattr(services.market, "start", started.set)
        await services.watch()
        assert started.is_set()
        assert list(services.home.backups.iterdir())


async def test_a_program_that_runs_for_weeks_backs_up_every_day(monkeypatch, logs):
    logs.expect("the care of the ledger failed")
    monkeypatch.setattr(compose, "HOUSEKEEPING_SECONDS", 0.01)
    async with world(write_settings()) as services:
        rounds, third = [], asyncio.Event()

        async def backup(folder):
            rounds.append(folder)
            if len(rounds) == 2:
                raise LedgerError("no space")
            if len(rounds) == 3:
                third.set()

        monkeypatch.setattr(services.broker.ledger, "backup_daily", backup)
        await services.watch()
        await asyncio.wait_for(third.wait(), 10)
        assert set(rounds) == {services.home.backups}
