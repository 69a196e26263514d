"""Reads the figures of the usage window from the ledger; none is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compute_broker.ledger.records import Period
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.ledger.views import DaySpend, Group, GroupSpend, Sums, TierSpend

DAYS = 14


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the window shows of one period."""

    period: Period
    group: Group
    total: Sums
    tiers: Sequence[TierSpend]
    groups: Sequence[GroupSpend]
    days: Sequence[DaySpend]


async def read_figures(ledger: AsyncLedger, period: Period, group: Group) -> Figures:
    """Return the figures of a period that runs until now, summed by tier and by ``group``."""
    spend = await ledger.spend(period)
    return Figures(
        period,
        group,
        spend.sums,
        await ledger.by_tier(period),
        await ledger.by_group(period, group),
        await ledger.by_day(DAYS),
    )
