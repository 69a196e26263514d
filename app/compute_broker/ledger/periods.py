"""Local days, weeks and months as spans of UTC microseconds, right across daylight-saving changes.

A period starts at the first instant of its first local day, so a day of 23 or 25 hours starts once,
at local midnight (or, where the clocks skip midnight itself, at the instant they do).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from compute_broker.ledger.records import Period

Clock = Callable[[], datetime]
"""Returns the time now, aware, in UTC."""

SLOT_US = 15 * 60 * 1_000_000
"""Sums are kept per quarter of an hour: every zone in use is a whole number of them from UTC."""

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = 3
"""Months of a quarter."""
_MICROSECOND = timedelta(microseconds=1)


def utc_now() -> datetime:
    """Return the time of the system's clock."""
    return datetime.now(UTC)


def to_us(moment: datetime) -> int:
    """Return microseconds since 1970, exactly.

    Raises:
        ValueError: ``moment`` has no time zone, so nobody can know what it means.
    """
    if moment.tzinfo is None:
        msg = f"{moment} has no time zone"
        raise ValueError(msg)
    return (moment - EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return the aware UTC datetime of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The person's days. ``zone`` of ``None`` is the system's, asked anew each time."""

    zone: tzinfo | None = None

    def local(self, moment: datetime) -> datetime:
        """Return ``moment`` on the person's wall clock, aware."""
        return moment.astimezone(self.zone)

    def start_of_day(self, day: date) -> datetime:
        """Return the first instant of a local day, in UTC."""
        return self.moment(day, time(0))

    def moment(self, day: date, at: time) -> datetime:
        """Return the instant of a local time of a local day, in UTC; one that the clocks skip, just after."""
        local = datetime.combine(day, at, tzinfo=self.zone)
        if self.zone is None:
            # Not astimezone(): where the clocks skip midnight, it returns an instant of the day before.
            return datetime.fromtimestamp(local.timestamp(), UTC)
        return local.astimezone(UTC)

    def hours(self, moment: datetime) -> list[datetime]:
        """Return where the hours of the local day of ``moment`` began, in UTC, up to the one it lies in.

        A day on which the clocks change has 23 or 25; where they change by half an hour, the hours after that
        begin at half past.
        """
        start = self.start(Period.DAY, moment)
        return [start + HOUR * number for number in range((moment - start) // HOUR + 1)]

    def first_day(self, period: Period, moment: datetime) -> date:
        """Return the first local day of the period that ``moment`` lies in."""
        day = self.local(moment).date()
        if period is Period.WEEK:
            return day - timedelta(days=day.weekday())
        if period is Period.MONTH:
            return day.replace(day=1)
        if period is Period.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % _QUARTER, day=1)
        return date(1970, 1, 2) if period is Period.ALL else day

    def last_day(self, period: Period, moment: datetime) -> date:
        """Return the last local day of the period that ``moment`` lies in; ``date.max`` for all time."""
        first = self.first_day(period, moment)
        if period is Period.WEEK:
            return first + timedelta(days=6)
        if period is Period.MONTH:
            return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if period is Period.QUARTER:
            return (first + timedelta(days=93)).replace(day=1) - timedelta(days=1)
        return date.max if period is Period.ALL else first

    def gone(self, period: Period, moment: datetime) -> float:
        """Return the share of its day, week, month or quarter that is over at ``moment``, in [0, 1)."""
        start = self.start(period, moment)
        end = self.start_of_day(self.last_day(period, moment) + timedelta(days=1))
        return (moment - start) / (end - start)

    def start(self, period: Period, moment: datetime) -> datetime:
        """Return the first instant of the period that ``moment`` lies in, in UTC."""
        return self.start_of_day(self.first_day(period, moment))

    def key(self, period: Period, moment: datetime) -> str:
        """Return a name for the period, the same for each of its moments: ``week:2026-03-23``."""
        return f"{period}:{self.first_day(period, moment)}"


def slot_of(microseconds: int) -> int:
    """Return the start of the quarter of an hour that the instant lies in."""
    return microseconds - microseconds % SLOT_US
