"""How much of its plan a tier has used: our own prompts, and what the person says was used elsewhere.

A window begins with its first prompt and lasts so many hours, whatever the clocks do meanwhile; the next one
begins with the first prompt after its end. A week begins anew at a local time of a local day. What the person
enters is how a window stood at that moment; our own prompts since then are added, until it resets.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from compute_broker.core.headroom import PlanStanding, PlanWindow
from compute_broker.core.plan import Plan
from compute_broker.ledger.periods import Calendar, from_us, to_us

WINDOW, WEEK = "window", "week"
UNITS = ("requests", "tokens")

_LOOK_BACK = 60
"""Windows looked back at for the beginning of the present one: a gap of one window ends the chain."""


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """How a window stood when the person looked it up: so much ``used`` of ``unit``, until ``resets_at``."""

    tier_id: str
    window: str
    unit: str
    used: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class _Span:
    name: str
    begins: datetime
    resets_at: datetime | None
    limits: Mapping[str, int | None]


def standings(
    db: sqlite3.Connection, calendar: Calendar, now: datetime, plans: Mapping[str, Plan]
) -> dict[str, PlanStanding]:
    """Return how each tier's plan stands at ``now``."""
    return {tier: _standing(db, calendar, now, tier, plan) for tier, plan in plans.items()}


def enter(db: sqlite3.Connection, now: datetime, entry: PlanEntry) -> None:
    """Keep what the person says of a window; it takes the place of what was said of it before."""
    db.execute(
        """INSERT OR REPLACE INTO plan_entries (tier, span, unit, used, resets_us, at_us)
        VALUES (?, ?, ?, ?, ?, ?)""",
        [entry.tier_id, entry.window, entry.unit, entry.used, to_us(entry.resets_at), to_us(now)],
    )


def _standing(
    db: sqlite3.Connection, calendar: Calendar, now: datetime, tier: str, plan: Plan
) -> PlanStanding:
    spans = (_window(db, now, tier, plan), _week(calendar, now, plan))
    windows = tuple(
        _judged(db, now, tier, span, unit, limit)
        for span in spans
        for unit, limit in span.limits.items()
        if limit is not None
    )
    return PlanStanding(windows, stops=plan.stops)


def _judged(
    db: sqlite3.Connection, now: datetime, tier: str, span: _Span, unit: str, limit: int
) -> PlanWindow:
    """Return one window: from what the person entered, while that holds, else from our own prompts alone."""
    row = db.execute(
        """SELECT used, resets_us, at_us FROM plan_entries
        WHERE tier = ? AND span = ? AND unit = ? AND resets_us > ? AND at_us <= ?""",
        [tier, span.name, unit, to_us(now), to_us(now)],
    ).fetchone()
    if row is not None:
        used = int(row["used"]) + _used(db, tier, from_us(row["at_us"]), unit)
        return PlanWindow(span.name, unit, limit, used, from_us(row["resets_us"]))
    used = _used(db, tier, span.begins, unit) if span.resets_at is not None else 0
    return PlanWindow(span.name, unit, limit, used, span.resets_at)


def _window(db: sqlite3.Connection, now: datetime, tier: str, plan: Plan) -> _Span:
    length = timedelta(hours=plan.window_hours)
    limits = {"requests": plan.requests, "tokens": plan.tokens}
    since = max(now - _LOOK_BACK * length, _last_reset(db, now, tier))
    begins: datetime | None = None
    for moment in _moments(db, tier, since):
        if begins is None or moment >= begins + length:
            begins = moment
    if begins is not None and begins + length <= now:
        begins = None
    if begins is None:
        return _Span(WINDOW, now, None, limits)
    return _Span(WINDOW, begins, begins + length, limits)


def _last_reset(db: sqlite3.Connection, now: datetime, tier: str) -> datetime:
    """Return when the window that the person entered last was over; prompts from before it are its own."""
    found = db.execute(
        "SELECT max(resets_us) FROM plan_entries WHERE tier = ? AND span = ? AND resets_us <= ?",
        [tier, WINDOW, to_us(now)],
    ).fetchone()[0]
    return from_us(found or 0)


def _week(calendar: Calendar, now: datetime, plan: Plan) -> _Span:
    today = calendar.local(now).date()
    day = today - timedelta(days=(today.weekday() - plan.week_day) % 7)
    if calendar.moment(day, plan.week_time) > now:
        day -= timedelta(days=7)
    begins = calendar.moment(day, plan.week_time)
    resets = calendar.moment(day + timedelta(days=7), plan.week_time)
    return _Span(WEEK, begins, resets, {"requests": plan.week_requests, "tokens": plan.week_tokens})


def _moments(db: sqlite3.Connection, tier: str, since: datetime) -> list[datetime]:
    """Return when prompts left for a tier, from ``since`` on, the first one first."""
    rows = db.execute(
        """SELECT started_us FROM attempts
        WHERE tier = ? AND started_us >= ? AND state != 'released' ORDER BY started_us""",
        [tier, to_us(since)],
    )
    return [from_us(row[0]) for row in rows]


def _used(db: sqlite3.Connection, tier: str, since: datetime, unit: str) -> int:
    """Return what our own prompts used of a tier since then, those under way counted as requests."""
    row = db.execute(
        """SELECT count(*) AS requests, coalesce(sum(input_tokens + output_tokens), 0) AS tokens
        FROM attempts WHERE tier = ? AND started_us >= ? AND state != 'released'""",
        [tier, to_us(since)],
    ).fetchone()
    return int(row[unit])
