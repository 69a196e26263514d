"""What real prompts tell of a tier: busy, loading, on trial, close to a limit; and the machine's sleep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.builders import quote, snapshot, task
from compute_broker.broker.policy import Rules, decide
from compute_broker.core.decision import MODES, Verdict
from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.headroom import Credit, RateHeadroom
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.market import Market
from compute_broker.market.sleeping import APART, FIRST_AFTER
from doubles.lmstudio_api import LMModel, LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import OpenRouterDouble

BUSY_ONCE = "is answering a prompt of yours; the next one waits its turn"


class Clock:
    """A wall clock, and one that counts the seconds awake."""

    def __init__(self):
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.awake = 0.0

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += timedelta(seconds=seconds)
        self.awake += seconds

    def sleep(self, **span):
        self.now += timedelta(**span)


def tier_of(tier_id, kind, url="http://127.0.0.1:9", *, key=None, place=Place.PERSONAL, model="*"):
    item = quote(tier_id, 1.0, ("1", "5"), provider=kind, base_url=url, key_name=key, place=place)
    return replace(item.tier, model=model)


def market_of(*tiers, clock=None, keys=None, builtin=State.COLD):
    clock = clock or Clock()
    state = Availability(builtin, "as the engine says", clock.now)
    return Market(
        tiers,
        keys=(keys or {}).get,
        builtin_state=lambda: state,
        clock=clock,
        rng=lambda: 1.0,
        awake=lambda: clock.awake,
    )


def state_of(market, tier_id="t"):
    seen = market.snapshot.quotes[tier_id].availability
    return seen.state, seen.reason


async def looked_at(*tiers, **more):
    market = market_of(*tiers, **more)
    try:
        await market.refresh(force=True)
    finally:
        await market.stop()
    return market


async def test_a_server_is_busy_while_it_has_as_many_of_our_prompts_as_it_answers_at_once():
    with LMStudioDouble() as double:
        double.models = [LMModel("qwen/qwen3-4b", loaded=8192, parallel=2)]
        market = await looked_at(tier_of("t", ProviderKind.LMSTUDIO, double.url))
    assert market.snapshot.quotes["t"].availability.slots == 2
    market.record_start("t")
    assert state_of(market)[0] is State.READY
    market.record_start("t")
    assert state_of(market) == (State.BUSY, BUSY_ONCE.replace("a prompt", "2 prompts"))
    assert market.snapshot.quotes["t"].answering == 2
    market.record_end("t")
    assert state_of(market)[0] is State.READY
    market.record_end("t")
    market.record_end("t")  # never below none
    assert market.snapshot.quotes["t"].answering == 0


async def test_ollama_answers_one_prompt_at_a_time_unless_somebody_knows_better():
    with OllamaDouble() as double:
        market = await looked_at(tier_of("t", ProviderKind.OLLAMA, double.url, model="qwen3:4b"))
    market.record_start("t")
    assert state_of(market) == (State.BUSY, BUSY_ONCE)


async def test_a_cold_model_is_being_loaded_by_our_prompt_and_is_up_with_its_first_word():
    with OllamaDouble() as double:
        market = await looked_at(tier_of("t", ProviderKind.OLLAMA, double.url, model="llama3.2:1b"))
    assert state_of(market)[0] is State.COLD
    market.record_start("t")
    assert state_of(market) == (State.LOADING, "is being loaded for a prompt of yours")
    market.record_word("t")
    assert state_of(market)[0] is State.READY
    market.record_end("t")
    assert state_of(market)[0] is State.READY


def test_the_built_in_engine_is_being_loaded_by_the_first_prompt():
    market = market_of(tier_of("t", ProviderKind.BUILTIN))
    market.record_start("t")
    assert state_of(market)[0] is State.LOADING
    market.record_end("t")
    assert state_of(market)[0] is State.COLD


async def test_llama_server_tells_slots_speed_and_what_waits_where_metrics_are_on():
    with LlamaServerDouble() as double:
        tier = tier_of("t", ProviderKind.LLAMA_SERVER, double.url)
        plain = (await looked_at(tier)).snapshot.quotes["t"]
        assert (plain.availability.slots, plain.tokens_per_second) == (2, None)
        double.metrics = True
        fast = (await looked_at(tier)).snapshot.quotes["t"]
        assert (fast.availability.state, fast.tokens_per_second) == (State.READY, 41.5)
        double.deferred = 3
        assert state_of(await looked_at(tier)) == (
            State.BUSY,
            f"{double.model} is busy: 3 prompts are waiting there",
        )


async def test_vllm_tells_what_runs_and_what_waits():
    with VllmDouble() as double:
        tier = tier_of("t", ProviderKind.VLLM, double.url, model=double.model)
        double.running = 8
        assert state_of(await looked_at(tier)) == (
            State.READY,
            "the model is there; it is answering 8 prompts",
        )
        double.waiting = 3
        assert state_of(await looked_at(tier)) == (
            State.BUSY,
            "3 prompts waiting at the server, 8 being answered",
        )


def test_of_a_breaker_that_is_half_open_one_prompt_at_a_time_is_the_trial():
    clock = Clock()
    market = market_of(tier_of("t", ProviderKind.OPENAI), clock=clock)
    market.record_failure("t", ProviderError(Fault.UNREACHABLE, "nothing listens there"))
    went_down = clock.now
    clock.pass_by(6)
    market.record_start("t")
    seen = market.snapshot.quotes["t"].availability
    assert seen.state is State.DOWN
    assert seen.reason == "failed before (nothing listens there); a prompt is trying it"
    assert seen.as_of == went_down
    market.record_word("t")
    assert state_of(market)[0] is State.READY, "its first word is enough"
    market.record_failure("t", ProviderError(Fault.UNREACHABLE, "gone again"))
    market.record_end("t")
    clock.pass_by(400)
    market.record_start("t")
    market.record_end("t")  # called off: nobody knows more than before
    assert state_of(market)[0] is State.UNKNOWN


def test_a_state_says_since_when_however_often_the_snapshot_is_made_anew():
    clock = Clock()
    market = market_of(tier_of("t", ProviderKind.OPENAI), clock=clock)
    market.record_failure("t", ProviderError(Fault.KEY_REFUSED, "refused"))
    since = clock.now
    for _ in range(3):
        clock.pass_by(90)
        market.set_enabled("t", True)
    found = market.snapshot.quotes["t"]
    assert (found.availability.state, found.since, found.availability.as_of) == (
        State.NEEDS_KEY,
        since,
        since,
    )
    market.record_success("t")
    assert market.snapshot.quotes["t"].since == clock.now


def test_a_rate_limit_that_is_as_good_as_used_up_makes_a_tier_busy_until_it_is_back():
    clock = Clock()
    market = market_of(tier_of("t", ProviderKind.ANTHROPIC, place=Place.CLOUD), clock=clock)
    back = clock.now + timedelta(seconds=40)
    market.record_success("t")
    market.record_headroom("t", RateHeadroom(500, 400_000, 1000, 500_000, back, back))
    assert state_of(market)[0] is State.READY
    market.record_headroom("t", RateHeadroom(500, 2_000, 1000, 500_000, back, back))
    found = market.snapshot.quotes["t"]
    assert (found.availability.state, found.availability.retry_at) == (State.BUSY, back)
    assert found.availability.reason == "its rate limit is used up until 12:00"
    assert found.rate.tokens_remaining == 2_000
    clock.pass_by(41)
    market.set_enabled("t", True)
    assert state_of(market)[0] is State.READY
    assert market.snapshot.quotes["t"].rate is None, "old figures say nothing"


def test_a_tier_at_its_rate_limit_is_passed_over_only_where_another_is_left():
    back = Availability(
        State.BUSY, "its rate limit is used up until 12:01", Clock().now, retry_at=Clock().now
    )
    cheap = replace(quote("cheap", 3.0, ("0.1", "0.5")), availability=back)
    dear = quote("dear", 3.0, ("4", "20"))
    rules = Rules(MODES["balanced"])
    decision = decide(task(), snapshot(cheap, dear), rules)
    assert decision.quote.tier.id == "dear"
    barred = next(row for row in decision.considered if row.quote.tier.id == "cheap")
    assert (barred.verdict, barred.reason) == (Verdict.UNAVAILABLE, back.reason)
    assert decide(task(), snapshot(cheap), rules).quote.tier.id == "cheap"
    assert decide(task(), snapshot(cheap, dear), replace(rules, tier_id="cheap")).quote.tier.id == "cheap"


async def test_openrouter_tells_what_its_key_has_left_and_when_that_is_more_again():
    with OpenRouterDouble() as double:
        tier = tier_of("k", ProviderKind.OPENROUTER, double.url, key="or", place=Place.CLOUD, model="x/y")

        async def credit():
            return (await looked_at(tier, keys={"or": "sk"})).snapshot.quotes["k"].availability

        usd = nanos_from_usd
        assert (await credit()).credit == Credit(None, None, usd("3.21"))
        double.key_info |= {
            "limit": 10,
            "limit_remaining": 6.79,
            "limit_reset": "monthly",
            "free_model_daily_requests": {"limit": 50, "used": 8, "remaining": 42},
        }
        assert (await credit()).credit == Credit(
            usd("6.79"), usd("10"), usd("3.21"), "monthly", None, free_requests=42
        )
        reset = datetime(2126, 1, 1, tzinfo=UTC)
        double.key_info["effective_budget"] = {
            "limit_usd": 5,
            "spend_usd": 5,
            "remaining_usd": 0,
            "reset_interval": "daily",
            "resets_at": reset.isoformat(),
        }
        seen = await credit()
        assert (seen.state, seen.retry_at, seen.credit.remaining) == (State.DOWN, reset, 0)
        double.key_info |= {"limit_remaining": "NaN", "effective_budget": [], "limit": True, "usage": None}
        seen = await credit()
        assert seen.state is State.READY
        assert (seen.credit.remaining, seen.credit.limit, seen.credit.used) == (None, None, None)


def test_a_key_that_cannot_pay_the_most_a_prompt_may_cost_is_known_before_sending():
    low = quote("low", 3.0, ("1", "5"), max_output=4000)
    seen = replace(low.availability, credit=Credit(nanos_from_usd("0.02")))
    low = replace(low, availability=seen)
    decision = decide(task(), snapshot(low, quote("dear", 3.0, ("4", "20"))), Rules(MODES["balanced"]))
    assert decision.quote.tier.id == "dear"
    barred = next(row for row in decision.considered if row.quote.tier.id == "low")
    assert barred.reason == "could cost more than the $0.02 its key has left"
    enough = replace(low, availability=replace(seen, credit=Credit(nanos_from_usd("0.03"))))
    assert decide(task(), snapshot(enough), Rules(MODES["balanced"])).quote.tier.id == "low"


async def test_a_tier_whose_use_drains_a_credit_is_looked_at_however_much_it_is_used():
    clock = Clock()
    with OpenRouterDouble() as double:
        double.key_info |= {"limit": 10, "limit_remaining": 9.0}
        tier = tier_of("k", ProviderKind.OPENROUTER, double.url, key="or", place=Place.CLOUD, model="x/y")
        market = market_of(tier, clock=clock, keys={"or": "sk"})
        try:
            await market.refresh(force=True)
            double.key_info["limit_remaining"] = 1.0
            for _ in range(12):
                clock.pass_by(60)
                market.record_success("k")
            await market.refresh()
            left = market.snapshot.quotes["k"].availability.credit.remaining
        finally:
            await market.stop()
    assert left == nanos_from_usd("1")


async def test_after_a_sleep_tiers_are_looked_at_one_after_the_other():
    clock = Clock()
    with LlamaServerDouble() as double:
        tiers = [tier_of(str(number), ProviderKind.LLAMA_SERVER, double.url) for number in range(5)]
        market = market_of(*tiers, clock=clock)

        def asked():
            return sum(request.path == "/v1/models" for request in double.requests)

        try:
            await market.refresh(force=True)
            assert asked() == 5
            clock.sleep(hours=8)
            await market.refresh()
            assert asked() == 5, "nothing at the moment of waking"
            clock.pass_by(FIRST_AFTER.total_seconds())
            for number in range(5):
                await market.refresh()
                assert asked() == 6 + number
                assert number == 4 or market.pause() == APART.total_seconds()
                clock.pass_by(APART.total_seconds())
            await market.refresh()
            assert asked() == 10
        finally:
            await market.stop()


@pytest.mark.parametrize("hours", [-24, 24])
async def test_a_clock_that_is_set_leaves_no_tier_unseen(hours):
    clock = Clock()
    with LlamaServerDouble() as double:
        market = market_of(tier_of("t", ProviderKind.LLAMA_SERVER, double.url), clock=clock)
        try:
            await market.refresh(force=True)
            before = len(double.requests)
            clock.sleep(hours=hours)
            await market.refresh()
            clock.pass_by(market.pause())
            await market.refresh()
            clock.pass_by(market.pause())
            await market.refresh()
            assert len(double.requests) > before
        finally:
            await market.stop()


async def test_on_battery_and_while_hidden_it_looks_less_often_and_at_once_when_that_is_over():
    clock = Clock()
    with LlamaServerDouble() as double:
        market = market_of(tier_of("t", ProviderKind.LLAMA_SERVER, double.url), clock=clock)

        async def looks_after(seconds):
            clock.pass_by(seconds)
            before = len(double.requests)
            await market.refresh()
            return len(double.requests) > before

        try:
            await market.refresh(force=True)
            market.set_sparing(True)
            assert not await looks_after(120)
            market.set_hidden(True)
            market.set_sparing(False)
            market.set_hidden(False)
            assert await looks_after(0), "what is due by the pace of now is due"
            market.set_sparing(True)
            assert not await looks_after(179)
            assert await looks_after(2)
            market.set_hidden(True)
            assert not await looks_after(700)
            assert await looks_after(21)
        finally:
            await market.stop()


async def test_a_server_started_while_nobody_looked_is_seen_as_soon_as_somebody_does():
    clock = Clock()
    double = LlamaServerDouble().start()
    double.stop()
    market = market_of(tier_of("t", ProviderKind.LLAMA_SERVER, double.url), clock=clock)
    try:
        market.set_hidden(True)
        for _ in range(8):
            clock.pass_by(3600)
            await market.refresh()
        assert state_of(market)[0] is State.DOWN
        with LlamaServerDouble(port=int(double.url.rpartition(":")[2])):
            clock.pass_by(61)
            await market.refresh()
            assert state_of(market)[0] is State.DOWN, "hidden, it is looked at seldom"
            market.set_hidden(False)
            await market.refresh()
            assert state_of(market)[0] is State.READY
    finally:
        await market.stop()
