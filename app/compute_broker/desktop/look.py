"""What the tray says: the icon's figure and state and the tooltip, from snapshot and spend. No drawing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.core.money import format_usd, usd_from_nanos
from compute_broker.core.quote import Snapshot, State
from compute_broker.core.texts import counted, figure, tr
from compute_broker.core.tier import Place

NEAR = 80
"""Percent of a budget from which the icon warns."""

_DAY = "day"
_WHEN = {"day": tr("today"), "week": tr("this week"), "month": tr("this month")}


class IconState(StrEnum):
    """What the icon's shape and colour tell, worst first."""

    OVER = "over budget"
    NEAR = "near budget"
    OFFLINE = "offline"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Look:
    """The icon at one moment. ``figure`` is empty until the ledger was read; ``busy`` while one answers."""

    figure: str = ""
    state: IconState = IconState.NORMAL
    busy: bool = False


def look_of(snapshot: Snapshot, spend: Spend, *, busy: bool = False, figure: bool = True) -> Look:
    """Return what the icon shows; ``figure=False`` leaves the amount out."""
    return Look(short_amount(spend.today) if figure else "", _state(snapshot, spend), busy)


def short_amount(nanos: int) -> str:
    """Return an amount in at most four signs: ``0``, ``<1¢``, ``31¢``, ``1.2``, ``12``, ``1.2k``.

    Dollars from 0.995 on, without the sign for want of room; below, cents.
    """
    usd = usd_from_nanos(max(0, nanos))
    if usd == 0:
        return "0"
    if usd < Decimal("0.0095"):
        return "<1¢"
    if usd < Decimal("0.995"):
        return f"{_rounded(usd * 100, '1')}¢"
    if usd < Decimal("9.95"):
        return figure(f"{_rounded(usd, '0.1')}")
    if usd < Decimal("999.5"):
        return f"{_rounded(usd, '1')}"
    thousands = usd / 1000
    return figure(f"{_rounded(thousands, '0.1' if thousands < Decimal('9.95') else '1')}k")


def tooltip(spend: Spend | None) -> str:
    """Return ``Today $1.24 · saved $3.40 · $3.76 of $5.00 left``; ``None``: the ledger is not read yet."""
    if spend is None:
        return tr("Compute Broker: starting")
    parts = [tr("Today {amount}", amount=format_usd(spend.today))]
    if spend.compared_today:
        parts.append(_saved(spend.saved_today))
    budget = tightest(spend)
    if budget is not None:
        parts.append(budget_left(budget))
    if spend.unknown_today:
        parts.append(
            counted("{count} answer of unknown cost", "{count} answers of unknown cost", spend.unknown_today)
        )
    return " · ".join(parts)


def tightest(spend: Spend) -> BudgetView | None:
    """Return the budget to show: today's when there is one, else the one with the least left."""
    general = [budget for budget in spend.budgets if budget.general]
    today = next((budget for budget in general if budget.period == _DAY), None)
    return today or min(general, key=lambda budget: budget.left, default=None)


def budget_left(budget: BudgetView) -> str:
    """Return ``$3.76 of $5.00 left today``, or by how much the budget is passed."""
    limit = format_usd(budget.limit, places=2)
    when = _WHEN[budget.period]
    if budget.spent > budget.limit:
        return tr(
            "{amount} over the {limit} for {when}",
            amount=format_usd(budget.spent - budget.limit),
            limit=limit,
            when=when,
        )
    return tr("{amount} of {limit} left {when}", amount=format_usd(budget.left), limit=limit, when=when)


def _saved(nanos: int) -> str:
    if nanos < 0:
        return tr("{amount} more than the baseline", amount=format_usd(-nanos))
    return tr("saved {amount}", amount=format_usd(nanos))


def _rounded(value: Decimal, unit: str) -> Decimal:
    return value.quantize(Decimal(unit), rounding=ROUND_HALF_UP)


def _state(snapshot: Snapshot, spend: Spend) -> IconState:
    if any(budget.spent >= budget.limit for budget in spend.budgets):
        return IconState.OVER
    if any(budget.spent * 100 >= budget.limit * NEAR for budget in spend.budgets):
        return IconState.NEAR
    return IconState.OFFLINE if _offline(snapshot) else IconState.NORMAL


def _offline(snapshot: Snapshot) -> bool:
    """Whether nothing beyond this machine answers, though something should."""
    remote = [quote for quote in snapshot if quote.tier.enabled and quote.tier.place is not Place.PERSONAL]
    states = {quote.availability.state for quote in remote}
    return State.DOWN in states and not any(state.usable for state in states)
