"""Budget warnings in words."""

from __future__ import annotations

from compute_broker.core.money import format_usd
from compute_broker.ledger.records import BudgetWarning

_PERIODS = {"day": "today's", "week": "this week's", "month": "this month's"}


def warning_text(warning: BudgetWarning) -> str:
    """Return one sentence for a threshold that has just been crossed."""
    whose = _PERIODS.get(warning.limit.period.value, "your")
    if warning.limit.source or warning.limit.project:
        whose += f" ({warning.limit.project or warning.limit.source})"
    return (
        f"{warning.threshold} % of {whose} budget is used: "
        f"{format_usd(warning.committed, places=2)} of {format_usd(warning.limit.amount, places=2)}."
    )
