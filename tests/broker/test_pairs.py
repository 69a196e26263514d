"""When two cheap tiers should check each other, and what is promised of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.builders import LOCAL, quote, snapshot, task
from compute_broker.broker import pairs
from compute_broker.broker.policy import Rules, decide
from compute_broker.core.decision import MODES, CrossCheck, PlanKind, Verdict
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.task import Category

KIMI = quote("kimi", 2.0, ("0.30", "1.20"))
QWEN = quote("qwen", 2.0, ("0.20", "0.80"))
OPUS = quote("opus", 3.0, ("4", "20"))
SUM = task(0.5, checkable=0.9, category=Category.REASONING, difficulty_sd=1.0)
AUTO = Rules(MODES["best"], "opus", cross_check=CrossCheck.AUTO)

chances = st.lists(st.floats(0.01, 0.99), min_size=5, max_size=5).map(tuple)
members = st.builds(
    pairs.Member,
    st.just(0),
    st.integers(0, 10**9),
    chances,
    st.sampled_from(["claude", "qwen", "kimi"]),
)


@given(members, members, members)
def test_what_is_expected_of_a_pair_stays_within_bounds(first, second, referee):
    pair = pairs.expected(replace(first, key=1), replace(second, key=2), replace(referee, key=3))
    assert 0.0 <= pair.quality <= 1.0
    assert 0.0 <= pair.agree <= 1.0
    both = first.cost + second.cost
    assert both <= pair.cost <= both + referee.cost + 1


@given(members, members, members)
def test_kinship_never_improves_a_pair(first, second, referee):
    strangers = pairs.expected(replace(first, family="a"), replace(second, family="b"), referee)
    kin = pairs.expected(replace(first, family="a"), replace(second, family="a"), referee)
    assert kin.quality <= strangers.quality + 1e-12
    assert kin.agree >= strangers.agree - 1e-12


@given(
    st.lists(members, min_size=1, max_size=8),
    members,
    st.integers(0, 2 * 10**9),
    st.floats(0.0, 1.0),
    st.sampled_from(["", "http://127.0.0.1:1234"]),
)
def test_weighing_few_pairs_finds_what_weighing_all_finds(others, referee, single_cost, floor, server):
    numbered = [replace(each, key=key, server=server if key < 2 else "") for key, each in enumerate(others)]
    referee = replace(referee, key=len(numbered))
    everyone = [*numbered, referee]
    every = pairs.candidates(everyone, referee)
    plain = pairs.worthwhile(every, single_cost, referee.cost, floor, CrossCheck.AUTO)
    assert pairs.cheapest(everyone, referee, single_cost, referee.cost, floor) == plain


def test_two_cheap_tiers_check_each_other_where_that_is_cheaper_than_the_best():
    decision = decide(SUM, snapshot(KIMI, QWEN, OPUS), AUTO)
    assert decision.plan.kind is PlanKind.CROSS_CHECK
    assert [each.tier.id for each in decision.plan.tiers] == ["qwen", "kimi"] or [
        each.tier.id for each in decision.plan.tiers
    ] == ["kimi", "qwen"]
    assert decision.plan.referee.tier.id == "opus"
    assert decision.expected_cost == decision.plan.expected_cost
    verdicts = {row.quote.tier.id: row.verdict for row in decision.considered}
    assert set(verdicts.values()) == {Verdict.CHOSEN, Verdict.PAIRED, Verdict.REFEREE}
    assert "check each other" in decision.reason
    assert decision.fallbacks == ()


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"checkable": 0.4}, AUTO),
        ({}, replace(AUTO, cross_check=CrossCheck.OFF)),
        ({}, replace(AUTO, tier_id="opus")),
        ({}, replace(AUTO, better_than="qwen")),
        ({}, replace(AUTO, mode=MODES["thrifty"])),
        ({}, replace(AUTO, budget_left=nanos_from_usd("0.083"))),
    ],
    ids=["not comparable", "off", "by hand", "better asked for", "one cheap tier does", "budget"],
)
def test_one_tier_is_enough_when(changes, rules):
    easy = SUM if rules.mode is not MODES["thrifty"] else replace(SUM, difficulty=-4.0)
    decision = decide(replace(easy, **changes), snapshot(KIMI, QWEN, OPUS), rules)
    assert decision.plan.kind is PlanKind.SINGLE


def test_a_private_prompt_is_checked_on_this_machine_or_not_at_all():
    both = decide(replace(SUM, private=True), snapshot(LOCAL, KIMI, QWEN, OPUS), AUTO)
    assert both.plan.kind is PlanKind.SINGLE
    assert both.quote.tier.on_this_machine


def test_one_server_is_not_asked_to_load_two_models_at_once():
    other = replace(LOCAL, tier=replace(LOCAL.tier, id="local2", model="gemma"))
    rules = replace(AUTO, cross_check=CrossCheck.ALWAYS)
    decision = decide(SUM, snapshot(LOCAL, other, OPUS), rules)
    assert decision.plan.kind is PlanKind.SINGLE


def test_always_means_wherever_answers_can_be_compared():
    rules = Rules(MODES["thrifty"], "opus", cross_check=CrossCheck.ALWAYS)
    easy = replace(SUM, difficulty=-4.0)
    assert decide(easy, snapshot(KIMI, QWEN, OPUS), rules).plan.kind is PlanKind.CROSS_CHECK
    prose = replace(easy, checkable=0.0)
    assert decide(prose, snapshot(KIMI, QWEN, OPUS), rules).plan.kind is PlanKind.SINGLE
