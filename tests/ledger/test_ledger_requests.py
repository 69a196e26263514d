"""A request from its prompt to its answer, and everything that can be read of it afterwards."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ledger_kit import PRICE, USD, TurnableClock, attempt, begun, dead_owner, exactly, sent, spent

from compute_broker.core.errors import Fault, LedgerError
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.core.usage import Certainty, Usage
from compute_broker.ledger import (
    AttemptKind,
    AttemptState,
    DecisionNote,
    HistoryFilter,
    Ledger,
    NewAttempt,
    NewRequest,
    Outcome,
    Period,
    RequestStatus,
    Settlement,
    new_request_id,
)
from compute_broker.ledger.ids import LENGTH
from compute_broker.ledger.prices import price_from_json


def test_a_prompt_is_there_before_anything_is_sent(ledger: Ledger, path: Path) -> None:
    request_id = begun(ledger, "what is Zürich's area?\n\x00 ' \U0001f600")
    with Ledger.open(path) as another:
        entry = another.exchange(request_id).entry
    assert entry.prompt == "what is Zürich's area?\n\x00 ' \U0001f600"
    assert entry.status is RequestStatus.OPEN


def test_a_lone_surrogate_from_a_terminal_is_no_lost_prompt(ledger: Ledger) -> None:
    request_id = begun(ledger, "broken \udce9 byte")
    assert ledger.exchange(request_id).entry.prompt == "broken \ufffd byte"
    reservation = sent(ledger, request_id, 5)
    ledger.settle(reservation.id, Settlement(5, Certainty.EXACT, served_model="strange\ud800"))
    ledger.finish(request_id, RequestStatus.ANSWERED, answer="\ud83d\ude00", answered_by=reservation.id)
    assert ledger.exchange(request_id).answer == "\U0001f600"


def test_beginning_twice_is_beginning_once(ledger: Ledger) -> None:
    request_id = begun(ledger, "first")
    ledger.begin(NewRequest(request_id, "gateway", "second"))
    assert [entry.prompt for entry in ledger.history()] == ["first"]
    assert ledger.spend(Period.DAY).sums.requests == 1


def test_the_whole_story_of_a_request(ledger: Ledger, clock: TurnableClock) -> None:
    request_id = new_request_id(clock())
    ledger.begin(
        NewRequest(request_id, "quick-ask", "hard one", project="thesis", session_id="s1", private=True)
    )
    note = DecisionNote("balanced", "coding", 1.25, "high", json.dumps({"reason": "ü"}), "opus", USD // 10)
    ledger.decide(request_id, note)
    classify = NewAttempt(
        "haiku", Place.CLOUD, ProviderKind.ANTHROPIC, "h", PRICE, None, kind=AttemptKind.DECIDING
    )
    ledger.charge(request_id, classify, exactly(1_000, Usage(100, 5)))
    first = sent(ledger, request_id, USD // 50)
    ledger.settle(
        first.id,
        Settlement(2_000, Certainty.ESTIMATED, outcome=Outcome.FAILED, fault=Fault.OVERLOADED),
    )
    second = sent(ledger, request_id, USD // 50)
    clock.turn(seconds=2)
    usage = Usage(1_000, 300, cache_read_tokens=400, reasoning_tokens=100)
    ledger.settle(
        second.id,
        Settlement(
            5_000,
            Certainty.EXACT,
            usage,
            charged=5_001,
            latency_ms=2_000,
            first_word_ms=300,
            served_model="h-2",
        ),
    )
    ledger.finish(request_id, RequestStatus.ANSWERED, answer="done", answered_by=second.id)

    found = ledger.exchange(request_id)
    entry = found.entry
    assert (found.answer, found.decision_json) == ("done", '{"reason": "\\u00fc"}')
    assert (entry.mode, entry.category, entry.difficulty, entry.stakes) == (
        "balanced",
        "coding",
        1.25,
        "high",
    )
    assert (entry.project, entry.session_id, entry.private, entry.prompt) == (
        "thesis",
        "s1",
        True,
        "hard one",
    )
    assert (entry.tier, entry.place, entry.provider, entry.model) == ("haiku", "cloud", "anthropic", "h-2")
    assert (entry.cost, entry.baseline_cost, entry.saved) == (8_000, USD // 10, USD // 10 - 8_000)
    assert (entry.certainty, entry.cost_basis, entry.price_source) == ("estimated", "metered", "test list")
    assert (entry.input_tokens, entry.cached_tokens, entry.output_tokens) == (1_100, 400, 305)
    assert (entry.reasoning_tokens, entry.latency_ms, entry.first_word_ms) == (100, 2_000, 300)
    assert [(a.n, a.kind, a.cost, a.fault) for a in found.attempts] == [
        (1, "deciding", 1_000, None),
        (2, "answer", 2_000, "overloaded"),
        (3, "answer", 5_000, None),
    ]
    last = found.attempts[2]
    assert last.price_json is not None
    assert price_from_json(last.price_json) == PRICE
    assert (last.state, last.charged, last.reserved) == (AttemptState.SETTLED, 5_001, USD // 50)
    assert last.ended == clock()


def test_the_saving_is_unknown_while_a_cost_is(ledger: Ledger) -> None:
    request_id = begun(ledger)
    one, two = (sent(ledger, request_id, 10_000) for _ in range(2))
    ledger.settle(one.id, exactly(4_000))
    ledger.finish(
        request_id, RequestStatus.ANSWERED, answered_by=one.id, baseline_tier="opus", baseline_cost=50_000
    )
    assert ledger.exchange(request_id).entry.saved is None
    ledger.settle(two.id, exactly(6_000))
    entry = ledger.exchange(request_id).entry
    assert (entry.cost, entry.saved) == (10_000, 40_000)
    assert ledger.spend(Period.DAY).saved == 40_000


def test_without_a_baseline_nothing_is_said_of_savings(ledger: Ledger) -> None:
    request_id = spent(ledger, 5_000)
    assert ledger.exchange(request_id).entry.saved is None
    assert ledger.spend(Period.DAY).sums.saved_requests == 0


def test_a_request_without_an_answer_costs_and_saves_nothing(ledger: Ledger) -> None:
    request_id = begun(ledger)
    reservation = sent(ledger, request_id, 10_000)
    ledger.settle(reservation.id, Settlement(7_000, Certainty.EXACT, outcome=Outcome.FAILED))
    ledger.finish(
        request_id, RequestStatus.FAILED, baseline_tier="opus", baseline_cost=50_000, reason="overloaded"
    )
    assert ledger.exchange(request_id).entry.saved == -7_000


def test_a_request_is_settled_once(ledger: Ledger) -> None:
    reservation = sent(ledger, begun(ledger), 10_000)
    assert ledger.settle(reservation.id, exactly(4_000))
    assert not ledger.settle(reservation.id, exactly(9_000))
    assert not ledger.release(reservation.id, "too late")
    assert ledger.spend(Period.DAY).spent == 4_000


def test_an_unknown_cost_counts_at_the_reserved_amount(ledger: Ledger) -> None:
    reservation = sent(ledger, begun(ledger), 10_000)
    ledger.settle(reservation.id, Settlement(None, Certainty.UNKNOWN, outcome=Outcome.CANCELLED))
    sums = ledger.spend(Period.DAY).sums
    assert (sums.unknown, sums.unknown_attempts, sums.spent, sums.reserved) == (10_000, 1, 10_000, 0)


def test_what_is_released_costs_nothing_and_cannot_be_sent(ledger: Ledger) -> None:
    request_id = begun(ledger)
    reservation = ledger.reserve(request_id, attempt(10_000))
    assert ledger.release(reservation.id, "no answer to the knock")
    assert not ledger.release(reservation.id, "again")
    with pytest.raises(LedgerError, match="given back"):
        ledger.mark_sent(reservation.id)
    assert ledger.spend(Period.DAY).sums.committed == 0


def test_a_bill_for_a_released_attempt_is_not_lost(ledger: Ledger) -> None:
    reservation = sent(ledger, begun(ledger), 10_000)
    ledger.release(reservation.id, "429")
    assert ledger.settle(reservation.id, exactly(3_000))
    assert ledger.spend(Period.DAY).spent == 3_000


def test_the_same_attempt_number_is_the_same_reservation(ledger: Ledger) -> None:
    request_id = begun(ledger)
    first = ledger.reserve(request_id, attempt(10_000, n=1))
    again = ledger.reserve(request_id, attempt(10_000, n=1))
    assert again.id == first.id
    assert ledger.spend(Period.DAY).reserved == 10_000
    assert ledger.reserve(request_id, attempt(10_000)).n == 2


def test_a_slip_of_the_caller_is_told_at_once(ledger: Ledger) -> None:
    with pytest.raises(LookupError):
        ledger.reserve("never-begun", attempt())
    with pytest.raises(LookupError):
        ledger.settle(4711, exactly(1))
    with pytest.raises(ValueError, match="rating"):
        ledger.rate(begun(ledger), 5)
    with pytest.raises(ValueError, match="cannot be"):
        Settlement(None, Certainty.EXACT)
    with pytest.raises(ValueError, match="cannot be"):
        Settlement(1, Certainty.UNKNOWN)
    with pytest.raises(ValueError, match="below zero"):
        Settlement(-1, Certainty.EXACT)


def test_history_comes_in_pages_the_latest_first(ledger: Ledger) -> None:
    ids = [spent(ledger, number) for number in range(7)]
    first = ledger.history(3)
    second = ledger.history(3, before=first[-1].request_id)
    third = ledger.history(3, before=second[-1].request_id)
    assert [entry.request_id for entry in first + second + third] == ids[::-1]


def test_history_is_filtered(ledger: Ledger, clock: TurnableClock) -> None:
    plain = begun(ledger, "100% of the_cost", project="p")
    clock.turn(days=1)
    other = spent(ledger, 5, tier="opus", source="gateway")
    ledger.decide(other, DecisionNote(category="coding"))

    def ids(**wanted: object) -> list[str]:
        return [entry.request_id for entry in ledger.history(wanted=HistoryFilter(**wanted))]  # type: ignore[arg-type]

    assert ids(text="100% OF") == ids(text="the_c") == ids(project="p") == [plain]
    assert ids(text="%_") == []
    assert ids(text="yes") == ids(tier="opus") == ids(source="gateway") == ids(category="coding") == [other]
    assert ids(text="the_cost 100%") == ids(text='"100% of"') == [plain]
    assert ids(text='"of 100%"') == ids(text="100% nowhere") == []
    assert ids(text='  " ') == [other, plain]
    assert ids(over=4) == [other]
    assert ids(over=5) == []
    assert ids(status=RequestStatus.OPEN) == [plain]
    assert ids(from_day=date(2026, 3, 19)) == [other]
    assert ids(to_day=date(2026, 3, 18)) == [plain]
    assert ids(from_day=date(2026, 3, 18), to_day=date(2026, 3, 19)) == [other, plain]


def test_words_beyond_ascii_are_found_in_either_case(ledger: Ledger) -> None:
    street = begun(ledger, "Wo liegt die ÄUSSERE STRASSE in Łódź?")
    begun(ledger, "Aussere Strasse")

    def ids(text: str) -> list[str]:
        return [entry.request_id for entry in ledger.search(wanted=HistoryFilter(text=text))]

    assert ids("äussere") == ids("łÓDŹ liegt") == ids("äußere") == [street]
    assert ids("öussere") == []


def test_failed_prompts_wait_to_be_sent_again(ledger: Ledger) -> None:
    failed, fine = begun(ledger, "poor me"), spent(ledger, 5)
    ledger.finish(failed, RequestStatus.FAILED, reason="No network.")
    waiting = ledger.open_requests()
    assert [(entry.request_id, entry.prompt, entry.reason) for entry in waiting] == [
        (failed, "poor me", "No network.")
    ]
    ledger.dismiss(failed)
    assert ledger.open_requests() == []
    assert fine in [entry.request_id for entry in ledger.history()]


def test_ratings_reach_those_who_learn(ledger: Ledger) -> None:
    first, second = spent(ledger, 5), spent(ledger, 6, tier="opus")
    ledger.rate(first, -1)
    ledger.rate(second, 1)
    ledger.rate(second, None)
    for request_id in (first, second):
        ledger.decide(request_id, DecisionNote(category="writing", difficulty=0.5))
    (lesson,) = ledger.lessons()
    assert (lesson.origin, lesson.tier, lesson.good, lesson.weight) == (first, "haiku", False, 1.0)


def test_drafts_survive_by_window(ledger: Ledger, path: Path) -> None:
    ledger.save_draft("quick-ask", "half a thou")
    ledger.save_draft("quick-ask", "half a thought")
    ledger.save_draft("history", "other")
    with Ledger.open(path) as another:
        assert another.load_draft("quick-ask") == "half a thought"
        another.save_draft("quick-ask", "")
    assert ledger.load_draft("quick-ask") == ""
    assert ledger.load_draft("history") == "other"


def test_ids_sort_by_time_and_are_short(clock: TurnableClock) -> None:
    ids = []
    for _ in range(200):
        ids.append(new_request_id(clock()))
        clock.now += timedelta(milliseconds=1)
    assert ids == sorted(ids)
    assert len({*ids, *(new_request_id(clock()) for _ in range(1_000))}) == 1_200
    assert {len(each) for each in ids} == {LENGTH}
    assert all(each.isascii() and each.isalnum() for each in ids)
    last = new_request_id(datetime(9999, 12, 31, tzinfo=UTC))
    assert len(last) == LENGTH
    assert last > ids[-1]


def test_what_the_dead_left_is_closed_with_a_word(path: Path, clock: TurnableClock) -> None:
    ghost = Ledger.open(path, clock=clock, owner=dead_owner())
    unsent, asked = begun(ghost, "unsent"), begun(ghost, "sent")
    ghost.reserve(unsent, attempt(3_000))
    flying = sent(ghost, asked, 5_000)
    ghost.close()
    with Ledger.open(path, clock=clock) as ledger:
        own = sent(ledger, begun(ledger, "mine"), 7_000)
        result = ledger.reconcile()
        assert (result.released, result.unknown, set(result.interrupted)) == (1, 1, {unsent, asked})
        sums = ledger.spend(Period.DAY).sums
        assert (sums.unknown, sums.reserved) == (5_000, 7_000)
        assert {entry.prompt for entry in ledger.open_requests()} == {"unsent", "sent"}
        assert ledger.reconcile().released == 0
        with ledger.reader() as db:
            kinds = [row["kind"] for row in db.execute("SELECT kind FROM events ORDER BY id")]
        assert kinds == ["orphan_released", "orphan_unknown"]
        # Someone finds the bill after all: it replaces the guess.
        assert ledger.settle(flying.id, exactly(1_000))
        assert ledger.spend(Period.DAY).sums.committed == 8_000
        assert ledger.settle(own.id, exactly(1))


def test_a_living_neighbour_is_left_alone(path: Path) -> None:
    with Ledger.open(path) as one, Ledger.open(path) as two:
        sent(one, begun(one), 5_000)
        assert two.reconcile().unknown == 0
        assert two.spend(Period.DAY).reserved == 5_000


def test_another_machines_work_is_given_time(path: Path, clock: TurnableClock) -> None:
    far = Ledger.open(path, clock=clock, owner="another-machine|boot|1|1")
    sent(far, begun(far), 5_000)
    far.close()
    with Ledger.open(path, clock=clock) as ledger:
        assert ledger.reconcile().unknown == 0
        clock.turn(hours=1, seconds=1)
        assert ledger.reconcile().unknown == 1
