"""What the glance panel says, as plain functions of snapshot, spend and ledger. No figure is made up here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.core.money import format_rate, format_usd
from compute_broker.core.names import named
from compute_broker.core.quote import Quote, Snapshot, State
from compute_broker.core.texts import counted, tr
from compute_broker.desktop.dates import said
from compute_broker.desktop.look import budget_left, tooltip
from compute_broker.desktop.menu_words import UNKNOWN, first_words, tokens_a_second, trouble
from compute_broker.desktop.standing_words import plan_short
from compute_broker.ledger.forecast import Forecast
from compute_broker.ledger.views import DayTiers, TierSpend

PACE = {"day": tr("the day's pace"), "week": tr("the week's pace"), "month": tr("the month's pace")}
"""An amount spent evenly over the period, by its length."""
STATES = {
    State.READY: tr("ready"),
    State.BUSY: tr("busy"),
    State.LOADING: tr("loading"),
    State.COLD: tr("starts when asked"),
    State.UNKNOWN: tr("not looked at yet"),
    State.DOWN: tr("down"),
    State.NEEDS_KEY: tr("needs a key"),
    State.NO_MODEL: tr("no model loaded"),
    State.OFF: tr("off"),
}


def summary(snapshot: Snapshot, spend: Spend) -> str:
    """Return what the panel shows in one sentence or two, for who hears it."""
    able = sum(quote.tier.enabled and quote.availability.state.usable for quote in snapshot)
    total = sum(1 for _ in snapshot)
    return tr(
        "{tooltip}. {able} of {total} tiers can take a prompt.",
        tooltip=tooltip(spend),
        able=able,
        total=total,
    )


def saved(spend: Spend) -> tuple[str, str]:
    """Return the saving of today, and the kind it is shown in; an en dash while nobody knows it."""
    if not spend.compared_today:
        return UNKNOWN, "muted"
    if spend.saved_today < 0:
        return tr("{amount} more", amount=format_usd(-spend.saved_today)), "warn"
    return format_usd(spend.saved_today), "good"


def uncertain(spend: Spend) -> str:
    """Return how much of today's sum is no exact figure; empty when all of it is."""
    parts = []
    if spend.estimated_today:
        parts.append(tr("{amount} of it estimated", amount=format_usd(spend.estimated_today)))
    if spend.unknown_today:
        parts.append(
            counted("{count} answer of unknown cost", "{count} answers of unknown cost", spend.unknown_today)
        )
    return " · ".join(parts)


def count(spend: Spend) -> str:
    """Return how many requests today's spend is for, of those that were answered."""
    return counted("{count} request", "{count} requests", spend.answered_today)


def budget(view: BudgetView | None, gone: float) -> tuple[str, str]:
    """Return what is left of the budget, and how the spend stands to an even pace.

    ``gone`` is the share of the budget's period that is over, in [0, 1].
    """
    if view is None:
        return tr("No budget set"), ""
    if view.limit <= 0 or view.spent >= view.limit:
        return budget_left(view), ""
    ahead = view.spent - round(view.limit * gone)
    if ahead > 0:
        return budget_left(view), tr(
            "{amount} ahead of {pace}", amount=format_usd(ahead), pace=PACE[view.period]
        )
    return budget_left(view), tr("within {pace}", pace=PACE[view.period])


def outlook(found: Forecast | None, monthly: BudgetView | None) -> str:
    """Return what the month will have cost, with its band; and the budget it is measured against."""
    if found is None:
        return tr("A forecast needs three whole days of use.")
    text = tr("{amount} by {day}", amount=format_usd(found.likely), day=said(found.last_day, tr("d MMMM")))
    if found.low != found.high:
        text = tr(
            "{text} (likely {amount} to {amount_2})",
            text=text,
            amount=format_usd(found.low),
            amount_2=format_usd(found.high),
        )
    if monthly is None:
        return text
    limit = format_usd(monthly.limit, places=2)
    return (
        tr("{text}, over the {limit}", text=text, limit=limit)
        if found.likely > monthly.limit
        else tr("{text}, budget {limit}", text=text, limit=limit)
    )


def tier_line(quote: Quote, *, whole: bool = False) -> str:
    """Return a tier's second line: place, price in and out, speed seen; or why it cannot be used.

    That is said in short, but ``whole`` where it is heard.
    """
    reason = trouble(quote)
    if reason:
        return f"{named(quote.tier.place)} · {reason if whole else first_words(reason)}"
    return f"{named(quote.tier.place)} · {price(quote)} · {speed(quote)}"


def price(quote: Quote) -> str:
    """Return ``$2.00 in, $10.00 out /M``, or what is left of a plan; an en dash for what nobody knows."""
    if quote.price is None:
        return tr("{unknown} in, {unknown} out /M", unknown=UNKNOWN)
    if quote.in_plan and quote.plan is not None:
        return plan_short(quote.plan)
    rates = quote.price.rates
    return tr("{rate} in, {rate_2} out /M", rate=format_rate(rates.input), rate_2=format_rate(rates.output))


def speed(quote: Quote) -> str:
    """Return the tokens per second that were seen; an en dash before any were."""
    return tokens_a_second(quote.tokens_per_second) if quote.tokens_per_second else f"{UNKNOWN} tok/s"


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
        return tr("{seconds} s ago", seconds=seconds)
    minutes = seconds // 60
    if minutes < 60:  # noqa: PLR2004 - an hour
        return tr("{minutes} min ago", minutes=minutes)
    return tr("{hours} h ago", hours=minutes // 60)


def day_text(day: DayTiers, labels: dict[str, str]) -> str:
    """Return a day in words, with the tiers that cost most first."""
    head = f"{said(day.day, tr('ddd d MMMM'))}: {format_usd(day.sums.spent)}"
    parts = [f"{labels.get(each.tier, each.tier)} {format_usd(each.sums.spent)}" for each in _dear(day)]
    return f"{head} ({', '.join(parts)})" if parts else head


def days_text(days: Sequence[DayTiers], labels: dict[str, str]) -> str:
    """Return all days that cost something, for a screen reader."""
    told = [day_text(day, labels) for day in days if day.sums.spent]
    return "; ".join(told) or tr("No spend")


def _dear(day: DayTiers) -> list[TierSpend]:
    return [each for each in day.tiers if each.sums.spent]
