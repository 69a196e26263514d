"""Days, weeks and months of the person's own zone, across daylight saving, month ends and jumping clocks."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_kit import USD, TurnableClock, attempt, begun, hard_day, spent

from compute_broker.ledger import BudgetLimit, BudgetRefusedError, Ledger, Period
from compute_broker.ledger.periods import Calendar, from_us, to_us

BERLIN = ZoneInfo("Europe/Berlin")
CENT = USD // 100
QUARTER = timedelta(minutes=15)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), utc("2026-03-28T23:00"), 23),
        ("Europe/Berlin", date(2026, 10, 25), utc("2026-10-24T22:00"), 25),
        ("America/Santiago", date(2026, 9, 6), utc("2026-09-06T04:00"), 23),
        ("America/Havana", date(2026, 11, 1), utc("2026-11-01T04:00"), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), utc("2026-04-04T13:00"), 24.5),
        ("Asia/Kathmandu", date(2026, 6, 1), utc("2026-05-31T18:15"), 24),
    ],
)
def test_a_day_starts_once_at_local_midnight(zone: str, day: date, start: datetime, hours: float) -> None:
    calendar = Calendar(ZoneInfo(zone))
    end = start + timedelta(hours=hours)
    assert calendar.start_of_day(day) == start
    assert calendar.start_of_day(day + timedelta(days=1)) == end
    moments = [start - 8 * QUARTER + QUARTER * step for step in range(int(hours * 4) + 16)]
    starts = [calendar.start(Period.DAY, moment) for moment in moments]
    changes = [moment for moment, a, b in zip(moments[1:], starts, starts[1:], strict=False) if a != b]
    assert changes == [start, end]


@pytest.mark.parametrize(
    ("day", "first_of_week", "first_of_month"),
    [
        (date(2026, 3, 29), date(2026, 3, 23), date(2026, 3, 1)),
        (date(2026, 3, 31), date(2026, 3, 30), date(2026, 3, 1)),
        (date(2026, 4, 1), date(2026, 3, 30), date(2026, 4, 1)),
        (date(2028, 2, 29), date(2028, 2, 28), date(2028, 2, 1)),
        (date(2028, 3, 1), date(2028, 2, 28), date(2028, 3, 1)),
        (date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 1)),
    ],
)
def test_weeks_start_on_monday_and_months_on_the_first(
    day: date, first_of_week: date, first_of_month: date
) -> None:
    calendar = Calendar(BERLIN)
    for moment in (
        calendar.start_of_day(day),
        calendar.start_of_day(day + timedelta(days=1)) - timedelta(microseconds=1),
    ):
        assert calendar.first_day(Period.DAY, moment) == day
        assert calendar.first_day(Period.WEEK, moment) == first_of_week
        assert calendar.first_day(Period.MONTH, moment) == first_of_month


ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "Africa/Cairo"]
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(zone=ZONES, moment=MOMENTS, period=st.sampled_from([Period.DAY, Period.WEEK, Period.MONTH]))
def test_each_moment_lies_in_the_period_it_is_given(zone: str, moment: datetime, period: Period) -> None:
    calendar = Calendar(ZoneInfo(zone))
    start = calendar.start(period, moment)
    assert start <= moment
    assert calendar.start(period, start) == start
    before = start - timedelta(microseconds=1)
    assert calendar.start(period, before) < start
    assert calendar.key(period, before) != calendar.key(period, moment) == calendar.key(period, start)
    assert to_us(start) % (15 * 60 * 1_000_000) == 0


@given(moment=MOMENTS)
def test_microseconds_are_exact_both_ways(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        to_us(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_the_systems_zone_is_used_when_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    own, named = Calendar(), Calendar(BERLIN)
    for day in (date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2026, 10, 26)):
        assert own.start_of_day(day) == named.start_of_day(day)
    monkeypatch.setenv("TZ", "America/Santiago")
    time.tzset()
    assert Calendar().start_of_day(date(2026, 9, 6)) == utc("2026-09-06T04:00")


def open_at(path: Path, moment: datetime, zone: tzinfo = BERLIN) -> tuple[Ledger, TurnableClock]:
    clock = TurnableClock(moment)
    return Ledger.open(path, clock=clock, zone=zone), clock


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_short_or_long_day_resets_its_budget_exactly_once(path: Path, day: date, hours: int) -> None:
    start = Calendar(BERLIN).start_of_day(day)
    ledger, clock = open_at(path, start)
    with ledger:
        free = []
        spent(ledger, 10 * CENT)
        for _ in range(hours * 4 + 8):
            clock.turn(minutes=15)
            if ledger.left([hard_day(10 * CENT)])[0].left:
                free.append(clock())
                spent(ledger, 10 * CENT)
        assert free == [start + timedelta(hours=hours)]
        assert [each.sums.spent for each in ledger.by_day(2)] == [10 * CENT, 10 * CENT]


@pytest.mark.parametrize("back", [timedelta(hours=3), timedelta(days=1), timedelta(days=31)])
def test_a_clock_that_jumps_back_resets_no_budget(path: Path, back: timedelta) -> None:
    ledger, clock = open_at(path, utc("2026-03-31T12:00"))
    limits = [BudgetLimit(period, 10 * CENT, hard=True) for period in (Period.DAY, Period.WEEK, Period.MONTH)]
    with ledger:
        first = spent(ledger, 10 * CENT)
        clock.now -= back
        assert [each.left for each in ledger.left(limits)] == [0, 0, 0]
        with pytest.raises(BudgetRefusedError):
            ledger.reserve(begun(ledger), attempt(1), limits[:1])
        second = spent(ledger, 0)
        assert [entry.request_id for entry in ledger.history()][::2] == [second, first]


def test_the_person_travels_and_no_money_is_forgotten(path: Path) -> None:
    ledger, clock = open_at(path, utc("2026-03-18T20:00"))
    with ledger:
        spent(ledger, 10 * CENT)
    new_york, _ = open_at(path, clock(), ZoneInfo("America/New_York"))
    with new_york:
        assert new_york.left([hard_day(10 * CENT)])[0].left == 0
    tokyo, clock = open_at(path, utc("2026-03-18T20:30"), timezone(timedelta(hours=9)))
    with tokyo:
        assert tokyo.spend(Period.DAY).spent == 10 * CENT
        clock.turn(days=1)
        assert tokyo.spend(Period.DAY).spent == 0
        assert tokyo.spend(Period.MONTH).spent == 10 * CENT


def test_the_month_ends_where_it_ends(path: Path) -> None:
    ledger, clock = open_at(path, utc("2028-02-29T22:59:59"))
    month = BudgetLimit(Period.MONTH, 10 * CENT, hard=True)
    with ledger:
        spent(ledger, 10 * CENT)
        assert ledger.left([month])[0].left == 0
        clock.turn(seconds=1)
        assert ledger.left([month])[0].left == 10 * CENT
        assert ledger.spend(Period.WEEK).spent == 10 * CENT


def test_a_quarter_is_three_calendar_months() -> None:
    calendar = Calendar(UTC)
    for month in range(1, 13):
        moment = datetime(2028, month, 29, 13, tzinfo=UTC)
        first, last = calendar.first_day(Period.QUARTER, moment), calendar.last_day(Period.QUARTER, moment)
        assert first == date(2028, 1 + (month - 1) // 3 * 3, 1)
        assert (last + timedelta(days=1)).day == 1
        assert ((last + timedelta(days=1)).month - first.month) % 12 == 3
    assert calendar.last_day(Period.QUARTER, datetime(2028, 11, 1, tzinfo=UTC)) == date(2028, 12, 31)
    with pytest.raises(ValueError, match="per day, week or month"):
        BudgetLimit(Period.QUARTER, 5, hard=True)
