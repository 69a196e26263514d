"""Totals per period, tier and day, read from the kept sums: quick whatever the number of rows."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta

from compute_broker.ledger.budget import HORIZON
from compute_broker.ledger.forecast import DAYS_READ, Forecast, forecast
from compute_broker.ledger.periods import Calendar, from_us, slot_of, to_us
from compute_broker.ledger.records import HAS_ANSWER, Period
from compute_broker.ledger.views import (
    DaySpend,
    DayTiers,
    Group,
    GroupSpend,
    HourSpend,
    Spend,
    Sums,
    TierSpend,
    Tokens,
)

COLUMNS = (
    "exact",
    "estimated",
    "unknown",
    "reserved",
    "attempts",
    "unknown_attempts",
    "requests",
    "answered",
    "saved",
    "saved_requests",
)
"""The sums kept in ``balances``, named as in :class:`~compute_broker.ledger.views.Sums`."""

_SUMS = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in COLUMNS)


def spend(
    db: sqlite3.Connection,
    calendar: Calendar,
    now: datetime,
    period: Period,
    *,
    source: str | None = None,
    project: str | None = None,
) -> Spend:
    """Return the sums from the start of ``period`` on, counted as the budgets count."""
    start = _start(db, calendar, now, period)
    return Spend(period, start, _between(db, start, now + HORIZON, source, project))


def by_tier(db: sqlite3.Connection, calendar: Calendar, now: datetime, period: Period) -> list[TierSpend]:
    """Return the sums per tier, the dearest first."""
    return _tiers_between(db, _start(db, calendar, now, period), now + HORIZON)


_GROUPS = {
    Group.CATEGORY: "r.category",
    Group.SOURCE: "r.source",
    Group.PROJECT: "r.project",
    Group.PLACE: "a.place",
}


def by_group(
    db: sqlite3.Connection, calendar: Calendar, now: datetime, period: Period, group: Group
) -> list[GroupSpend]:
    """Return the requests of a period summed by ``group``, the dearest first; reads each of them."""
    name = _GROUPS[group]
    answer = "LEFT JOIN attempts a ON a.id = r.answered_by" if group is Group.PLACE else ""
    rows = db.execute(
        f"""SELECT coalesce({name}, '') AS name, sum(r.{HAS_ANSWER}) AS answered,
        sum(coalesce(r.cost, 0)) AS spent,
        sum(coalesce(r.saved, 0)) AS saved, count(r.saved) AS saved_requests,
        sum(r.cost IS NULL AND r.{HAS_ANSWER}) AS unknown,
        sum((SELECT sum(input_tokens) FROM attempts WHERE request = r.seq)) AS input_tokens,
        sum((SELECT sum(output_tokens) FROM attempts WHERE request = r.seq)) AS output_tokens
        FROM requests r {answer} WHERE r.created_us >= ? GROUP BY 1
        HAVING answered OR spent OR saved_requests ORDER BY spent DESC, name""",  # noqa: S608
        [to_us(_start(db, calendar, now, period))],
    )
    return [GroupSpend(*row) for row in rows]


def tokens_by_tier(
    db: sqlite3.Connection, calendar: Calendar, now: datetime, period: Period
) -> dict[str, Tokens]:
    """Return what each tier read and wrote for the requests of a period; reads each of them."""
    rows = db.execute(
        """SELECT a.tier, sum(a.input_tokens), sum(a.output_tokens)
        FROM requests r JOIN attempts a ON a.request = r.seq WHERE r.created_us >= ? GROUP BY 1""",
        [to_us(_start(db, calendar, now, period))],
    )
    return {tier: Tokens(read, written) for tier, read, written in rows}


def by_day(db: sqlite3.Connection, calendar: Calendar, now: datetime, days: int) -> list[DaySpend]:
    """Return the sums of the last ``days`` local days, today last."""
    spans = _days(calendar, now, days)
    return [DaySpend(day, _between(db, start, end, None, None)) for day, start, end in spans]


def by_hour(db: sqlite3.Connection, calendar: Calendar, now: datetime) -> list[HourSpend]:
    """Return the sums of the hours of today, the present one last; they add up to the day's."""
    starts = calendar.hours(now)
    ends = [*starts[1:], now + HORIZON]
    return [
        HourSpend(start, _between(db, start, end, None, None))
        for start, end in zip(starts, ends, strict=True)
    ]


def by_day_and_tier(db: sqlite3.Connection, calendar: Calendar, now: datetime, days: int) -> list[DayTiers]:
    """Return the sums of the last ``days`` local days, today last, with those of each tier."""
    found = []
    for day, start, end in _days(calendar, now, days):
        tiers = tuple(_tiers_between(db, start, end))
        found.append(DayTiers(day, _total([row.sums for row in tiers]), tiers))
    return found


def outlook(db: sqlite3.Connection, calendar: Calendar, now: datetime, period: Period) -> Forecast | None:
    """Return what ``period`` will have cost by its end; ``None`` while too few days are known."""
    if period is Period.ALL:
        return None
    spent = spend(db, calendar, now, period).spent
    past = [(each.day, each.sums.spent) for each in by_day(db, calendar, now, DAYS_READ + 1)[:-1]]
    today, day_left = calendar.local(now).date(), 1.0 - calendar.gone(Period.DAY, now)
    return forecast(spent, past, today, day_left, calendar.last_day(period, now))


def _days(calendar: Calendar, now: datetime, days: int) -> list[tuple[date, datetime, datetime]]:
    """Return the last local days, each with its first instant and the first one after it."""
    today = calendar.local(now).date()
    wanted = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    starts = [calendar.start_of_day(day) for day in wanted]
    return list(zip(wanted, starts, [*starts[1:], now + HORIZON], strict=True))


def _tiers_between(db: sqlite3.Connection, start: datetime, end: datetime) -> list[TierSpend]:
    rows = db.execute(
        f"""SELECT tier, {_SUMS} FROM balances WHERE slot_us >= ? AND slot_us < ? GROUP BY tier
        HAVING attempts OR requests OR reserved
        ORDER BY sum(exact + estimated + unknown) DESC, tier""",  # noqa: S608 - the names above
        [slot_of(to_us(start)), to_us(end)],
    )
    return [TierSpend(row["tier"], _sums(row)) for row in rows]


def _total(parts: list[Sums]) -> Sums:
    return Sums(**{name: sum(getattr(part, name) for part in parts) for name in COLUMNS})


def _start(db: sqlite3.Connection, calendar: Calendar, now: datetime, period: Period) -> datetime:
    """Return the first instant of a period; of ``all``, the day of the first row."""
    if period is not Period.ALL:
        return calendar.start(period, now)
    first = db.execute("SELECT min(slot_us) FROM balances").fetchone()[0]
    return calendar.start(Period.DAY, now if first is None else from_us(first))


def _between(
    db: sqlite3.Connection, start: datetime, end: datetime, source: str | None, project: str | None
) -> Sums:
    row = db.execute(
        f"""SELECT {_SUMS} FROM balances WHERE slot_us >= ? AND slot_us < ?
        AND source = coalesce(?, source) AND project = coalesce(?, project)""",  # noqa: S608 - the names above
        [slot_of(to_us(start)), to_us(end), source, project],
    ).fetchone()
    return _sums(row)


def _sums(row: sqlite3.Row) -> Sums:
    return Sums(**{name: row[name] for name in COLUMNS})
