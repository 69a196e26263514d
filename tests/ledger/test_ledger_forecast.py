"""What a period will cost: right on average, a band that holds, and no word where nothing is known."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_kit import TurnableClock, spent

from compute_broker.ledger import Ledger
from compute_broker.ledger.forecast import Forecast, forecast, rate_of
from compute_broker.ledger.records import Period

MONDAY = date(2026, 11, 2)
END = date(2026, 11, 30)
HABITS = (2.0, 1.5, 1.0, 1.0, 1.0, 0.3, 0.2)

costs = st.lists(st.integers(0, 10**12), min_size=3, max_size=56)


def days(amounts: list[int], before: date = END) -> list[tuple[date, int]]:
    return [(before - timedelta(days=len(amounts) - n), cost) for n, cost in enumerate(amounts)]


@pytest.mark.parametrize("amounts", [[], [5], [0, 0, 7, 8], [0] * 30])
def test_too_few_days_give_no_forecast(amounts: list[int]) -> None:
    assert forecast(100, days(amounts, MONDAY), MONDAY, 0.5, END) is None


def test_equal_days_are_simply_multiplied() -> None:
    found = forecast(250, days([100] * 21, MONDAY), MONDAY, 0.5, MONDAY + timedelta(days=3))
    assert found == Forecast(MONDAY + timedelta(days=3), 600, 600, 600)


def test_weekends_that_cost_little_are_expected_to_cost_little() -> None:
    amounts = [1000 if (MONDAY - timedelta(days=56 - n)).weekday() < 5 else 0 for n in range(56)]
    past = days(amounts, MONDAY)
    friday = MONDAY + timedelta(days=4)
    weekend = forecast(0, past, friday, 0.0, friday + timedelta(days=2))
    week = forecast(0, past, friday, 0.0, friday + timedelta(days=7))
    assert weekend is not None
    assert week is not None
    assert weekend.likely < 0.25 * 2 * 1000
    assert week.likely == pytest.approx(5000, rel=0.12)


def test_the_latest_weeks_count_more() -> None:
    past = days([100] * 28 + [300] * 28, MONDAY)
    rate = rate_of(past)
    assert rate is not None
    assert 220 < rate.level < 300


@given(costs, st.integers(0, 10**12), st.floats(0, 1), st.integers(0, 31))
def test_the_band_is_around_the_forecast_and_above_what_is_spent(
    amounts: list[int], spent: int, left: float, ahead: int
) -> None:
    found = forecast(spent, days(amounts), END, left, END + timedelta(days=ahead))
    if found is not None:
        assert spent <= found.low <= found.likely <= found.high


@given(costs, st.integers(1, 30))
def test_a_longer_period_never_costs_less(amounts: list[int], ahead: int) -> None:
    past = days(amounts)
    sooner = forecast(0, past, END, 0.5, END + timedelta(days=ahead))
    later = forecast(0, past, END, 0.5, END + timedelta(days=ahead + 1))
    if sooner is not None and later is not None:
        assert later.likely >= sooner.likely


def test_four_in_five_periods_end_within_the_band() -> None:
    chance = random.Random(3)  # noqa: S311 - the same days each time

    def cost(day: date) -> int:
        return round(chance.gammavariate(2.0, 500_000.0) * HABITS[day.weekday()])

    within = 0
    for _ in range(600):
        past = [(MONDAY - timedelta(days=n), cost(MONDAY - timedelta(days=n))) for n in range(42, 0, -1)]
        found = forecast(0, past, MONDAY, 0.0, END)
        real = sum(cost(MONDAY + timedelta(days=n)) for n in range(1, 29))
        assert found is not None
        within += found.low <= real <= found.high
    assert 0.70 <= within / 600 <= 0.90


def test_the_ledger_tells_what_the_month_will_cost(ledger: Ledger, clock: TurnableClock) -> None:
    assert ledger.forecast(Period.MONTH) is None
    for day in range(2, 12):
        clock.now = datetime(2026, 11, day, 12, tzinfo=UTC)
        spent(ledger, 1_000_000)
    clock.now = datetime(2026, 11, 12, 0, 0, tzinfo=UTC)
    found = ledger.forecast(Period.MONTH)
    assert found == Forecast(date(2026, 11, 30), 29_000_000, 29_000_000, 29_000_000)
    week = ledger.forecast(Period.WEEK)
    assert week is not None
    assert (week.last_day, week.likely) == (date(2026, 11, 15), 7_000_000)
    clock.turn(hours=12)
    day = ledger.forecast(Period.DAY)
    assert day is not None
    assert (day.last_day, day.likely) == (date(2026, 11, 12), 500_000)
    assert ledger.forecast(Period.ALL) is None


def test_the_days_are_the_sums_of_their_tiers(ledger: Ledger, clock: TurnableClock) -> None:
    for cost, tier in ((5, "haiku"), (7, "opus"), (11, "haiku")):
        spent(ledger, cost, tier=tier)
        clock.turn(days=1)
    days = ledger.by_day_and_tier(4)
    assert [day.sums for day in days] == [day.sums for day in ledger.by_day(4)]
    assert [[(row.tier, row.sums.spent) for row in day.tiers] for day in days] == [
        [("haiku", 5)],
        [("opus", 7)],
        [("haiku", 11)],
        [],
    ]
