"""Reads the figures of the usage window from the ledger; none is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from compute_broker.ledger.forecast import Forecast
from compute_broker.ledger.periods import HOUR, Calendar
from compute_broker.ledger.records import Period
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.ledger.views import DaySpend, Group, GroupSpend, HourSpend, Sums, Tokens

MOST_DAYS = 92
"""Days of the chart at most: a quarter."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the window shows of one period. ``group`` of ``None`` sums by tier."""

    period: Period
    group: Group | None
    total: Sums
    rows: Sequence[GroupSpend]
    spans: Sequence[DaySpend | HourSpend]
    """The days of the period until today; of today its hours. They add up to the total."""
    ahead: int
    """How many days or hours of the period are to come."""
    whole: bool
    """Whether the bars reach back to where the period begins."""
    forecast: Forecast | None


async def read_figures(
    ledger: AsyncLedger, period: Period, group: Group | None, calendar: Calendar, today: date
) -> Figures:
    """Return the figures of a period that runs until now, summed by ``group``."""
    spend = await ledger.spend(period)
    spans, ahead = await _spans(ledger, period, calendar, spend.start, today)
    return Figures(
        period,
        group,
        spend.sums,
        await _tiers(ledger, period) if group is None else await ledger.by_group(period, group),
        spans,
        ahead,
        whole=period is not Period.ALL or len(spans) < MOST_DAYS,
        forecast=await ledger.forecast(period),
    )


async def _tiers(ledger: AsyncLedger, period: Period) -> list[GroupSpend]:
    tokens = await ledger.tokens_by_tier(period)
    found = []
    for row in await ledger.by_tier(period):
        each, sums = tokens.get(row.tier, Tokens()), row.sums
        figures = (sums.answered, sums.spent, sums.saved, sums.saved_requests, 0)
        if any(figures):  # not what was refused before any tier was asked
            found.append(GroupSpend(row.tier, *figures, each.input, each.output))
    return found


async def _spans(
    ledger: AsyncLedger, period: Period, calendar: Calendar, start: datetime, today: date
) -> tuple[Sequence[DaySpend | HourSpend], int]:
    """Return what the bars stand for, and how many more of them are to come."""
    if period is Period.DAY:
        hours = await ledger.by_hour()
        day = calendar.local(hours[0].start).date()
        midnight = calendar.start_of_day(day + timedelta(days=1))
        return hours, (midnight - hours[-1].start - timedelta(microseconds=1)) // HOUR
    first = max(calendar.local(start).date(), today - timedelta(days=MOST_DAYS - 1))
    days = await ledger.by_day((today - first).days + 1)
    if period is Period.ALL:
        return days, 0
    return days, (calendar.last_day(period, calendar.start_of_day(today)) - today).days
