"""What the glance panel says, as plain functions of snapshot, spend and ledger. No figure is made up here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.core.money import format_usd
from compute_broker.core.quote import Quote, Snapshot, State
from compute_broker.desktop.look import budget_left, tooltip
from compute_broker.desktop.menu_words import UNKNOWN, rate, trouble
from compute_broker.desktop.standing_words import plan_short
from compute_broker.ledger.forecast import Forecast
from compute_broker.ledger.views import DayTiers, TierSpend

PACE = {"day": "an even day", "week": "an even week", "month": "an even month"}
STATES = {
    State.READY: "ready",
    State.BUSY: "busy",
    State.LOADING: "loading",
    State.COLD: "starts when asked",
    State.UNKNOWN: "not looked at yet",
    State.DOWN: "down",
    State.NEEDS_KEY: "needs a key",
    State.NO_MODEL: "no model loaded",
    State.OFF: "off",
}


def summary(snapshot: Snapshot, spend: Spend) -> str:
    """Return what the panel shows in one sentence or two, for who hears it."""
    able = sum(quote.tier.enabled and quote.availability.state.usable for quote in snapshot)
    total = sum(1 for _ in snapshot)
    return f"{tooltip(spend)}. {able} of {total} tiers can take a prompt."


def saved(spend: Spend) -> tuple[str, str]:
    """Return the saving of today, and the kind it is shown in; an en dash while nobody knows it."""
    if not spend.compared_today:
        return UNKNOWN, "muted"
    if spend.saved_today < 0:
        return f"{format_usd(-spend.saved_today)} more", "warn"
    return format_usd(spend.saved_today), "good"


def uncertain(spend: Spend) -> str:
    """Return how much of today's sum is no exact figure; empty when all of it is."""
    parts = []
    if spend.estimated_today:
        parts.append(f"{format_usd(spend.estimated_today)} of it estimated")
    if spend.unknown_today:
        noun = "answer" if spend.unknown_today == 1 else "answers"
        parts.append(f"{spend.unknown_today} {noun} of unknown cost")
    return " · ".join(parts)


def count(spend: Spend) -> str:
    """Return how many prompts today's spend is for."""
    noun = "prompt" if spend.requests_today == 1 else "prompts"
    return f"{spend.requests_today} {noun}"


def budget(view: BudgetView | None, gone: float) -> tuple[str, str]:
    """Return what is left of the budget, and how the spend stands to an even pace.

    ``gone`` is the share of the budget's period that is over, in [0, 1].
    """
    if view is None:
        return "No budget set", ""
    if view.limit <= 0 or view.spent >= view.limit:
        return budget_left(view), ""
    ahead = view.spent - round(view.limit * gone)
    if ahead > 0:
        return budget_left(view), f"{format_usd(ahead)} ahead of {PACE[view.period]}"
    return budget_left(view), f"within {PACE[view.period]}"


def outlook(found: Forecast | None, monthly: BudgetView | None) -> str:
    """Return what the month will have cost, with its band; and the budget it is measured against."""
    if found is None:
        return "A forecast needs three whole days of use."
    text = f"{format_usd(found.likely)} by {found.last_day.day} {found.last_day:%B}"
    if found.low != found.high:
        text = f"{text} (likely {format_usd(found.low)} to {format_usd(found.high)})"
    if monthly is None:
        return text
    limit = format_usd(monthly.limit, places=2)
    return f"{text}, over the {limit}" if found.likely > monthly.limit else f"{text}, budget {limit}"


def tier_line(quote: Quote) -> str:
    """Return a tier's second line: place, price in and out, speed seen; or why it cannot be used."""
    reason = trouble(quote)
    if reason:
        return f"{quote.tier.place.value} · {reason}"
    return f"{quote.tier.place.value} · {price(quote)} · {speed(quote)}"


def price(quote: Quote) -> str:
    """Return ``$2.00 in, $10.00 out /M``, or what is left of a plan; an en dash for what nobody knows."""
    if quote.price is None:
        return f"{UNKNOWN} in, {UNKNOWN} out /M"
    if quote.in_plan and quote.plan is not None:
        return plan_short(quote.plan)
    rates = quote.price.rates
    return f"{rate(rates.input)} in, {rate(rates.output)} out /M"


def speed(quote: Quote) -> str:
    """Return the tokens per second that were seen; an en dash before any were."""
    if not quote.tokens_per_second:
        return f"{UNKNOWN} tok/s"
    figure = quote.tokens_per_second
    return f"{figure:.0f} tok/s" if figure >= 10 else f"{figure:.1f} tok/s"  # noqa: PLR2004 - two digits


def share(quote: Quote, spend: Spend) -> str:
    """Return what the tier cost today; an en dash when it was not asked."""
    cost = spend.by_tier_today.get(quote.tier.id)
    return UNKNOWN if cost is None else format_usd(cost)


def state(quote: Quote) -> State:
    """Return the state that is shown: a tier switched off is off, whatever its server does."""
    return quote.availability.state if quote.tier.enabled else State.OFF


def age(quote: Quote, now: datetime) -> str:
    """Return how old the state is: ``12 s ago``."""
    seconds = max(0, round((now - quote.availability.as_of).total_seconds()))
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s ago"
    minutes = seconds // 60
    return f"{minutes} min ago" if minutes < 60 else f"{minutes // 60} h ago"  # noqa: PLR2004 - an hour


def day_text(day: DayTiers, labels: dict[str, str]) -> str:
    """Return a day in words, with the tiers that cost most first."""
    head = f"{day.day:%a} {day.day.day} {day.day:%B}: {format_usd(day.sums.spent)}"
    parts = [f"{labels.get(each.tier, each.tier)} {format_usd(each.sums.spent)}" for each in _dear(day)]
    return f"{head} ({', '.join(parts)})" if parts else head


def days_text(days: Sequence[DayTiers], labels: dict[str, str]) -> str:
    """Return all days that cost something, for a screen reader."""
    told = [day_text(day, labels) for day in days if day.sums.spent]
    return "; ".join(told) or "No spend"


def _dear(day: DayTiers) -> list[TierSpend]:
    return [each for each in day.tiers if each.sums.spent]
