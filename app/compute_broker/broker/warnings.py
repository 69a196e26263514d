"""Budget warnings in words."""

from __future__ import annotations

from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.ledger.records import BudgetWarning

_PERIODS = {"day": tr("today's"), "week": tr("this week's"), "month": tr("this month's")}


def warning_text(warning: BudgetWarning) -> str:
    """Return one sentence for a threshold that has just been crossed."""
    whose = _PERIODS[warning.limit.period.value]
    if warning.limit.source or warning.limit.project:
        whose += f" ({warning.limit.project or warning.limit.source})"
    return tr(
        "{threshold} % of {whose} budget is used: {amount} of {amount_2}.",
        threshold=warning.threshold,
        whose=whose,
        amount=format_usd(warning.committed, places=2),
        amount_2=format_usd(warning.limit.amount, places=2),
    )
