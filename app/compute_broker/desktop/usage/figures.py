"""Reads the figures of the usage window from the ledger; none is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from compute_broker.ledger.forecast import Forecast
from compute_broker.ledger.periods import Calendar
from compute_broker.ledger.records import Period
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.ledger.views import DaySpend, Group, GroupSpend, Sums, Tokens

DAYS = 14
"""Days of the chart where the period is a day."""
MOST_DAYS = 92
"""Days of the chart at most: a quarter."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the window shows of one period. ``group`` of ``None`` sums by tier."""

    period: Period
    group: Group | None
    total: Sums
    rows: Sequence[GroupSpend]
    days: Sequence[DaySpend]
    last_day: date
    """The last day of the chart, which may be to come."""
    forecast: Forecast | None


async def read_figures(
    ledger: AsyncLedger, period: Period, group: Group | None, calendar: Calendar, today: date
) -> Figures:
    """Return the figures of a period that runs until now, summed by ``group``."""
    spend = await ledger.spend(period)
    first, last = _span(period, calendar, spend.start, today)
    return Figures(
        period,
        group,
        spend.sums,
        await _tiers(ledger, period) if group is None else await ledger.by_group(period, group),
        await ledger.by_day((today - first).days + 1),
        last,
        await ledger.forecast(period),
    )


async def _tiers(ledger: AsyncLedger, period: Period) -> list[GroupSpend]:
    tokens = await ledger.tokens_by_tier(period)
    found = []
    for row in await ledger.by_tier(period):
        each, sums = tokens.get(row.tier, Tokens()), row.sums
        figures = (sums.requests, sums.spent, sums.saved, sums.saved_requests, 0)
        found.append(GroupSpend(row.tier, *figures, each.input, each.output))
    return found


def _span(period: Period, calendar: Calendar, start: datetime, today: date) -> tuple[date, date]:
    """Return the first and last day of the chart: those of the period, or the days before a single one."""
    if period is Period.DAY:
        return today - timedelta(days=DAYS - 1), today
    first = max(calendar.local(start).date(), today - timedelta(days=MOST_DAYS - 1))
    if period is Period.ALL:
        return first, today
    return first, calendar.last_day(period, calendar.start_of_day(today))
