"""Whether a tier can take a prompt this second: asked of real servers on loopback, and told by requests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.builders import quote
from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.price import CostBasis
from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.market import FIRST_WAIT, LONGEST_WAIT, Market
from compute_broker.market.person_price import PersonPrice
from compute_broker.market.terms import Terms
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import OpenRouterDouble
from market.markets import tier_of


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


def make(tier_id, kind, url, *, key=None, model=None, place=Place.PERSONAL):
    item = quote(tier_id, 1.0, None, provider=kind, base_url=url, key_name=key, place=place).tier
    return replace(item, model=model) if model else item


def market_of(*tiers, keys=None, clock=None, **more):
    ready = Availability(State.COLD, "asleep", datetime.now(UTC))
    known = keys or {}
    return Market(
        tiers, keys=known.get, builtin_state=lambda: ready, clock=clock or Clock(), rng=lambda: 1.0, **more
    )


async def state_of(tier, **keys):
    market = market_of(tier, keys=keys)
    try:
        await market.refresh(force=True)
        return market.snapshot.quotes[tier.id].availability
    finally:
        await market.stop()


async def test_before_anybody_is_asked_every_tier_has_a_state_and_a_reason():
    off = quote("off", 1.0, None).tier
    market = market_of(off, quote("tiny", 1.0, None, provider=ProviderKind.BUILTIN).tier)
    market.set_enabled("off", False)
    states = {item.tier.id: item.availability for item in market.snapshot}
    assert states["off"].state is State.OFF
    assert states["tiny"].state is State.COLD
    assert all(state.reason for state in states.values())


async def test_a_missing_key_is_known_without_a_request_and_a_refused_one_by_asking():
    with AnthropicDouble() as double:
        double.key = "right"
        tier = make("c", ProviderKind.ANTHROPIC, double.url, key="anthropic", place=Place.CLOUD)
        assert (await state_of(tier)).state is State.NEEDS_KEY
        assert double.requests == []
        assert (await state_of(tier, anthropic="right")).state is State.READY
        refused = await state_of(tier, anthropic="wrong")
        assert refused.state is State.NEEDS_KEY
        assert "refused" in refused.reason
        assert double.chats == []


async def test_openrouter_is_ready_with_a_key_that_has_something_left():
    with OpenRouterDouble() as double:
        double.key = "right"
        tier = make("k", ProviderKind.OPENROUTER, double.url, key="openrouter", place=Place.CLOUD)
        assert (await state_of(tier, openrouter="right")).state is State.READY
        double.key_info["limit_remaining"] = 0
        assert (await state_of(tier, openrouter="right")).state is State.DOWN


async def test_lm_studio_tells_what_is_loaded_and_its_context():
    with LMStudioDouble() as double:
        tier = make("l", ProviderKind.LMSTUDIO, double.url, model="*")
        seen = await state_of(tier)
        assert seen.state is State.READY
        assert seen.model
        assert seen.context_tokens
        double.models = []
        assert (await state_of(tier)).state is State.NO_MODEL
        double.key = "token"
        assert (await state_of(tier)).state is State.NEEDS_KEY
        assert double.chats == []
        assert double.loads == []


@pytest.mark.parametrize(
    ("double", "kind"),
    [
        (OllamaDouble, ProviderKind.OLLAMA),
        (LlamaServerDouble, ProviderKind.LLAMA_SERVER),
        (VllmDouble, ProviderKind.VLLM),
    ],
)
async def test_the_other_local_servers_are_asked_in_their_own_way(double, kind):
    with double() as server:
        assert (await state_of(make("s", kind, server.url, model="*"))).state.usable
        missing = await state_of(make("s", kind, server.url, model="nobody-has-this"))
        expected = {State.READY} if kind is ProviderKind.LLAMA_SERVER else {State.NO_MODEL}
        assert missing.state in expected
        assert server.chats == []


async def test_a_loading_llama_server_says_so():
    with LlamaServerDouble() as server:
        server.loading = True
        assert (await state_of(make("s", ProviderKind.LLAMA_SERVER, server.url))).state is State.LOADING


async def test_a_dead_host_is_down_and_delays_nobody():
    with LMStudioDouble() as double:
        dead = make("dead", ProviderKind.LMSTUDIO, "http://127.0.0.1:9")
        alive = make("alive", ProviderKind.LMSTUDIO, double.url, model="*")
        market = market_of(dead, alive)
        seen_alive = asyncio.Event()

        def look():
            if market.snapshot.quotes["alive"].availability.state is State.READY:
                seen_alive.set()

        market.subscribe(look)
        try:
            await asyncio.wait_for(market.refresh(force=True), 5)
            assert seen_alive.is_set()
            assert market.snapshot.quotes["dead"].availability.state is State.DOWN
        finally:
            await market.stop()


def test_an_outage_takes_a_tier_out_for_a_growing_time_and_a_success_brings_it_back():
    clock = Clock()
    market = market_of(quote("t", 1.0, None).tier, clock=clock)

    def state():
        market.set_enabled("t", True)
        return market.snapshot.quotes["t"].availability.state

    waits = []
    for _ in range(12):
        market.record_failure("t", ProviderError(Fault.OVERLOADED, "overloaded"))
        assert state() is State.DOWN
        until = market.snapshot.quotes["t"].availability.retry_at
        waits.append(until - clock.now)
        clock.now = until
        assert state() is State.UNKNOWN
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (FIRST_WAIT, LONGEST_WAIT)
    market.record_success("t", tokens_per_second=50.0)
    assert state() is State.READY
    market.record_failure("t", ProviderError(Fault.OVERLOADED, "overloaded"))
    assert market.snapshot.quotes["t"].availability.retry_at - clock.now == FIRST_WAIT


def test_a_retry_after_is_obeyed_and_a_bad_request_is_no_outage():
    clock = Clock()
    market = market_of(quote("t", 1.0, None).tier, clock=clock)
    market.record_failure("t", ProviderError(Fault.BAD_REQUEST, "no"))
    assert market.snapshot.quotes["t"].availability.state is State.UNKNOWN
    market.record_failure("t", ProviderError(Fault.RATE_LIMITED, "slow down", retry_after=90))
    assert market.snapshot.quotes["t"].availability.retry_at == clock.now + timedelta(seconds=90)


async def test_own_prices_come_before_the_list_and_an_office_server_without_one_is_unpriced():
    office = make("office", ProviderKind.VLLM, "http://10.0.0.9:8000", place=Place.OFFICE)
    claude = make("claude", ProviderKind.ANTHROPIC, "https://api.anthropic.com", model="claude-haiku-5-5")
    market = market_of(office, claude, terms=Terms(prices={"claude": PersonPrice(7, 9)}))
    await market.load_prices()
    quotes = market.snapshot.quotes
    assert quotes["office"].price is None
    assert "price_in" in quotes["office"].unpriced_reason
    assert (quotes["claude"].price.rates.input, quotes["claude"].price.source) == (7, "your settings")
    market.set_tiers([office, claude])
    assert market.snapshot.quotes["claude"].price.source.startswith("genai-prices")


async def test_a_local_price_follows_the_speed_seen():
    tier = make("local", ProviderKind.LMSTUDIO, "http://127.0.0.1:9", model="qwen3-4b")
    market = market_of(tier)
    before = market.snapshot.quotes["local"].price.rates.output
    for _ in range(20):
        market.record_success("local", tokens_per_second=200.0)
    after = market.snapshot.quotes["local"]
    assert after.price.rates.output < before
    assert after.tokens_per_second == pytest.approx(200.0, rel=0.05)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
async def test_an_openai_server_of_ones_own_is_found_with_and_without_its_path_and_costs_electricity(path):
    with VllmDouble() as server:
        tier = make("own", ProviderKind.OPENAI, server.url + path, model="*")
        market = market_of(tier)
        try:
            await market.load_prices()
            await market.refresh(force=True)
            quote_now = market.snapshot.quotes["own"]
        finally:
            await market.stop()
    assert quote_now.availability.state is State.READY
    assert quote_now.price is not None
    assert quote_now.price.basis is CostBasis.ELECTRICITY


def test_nobody_at_an_address_holds_for_all_tiers_there_until_one_of_them_speaks():
    here, beside, elsewhere = (
        tier_of(each, ProviderKind.LLAMA_SERVER, f"http://127.0.0.1:{port}/{each}", model=each)
        for each, port in (("a", 9), ("b", 9), ("c", 10))
    )
    market = market_of(here, beside, elsewhere)

    def states():
        return [quote.availability.state for quote in market.snapshot]

    market.record_failure("a", ProviderError(Fault.OVERLOADED, "overloaded"))
    assert states() == [State.DOWN, State.UNKNOWN, State.UNKNOWN], "one model says nothing of another"
    market.record_word("a")
    market.record_failure("a", ProviderError(Fault.UNREACHABLE, "no connection", nobody_there=True))
    assert states() == [State.DOWN, State.DOWN, State.UNKNOWN]
    market.record_word("a")
    assert states() == [State.READY, State.UNKNOWN, State.UNKNOWN]
