"""The reasons of a decision, in words: one sentence a person understands."""

from __future__ import annotations

from collections.abc import Sequence

from compute_broker.core.decision import Considered, Decision, Plan, Verdict
from compute_broker.core.money import format_usd
from compute_broker.core.names import named
from compute_broker.core.quote import Quote
from compute_broker.core.task import Need, Stakes, Task
from compute_broker.core.texts import begun, figure, tr

_UNLIKELY = 0.5


def percent(probability: float) -> str:
    """Return a chance as whole percent, never 0 % or 100 %: nothing is certain."""
    return f"{min(99, max(1, round(probability * 100)))} %"


def unlikely(decision: Decision) -> bool:
    """Return whether the best that is available will rather not do it, so that the reason is a warning."""
    chosen = next((row for row in decision.considered if row.verdict is Verdict.CHOSEN), None)
    return chosen is not None and chosen.p_success is not None and chosen.p_success < _UNLIKELY


def barred(verdict: Verdict, task: Task, quote: Quote, budget_left: int | None) -> str:
    """Return why a tier may or can not take the task."""
    if verdict in {Verdict.OFF, Verdict.BY_RULE}:
        return quote.rule if verdict is Verdict.BY_RULE else tr("switched off")
    if verdict is Verdict.NOT_PRIVATE:
        rule = tr(" by your rule {private_rule}", private_rule=task.private_rule) if task.private_rule else ""
        return tr("the prompt is private{rule} and this tier is not on this machine", rule=rule)
    if verdict is Verdict.DOES_NOT_FIT:
        return _does_not_fit(task, quote)
    if verdict is Verdict.UNPRICED:
        return quote.unpriced_reason or tr("nobody knows its price, so it is not chosen automatically")
    if verdict is Verdict.OVER_BUDGET:
        return tr("could cost more than the {amount} your budget leaves", amount=format_usd(budget_left))
    return _unavailable(quote)


def _unavailable(quote: Quote) -> str:
    """Return why a tier cannot take the task: its state, or a key that has too little left for it."""
    credit = quote.availability.credit
    if quote.availability.state.usable and credit is not None:
        return tr("could cost more than the {amount} its key has left", amount=format_usd(credit.remaining))
    return quote.availability.reason


def _does_not_fit(task: Task, quote: Quote) -> str:
    if task.images and not quote.tier.abilities.vision:
        return tr("cannot see images, and {images}", images=_images(task))
    return tr(
        "its context holds {context_tokens} tokens, the prompt needs {prompt_tokens}",
        context_tokens=figure(f"{quote.context_tokens:,}"),
        prompt_tokens=figure(f"{task.prompt_tokens:,}"),
    )


def lacks(need: Need) -> str:
    """Return why a tier without an ability is barred."""
    what = tr("see images") if need is Need.VISION else tr("use tools")
    return tr("cannot {what}, and the task seems to need it", what=what)


def too_slow(seconds: float, limit: float) -> str:
    """Return why a tier is too slow for the person."""
    return tr(
        "would take about {seconds} s at the speed seen; you wait {limit} s at most",
        seconds=f"{seconds:.0f}",
        limit=figure(f"{limit:g}"),
    )


def by_hand(quote: Quote) -> str:
    """Return the reason for a tier that the person named, with the rule that would have passed it over."""
    against = tr(", although {rule}", rule=quote.rule) if quote.rule else ""
    return tr("{label}: you chose it{against}.", label=quote.tier.label, against=against)


def with_privacy(reason: str, task: Task) -> str:
    """Return the reason of a decision with the rule of the person's that kept the prompt here, if one did."""
    if not task.private_rule:
        return reason
    return tr(
        "{reason} (private by your rule {private_rule}).",
        reason=reason.rstrip("."),
        private_rule=task.private_rule,
    )


def chosen(row: Considered) -> str:
    """Return the reason for the chosen tier."""
    return tr(
        "lowest expected cost ({amount}) with a chance of {chance}",
        amount=format_usd(row.expected_cost),
        chance=_chance(row),
    )


def learned(reason: str, row: Considered, task: Task) -> str:
    """Return ``reason`` with what use has taught of the tier on such tasks, where that changed anything."""
    taught = row.quote.tier.abilities.learned.get(task.category)
    return f"{reason} ({taught})" if taught else reason


def below_floor(row: Considered, floor: float) -> str:
    """Return the reason against a tier that is not good enough for this task."""
    return tr(
        "{chance} chance of a good answer, below the {percent} asked for",
        chance=_chance(row),
        percent=percent(floor),
    )


def dearer(row: Considered, winner: Considered) -> str:
    """Return the reason against a tier that would do."""
    mine, theirs = format_usd(row.expected_cost), format_usd(winner.expected_cost)
    if mine == theirs:
        return tr("would do it too ({chance}), for no less ({mine})", chance=_chance(row), mine=mine)
    return tr(
        "would do it too ({chance}), expected {mine} against {theirs}",
        chance=_chance(row),
        mine=mine,
        theirs=theirs,
    )


def part(quote: Quote, plan: Plan) -> tuple[Verdict, str] | None:
    """Return a tier's part in a cross-check, with the reason; ``None`` when it has none."""
    first, second = plan.tiers
    if plan.referee is None:
        return None
    if quote.tier.id == first.tier.id:
        return Verdict.CHOSEN, tr("answers, and is checked by {tier}", tier=second.tier.label)
    if quote.tier.id == second.tier.id:
        return Verdict.PAIRED, tr(
            "answers too: the two agree {percent} of the time", percent=percent(plan.agree or 0.0)
        )
    if quote.tier.id == plan.referee.tier.id:
        return Verdict.REFEREE, tr("settles it when the two disagree")
    return None


def apart(row: Considered) -> str:
    """Return the reason against a tier when a cross-check was chosen."""
    return tr(
        "alone it has a {chance} chance at {amount}; a cross-check does better",
        chance=_chance(row),
        amount=format_usd(row.direct_cost),
    )


def cross_check(plan: Plan, single: Considered) -> str:
    """Return the reason for a cross-check, as shown before sending."""
    first, second = plan.tiers
    referee = plan.referee.tier.label if plan.referee else ""
    both = tr(
        "{percent} for about {amount}",
        percent=percent(plan.quality or 0.0),
        amount=format_usd(plan.expected_cost),
    )
    alone = tr(
        "{tier} alone {chance} for {amount}",
        tier=single.quote.tier.label,
        chance=_chance(single),
        amount=format_usd(single.direct_cost),
    )
    return tr(
        "{tier} and {tier_2} check each other, {referee} settles it if they disagree ({both}; {alone}).",
        tier=first.tier.label,
        tier_2=second.tier.label,
        referee=referee,
        both=both,
        alone=alone,
    )


def why(row: Considered, best: Considered, good: int, task: Task) -> str:
    """Return the reason for the whole decision, as shown before sending."""
    label, chance = row.quote.tier.label, _chance(row)
    is_best = row.quote.tier.id == best.quote.tier.id
    kind = (
        tr("this {category} task", category=named(task.category))
        if task.category.value != "chat"
        else tr("this")
    )
    if is_best and (row.p_success or 0.0) < _UNLIKELY:
        return tr(
            "{label}: the best that is available, but with only a {chance} chance for "
            "{kind}; a key or a local server in Settings would help.",
            label=label,
            chance=chance,
            kind=kind,
        )
    if good == 1 and is_best:
        stakes = tr(" and being wrong would be costly") if task.stakes is Stakes.HIGH else ""
        return tr(
            "{label}: the only one good enough for {kind} ({chance}){stakes}.",
            label=label,
            kind=kind,
            chance=chance,
            stakes=stakes,
        )
    if is_best:
        return tr(
            "{label}: cheapest of {good} that can do {kind}, and the likeliest ({chance}).",
            label=label,
            good=good,
            kind=kind,
            chance=chance,
        )
    return tr(
        "{label}: cheapest of {good} that can do {kind} ({chance}; the best, {tier}, {chance_2}).",
        label=label,
        good=good,
        kind=kind,
        chance=chance,
        tier=best.quote.tier.label,
        chance_2=_chance(best),
    )


def nothing(rows: Sequence[Considered], tier_id: str | None, better_than: str | None, task: Task) -> str:
    """Return why no tier takes the task, and what to do."""
    by_id = {row.quote.tier.id: row for row in rows}
    if tier_id is not None:
        if tier_id not in by_id:
            return tr(
                "There is no tier {tier_id}; the tiers are: {it}.",
                tier_id=f"{tier_id!r}",
                it=", ".join(by_id) or "none",
            )
        return tr(
            "{tier} cannot take it: {reason}.",
            tier=by_id[tier_id].quote.tier.label,
            reason=by_id[tier_id].reason,
        )
    if better_than is not None and any(row.verdict is Verdict.DEARER for row in rows):
        return tr("No available tier has a better chance than the one that answered.")
    if task.images and rows:
        seeing = [row for row in rows if row.quote.tier.abilities.vision]
        if Verdict.OVER_BUDGET not in {row.verdict for row in seeing}:
            return _nobody_sees(seeing, task)
    ruled = next((row.quote for row in rows if row.verdict is Verdict.BY_RULE), None)
    return _nobody({row.verdict for row in rows}, ruled, private=task.private)


def _nobody_sees(seeing: Sequence[Considered], task: Task) -> str:
    """Return what would let an image be seen: the nearest tier that could, and the way without one."""
    near = next((row for row in seeing if row.verdict is Verdict.DOES_NOT_FIT), None)
    near = near or next((row for row in seeing if row.verdict is Verdict.UNAVAILABLE), None)
    near = near or next(iter(seeing), None)
    who = tr("no tier on this machine") if task.private else tr("no tier")
    could = f" ({near.quote.tier.label}: {near.reason})" if near is not None and near.reason else ""
    return tr(
        "{images}, and {who} that can see images can take it now{could}: make one "
        "available, or remove the image.",
        images=begun(_images(task)),
        who=who,
        could=could,
    )


def _images(task: Task) -> str:
    return (
        tr("an image is attached")
        if task.images == 1
        else tr("{images} images are attached", images=task.images)
    )


def _nobody(verdicts: set[Verdict], ruled: Quote | None, *, private: bool) -> str:
    """Return the remedy that brings the nearest tier within reach."""
    if not verdicts:
        return tr(
            "There are no tiers in the settings; add one in Settings or with: compute-broker tiers add."
        )
    if Verdict.OVER_BUDGET in verdicts:
        return tr(
            "Your budget does not leave enough for any tier that could answer; raise it, or send once anyway."
        )
    if ruled is not None:
        return tr(
            "Your rules pass over every tier that could answer ({tier}: {rule}); choose "
            "one by hand, such as @{id}, or change the rules in Settings.",
            tier=ruled.tier.label,
            rule=ruled.rule,
            id=ruled.tier.id,
        )
    if Verdict.DOES_NOT_FIT in verdicts:
        return tr(
            "The prompt is longer than any available tier can read; shorten it, or make a "
            "tier with a larger context available."
        )
    if private and Verdict.NOT_PRIVATE in verdicts:
        return tr(
            "The prompt is private and no tier on this machine can take it; switch one on, "
            "or send it as not private."
        )
    return tr("No tier can take it now: switch one on, enter a key in Settings, or start a local server.")


def _chance(row: Considered) -> str:
    return percent(row.p_success or 0.0)
