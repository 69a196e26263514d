"""The market over time: live prices, servers that die and return, and how often anybody is asked."""

from __future__ import annotations

import asyncio
import itertools
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.availability.ask import MOST_REQUESTS
from compute_broker.market.market import Market
from compute_broker.market.pace import TRIAL_EVERY, cost, interval
from doubles.local_servers import LlamaServerDouble
from doubles.openrouter_api import KIMI, OpenRouterDouble, model_row
from market.markets import Clock, market_of, tier_of


def kimi_at(url):
    return tier_of("kimi", ProviderKind.OPENROUTER, url, model=f"{KIMI}:floor", key="or", place=Place.CLOUD)


async def test_a_live_price_comes_before_the_catalogs_and_lies_are_held():
    clock = Clock()
    with OpenRouterDouble() as double:
        market = market_of(kimi_at(double.url), keys={"or": "sk"}, clock=clock)

        async def later():
            clock.now += timedelta(minutes=31)
            await market.refresh()
            return market.snapshot.quotes["kimi"].price

        try:
            await market.load_prices()
            assert market.snapshot.quotes["kimi"].price.source.startswith("genai-prices")
            double.endpoints = {}
            double.models = [model_row(KIMI, "0.0000008", "0.0000034")]
            live = await later()
            assert (live.source, live.rates.output) == ("OpenRouter's live list", nanos_from_usd("3.4"))
            double.models = [model_row(KIMI, "0", "0")]
            assert (await later()).rates.output == nanos_from_usd("3.4")
            double.models = [model_row(KIMI, "-1", "NaN")]
            assert (await later()).rates.output == nanos_from_usd("3.4")
            clock.now += timedelta(hours=25)
            market.set_enabled("kimi", True)
            assert market.snapshot.quotes["kimi"].price.source.startswith("genai-prices")
        finally:
            await market.stop()


async def test_a_reading_of_live_prices_that_was_called_off_is_tried_again():
    with OpenRouterDouble() as double:
        market = market_of(kimi_at(double.url), keys={"or": "sk"})
        double.endpoints = {}
        answers, arrived = double.handle, threading.Event()

        async def slow(seen, out):
            if seen.path.endswith("/models") and not arrived.is_set():
                arrived.set()
                await asyncio.Event().wait()
            await answers(seen, out)

        double.handle = slow
        first = asyncio.create_task(market.refresh(force=True))
        await asyncio.to_thread(arrived.wait, 5)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await market.refresh()
        await market.stop()
        assert market.snapshot.quotes["kimi"].price.source == "OpenRouter's live list"


async def test_without_the_key_openrouter_is_not_asked_for_anything():
    with OpenRouterDouble() as double:
        market = market_of(kimi_at(double.url))
        await market.refresh(force=True)
        await market.stop()
        assert double.requests == []
        assert market.snapshot.quotes["kimi"].availability.state is State.NEEDS_KEY


async def test_a_slow_keyring_does_not_hold_up_the_loop():
    loop_ran = threading.Event()

    def slow_keyring(name):
        assert loop_ran.wait(5), "the loop stood still while the keyring was asked"

    asleep = Availability(State.COLD, "asleep", datetime.now(UTC))
    market = Market([kimi_at("http://127.0.0.1:9")], keys=slow_keyring, builtin_state=lambda: asleep)
    asyncio.get_running_loop().call_later(0.01, loop_ran.set)
    await market.refresh(force=True)
    assert market.snapshot.quotes["kimi"].availability.state is State.NEEDS_KEY


async def test_a_server_that_is_killed_is_out_at_once_and_back_within_half_a_minute():
    clock = Clock()
    first = LlamaServerDouble().start()
    tier = tier_of("llama", ProviderKind.LLAMA_SERVER, first.url)
    market = market_of(tier, clock=clock)

    def seen():
        return market.snapshot.quotes["llama"].availability

    try:
        await market.refresh(force=True)
        assert seen().state is State.READY
        first.stop()
        market.record_failure("llama", ProviderError(Fault.UNREACHABLE, "nothing listens there"))
        assert (seen().state, seen().reason) == (State.DOWN, "nothing listens there")
        for _ in range(3):
            clock.now += timedelta(seconds=market.pause())
            await market.refresh()
        assert seen().state is State.DOWN
        with LlamaServerDouble(port=urlsplit(first.url).port):
            returned = clock.now
            while seen().state is State.DOWN:
                clock.now += timedelta(seconds=market.pause())
                await market.refresh()
            assert seen().state is State.READY
            assert clock.now - returned <= timedelta(seconds=30)
    finally:
        await market.stop()


async def test_an_answer_of_a_server_that_was_replaced_meanwhile_is_dropped():
    with LlamaServerDouble() as double:
        market = market_of(tier_of("t", ProviderKind.LLAMA_SERVER, double.url))
        looking = asyncio.create_task(market.refresh(force=True))
        await asyncio.sleep(0)
        market.set_tiers([tier_of("t", ProviderKind.LLAMA_SERVER, "http://127.0.0.1:9")])
        await looking
        await market.stop()
        assert market.snapshot.quotes["t"].availability.state is State.UNKNOWN


async def test_the_background_loop_looks_by_itself_and_stops():
    with LlamaServerDouble() as double:
        market = market_of(tier_of("t", ProviderKind.LLAMA_SERVER, double.url))
        ready = asyncio.Event()
        market.subscribe(
            lambda: ready.set() if market.snapshot.quotes["t"].availability.state is State.READY else None
        )
        market.start()
        market.set_enabled("t", True)  # wakes it
        async with asyncio.timeout(5):
            await ready.wait()
        await market.stop()


def test_ten_idle_tiers_take_less_than_five_requests_a_minute_whatever_they_are():
    kinds = [kind for kind in ProviderKind if kind is not ProviderKind.BUILTIN]
    for local, kind in itertools.product(range(11), kinds):
        tiers = [
            tier_of(str(n), kind, "http://127.0.0.1:9", place=Place.PERSONAL if n < local else Place.OFFICE)
            for n in range(10)
        ]
        minute = sum(timedelta(minutes=1) / interval(tier, tiers) * cost(tier) for tier in tiers)
        assert minute < 5
        hidden = sum(timedelta(minutes=1) / interval(t, tiers, hidden=True) * cost(t) for t in tiers)
        assert hidden < minute / 3
    assert set(MOST_REQUESTS) <= set(kinds)


def test_a_tier_that_stays_down_is_asked_less_and_less():
    tier = tier_of("t", ProviderKind.LMSTUDIO, "http://127.0.0.1:9")
    waits = [interval(tier, [tier], misses=misses) for misses in range(1, 8)]
    assert waits == sorted(waits)
    assert waits[-1] == waits[0] * 8


def test_a_tier_that_fails_in_use_is_looked_at_soon_and_no_longer_than_it_is_news():
    clock = Clock()
    tier = tier_of("t", ProviderKind.VLLM, "http://10.0.0.9:8000", place=Place.OFFICE)
    market = market_of(tier, clock=clock)
    market.record_failure("t", ProviderError(Fault.UNREACHABLE, "gone"))
    assert market.pause() == TRIAL_EVERY.total_seconds()
    market.record_success("t")
    assert market._interval("t") >= timedelta(minutes=10)


def test_a_refused_key_is_no_outage_and_an_empty_account_is():
    market = market_of(tier_of("t", ProviderKind.OPENAI, "https://models.example/v1", place=Place.CLOUD))
    market.record_failure("t", ProviderError(Fault.KEY_REFUSED, "the key was refused"))
    seen = market.snapshot.quotes["t"].availability
    assert (seen.state, seen.reason, seen.retry_at) == (State.NEEDS_KEY, "the key was refused", None)
    market.record_success("t")
    market.record_failure("t", ProviderError(Fault.NO_MONEY, "no credit left"))
    assert market.snapshot.quotes["t"].availability.state is State.DOWN
