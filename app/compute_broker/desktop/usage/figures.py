"""Reads the figures of the usage window from the ledger; none is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from compute_broker.ledger.records import Period
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.ledger.views import DaySpend, HistoryEntry, HistoryFilter, Sums, TierSpend

DAYS = 14
_PAGE = 500
_MOST_ROWS = 5_000
"""Rows read for the table of categories; older ones are left out, and the table says so."""


@dataclass(frozen=True, slots=True)
class CategorySpend:
    """The sums of one category. ``spent`` and ``saved`` in nano-dollars, over the rows that know them."""

    category: str
    requests: int
    spent: int
    saved: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the window shows of one period. ``whole`` is false when categories are cut short."""

    period: Period
    total: Sums
    tiers: Sequence[TierSpend]
    categories: Sequence[CategorySpend]
    days: Sequence[DaySpend]
    whole: bool = True


async def read_figures(ledger: AsyncLedger, period: Period, today: date) -> Figures:
    """Return the figures of a period that runs until now."""
    spend = await ledger.spend(period)
    rows, whole = await _rows_since(ledger, first_day(period, today))
    return Figures(
        period,
        spend.sums,
        await ledger.by_tier(period),
        by_category(rows),
        await ledger.by_day(DAYS),
        whole,
    )


def first_day(period: Period, today: date) -> date | None:
    """Return the first local day of a period; ``None`` for all. A week starts on Monday."""
    if period is Period.DAY:
        return today
    if period is Period.WEEK:
        return today - timedelta(days=today.weekday())
    return today.replace(day=1) if period is Period.MONTH else None


def by_category(rows: Sequence[HistoryEntry]) -> list[CategorySpend]:
    """Return the sums per category, the dearest first. A row of unknown cost is counted, not priced."""
    groups: dict[str, list[HistoryEntry]] = {}
    for row in rows:
        groups.setdefault(row.category or "", []).append(row)
    sums = [
        CategorySpend(
            category,
            len(group),
            sum(row.cost or 0 for row in group),
            sum(row.saved or 0 for row in group),
            sum(row.cost is None and row.status.has_answer for row in group),
        )
        for category, group in groups.items()
    ]
    return sorted(sums, key=lambda each: (-each.spent, each.category))


async def _rows_since(ledger: AsyncLedger, day: date | None) -> tuple[list[HistoryEntry], bool]:
    rows: list[HistoryEntry] = []
    before: str | None = None
    while len(rows) < _MOST_ROWS:
        page = await ledger.history(_PAGE, before, HistoryFilter(from_day=day))
        rows += page
        if len(page) < _PAGE:
            return rows, True
        before = page[-1].request_id
    return rows, False
