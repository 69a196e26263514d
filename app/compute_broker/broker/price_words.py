"""Where a price comes from, how old it is and what waits to be believed, in words for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from compute_broker.core.money import format_rate
from compute_broker.core.price import TokenRates
from compute_broker.core.price_origin import HeldPrice, PriceKind
from compute_broker.core.quote import Quote
from compute_broker.core.texts import tr
from compute_broker.ledger.price_changes import ChangeState, PriceChange

_UNDATED = {PriceKind.OWN, PriceKind.ELECTRICITY}
"""Kinds whose figure is reckoned from what holds now, so that it has no age."""

KINDS = {
    PriceKind.OWN: tr("yours"),
    PriceKind.SPOT: tr("spot"),
    PriceKind.HOSTS: tr("OpenRouter's hosts"),
    PriceKind.LIST: tr("OpenRouter's list"),
    PriceKind.CATALOG: tr("catalog"),
    PriceKind.ELECTRICITY: tr("electricity"),
}

_STATES = {
    ChangeState.IN_FORCE: tr("in force"),
    ChangeState.UNPRICED: tr("no price"),
    ChangeState.HELD: tr("held: a sudden change"),
    ChangeState.BELIEVED: tr("held, believed by you"),
    ChangeState.CONFIRMED: tr("held, then confirmed"),
    ChangeState.DROPPED: tr("held, not confirmed"),
}


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago something was: ``just now``, ``12 min ago``, ``5 h ago``, ``3 days ago``."""
    gone = max(now - moment, timedelta(0))
    minutes = round(gone.total_seconds() / 60)
    if minutes < 1:
        return tr("just now")
    if minutes < 60:  # noqa: PLR2004 - an hour
        return tr("{minutes} min ago", minutes=minutes)
    hours = minutes // 60
    return tr("{hours} h ago", hours=hours) if hours < 48 else tr("{hours} days ago", hours=hours // 24)  # noqa: PLR2004 - two days


def price_age(quote: Quote, now: datetime) -> str:
    """Return how old a tier's price is; empty when it has none, or one that is reckoned from now."""
    if quote.price is None or quote.price_kind in _UNDATED:
        return ""
    return age(quote.price.as_of, now)


def origin(quote: Quote, now: datetime) -> str:
    """Return where a tier's price comes from and how old it is, or why there is none."""
    if quote.price is None:
        return quote.unpriced_reason or tr("nobody knows its price, so it is not chosen by itself")
    old = price_age(quote, now)
    return f"{quote.price.source}, {old}" if old else quote.price.source


def short_origin(quote: Quote, now: datetime) -> str:
    """Return the kind of source and its age in brackets: `` (OpenRouter's hosts, 12 min ago)``."""
    if quote.price is None or quote.price_kind is None:
        return ""
    old = price_age(quote, now)
    return f" ({KINDS[quote.price_kind]}{', ' if old else ''}{old})"


def both(rates: TokenRates) -> str:
    """Return ``$3.00 in, $15.00 out``."""
    return tr("{rate} in, {rate_2} out", rate=format_rate(rates.input), rate_2=format_rate(rates.output))


def held_sentence(held: HeldPrice) -> str:
    """Return what happened to a price that is held, with both figures."""
    old, new = held.old, held.new
    fell = new.input + new.output < old.input + old.output
    if old.input != new.input and old.output == new.output:
        figures = tr("from {rate} to {rate_2} in", rate=format_rate(old.input), rate_2=format_rate(new.input))
    elif old.output != new.output and old.input == new.input:
        figures = tr(
            "from {rate} to {rate_2} out", rate=format_rate(old.output), rate_2=format_rate(new.output)
        )
    else:
        figures = tr("from {both} to {both_2}", both=both(old), both_2=both(new))
    return tr(
        "At {source} the price {part} {figures} at once",
        source=held.source,
        part=tr("fell") if fell else tr("rose"),
        figures=figures,
    )


def change_state(change: PriceChange) -> str:
    """Return what a row of the history says."""
    return _STATES[change.state]
