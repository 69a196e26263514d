"""Budgets: reserve first, settle after; hard stops, soft warns once, the override is recorded."""

from __future__ import annotations

import pytest
from ledger_kit import USD, TurnableClock, attempt, begun, exactly, hard_day, sent, spent

from compute_broker.core.errors import BudgetExceededError
from compute_broker.ledger import BudgetLimit, BudgetRefusedError, Ledger, Period

CENT = USD // 100


def test_a_hard_budget_stops_before_it_is_passed(ledger: Ledger) -> None:
    limits = [hard_day(10 * CENT)]
    sent(ledger, begun(ledger), 6 * CENT, tuple(limits))
    with pytest.raises(BudgetRefusedError) as refused:
        ledger.reserve(begun(ledger), attempt(5 * CENT), limits)
    assert (refused.value.left, refused.value.needed, refused.value.limit) == (4 * CENT, 5 * CENT, limits[0])
    assert str(refused.value) == (
        "This could cost up to $0.05, but only $0.04 is left of the daily budget of $0.10."
        " Choose a cheaper tier, raise the budget in Settings, or allow this one request."
    )
    assert isinstance(refused.value, BudgetExceededError)
    with pytest.raises(BudgetRefusedError):
        ledger.reserve(begun(ledger), attempt(4 * CENT + 1), limits)
    assert ledger.reserve(begun(ledger), attempt(4 * CENT), limits).reserved == 4 * CENT
    assert ledger.left(limits)[0].left == 0


def test_settling_gives_back_what_was_set_aside_too_much(ledger: Ledger) -> None:
    limits = (hard_day(10 * CENT),)
    first = sent(ledger, begun(ledger), 9 * CENT, limits)
    ledger.settle(first.id, exactly(CENT))
    assert sent(ledger, begun(ledger), 9 * CENT, limits).reserved == 9 * CENT


def test_a_cost_above_the_reservation_is_recorded_and_seen_next_time(ledger: Ledger) -> None:
    limits = (hard_day(10 * CENT),)
    first = sent(ledger, begun(ledger), 5 * CENT, limits)
    ledger.settle(first.id, exactly(12 * CENT))
    assert ledger.spend(Period.DAY).spent == 12 * CENT
    with pytest.raises(BudgetRefusedError, match=r"only \$0.00 is left"):
        ledger.reserve(begun(ledger), attempt(1), limits)


def test_what_costs_nothing_always_passes(ledger: Ledger) -> None:
    spent(ledger, 20 * CENT)
    assert ledger.reserve(begun(ledger), attempt(0), [hard_day(10 * CENT)]).reserved == 0


def test_an_unknown_price_is_not_zero(ledger: Ledger) -> None:
    with pytest.raises(BudgetRefusedError, match="Nobody knows what this tier costs"):
        ledger.reserve(begun(ledger), attempt(None), [hard_day(10 * CENT)])
    soft = BudgetLimit(Period.DAY, 10 * CENT, hard=False)
    assert ledger.reserve(begun(ledger), attempt(None), [soft]).reserved is None


def test_the_override_is_for_one_attempt_and_recorded(ledger: Ledger) -> None:
    limits = [hard_day(10 * CENT)]
    request_id = begun(ledger)
    ledger.reserve(request_id, attempt(50 * CENT), limits, override=True)
    with pytest.raises(BudgetRefusedError):
        ledger.reserve(request_id, attempt(50 * CENT), limits)
    with ledger.reader() as db:
        events = db.execute("SELECT kind, request_id, attempt, detail FROM events").fetchall()
    assert [(row["kind"], row["request_id"], row["attempt"]) for row in events] == [
        ("budget_override", request_id, 1)
    ]
    assert '"needed": 500000000' in events[0]["detail"]


def test_an_override_that_was_not_needed_leaves_no_trace(ledger: Ledger) -> None:
    ledger.reserve(begun(ledger), attempt(CENT), [hard_day(10 * CENT)], override=True)
    with ledger.reader() as db:
        assert db.execute("SELECT kind FROM events").fetchall() == []


@pytest.mark.parametrize(
    ("limit", "mine", "others"),
    [
        (
            BudgetLimit(Period.DAY, 10 * CENT, hard=True, source="gateway"),
            {"source": "gateway"},
            {"source": "cli"},
        ),
        (
            BudgetLimit(Period.WEEK, 10 * CENT, hard=True, project="thesis"),
            {"project": "thesis"},
            {"project": None},
        ),
    ],
)
def test_a_budget_may_be_for_one_source_or_project(
    ledger: Ledger, limit: BudgetLimit, mine: dict[str, str], others: dict[str, str]
) -> None:
    spent(ledger, 9 * CENT, **mine)
    spent(ledger, 50 * CENT, **others)
    assert ledger.left([limit])[0].left == CENT
    with pytest.raises(BudgetRefusedError, match=r"gateway|thesis"):
        ledger.reserve(begun(ledger, **mine), attempt(2 * CENT), [limit])
    assert ledger.reserve(begun(ledger, **others), attempt(2 * CENT), [limit])


def test_the_tightest_of_several_budgets_stops(ledger: Ledger) -> None:
    limits = [hard_day(USD), BudgetLimit(Period.MONTH, 10 * CENT, hard=True)]
    with pytest.raises(BudgetRefusedError, match="monthly budget"):
        ledger.reserve(begun(ledger), attempt(11 * CENT), limits)


def test_a_soft_budget_warns_once_per_threshold_and_period(ledger: Ledger, clock: TurnableClock) -> None:
    soft = BudgetLimit(Period.DAY, 10 * CENT, hard=False)

    def thresholds(cost: int) -> list[int]:
        reservation = ledger.reserve(begun(ledger), attempt(cost), [soft])
        return [warning.threshold for warning in reservation.warnings]

    assert thresholds(7 * CENT) == []
    assert thresholds(CENT) == [80]
    assert thresholds(CENT) == []
    assert thresholds(5 * CENT) == [100]
    assert thresholds(5 * CENT) == []
    clock.turn(days=1)
    assert thresholds(20 * CENT) == [80, 100]


def test_a_refused_reservation_burns_no_warning(ledger: Ledger) -> None:
    limits = [BudgetLimit(Period.DAY, 10 * CENT, hard=True)]
    with pytest.raises(BudgetRefusedError):
        ledger.reserve(begun(ledger), attempt(11 * CENT), limits)
    reservation = ledger.reserve(begun(ledger), attempt(9 * CENT), limits)
    assert [warning.threshold for warning in reservation.warnings] == [80]


def test_sums_tell_the_certain_from_the_rest(ledger: Ledger, clock: TurnableClock) -> None:
    spent(ledger, 3 * CENT, tier="haiku")
    clock.turn(days=-1)
    spent(ledger, 5 * CENT, tier="opus")
    clock.turn(days=1)
    today = ledger.spend(Period.DAY)
    assert (today.spent, today.sums.requests, today.sums.answered) == (3 * CENT, 1, 1)
    everything = ledger.spend_all()
    assert [each.spent for each in (everything.today, everything.week, everything.month)] == [
        3 * CENT, 8 * CENT, 8 * CENT,
    ]  # fmt: skip
    assert [(tier.tier, tier.sums.spent) for tier in ledger.by_tier(Period.WEEK)] == [
        ("opus", 5 * CENT),
        ("haiku", 3 * CENT),
    ]
    days = ledger.by_day(3)
    assert [day.sums.spent for day in days] == [0, 5 * CENT, 3 * CENT]
    assert ledger.spend(Period.ALL).spent == 8 * CENT
    assert ledger.spend(Period.WEEK, source="gateway").spent == 0


def test_budgets_below_zero_mean_nothing() -> None:
    with pytest.raises(ValueError, match="below zero"):
        BudgetLimit(Period.DAY, -1, hard=True)
    with pytest.raises(ValueError, match="per day, week or month"):
        BudgetLimit(Period.ALL, 1, hard=True)
