"""The policy: lowest expected cost above the quality floor, with a reason for every tier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.builders import ALL, HAIKU, LOCAL, OPUS, SONNET, quote, snapshot, task
from compute_broker.broker.policy import Rules, decide, expected_usage
from compute_broker.core.decision import MODES, Mode, Verdict, parse_mode
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.quote import State
from compute_broker.core.task import Need, Stakes

BALANCED = Rules(MODES["balanced"], baseline_id="opus")


def verdicts(decision):
    return {row.quote.tier.id: row.verdict for row in decision.considered}


def chosen(decision):
    return decision.quote.tier.id if decision.quote else None


def test_an_easy_task_goes_to_the_cheapest_tier_that_can_do_it():
    decision = decide(task(-4.0), ALL, BALANCED)
    assert chosen(decision) == "local"
    assert verdicts(decision)["opus"] is Verdict.DEARER


def test_a_harder_task_goes_higher_and_says_why_the_cheap_one_was_left_out():
    decision = decide(task(1.0), ALL, Rules(MODES["best"]))
    assert chosen(decision) == "opus"
    local = next(row for row in decision.considered if row.quote.tier.id == "local")
    assert local.verdict is Verdict.BELOW_FLOOR
    assert "below the" in local.reason


def test_high_stakes_raise_the_floor_to_the_best():
    assert chosen(decide(task(-2.0), ALL, BALANCED)) == "haiku"
    assert chosen(decide(task(-2.0, stakes=Stakes.HIGH), ALL, BALANCED)) == "opus"


def test_modes_move_the_choice_one_way_only():
    costs = [
        decide(task(0.0), ALL, Rules(Mode(str(floor), floor))).expected_cost
        for floor in (0.5, 0.8, 0.9, 0.95, 0.97, 0.99, 1.0)
    ]
    assert costs == sorted(costs)


def test_a_switched_off_a_dead_and_an_unpriced_tier_are_left_out_with_their_reasons():
    offer = snapshot(
        quote("off", 3.0, ("0", "0"), state=State.OFF),
        quote("dead", 3.0, ("0", "0"), state=State.DOWN),
        quote("unpriced", 3.0, None),
        HAIKU,
    )
    decision = decide(task(), offer, BALANCED)
    assert chosen(decision) == "haiku"
    assert verdicts(decision) == {
        "off": Verdict.OFF,
        "dead": Verdict.UNAVAILABLE,
        "unpriced": Verdict.UNPRICED,
        "haiku": Verdict.CHOSEN,
    }
    assert all(row.reason for row in decision.considered)


def test_a_private_prompt_stays_on_this_machine_even_if_nothing_else_is_left():
    assert chosen(decide(task(3.0, private=True), ALL, BALANCED)) == "local"
    nothing = decide(task(private=True), snapshot(HAIKU, OPUS), BALANCED)
    assert nothing.plan is None
    assert nothing.fallbacks == ()
    assert "private" in nothing.reason
    office = quote("office", 3.0, ("0", "0"), base_url="http://10.0.0.5:8000")
    assert decide(task(private=True), snapshot(office), BALANCED).plan is None


def test_fallbacks_of_a_private_prompt_are_private_too():
    second = quote(
        "second",
        0.0,
        ("0.02", "0.30"),
        provider=LOCAL.tier.provider,
        place=LOCAL.tier.place,
        base_url="http://127.0.0.1:1",
    )
    decision = decide(task(private=True), snapshot(LOCAL, HAIKU, second), BALANCED)
    assert [item.tier.id for item in decision.fallbacks] == ["second"]


def test_a_prompt_that_does_not_fit_the_context_goes_elsewhere():
    small = quote("small", 3.0, ("0", "0.01"), context=50)
    decision = decide(task(-3.0), snapshot(small, HAIKU), BALANCED)
    assert verdicts(decision)["small"] is Verdict.DOES_NOT_FIT


def test_vision_bars_blind_tiers_only_where_a_seeing_one_is_open():
    seeing = quote("seeing", 3.0, ("9", "9"), vision=True)
    need = task(needs=frozenset({Need.VISION}))
    assert chosen(decide(need, snapshot(HAIKU, seeing), BALANCED)) == "seeing"
    assert chosen(decide(need, snapshot(HAIKU), BALANCED)) == "haiku"


def test_a_tier_that_could_pass_the_hard_budget_is_not_chosen():
    left = nanos_from_usd("0.005")
    decision = decide(task(1.0), ALL, Rules(MODES["best"], budget_left=left))
    assert chosen(decision) == "haiku"
    assert verdicts(decision)["opus"] is Verdict.OVER_BUDGET
    broke = decide(task(), ALL, Rules(MODES["best"], budget_left=0))
    assert broke.plan is None
    assert "budget" in broke.reason


def test_a_tier_chosen_by_hand_is_taken_or_refused_with_its_reason():
    assert chosen(decide(task(-4.0), ALL, Rules(MODES["thrifty"], tier_id="opus"))) == "opus"
    off = snapshot(quote("opus", 3.5, ("4", "20"), state=State.NEEDS_KEY), HAIKU)
    refused = decide(task(), off, Rules(MODES["thrifty"], tier_id="opus"))
    assert refused.plan is None
    assert "Opus cannot take it: opus is needs_key" in refused.reason
    unknown = decide(task(), ALL, Rules(MODES["thrifty"], tier_id="opsu"))
    assert "'opsu'" in unknown.reason
    assert "local, haiku" in unknown.reason


def test_an_unpriced_tier_may_be_chosen_by_hand_but_not_under_a_hard_budget():
    offer = snapshot(quote("unpriced", 3.0, None))
    assert chosen(decide(task(), offer, Rules(MODES["best"], tier_id="unpriced"))) == "unpriced"
    assert decide(task(), offer, Rules(MODES["best"], tier_id="unpriced", budget_left=10**12)).plan is None


def test_a_better_tier_is_the_cheapest_with_a_better_chance():
    assert chosen(decide(task(), ALL, Rules(MODES["thrifty"], better_than="haiku"))) == "sonnet"
    top = decide(task(), ALL, Rules(MODES["thrifty"], better_than="opus"))
    assert top.plan is None
    assert "better chance" in top.reason


def test_a_verbose_cheap_model_loses_to_a_terse_dearer_one():
    verbose = quote("verbose", 2.0, ("0.05", "0.40"), verbosity=8.0)
    assert chosen(decide(task(), snapshot(verbose, HAIKU), BALANCED)) == "haiku"
    assert expected_usage(task(), verbose).output_tokens == 2400


def test_the_redo_of_failures_makes_a_poor_cheap_tier_dear():
    poor = quote("poor", -1.0, ("0.001", "0.001"))
    decision = decide(task(1.0), snapshot(poor, SONNET, OPUS), Rules(Mode("any", 0.01)))
    rows = {row.quote.tier.id: row for row in decision.considered}
    assert rows["poor"].direct_cost < rows["poor"].expected_cost
    assert rows["opus"].expected_cost > rows["opus"].direct_cost


def test_the_baseline_is_priced_for_the_same_task():
    decision = decide(task(-4.0), ALL, BALANCED)
    assert decision.baseline is OPUS
    assert decision.baseline_cost == OPUS.price.cost(expected_usage(task(), OPUS))


@pytest.mark.parametrize("text", ["cheap", "0", "1.5", "-1", "nan", ""])
def test_a_mode_that_means_nothing_is_refused_with_the_remedy(text):
    with pytest.raises(ValueError, match=r"quality floor|thrifty"):
        parse_mode(text)


quotes = st.builds(
    quote,
    st.sampled_from("abcdefgh"),
    st.floats(-3, 5),
    st.one_of(
        st.none(),
        st.tuples(st.sampled_from(["0", "0.1", "2", "15"]), st.sampled_from(["0", "0.5", "10", "75"])),
    ),
    state=st.sampled_from(State),
    context=st.one_of(st.none(), st.integers(1, 500)),
    base_url=st.sampled_from(["http://127.0.0.1:1", "https://far.example"]),
    place=st.sampled_from([LOCAL.tier.place, HAIKU.tier.place]),
)


@given(
    st.lists(quotes, max_size=8),
    st.floats(-5, 5),
    st.booleans(),
    st.sampled_from(Stakes),
    st.floats(0.01, 1.0),
    st.one_of(st.none(), st.integers(0, 10**9)),
)
def test_whatever_the_market_a_decision_keeps_its_promises(offers, difficulty, private, stakes, floor, left):
    offer = snapshot(*offers)
    decision = decide(
        task(difficulty, private=private, stakes=stakes), offer, Rules(Mode("x", floor), budget_left=left)
    )
    assert {row.quote.tier.id for row in decision.considered} == set(offer.quotes)
    assert all(row.reason for row in decision.considered)
    able = [
        row
        for row in decision.considered
        if row.verdict in {Verdict.CHOSEN, Verdict.DEARER, Verdict.BELOW_FLOOR}
    ]
    taken = [row for row in decision.considered if row.verdict is Verdict.CHOSEN]
    assert len(taken) == bool(able)
    used = [decision.quote, *decision.fallbacks] if decision.quote else []
    for item in used:
        assert item.availability.state.usable
        assert item.price is not None
        assert item.tier.on_this_machine or not private
    if taken:
        best = max(row.p_success for row in able)
        share = 1.0 if stakes is Stakes.HIGH else floor
        good = [row for row in able if row.p_success >= share * best - 1e-9]
        assert taken[0].expected_cost == min(row.expected_cost for row in good)
        assert len(used) == len(able)
