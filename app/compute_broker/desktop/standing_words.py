"""What is left of a tier, in words: its rate limits, its credit, its plan, and since when it is as it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from compute_broker.core.headroom import Credit, PlanStanding, RateHeadroom
from compute_broker.core.money import format_usd
from compute_broker.core.names import named
from compute_broker.core.quote import Quote, State
from compute_broker.core.texts import figure, tr
from compute_broker.desktop.dates import said

_SINCE = {State.DOWN, State.NO_MODEL, State.NEEDS_KEY, State.BUSY, State.LOADING}
"""States that one asks "since when?" of."""

_NEAR = timedelta(hours=20)
"""Within this, the time of the clock alone cannot be mistaken for that of another day."""


def standing_lines(quote: Quote) -> list[str]:
    """Return what there is to say of a tier beside its state and price: for a tooltip."""
    lines = []
    if quote.plan is not None and (told := plan_text(quote.plan)):
        lines.append(tr("Plan: {told}", told=told))
    if quote.rate is not None and (told := rate_text(quote.rate)):
        lines.append(tr("Rate limit: {told}", told=told))
    if quote.availability.credit is not None and (told := credit_text(quote.availability.credit)):
        lines.append(tr("Key: {told}", told=told))
    return lines


def since_text(quote: Quote) -> str:
    """Return `` since 14:20`` for a state that one wants to know it of, with the day when it was another."""
    if quote.since is None or not quote.tier.enabled or quote.availability.state not in _SINCE:
        return ""
    return tr(" since {moment}", moment=moment(quote.since))


def plan_text(plan: PlanStanding) -> str:
    """Return ``62 % of this window left, resets 14:20``; of a used-up plan also what holds then."""
    window = plan.tightest
    if window is None:
        return ""
    back = "" if window.resets_at is None else tr(", resets {moment}", moment=moment(window.resets_at))
    if plan.lasts:
        return tr(
            "{percent_left} % of this {window} left{back}",
            percent_left=window.percent_left,
            window=named(window.name),
            back=back,
        )
    after = "" if plan.stops else tr("; metered until then")
    return tr("this {window} is used up{back}{after}", window=named(window.name), back=back, after=after)


def plan_short(plan: PlanStanding) -> str:
    """Return ``plan 62 % left, resets 14:20``: for where there is little room."""
    window = plan.tightest
    if window is None:
        return tr("in plan")
    back = "" if window.resets_at is None else tr(", resets {moment}", moment=moment(window.resets_at))
    return tr("plan {percent_left} % left{back}", percent_left=window.percent_left, back=back)


def credit_text(credit: Credit) -> str:
    """Return ``$3.20 of $10.00 left, resets daily``; without a cap, what was used of it so far."""
    parts = []
    if credit.remaining is not None:
        left = format_usd(credit.remaining)
        if credit.limit is not None:
            left = tr("{left} of {limit}", left=left, limit=format_usd(credit.limit))
        parts.append(tr("{parts} left{back}", parts=left, back=""))
        if credit.resets_at is not None:
            parts.append(tr("resets {when}", when=moment(credit.resets_at)))
        elif credit.resets:
            parts.append(tr("resets {when}", when=named(credit.resets)))
    elif credit.used is not None:
        parts.append(tr("no limit of its own, {amount} used so far", amount=format_usd(credit.used)))
    if credit.free_requests is not None:
        parts.append(tr("{free_requests} free requests left today", free_requests=credit.free_requests))
    return ", ".join(parts)


def rate_text(rate: RateHeadroom) -> str:
    """Return ``12 of 1,000 requests, 40,000 of 500,000 tokens left, back at 14:20``."""
    counted = (
        (rate.requests_remaining, rate.requests_limit, tr("requests")),
        (rate.tokens_remaining, rate.tokens_limit, tr("tokens")),
    )
    parts = [f"{_of(left, limit)} {unit}" for left, limit, unit in counted if left is not None]
    if not parts:
        return ""
    resets = [each for each in (rate.requests_reset, rate.tokens_reset) if each is not None]
    back = tr(", back at {moment}", moment=moment(max(resets))) if resets else ""
    return tr("{parts} left{back}", parts=", ".join(parts), back=back)


def _of(left: int, limit: int | None) -> str:
    """Return ``12 of 1,000``, or only what is left where nobody tells the limit."""
    if limit is None:
        return figure(f"{left:,}")
    return tr("{left} of {limit}", left=figure(f"{left:,}"), limit=figure(f"{limit:,}"))


def moment(when: datetime) -> str:
    """Return a moment as the person's clock shows it, with the day when it is not near."""
    local = when.astimezone()
    clock = f"{local:%H:%M}"
    if abs(datetime.now(UTC) - when) < _NEAR:
        return clock
    return f"{said(local, tr('ddd d MMM'))}, {clock}"
