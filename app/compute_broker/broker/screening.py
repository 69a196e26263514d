"""Who may take a task at all: on, up, allowed, fitting, affordable, able, quick enough, each with the reason.

A rule of the person's (switch, privacy, budget) bars for good, as does an image that comes along. What is
only guessed of the prompt, or seen of a tier's speed, bars a tier only where another is left: a guess must
not leave the prompt unanswered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from compute_broker.broker import reasons
from compute_broker.core.ability import success_probability
from compute_broker.core.decision import Considered, CrossCheck, Mode, Verdict
from compute_broker.core.quote import Quote, Snapshot, State
from compute_broker.core.task import Need, Task
from compute_broker.core.texts import tr
from compute_broker.core.usage import Usage

_HARD_NEEDS = (Need.VISION, Need.TOOLS)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the person wants of one decision.

    ``budget_left`` is what the tightest hard budget leaves, in nano-dollars (``None``: no hard budget).
    ``warm_tokens`` of the conversation are in the prompt cache of ``warm_tier``. ``most_seconds`` is how long
    an answer may take, where the tier's speed is known.
    ``avoid`` are tiers whose answer to this prompt was cut off just now.
    ``tier_id`` forces a tier; ``better_than`` asks for the cheapest tier with a better chance than that one.
    """

    mode: Mode
    baseline_id: str | None = None
    budget_left: int | None = None
    tier_id: str | None = None
    better_than: str | None = None
    cross_check: CrossCheck = CrossCheck.OFF
    warm_tier: str | None = None
    warm_tokens: int = 0
    most_seconds: float | None = None
    avoid: tuple[str, ...] = ()


def screened(task: Task, snapshot: Snapshot, rules: Rules) -> list[Considered]:
    """Return a row for each tier: barred with the reason, or open (``DEARER``) with its figures."""
    rows = [_screen(task, quote, rules) for quote in snapshot]
    return _screen_slow(task, _screen_used_up(_screen_needs(task, rows), rules), rules)


def expected_usage(task: Task, quote: Quote, cached: int = 0) -> Usage:
    """Return the tokens this tier is expected to use: its own length, within its own limit.

    ``cached`` prompt tokens are read from its provider's cache.
    """
    length = round(task.expected_output_tokens * quote.tier.abilities.verbosity)
    return Usage(
        task.prompt_tokens,
        max(1, min(length, quote.tier.max_output_tokens)),
        cache_read_tokens=min(cached, task.prompt_tokens),
    )


def expected_seconds(task: Task, quote: Quote) -> float | None:
    """Return how long this tier would take, from the speed seen; ``None`` when none was seen."""
    if not quote.tokens_per_second:
        return None
    length = expected_usage(task, quote).output_tokens
    return (quote.first_token_ms or 0) / 1000 + length / quote.tokens_per_second


def _screen(task: Task, quote: Quote, rules: Rules) -> Considered:
    """Return the tier's row: barred with the reason, or provisionally ``DEARER`` with its figures."""
    row = Considered(quote, Verdict.DEARER, "", p_success=success_probability(quote.tier.abilities, task))
    if quote.price is not None:
        cached = rules.warm_tokens if quote.tier.id == rules.warm_tier else 0
        row = replace(row, direct_cost=quote.price.cost(expected_usage(task, quote, cached)))
    if quote.tier.id in rules.avoid:
        return replace(row, verdict=Verdict.UNAVAILABLE, reason=tr("its answer was cut off just now"))
    verdict = _barred(task, quote, rules)
    if verdict is None:
        return row
    return replace(row, verdict=verdict, reason=reasons.barred(verdict, task, quote, rules.budget_left))


def _barred(task: Task, quote: Quote, rules: Rules) -> Verdict | None:
    state = quote.availability.state
    if state is State.OFF:
        return Verdict.OFF
    if task.private and not quote.tier.on_this_machine:
        return Verdict.NOT_PRIVATE
    if not state.usable:
        return Verdict.UNAVAILABLE
    if quote.rule and rules.tier_id != quote.tier.id:  # who names a tier has seen more than a rule knows
        return Verdict.BY_RULE
    return Verdict.DOES_NOT_FIT if _too_much(task, quote) else _barred_by_money(task, quote, rules)


def _too_much(task: Task, quote: Quote) -> bool:
    """Whether the tier cannot take in what comes: it is too long, or has images that it cannot see."""
    if task.images and not quote.tier.abilities.vision:
        return True
    return quote.context_tokens is not None and task.prompt_tokens >= quote.context_tokens


def _barred_by_money(task: Task, quote: Quote, rules: Rules) -> Verdict | None:
    if quote.price is None:
        chosen_by_hand = rules.tier_id == quote.tier.id and rules.budget_left is None
        return None if chosen_by_hand else Verdict.UNPRICED
    ceiling = quote.price.ceiling(task.prompt_tokens, quote.tier.max_output_tokens)
    credit = quote.availability.credit
    if credit is not None and credit.remaining is not None and credit.remaining < ceiling:
        return Verdict.UNAVAILABLE
    if rules.budget_left is None:
        return None
    return Verdict.OVER_BUDGET if ceiling > rules.budget_left else None


def _screen_needs(task: Task, rows: list[Considered]) -> list[Considered]:
    """Bar tiers without vision or tools, but only where another tier has them.

    A need is read from words and may be wrong; a guess must not leave the prompt unanswered.
    """
    for need in _HARD_NEEDS:
        if need not in task.needs:
            continue
        open_rows = [row for row in rows if row.verdict is Verdict.DEARER]
        if not any(_has(row.quote, need) for row in open_rows):
            continue
        rows = [
            replace(row, verdict=Verdict.DOES_NOT_FIT, reason=reasons.lacks(need))
            if row.verdict is Verdict.DEARER and not _has(row.quote, need)
            else row
            for row in rows
        ]
    return rows


def _screen_used_up(rows: list[Considered], rules: Rules) -> list[Considered]:
    """Bar tiers whose rate limit is as good as used up, but only where another is left."""
    if rules.tier_id is not None:
        return rows

    def used_up(row: Considered) -> bool:
        seen = row.quote.availability
        return row.verdict is Verdict.DEARER and seen.state is State.BUSY and seen.retry_at is not None

    if not any(row.verdict is Verdict.DEARER and not used_up(row) for row in rows):
        return rows
    return [
        replace(row, verdict=Verdict.UNAVAILABLE, reason=row.quote.availability.reason)
        if used_up(row)
        else row
        for row in rows
    ]


def _screen_slow(task: Task, rows: list[Considered], rules: Rules) -> list[Considered]:
    """Bar tiers known to be slower than the person will wait, but only where another is left."""
    limit = rules.most_seconds
    if limit is None or rules.tier_id is not None:
        return rows

    def late(row: Considered) -> bool:
        return row.verdict is Verdict.DEARER and (expected_seconds(task, row.quote) or 0.0) > limit

    if not any(row.verdict is Verdict.DEARER and not late(row) for row in rows):
        return rows
    return [
        replace(
            row,
            verdict=Verdict.TOO_SLOW,
            reason=reasons.too_slow(expected_seconds(task, row.quote) or 0.0, limit),
        )
        if late(row)
        else row
        for row in rows
    ]


def _has(quote: Quote, need: Need) -> bool:
    row = quote.tier.abilities
    return row.vision if need is Need.VISION else row.tools
