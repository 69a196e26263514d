"""A question that is asked more than once: its baseline counts once, the cost of every answer counts."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_kit import TurnableClock, attempt, exactly

from compute_broker.core.usage import Usage
from compute_broker.ledger import Ledger, NewRequest, Period, RequestStatus, new_request_id
from compute_broker.ledger.export import export_csv
from compute_broker.ledger.views import Group

ANSWERED, CUT_OFF, CANCELLED, FAILED = (
    RequestStatus.ANSWERED,
    RequestStatus.CUT_OFF,
    RequestStatus.CANCELLED,
    RequestStatus.FAILED,
)


def asked(
    ledger: Ledger,
    cost: int,
    baseline: int | None,
    *,
    status: RequestStatus = ANSWERED,
    again_of: str | None = None,
    rest: int | None = None,
    tier: str = "haiku",
) -> str:
    """Write a request of a question with what it cost; with ``rest`` it goes on with ``again_of``."""
    request_id = new_request_id()
    ledger.begin(NewRequest(request_id, "cli", "why?", again_of=again_of, goes_on=rest is not None))
    paid = None
    if cost or status.has_answer:
        reservation = ledger.reserve(request_id, attempt(cost, tier))
        ledger.mark_sent(reservation.id)
        ledger.settle(reservation.id, exactly(cost, Usage(100, 20)))
        paid = reservation.id
    ledger.finish(
        request_id, status, answered_by=paid, baseline_tier="opus", baseline_cost=baseline, baseline_rest=rest
    )
    return request_id


def saved(ledger: Ledger, *ids: str) -> list[int | None]:
    return [ledger.exchange(each).entry.saved for each in ids]


def test_a_later_answer_adds_its_cost_and_no_baseline(ledger: Ledger) -> None:
    first = asked(ledger, 1_000, 50_000)
    better = asked(ledger, 8_000, 60_000, again_of=first)
    third = asked(ledger, 50_000, 50_000, again_of=better, tier="opus")
    assert saved(ledger, first, better, third) == [49_000, -8_000, -50_000]
    assert ledger.spend(Period.DAY).saved == 50_000 - 59_000
    entry = ledger.exchange(third).entry
    assert (entry.again, entry.again_of, entry.baseline_cost) == (True, first, 0)
    before = ledger.exchange(first).entry
    assert (before.again, before.again_of, before.baseline_cost) == (False, None, 50_000)


@pytest.mark.parametrize("status", [FAILED, CANCELLED])
def test_asked_again_after_no_answer_it_is_an_ordinary_request(ledger: Ledger, status: RequestStatus) -> None:
    first = asked(ledger, 300, 50_000, status=status)
    second = asked(ledger, 1_000, 50_000, again_of=first)
    assert saved(ledger, first, second) == [-300, 49_000]
    entry = ledger.exchange(second).entry
    assert (entry.again, entry.again_of) == (False, first)


def test_what_failed_and_cost_nothing_is_in_no_saving(ledger: Ledger) -> None:
    refused = asked(ledger, 0, 50_000, status=FAILED)
    assert saved(ledger, refused) == [None]
    sums = ledger.spend(Period.DAY).sums
    assert (sums.requests, sums.answered, sums.saved_requests) == (1, 0, 0)


def test_going_on_with_an_answer_adds_only_what_was_missing_of_the_baseline(ledger: Ledger) -> None:
    begun = asked(ledger, 1_000, 20_000, status=CUT_OFF)
    more = asked(ledger, 2_000, 45_000, status=CUT_OFF, again_of=begun, rest=12_000)
    last = asked(ledger, 3_000, 70_000, again_of=more, rest=9_000)
    assert saved(ledger, begun, more, last) == [19_000, 10_000, 6_000]
    assert not ledger.exchange(last).entry.again


def test_where_the_baseline_itself_was_cut_off_it_would_have_had_to_go_on_too(ledger: Ledger) -> None:
    begun = asked(ledger, 20_000, 20_000, status=CUT_OFF, tier="opus")
    more = asked(ledger, 45_000, 45_000, again_of=begun, rest=12_000, tier="opus")
    assert saved(ledger, begun, more) == [0, 0]


def test_going_on_with_a_later_answer_adds_no_baseline(ledger: Ledger) -> None:
    first = asked(ledger, 1_000, 50_000)
    better = asked(ledger, 5_000, 50_000, status=CUT_OFF, again_of=first)
    more = asked(ledger, 2_000, 45_000, again_of=better, rest=12_000)
    assert saved(ledger, first, better, more) == [49_000, -5_000, -2_000]


def test_a_whole_answer_after_a_part_brings_the_baseline_up_to_its_own(ledger: Ledger) -> None:
    part = asked(ledger, 1_000, 20_000, status=CUT_OFF)
    whole = asked(ledger, 4_000, 50_000, again_of=part)
    short = asked(ledger, 4_000, 90_000, again_of=part)
    assert saved(ledger, part, whole, short) == [19_000, 26_000, -4_000]


def test_an_earlier_request_that_is_not_in_this_ledger_is_none(ledger: Ledger) -> None:
    alone = asked(ledger, 1_000, 50_000, again_of=new_request_id())
    assert saved(ledger, alone) == [49_000]
    assert ledger.exchange(alone).entry.again_of is None


def test_without_a_baseline_nothing_is_said_of_a_later_answer_either(ledger: Ledger) -> None:
    first = asked(ledger, 1_000, None)
    assert saved(ledger, first, asked(ledger, 2_000, None, again_of=first)) == [None, None]


COSTS = st.integers(0, 10_000)
ASKS = st.tuples(
    st.sampled_from([ANSWERED, ANSWERED, CUT_OFF, CANCELLED, FAILED]),
    COSTS,
    COSTS,
    st.none() | st.integers(0, 9),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ASKS, min_size=1, max_size=6), st.lists(ASKS, max_size=2))
def test_the_savings_of_a_question_are_its_baseline_minus_all_costs(
    asks: list[tuple[RequestStatus, int, int, int | None]],
    others: list[tuple[RequestStatus, int, int, int | None]],
) -> None:
    """Whoever is asked, in whatever order it ends; sums, days, tiers, groups and CSV say the same."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "ledger.db", clock=TurnableClock(), zone=UTC) as ledger,
    ):
        ids: list[str] = []
        for status, cost, baseline, of in asks:
            again_of = ids[(of or 0) % len(ids)] if ids else None
            ids.append(asked(ledger, cost, baseline, status=status, again_of=again_of))
        for status, cost, baseline, _ in others:  # other questions, in between
            asked(ledger, cost, baseline, status=status)
        rows = {entry.request_id: entry for entry in ledger.history()}
        mine = [rows[each] for each in ids]
        costs = sum(cost for _, cost, _, _ in asks)
        assert sum(row.saved or 0 for row in mine) == expected_baseline(asks) - costs

        every = rows.values()
        whole = sum(row.saved or 0 for row in every)
        known = sum(row.saved is not None for row in every)
        sums = ledger.spend(Period.DAY).sums
        assert (sums.saved, sums.saved_requests) == (whole, known)
        assert sum(row.sums.saved for row in ledger.by_tier(Period.DAY)) == whole
        assert ledger.by_day(1)[0].sums.saved == whole
        assert sum(row.saved for row in ledger.by_group(Period.DAY, Group.SOURCE)) == whole
        stream = io.StringIO(newline="")
        export_csv(ledger, stream)
        for row in csv.DictReader(io.StringIO(stream.getvalue(), newline="")):
            usd = [round(float(row[name] or 0) * 1e9) for name in ("baseline_cost_usd", "cost_usd")]
            assert round(float(row["saved_usd"] or 0) * 1e9) == usd[0] - usd[1]
        assert ledger.verify().ok


def expected_baseline(asks: list[tuple[RequestStatus, int, int, int | None]]) -> int:
    """Return the baseline of a question: as the first whole answer tells it, before as the dearest part."""
    part = 0
    for status, _, baseline, _ in asks:
        if status is ANSWERED:
            return max(part, baseline)
        if status is CUT_OFF:
            part = max(part, baseline)
    return part
