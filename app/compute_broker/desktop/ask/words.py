"""What the quick ask window says, as plain text: no figure is made up here, only put into words."""

from __future__ import annotations

from collections.abc import Sequence

from compute_broker.broker.events import Check, Checking, Failover, Receipt, Replaced, Spend
from compute_broker.broker.reasons import percent
from compute_broker.core.attachment import Attachment
from compute_broker.core.decision import Considered, Decision, Verdict
from compute_broker.core.money import format_rate, format_usd
from compute_broker.core.quote import Quote, Snapshot
from compute_broker.core.usage import Certainty, FinishReason

UNKNOWN = "–"

VERDICTS = {
    Verdict.CHOSEN: "takes it",
    Verdict.PAIRED: "answers too",
    Verdict.REFEREE: "settles it",
    Verdict.DEARER: "dearer",
    Verdict.BELOW_FLOOR: "not good enough",
    Verdict.OFF: "off",
    Verdict.UNAVAILABLE: "not available",
    Verdict.UNPRICED: "price unknown",
    Verdict.DOES_NOT_FIT: "does not fit",
    Verdict.NOT_PRIVATE: "not private",
    Verdict.OVER_BUDGET: "over budget",
    Verdict.TOO_SLOW: "too slow",
    Verdict.BY_RULE: "by your rule",
}
"""Each verdict in two or three words."""


def question(meant: str, attached: Sequence[Attachment]) -> str:
    """Return what stands for a question in the conversation: the words, and the names of what came along."""
    if not attached:
        return meant
    names = ", ".join(" ".join(each.name.split()) for each in attached)
    return f"{meant}\nAttached: {names}".strip()


def expected(nanos: int | None) -> str:
    """Return an expected cost with the sign that it is one: ``~0.03 ¢``."""
    return UNKNOWN if nanos is None else f"~{format_usd(nanos)}"


def chance(row: Considered) -> str:
    """Return a tier's chance of success in whole percent."""
    return UNKNOWN if row.p_success is None else percent(row.p_success)


def speed(quote: Quote) -> str:
    """Return the speed seen, in tokens a second; an en dash when none was seen."""
    figure = quote.tokens_per_second
    if figure is None:
        return UNKNOWN
    return f"{figure:.0f} tok/s" if figure >= 10 else f"{figure:.1f} tok/s"  # noqa: PLR2004 - two digits


def price(quote: Quote) -> str:
    """Return a tier's price for a million tokens in and out, and where it comes from."""
    if quote.price is None:
        return quote.unpriced_reason or UNKNOWN
    rates = quote.price.rates
    return f"{format_rate(rates.input)} in, {format_rate(rates.output)} out ({quote.price.source})"


def figures(row: Considered) -> str:
    """Return everything that is known of a tier for this prompt, one thing a line."""
    when = f", {row.quote.price.as_of:%Y-%m-%d}" if row.quote.price is not None else ""
    first = row.quote.first_token_ms
    lines = (
        f"{row.quote.tier.label}: {row.reason}",
        f"Chance of a good answer: {chance(row)}",
        f"Expected: {expected(row.direct_cost)}, with the redo of failures {expected(row.expected_cost)}",
        f"Speed seen: {speed(row.quote)}" + (f", first word after {duration(first)}" if first else ""),
        f"Price per million tokens: {price(row.quote)}{when}",
    )
    return "\n".join(lines)


def preview_parts(decision: Decision) -> tuple[str, str, str]:
    """Return the tier, its expected cost, and why: the line under the input. No tier: only the reason."""
    quote = decision.quote
    if quote is None:
        return ("", "", decision.reason)
    why = decision.reason.removeprefix(f"{quote.tier.label}: ").rstrip(".")
    return (quote.tier.label, expected(decision.expected_cost), why)


def idle_line(snapshot: Snapshot, spend: Spend) -> str:
    """Return what stands under an empty input: today's spend and how many tiers can answer."""
    able = (quote for quote in snapshot if quote.tier.enabled and not quote.rule)
    ready = sum(quote.availability.state.usable for quote in able)
    tiers = f"{ready} tier{'' if ready == 1 else 's'} ready" if ready else "no tier is ready"
    return f"Today {format_usd(spend.today)} · {tiers}"


def failover_line(failed: Failover, following: Quote) -> str:
    """Return the note about a tier that did not answer and the one that is asked instead."""
    reason = failed.reason.rstrip(".")
    return f"{failed.failed.tier.label} did not answer ({reason}). Asking {following.tier.label}."


def checking(event: Checking, answered: str) -> str:
    """Return who is at work while an answer that can be read already is being checked."""
    by = event.by.tier.label
    return f"Not agreed: asking {by}" if event.disagreed else f"{answered}, being checked by {by}"


def replaced_line(event: Replaced) -> str:
    """Return the note between an answer that does not stand and the one that takes its place."""
    return f"That does not stand. {event.quote.tier.label} answers:"


def checked_line(check: Check) -> str:
    """Return what came of a second opinion, as a sentence: ``Confirmed by Kimi``, with a full stop."""
    return f"{check.note[0].upper()}{check.note[1:]}."


def cost_text(receipt: Receipt) -> str:
    """Return the real cost, marked when it is an estimate; an en dash when nobody knows it."""
    mark = "≈ " if receipt.certainty is Certainty.ESTIMATED and receipt.cost is not None else ""
    return f"{mark}{format_usd(receipt.cost)}"


def cost_against(receipt: Receipt, other: int | None) -> str:
    """Return the real cost, with how much more or less than ``other`` nano-dollars it is."""
    if receipt.cost is None or other is None:
        return cost_text(receipt)
    difference = receipt.cost - other
    sign = "+" if difference >= 0 else "-"
    return f"{cost_text(receipt)} ({sign}{format_usd(abs(difference))})"


def saved_text(receipt: Receipt) -> str:
    """Return what was saved against the baseline tier, or by how much it was dearer; empty if unknown."""
    if receipt.saved is None or receipt.baseline_label is None:
        return ""
    if receipt.saved < 0:
        return f"{format_usd(-receipt.saved)} more than {receipt.baseline_label}"
    if receipt.saved == 0:
        return f"same as {receipt.baseline_label}"
    return f"saved {format_usd(receipt.saved)} against {receipt.baseline_label}"


def duration(milliseconds: int) -> str:
    """Return a time a person reads: ``0.8 s``, ``12 s``, ``2 min 5 s``."""
    seconds = milliseconds / 1000
    if seconds < 10:  # noqa: PLR2004 - below ten seconds a tenth matters
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def ending(receipt: Receipt) -> str:
    """Return how an answer ended when it did not end as it should; empty when it did."""
    return {
        FinishReason.LENGTH: "The answer reached this tier's length limit.",
        FinishReason.CUT_OFF: "The answer was cut off; what came is kept.",
        FinishReason.REFUSAL: "The model declined to answer this; another tier may.",
    }.get(receipt.finish, "")


def details(receipt: Receipt) -> str:
    """Return the audit of an answer for a tooltip: model, tokens, price and its source."""
    usage, price = receipt.usage, receipt.quote.price
    lines = [
        f"Model: {receipt.model}",
        f"Tokens: {usage.input_tokens:,} in, {usage.output_tokens:,} out",
        f"Cost: {cost_text(receipt)} ({receipt.certainty.value}, {receipt.basis.value})",
    ]
    if usage.cache_read_tokens:
        lines.append(f"From the cache: {usage.cache_read_tokens:,} tokens")
    if price is not None:
        lines.append(f"Price: {price.source}, {price.as_of:%Y-%m-%d}")
    if receipt.baseline_label is not None:
        lines.append(f"{receipt.baseline_label} would have cost {format_usd(receipt.baseline_cost)}")
    lines.append(receipt.decision.reason)
    return "\n".join(lines)


def spoken(receipt: Receipt) -> str:
    """Return what a screen reader announces."""
    return f"Answer ready, {receipt.quote.tier.label}, {cost_text(receipt)}"


def better_label(decision: Decision, paid: int | None) -> str:
    """Return the button's text: the better tier, and how much more it is expected to cost."""
    quote = decision.quote
    if quote is None:
        return "Better"
    if decision.expected_cost is None or paid is None:
        return f"Ask {quote.tier.label} ({expected(decision.expected_cost)})"
    difference = decision.expected_cost - paid
    sign = "+" if difference >= 0 else "-"
    return f"Ask {quote.tier.label} ({sign}{format_usd(abs(difference))})"
