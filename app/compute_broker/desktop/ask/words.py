"""What the quick ask window says, as plain text: no figure is made up here, only put into words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from compute_broker.broker.events import Check, Checking, Failover, Receipt, Replaced, Spend
from compute_broker.broker.price_words import both, origin, short_origin
from compute_broker.broker.reasons import percent
from compute_broker.broker.screening import expected_usage
from compute_broker.core.attachment import Attachment
from compute_broker.core.decision import Considered, Decision, Verdict
from compute_broker.core.money import format_usd, rough_usd
from compute_broker.core.names import named
from compute_broker.core.quote import Quote, Snapshot
from compute_broker.core.task import Task
from compute_broker.core.texts import begun, counted, figure, listed, tr
from compute_broker.core.usage import Certainty, FinishReason
from compute_broker.desktop.menu_words import tokens_a_second

UNKNOWN = "–"
_TENTH = 50
"""Milliseconds below which a tenth of a second would be rounded to none."""

VERDICTS = {
    Verdict.CHOSEN: tr("takes it"),
    Verdict.PAIRED: tr("answers too"),
    Verdict.REFEREE: tr("settles it"),
    Verdict.DEARER: tr("dearer"),
    Verdict.BELOW_FLOOR: tr("not good enough"),
    Verdict.OFF: tr("off"),
    Verdict.UNAVAILABLE: tr("not available"),
    Verdict.UNPRICED: tr("price unknown"),
    Verdict.DOES_NOT_FIT: tr("does not fit"),
    Verdict.NOT_PRIVATE: tr("not private"),
    Verdict.OVER_BUDGET: tr("over budget"),
    Verdict.TOO_SLOW: tr("too slow"),
    Verdict.BY_RULE: tr("by your rule"),
}
"""Each verdict in two or three words."""


def question(meant: str, attached: Sequence[Attachment]) -> str:
    """Return what stands for a question in the conversation: the words, and the names of what came along."""
    if not attached:
        return meant
    names = ", ".join(" ".join(each.name.split()) for each in attached)
    return tr("{meant}\nAttached: {names}", meant=meant, names=names).strip()


def either(names: Sequence[str]) -> str:
    """Return names as a choice: ``one``, ``one or two``, ``one, two or three``."""
    if len(names) == 1:
        return names[0]
    return tr("{names} or {last}", names=", ".join(names[:-1]), last=names[-1])


def expected(nanos: int | None) -> str:
    """Return an expected cost with the sign that it is one: ``~0.03 ¢``."""
    return rough_usd("~", nanos)


def chance(row: Considered) -> str:
    """Return a tier's chance of success in whole percent."""
    return UNKNOWN if row.p_success is None else percent(row.p_success)


def speed(quote: Quote) -> str:
    """Return the speed seen, in tokens a second; an en dash when none was seen."""
    seen = quote.tokens_per_second
    return UNKNOWN if seen is None else tokens_a_second(seen)


def price(quote: Quote) -> str:
    """Return a tier's price for a million tokens in and out, and which kind of source it is from."""
    if quote.price is None:
        return quote.unpriced_reason or UNKNOWN
    return f"{both(quote.price.rates)}{short_origin(quote, datetime.now(UTC))}"


def figures(row: Considered, task: Task) -> str:
    """Return everything that is known of a tier for this prompt, one thing a line."""
    first = row.quote.first_token_ms
    paid = row.quote.price
    source = origin(row.quote, datetime.now(UTC))
    priced = f"{both(paid.rates)} ({source})" if paid is not None else source
    lines = (
        f"{row.quote.tier.label}: {row.reason}",
        tr("Chance of a good answer: {chance}", chance=chance(row)),
        tr(
            "Expected: {cost}, with the redo of failures {cost_2}",
            cost=expected(row.direct_cost),
            cost_2=expected(row.expected_cost),
        ),
        _length(row, task),
        tr("Speed seen: {speed}", speed=speed(row.quote))
        + (tr(", first word after {duration}", duration=duration(first)) if first else ""),
        tr("Price per million tokens: {price}", price=priced),
    )
    return "\n".join(lines)


def _length(row: Considered, task: Task) -> str:
    """Return how long this tier's answer is expected to be: what makes a dear one cheap, or the other way."""
    tokens = expected_usage(task, row.quote).output_tokens
    return counted(
        "Expected answer: about {tokens} token, its thinking included",
        "Expected answer: about {tokens} tokens, its thinking included",
        tokens,
        tokens=figure(f"{tokens:,}"),
    )


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
    tiers = counted("{count} tier ready", "{count} tiers ready", ready) if ready else tr("no tier is ready")
    return tr("Today {amount} · {tiers}", amount=format_usd(spend.today), tiers=tiers)


def failover_line(failed: Failover, following: Quote) -> str:
    """Return the note about a tier that did not answer and the one that is asked instead."""
    reason = failed.reason.rstrip(".")
    if failed.too:
        return counted(
            "{tier} did not answer ({reason}); {others} is at the same address. Asking {tier_2}.",
            "{tier} did not answer ({reason}); {others} are at the same address. Asking {tier_2}.",
            len(failed.too),
            tier=failed.failed.tier.label,
            reason=reason,
            others=listed([quote.tier.label for quote in failed.too]),
            tier_2=following.tier.label,
        )
    return tr(
        "{tier} did not answer ({reason}). Asking {tier_2}.",
        tier=failed.failed.tier.label,
        reason=reason,
        tier_2=following.tier.label,
    )


def unanswered(*, asked: bool) -> str:
    """Return the note under a question that failed: whether anybody was asked at all."""
    return tr("Not answered.") if asked else tr("Not sent.")


def checking(event: Checking, answered: str) -> str:
    """Return who is at work while an answer that can be read already is being checked."""
    by = event.by.tier.label
    return (
        tr("Not agreed: asking {by}", by=by)
        if event.disagreed
        else tr("{answered}, being checked by {by}", answered=answered, by=by)
    )


def replaced_line(event: Replaced) -> str:
    """Return the note between an answer that does not stand and the one that takes its place."""
    return tr("That does not stand. {tier} answers:", tier=event.quote.tier.label)


def checked_line(check: Check) -> str:
    """Return what came of a second opinion, as a sentence: ``Confirmed by Kimi``, with a full stop."""
    return f"{begun(check.note)}."


def cost_text(receipt: Receipt) -> str:
    """Return the real cost, marked when it is an estimate; an en dash when nobody knows it."""
    estimated = receipt.certainty is Certainty.ESTIMATED
    return rough_usd("≈ ", receipt.cost) if estimated else format_usd(receipt.cost)


def cost_against(receipt: Receipt, other: int | None) -> str:
    """Return the real cost, with how much more or less than ``other`` nano-dollars it is."""
    if receipt.cost is None or other is None:
        return cost_text(receipt)
    difference = receipt.cost - other
    sign = "+" if difference >= 0 else "-"
    return f"{cost_text(receipt)} ({sign}{format_usd(abs(difference))})"


def saved_text(receipt: Receipt) -> str:
    """Return what was saved against the baseline tier, or by how much it was dearer; empty if unknown."""
    if receipt.again:
        return tr("on top of the first answer")
    if receipt.saved is None or receipt.baseline_label is None:
        return ""
    if receipt.saved < 0:
        return tr(
            "{amount} more than {baseline_label}",
            amount=format_usd(-receipt.saved),
            baseline_label=receipt.baseline_label,
        )
    if receipt.saved == 0:
        return tr("same as {baseline_label}", baseline_label=receipt.baseline_label)
    return tr(
        "saved {amount} against {baseline_label}",
        amount=format_usd(receipt.saved),
        baseline_label=receipt.baseline_label,
    )


def duration(milliseconds: int) -> str:
    """Return a time a person reads: ``0.8 s``, ``12 s``, ``2 min 5 s``."""
    if milliseconds < _TENTH:
        return figure("<0.1 s")
    seconds = milliseconds / 1000
    if seconds < 10:  # noqa: PLR2004 - below ten seconds a tenth matters
        return f"{figure(f'{seconds:.1f}')} s"
    minutes, rest = divmod(round(seconds), 60)
    return tr("{minutes} min {rest} s", minutes=minutes, rest=rest) if minutes else f"{rest} s"


def ending(receipt: Receipt) -> str:
    """Return how an answer ended when it did not end as it should; empty when it did."""
    return {
        FinishReason.LENGTH: tr("The answer reached this tier's length limit."),
        FinishReason.CUT_OFF: tr("The answer was cut off; what came is kept."),
        FinishReason.REFUSAL: tr("The model declined to answer this; another tier may."),
    }.get(receipt.finish, "")


def details(receipt: Receipt) -> str:
    """Return the audit of an answer for a tooltip: model, tokens, price and its source."""
    usage, price = receipt.usage, receipt.quote.price
    lines = [
        tr("Model: {model}", model=receipt.model),
        tr(
            "Tokens: {input_tokens} in, {output_tokens} out",
            input_tokens=figure(f"{usage.input_tokens:,}"),
            output_tokens=figure(f"{usage.output_tokens:,}"),
        ),
        tr(
            "Cost: {cost} ({certainty}, {basis})",
            cost=cost_text(receipt),
            certainty=named(receipt.certainty),
            basis=named(receipt.basis),
        ),
    ]
    if usage.cache_read_tokens:
        lines.append(
            tr(
                "From the cache: {cache_read_tokens} tokens",
                cache_read_tokens=figure(f"{usage.cache_read_tokens:,}"),
            )
        )
    if price is not None:
        lines.append(tr("Price: {origin}", origin=f"{price.source}, {price.as_of:%Y-%m-%d}"))
    if receipt.again:
        told = tr(
            "What {tier} would have cost counts once, with the first answer",
            tier=receipt.baseline_label or tr("the baseline"),
        )
        lines.append(told)
    elif receipt.baseline_label is not None:
        lines.append(
            tr(
                "{baseline_label} would have cost {amount}",
                baseline_label=receipt.baseline_label,
                amount=format_usd(receipt.baseline_cost),
            )
        )
    lines.append(receipt.decision.reason)
    return "\n".join(lines)


def spoken(receipt: Receipt) -> str:
    """Return what a screen reader announces."""
    return tr(
        "Answer ready, {tier}, {cost_text}", tier=receipt.quote.tier.label, cost_text=cost_text(receipt)
    )


def better_label(decision: Decision, paid: int | None) -> str:
    """Return the button's text: the better tier, and how much more it is expected to cost."""
    quote = decision.quote
    if quote is None:
        return tr("Better")
    if decision.expected_cost is None or paid is None:
        return tr("Ask {tier} ({cost})", tier=quote.tier.label, cost=expected(decision.expected_cost))
    difference = decision.expected_cost - paid
    sign = "+" if difference >= 0 else "-"
    return tr(
        "Ask {tier} ({sign}{amount})", tier=quote.tier.label, sign=sign, amount=format_usd(abs(difference))
    )
