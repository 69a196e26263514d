"""Sums and budgets as every view shows them, read from the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.ledger.records import BudgetLimit, Period
from compute_broker.ledger.threaded import AsyncLedger


async def read_spend(ledger: AsyncLedger, limits: Sequence[BudgetLimit]) -> Spend:
    """Return the sums of today, week and month, and how each budget stands."""
    spending = await ledger.spend_all()
    standings = await ledger.left(limits)
    tiers = await ledger.by_tier(Period.DAY)
    today = spending.today.sums
    return Spend(
        today=today.spent,
        week=spending.week.spent,
        month=spending.month.spent,
        saved_today=today.saved,
        saved_month=spending.month.saved,
        answered_today=today.answered,
        estimated_today=today.estimated + today.unknown,
        unknown_today=today.unknown_attempts,
        compared_today=today.saved_requests,
        budgets=tuple(
            BudgetView(
                s.limit.period.value,
                s.limit.amount,
                s.limit.hard,
                s.committed,
                s.limit.source,
                s.limit.project,
            )
            for s in standings
        ),
        by_tier_today={row.tier: row.sums.spent for row in tiers if row.tier},
    )


def hard_budget_left(spend: Spend, source: str, project: str | None) -> int | None:
    """Return what the tightest hard budget leaves for such a request (nano-dollars); ``None``: none binds."""
    binding = (budget.left for budget in spend.budgets if budget.hard and budget.binds(source, project))
    return min(binding, default=None)
