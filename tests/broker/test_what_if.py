"""What-if: the past decided again by the policy itself; what cannot be reckoned is counted, never guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.builders import ALL, HAIKU, OPUS, SONNET, quote, snapshot, task
from compute_broker.broker.policy import Rules, decide
from compute_broker.broker.report import decision_report
from compute_broker.broker.settling import baseline_counterfactual
from compute_broker.broker.whatif.again import Again, again, one_tier, weighed
from compute_broker.broker.whatif.kept import kept
from compute_broker.broker.whatif.reckon import StoppedError, what_if
from compute_broker.broker.whatif.record import read
from compute_broker.broker.whatif.result import LeftOut, Move, Question, WhatIf
from compute_broker.broker.whatif.words import remainder, sentence
from compute_broker.core.decision import MODES, CrossCheck, Decision, Mode
from compute_broker.core.quote import State
from compute_broker.core.task import Need, Stakes
from compute_broker.core.usage import Certainty, Usage
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.past import Paid, PastRequest
from compute_broker.ledger.records import (
    AttemptKind,
    DecisionNote,
    NewAttempt,
    NewRequest,
    Period,
    RequestStatus,
    Settlement,
)
from compute_broker.ledger.views import Group

BALANCED = Rules(MODES["balanced"], "opus")
NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


def noted(decision: Decision, rules: Rules, *, old: bool = False) -> str:
    """Return a note as the broker writes it; ``old``: as it did before anything was kept."""
    report = decision_report(decision)
    return json.dumps(report if old else report | {"kept": kept(decision, rules)})


def past(decision: Decision, rules: Rules, usage: Usage, *, old: bool = False, cost: int = 0) -> PastRequest:
    """Return the request as the ledger would have it, answered by the tier that was chosen."""
    used = decision.quote
    paid = cost or used.price.cost(usage)
    return PastRequest(
        created_us=0,
        source="quick_ask",
        project=None,
        status="answered",
        category="knowledge",
        cost=paid,
        baseline_tier="opus",
        baseline_cost=baseline_counterfactual(usage, used, decision.baseline),
        decision_json=noted(decision, rules, old=old),
        answered_by=used.tier.id,
        place=used.tier.place.value,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=0,
        again=False,
        paid=(Paid(used.tier.id, AttemptKind.ANSWER, paid),),
    )


tiers_of_any_kind = st.lists(
    st.tuples(
        st.floats(-3, 4),
        st.floats(0.05, 5),
        st.floats(0.3, 3),
        st.sampled_from([State.READY, State.READY, State.READY, State.DOWN, State.OFF]),
    ),
    min_size=1,
    max_size=7,
)
tasks = st.builds(
    task,
    st.floats(-4, 4),
    stakes=st.sampled_from(Stakes),
    checkable=st.sampled_from([0.0, 0.9]),
    needs=st.sampled_from([frozenset(), frozenset({Need.VISION})]),
    prompt_tokens=st.integers(1, 5000),
    expected_output_tokens=st.integers(1, 3000),
)
modes = st.one_of(st.sampled_from(list(MODES.values())), st.floats(0.5, 1).map(lambda f: Mode(f"{f:.3f}", f)))


def offers(rows):
    return snapshot(
        *(
            quote(f"t{n}", ability, (f"{usd:.4f}", f"{5 * usd:.4f}"), state=state, verbosity=round(length, 4))
            for n, (ability, usd, length, state) in enumerate(rows)
        )
    )


def names(plan):
    return (
        None
        if plan is None
        else ([quote.tier.id for quote in plan.tiers], plan.referee and plan.referee.tier.id)
    )


@given(tiers_of_any_kind, tasks, modes, st.sampled_from(CrossCheck))
def test_with_nothing_changed_the_policy_chooses_as_it_did(rows, job, mode, when):
    rules = Rules(mode, "t0", cross_check=when)
    decision = decide(job, offers(rows), rules)
    found = weighed(read(noted(decision, rules)), Question())
    if names(found.plan) == names(decision.plan):
        return
    # Only a tie that six decimals of a chance cannot tell apart may fall otherwise.
    (good, cost), (then_good, then_cost) = (
        worth(found.plan, found.rows),
        worth(decision.plan, {row.quote.tier.id: row for row in decision.considered}),
    )
    assert good == pytest.approx(then_good, abs=1e-4) or cost == pytest.approx(then_cost, rel=1e-4)


def worth(plan, rows):
    """Return a plan's chance and expected cost."""
    if plan.referee is not None:
        return plan.quality, plan.expected_cost
    row = rows[plan.tiers[0].tier.id]
    return row.p_success, row.expected_cost


@given(tiers_of_any_kind, tasks, modes, st.integers(1, 9000), st.integers(0, 9000))
def test_what_did_not_change_costs_what_it_cost_to_the_nano_dollar(rows, job, mode, prompt, length):
    rules = Rules(mode, "t0")
    decision = decide(job, offers(rows), rules)
    if decision.quote is None:
        return
    request = past(decision, rules, Usage(prompt, length), cost=12_345)
    for question in (Question(), Question(mode=mode), Question(without=frozenset({"never there"}))):
        found = again(request, question)
        assert isinstance(found, Again)
        assert (found.moved, found.cost, found.chance) == (False, 12_345, found.was_chance)


@given(tiers_of_any_kind, tasks, modes, modes)
def test_a_lower_floor_is_never_dearer_in_expected_cost(rows, job, one, other):
    rules = Rules(MODES["balanced"], "t0")
    note = read(noted(decide(job, offers(rows), rules), rules))
    low, high = sorted((one, other), key=lambda mode: mode.floor)
    thrifty, best = (weighed(note, Question(mode=mode)) for mode in (low, high))
    if best.chosen is not None:
        assert thrifty.chosen.expected_cost <= best.chosen.expected_cost
        assert thrifty.chosen.p_success >= thrifty.floor - 1e-9


@given(tiers_of_any_kind, tasks, modes, modes, st.sets(st.sampled_from(["t0", "t1", "t2"])))
def test_the_short_way_to_one_tier_is_the_policy_s_own(rows, job, mode, other, without):
    rules = Rules(mode, "t0")
    note = read(noted(decide(job, offers(rows), rules), rules))
    question = Question(mode=other, without=frozenset(without), cross_check=CrossCheck.OFF)
    chosen, short = weighed(note, question).chosen, one_tier(note, question)
    assert short == (chosen and (chosen.quote.tier.id, chosen.p_success))


@given(tiers_of_any_kind, tasks, modes)
def test_a_tier_that_was_switched_off_before_changes_nothing(rows, job, mode):
    rules = Rules(mode, "t0")
    decision = decide(job, offers(rows), rules)
    off = frozenset(row.quote.tier.id for row in decision.considered if row.verdict.value == "off")
    if decision.quote is not None:
        found = again(past(decision, rules, Usage(100, 100)), Question(without=off))
        assert not found.moved


def test_without_its_tier_a_request_goes_where_the_policy_would_have_sent_it():
    decision = decide(task(-4.0), ALL, BALANCED)
    assert decision.quote.tier.id == "local"
    usage = Usage(1_000, 500)
    found = again(past(decision, BALANCED, usage), Question(without=frozenset({"local"})))
    fewer = snapshot(HAIKU, SONNET, OPUS)
    assert found.tier == decide(task(-4.0), fewer, BALANCED).quote.tier.id == "haiku"
    assert found.cost == HAIKU.price.cost(usage)
    assert found.chance > found.was_chance


def test_all_on_the_baseline_is_the_saving_that_the_ledger_has():
    decision = decide(task(-4.0), ALL, BALANCED)
    request = past(decision, BALANCED, Usage(1_000, 500))
    found = again(request, Question(all_on="opus"))
    assert found.cost == request.baseline_cost == OPUS.price.cost(Usage(1_000, 500))
    other = again(request, Question(all_on="sonnet"))
    assert other.cost == SONNET.price.cost(Usage(1_000, 500))


def test_answers_are_as_long_as_the_other_model_makes_them():
    chatty = quote("chatty", 2.5, ("0.01", "0.02"), verbosity=3.0, max_output=1_000)
    decision = decide(task(-4.0), snapshot(HAIKU, chatty), BALANCED)
    request = past(decision, BALANCED, Usage(1_000, 200))
    other = "chatty" if decision.quote.tier.id == "haiku" else "haiku"
    assert other == "haiku"
    assert again(request, Question(all_on="haiku")).cost == HAIKU.price.cost(Usage(1_000, 67))


def test_a_need_that_was_guessed_bars_no_tier_when_none_is_left_that_has_it():
    seeing = quote("seeing", 2.0, ("1", "5"), vision=True)
    rules = Rules(MODES["balanced"], "opus")
    decision = decide(task(0.0, needs=frozenset({Need.VISION})), snapshot(HAIKU, seeing), rules)
    assert decision.quote.tier.id == "seeing"
    found = again(past(decision, rules, Usage(10, 10)), Question(without=frozenset({"seeing"})))
    assert found.tier == "haiku"


def test_a_private_prompt_does_not_leave_the_machine_in_thought_either():
    decision = decide(task(-4.0, private=True), ALL, BALANCED)
    request = past(decision, BALANCED, Usage(10, 10))
    assert again(request, Question(all_on="opus")) is LeftOut.NOBODY
    assert again(request, Question(without=frozenset({"local"}))) is LeftOut.NOBODY


def test_what_cannot_be_reckoned_says_why():
    decision = decide(task(-4.0), ALL, BALANCED)
    plain = past(decision, BALANCED, Usage(10, 10))
    question = Question(mode=MODES["best"])
    forced = Rules(MODES["balanced"], "opus", tier_id="sonnet")
    chosen = past(decide(task(-4.0), ALL, forced), forced, Usage(10, 10))
    assert again(chosen, question) is LeftOut.BY_HAND
    old = past(decide(task(-4.0), ALL, forced), forced, Usage(10, 10), old=True)
    assert again(old, question) is LeftOut.BY_HAND
    assert again(chosen, Question(all_on="opus")).tier == "opus"
    for change, reason in (
        ({"source": "experiment"}, LeftOut.EXPERIMENT),
        ({"status": "failed"}, LeftOut.UNANSWERED),
        ({"cost": None}, LeftOut.UNKNOWN_COST),
        ({"decision_json": None}, LeftOut.NOT_KEPT),
        ({"decision_json": '{"considered": 3}'}, LeftOut.NOT_KEPT),
        ({"output_tokens": None}, LeftOut.NOT_KEPT),
    ):
        assert again(replace(plain, **change), question) is reason


def test_an_older_note_is_reckoned_roughly_and_an_older_cross_check_not_at_all():
    decision = decide(task(-4.0), ALL, BALANCED)
    usage = Usage(200, 600)  # twice what was expected of both
    old = past(decision, BALANCED, usage, old=True)
    found = again(old, Question(without=frozenset({"local"})))
    assert found.rough
    assert found.tier == "haiku"
    assert found.cost == HAIKU.price.cost(usage)
    rules = Rules(MODES["balanced"], "opus", cross_check=CrossCheck.ALWAYS)
    pair = decide(task(0.0, checkable=0.9), ALL, rules)
    assert pair.plan.referee is not None
    assert again(past(pair, rules, usage, old=True), Question(mode=MODES["best"])) is LeftOut.NOT_KEPT


def test_a_cross_check_is_weighed_again_from_the_chances_that_were_kept():
    rules = Rules(MODES["balanced"], "opus", cross_check=CrossCheck.ALWAYS)
    pair = decide(task(0.0, checkable=0.9), ALL, rules)
    request = past(pair, rules, Usage(100, 300))
    question = Question(mode=MODES["balanced"], cross_check=CrossCheck.OFF)
    single = decide(task(0.0, checkable=0.9), ALL, BALANCED)
    assert again(request, question).tier == single.quote.tier.id
    gone = pair.plan.tiers[0].tier.id
    found = again(request, Question(without=frozenset({gone})))
    assert gone not in [tier for tier, _ in found.paid]
    assert len(found.paid) == 3


# In the ledger


def book(ledger: Ledger, decision: Decision, rules: Rules, usage: Usage) -> None:
    """Write an answered request as the broker does."""
    request_id, used = new_request_id(), decision.quote
    ledger.begin(NewRequest(request_id, "quick_ask", "a prompt"))
    note = DecisionNote(
        mode=decision.mode.name,
        category="knowledge",
        decision_json=noted(decision, rules),
        baseline_tier="opus",
    )
    ledger.decide(request_id, note)
    tier = used.tier
    reservation = ledger.reserve(
        request_id, NewAttempt(tier.id, tier.place, tier.provider, tier.model, used.price, 10**9)
    )
    ledger.mark_sent(reservation.id)
    cost = used.price.cost(usage)
    ledger.settle(reservation.id, Settlement(cost, Certainty.EXACT, usage=usage))
    ledger.finish(
        request_id,
        RequestStatus.ANSWERED,
        answer="an answer",
        answered_by=reservation.id,
        baseline_tier="opus",
        baseline_cost=baseline_counterfactual(usage, used, decision.baseline),
    )


PLACES = {each.tier.id: each.tier.place.value for each in ALL}


def filled(path: Path, difficulties: list[float]) -> Ledger:
    moment = [NOW - timedelta(days=10)]
    ledger = Ledger.open(path, clock=lambda: moment[0], zone=UTC)
    for number, difficulty in enumerate(difficulties):
        moment[0] = NOW - timedelta(days=number % 3)
        book(ledger, decide(task(difficulty), ALL, BALANCED), BALANCED, Usage(900 + number, 400))
    moment[0] = NOW
    return ledger


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.floats(-4, 4), min_size=1, max_size=12),
    st.sampled_from(
        [
            Question(mode=MODES["best"]),
            Question(mode=Mode("0.6", 0.6)),
            Question(without=frozenset({"haiku", "local"})),
            Question(all_on="opus"),
            Question(all_on="local"),
        ]
    ),
)
def test_days_tiers_and_groups_add_up_to_the_whole_difference(tmp_path_factory, difficulties, question):
    path = tmp_path_factory.mktemp("what-if") / "ledger.db"
    with filled(path, difficulties) as ledger:
        found = what_if(ledger, Period.MONTH, question, places=PLACES)
        again_found = what_if(ledger, Period.MONTH, question, places=PLACES)
        spent, saved = ledger.spend(Period.MONTH).spent, ledger.spend(Period.MONTH).saved
    assert found == again_found
    assert found.spent == spent
    difference = found.would - found.spent
    assert sum(found.by_day.values()) == difference
    assert sum(change.cost for change in found.by_tier.values()) == difference
    assert sum(change.requests for change in found.by_tier.values()) == 0
    for group in Group:
        assert sum(change.cost for change in found.by_group[group].values()) == difference
    assert sum(move.cost for move in found.moves) == difference
    assert found.requests == found.reckoned + sum(found.left_out.values()) == len(difficulties)
    assert found.quality.low <= found.quality.mean <= found.quality.high
    if question.all_on == "opus":
        assert difference == saved


def test_a_sentence_says_it_all(tmp_path):
    with filled(tmp_path / "ledger.db", [-4.0, -4.0, 3.0]) as ledger:
        book(
            ledger,
            decide(task(-4.0), ALL, replace(BALANCED, tier_id="opus")),
            replace(BALANCED, tier_id="opus"),
            Usage(900, 400),
        )
        found = what_if(ledger, Period.MONTH, Question(without=frozenset({"local"})), places=PLACES)
        labels = {"local": "LM Studio"}
        text = sentence(found, labels, "this month")
        assert text.startswith("Without LM Studio, this month would have cost ")
        assert text.endswith("2 of 3 requests would have gone elsewhere.")
        assert remainder(found) == "1 request counts as it was: 1 whose tier was chosen by hand."
        nothing = what_if(ledger, Period.DAY, Question(all_on="gone"), places=PLACES)
        assert (
            sentence(nothing, labels, "today") == "Everything on gone: nothing of today can be reckoned anew."
        )


def test_it_tells_how_far_it_is_and_stops_when_nobody_wants_it(tmp_path):
    told: list[tuple[int, int]] = []
    with filled(tmp_path / "ledger.db", [-4.0]) as ledger:
        what_if(ledger, Period.MONTH, Question(), places={}, progress=lambda *at: told.append(at) is None)
        assert told == [(0, 1)]
        with pytest.raises(StoppedError):
            what_if(ledger, Period.MONTH, Question(), places={}, progress=lambda *_at: False)


def test_texts_that_were_deleted_leave_the_sums_as_they_were(tmp_path):
    with filled(tmp_path / "ledger.db", [-4.0, 0.0]) as ledger:
        ledger.forget(NOW.date() + timedelta(days=1))
        found = what_if(ledger, Period.MONTH, Question(mode=MODES["best"]), places=PLACES)
    assert found.left_out == {LeftOut.NOT_KEPT: 2}
    assert found.would == found.spent
    assert found.would_quality is None


def test_the_sentence_tells_apart_who_went_elsewhere_and_who_was_only_checked_by_others():
    moves = (Move("opus", "haiku", 1_746, -5), Move("haiku", "haiku", 1_187, 0), Move("opus", "", 2, -9))
    found = WhatIf(Question(MODES["best"]), 4_000, 3_500, moves=moves, left_out={LeftOut.UNANSWERED: 1_200})
    told = sentence(found, {}, "this month")
    assert told.endswith(
        "1,746 of 3,500 requests would have gone elsewhere, 1,187 had other second opinions, "
        "2 not been asked a second time."
    )
    assert remainder(found) == "1,200 requests count as they were: 1,200 without an answer."
