"""What a conversation has in a cache, and how long a person will wait, both count in the choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.builders import quote, snapshot, task
from broker.world import ask, cloud, end_of, world, write_settings
from compute_broker.broker.policy import Rules, baseline_cost, decide
from compute_broker.broker.settling import baseline_counterfactual
from compute_broker.broker.warmth import CACHE_LASTS, Warm, warm_after
from compute_broker.core.decision import MODES, Verdict
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.stream import Message, Role
from compute_broker.core.usage import Usage
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Reply, Tokens

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG = task(0.0, prompt_tokens=20_000)


def cached(found, usd: str):
    rates = replace(found.price.rates, cache_read=nanos_from_usd(usd))
    return replace(found, price=replace(found.price, rates=rates))


SONNET = cached(quote("sonnet", 3.0, ("2", "10")), "0.10")
KIMI = quote("kimi", 3.0, ("0.95", "4"))


def test_a_warm_cache_keeps_a_conversation_where_it_is():
    cold = decide(LONG, snapshot(SONNET, KIMI), Rules(MODES["balanced"]))
    assert cold.quote.tier.id == "kimi"
    rules = Rules(MODES["balanced"], warm_tier="sonnet", warm_tokens=19_500)
    warm = decide(LONG, snapshot(SONNET, KIMI), rules)
    assert warm.quote.tier.id == "sonnet"
    # 500 fresh at $2, 19,500 read at $0.10, 300 written at $10 a million.
    assert warm.expected_cost == nanos_from_usd("0.001") + nanos_from_usd("0.00195") + nanos_from_usd("0.003")


def test_the_baseline_has_the_same_cache():
    rules = Rules(MODES["balanced"], "sonnet", warm_tier="kimi", warm_tokens=19_500)
    plain = baseline_cost(LONG, snapshot(SONNET, KIMI), replace(rules, warm_tokens=0))
    assert baseline_cost(LONG, snapshot(SONNET, KIMI), rules) < plain
    used = Usage(20_000, 300)
    assert baseline_counterfactual(used, KIMI, SONNET, 19_500) < baseline_counterfactual(used, KIMI, SONNET)


def test_only_what_a_provider_reported_is_warm_and_not_for_long():
    assert warm_after("kimi", Usage(20_000, 300), NOW) is None
    assert warm_after("kimi", Usage(2_000, 300, cache_read_tokens=900), NOW) is None
    found = warm_after("sonnet", Usage(20_000, 300, cache_read_tokens=500, cache_write_5m_tokens=19_000), NOW)
    assert found == Warm("sonnet", 19_500, NOW + CACHE_LASTS)
    assert found.tokens_at(NOW + timedelta(minutes=4)) == 19_500
    assert found.tokens_at(NOW + timedelta(minutes=5)) == 0


def test_a_tier_known_to_be_slow_is_passed_over_but_not_the_last_one():
    slow = replace(KIMI, tokens_per_second=10.0, first_token_ms=2_000)
    rules = Rules(MODES["balanced"], most_seconds=20.0)
    decision = decide(LONG, snapshot(slow, SONNET), rules)
    assert decision.quote.tier.id == "sonnet"
    row = next(row for row in decision.considered if row.quote.tier.id == "kimi")
    assert row.verdict is Verdict.TOO_SLOW
    assert "32 s" in row.reason
    assert decide(LONG, snapshot(slow), rules).quote.tier.id == "kimi"
    assert decide(LONG, snapshot(slow, SONNET), replace(rules, most_seconds=33.0)).quote.tier.id == "kimi"
    assert decide(LONG, snapshot(slow, SONNET), replace(rules, tier_id="kimi")).quote.tier.id == "kimi"


@pytest.mark.parametrize(("turns", "kept"), [(0, False), (2, True)])
async def test_a_long_conversation_asks_the_provider_to_keep_it(turns, kept):
    words = "word " * 2_000
    history = (Message(Role.USER, words), Message(Role.ASSISTANT, "Read."))[:turns]
    with AnthropicDouble() as claude:
        claude.key = "sk-test"
        claude.enqueue(Reply("Yes.", usage=Tokens(input=5_000, output=2, cache_read=2_000)))
        async with world(write_settings(cloud("haiku", claude.url)), anthropic="sk-test") as services:
            receipt = end_of(await ask(services, words, history=history)).receipt
        assert ("cache_control" in claude.chats[0].json) is kept
        assert receipt.usage.cache_read_tokens == 2_000
