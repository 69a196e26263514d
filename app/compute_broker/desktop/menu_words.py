"""The texts of the tray menu, as plain functions of snapshot and spend. No figure is made up here."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from compute_broker.broker.events import Spend
from compute_broker.broker.price_words import held_sentence, origin
from compute_broker.core.money import format_rate, format_usd
from compute_broker.core.names import named
from compute_broker.core.quote import Quote, State
from compute_broker.core.texts import counted, figure, tr
from compute_broker.desktop.look import budget_left, tightest
from compute_broker.desktop.standing_words import since_text, standing_lines

UNKNOWN = "–"
LONGEST_REASON = 36
"""Signs of a reason in the menu, up to its first pause; the whole of it is in the item's tooltip."""
_PAUSE = re.compile(r"[:;,.]\s|\s\(")

SIGNS = {
    State.READY: "●",
    State.BUSY: "◐",
    State.LOADING: "◐",
    State.COLD: "○",
    State.UNKNOWN: "○",
    State.DOWN: "✕",
    State.NEEDS_KEY: "✕",
    State.NO_MODEL: "✕",
    State.OFF: "–",
}
"""A tier's state by shape: full, half, empty, crossed, a dash."""

MODES = {
    "thrifty": tr("Thrifty: the cheapest that is nearly as good"),
    "balanced": tr("Balanced: close to the best, for less"),
    "best": tr("Best: the best answer, whatever it costs"),
}


SETTINGS_BAD = tr("⚠  The settings file has a mistake: see Settings…")
"""Where there is room for a line: what is wrong is in its tooltip, and in the settings' banner."""


def spend_line(spend: Spend | None) -> str:
    """Return the first line of the menu: spent and saved today."""
    if spend is None:
        return tr("Starting…")
    return counted(
        "Today {amount} for {count} request",
        "Today {amount} for {count} requests",
        spend.answered_today,
        amount=format_usd(spend.today),
    )


def saved_line(spend: Spend | None) -> str:
    """Return what was saved against the baseline today, empty while nobody knows it."""
    if spend is None or not spend.compared_today:
        return ""
    if spend.saved_today < 0:
        return tr("{amount} more than the baseline", amount=format_usd(-spend.saved_today))
    return tr("Saved {amount}", amount=format_usd(spend.saved_today))


def budget_line(spend: Spend | None) -> str:
    """Return what is left of the budget, or that there is none."""
    if spend is None:
        return ""
    budget = tightest(spend)
    return tr("No budget set") if budget is None else budget_left(budget)


def tier_text(quote: Quote) -> str:
    """Return a tier's line: sign, label, why it cannot be used; after the tab its price."""
    name = f"{SIGNS[_state(quote)]}  {quote.tier.label}"
    reason = trouble(quote)
    if reason:
        name = f"{name}: {_cut(first_words(reason))}"
    return f"{escape(name)}\t{price_text(quote)}"


def tier_hint(quote: Quote) -> str:
    """Return the tooltip of a tier's line: state, reason, and where its price comes from."""
    availability = quote.availability
    state = named(_state(quote))
    lines = [f"{quote.tier.label}, {named(quote.tier.place)}: {state}{since_text(quote)}"]
    if availability.reason:
        lines.append(availability.reason)
    if quote.rule:
        lines.append(quote.rule)
    if quote.price is None:
        lines.append(quote.unpriced_reason or tr("Nobody knows its price, so it is not chosen by itself."))
    else:
        lines.append(tr("Price: {origin}", origin=origin(quote, datetime.now(UTC))))
    if quote.held is not None:
        lines.append(
            tr("{held_sentence}; it waits in Settings, Tiers.", held_sentence=held_sentence(quote.held))
        )
    if quote.speed_source:
        lines.append(tr("Speed: {speed_source}", speed_source=quote.speed_source))
    lines += standing_lines(quote)
    return "\n".join(lines)


def trouble(quote: Quote) -> str:
    """Return why a tier that is on takes no prompt by itself now; empty when it does, or is off."""
    state = quote.availability.state
    if not quote.tier.enabled or state is State.OFF:
        return ""
    if state.usable:
        return quote.rule
    return (quote.availability.reason or named(state)).rstrip(".")


def first_words(reason: str) -> str:
    """Return a reason up to its first pause, for where there is little room: ``needs a key``."""
    return _PAUSE.split(reason, maxsplit=1)[0]


def price_text(quote: Quote) -> str:
    """Return ``in $2.00 · out $10.00 /M``; an en dash for what nobody knows."""
    if quote.price is None:
        return tr("in {unknown} · out {unknown} /M", unknown=UNKNOWN)
    if quote.in_plan:
        return tr("in plan, {plan_percent}", plan_percent=plan_percent(quote))
    rates = quote.price.rates
    return tr("in {rate} · out {rate_2} /M", rate=format_rate(rates.input), rate_2=format_rate(rates.output))


def plan_percent(quote: Quote) -> str:
    """Return ``62 % left`` of the tightest window of a tier's plan; an en dash without a window."""
    window = quote.plan.tightest if quote.plan is not None else None
    return UNKNOWN if window is None else tr("{percent_left} % left", percent_left=window.percent_left)


def tokens_a_second(seen: float) -> str:
    """Return a speed with two digits: ``45 tok/s``, ``3.2 tok/s``."""
    return f"{seen:.0f} tok/s" if seen >= 10 else figure(f"{seen:.1f} tok/s")  # noqa: PLR2004 - two digits


def escape(text: str) -> str:
    """Return ``text`` for a menu item: an ampersand would become an underline, a tab a column."""
    return text.replace("&", "&&").replace("\t", " ")


def _state(quote: Quote) -> State:
    return quote.availability.state if quote.tier.enabled else State.OFF


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 1].rstrip()}…"
