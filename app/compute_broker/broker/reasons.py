"""The reasons of a decision, in words: one sentence a person understands."""

from __future__ import annotations

from collections.abc import Sequence

from compute_broker.core.decision import Considered, Plan, Verdict
from compute_broker.core.money import format_usd
from compute_broker.core.quote import Quote
from compute_broker.core.task import Need, Stakes, Task

_UNLIKELY = 0.5


def percent(probability: float) -> str:
    """Return a chance as whole percent, never 0 % or 100 %: nothing is certain."""
    return f"{min(99, max(1, round(probability * 100)))} %"


def barred(verdict: Verdict, task: Task, quote: Quote, budget_left: int | None) -> str:
    """Return why a tier may or can not take the task."""
    if verdict in {Verdict.OFF, Verdict.BY_RULE}:
        return quote.rule if verdict is Verdict.BY_RULE else "switched off"
    if verdict is Verdict.NOT_PRIVATE:
        rule = f" by your rule {task.private_rule}" if task.private_rule else ""
        return f"the prompt is private{rule} and this tier is not on this machine"
    if verdict is Verdict.DOES_NOT_FIT:
        return _does_not_fit(task, quote)
    if verdict is Verdict.UNPRICED:
        return quote.unpriced_reason or "nobody knows its price, so it is not chosen automatically"
    if verdict is Verdict.OVER_BUDGET:
        return f"could cost more than the {format_usd(budget_left)} your budget leaves"
    return _unavailable(quote)


def _unavailable(quote: Quote) -> str:
    """Return why a tier cannot take the task: its state, or a key that has too little left for it."""
    credit = quote.availability.credit
    if quote.availability.state.usable and credit is not None:
        return f"could cost more than the {format_usd(credit.remaining)} its key has left"
    return quote.availability.reason


def _does_not_fit(task: Task, quote: Quote) -> str:
    if task.images and not quote.tier.abilities.vision:
        return f"cannot see images, and {_images(task)}"
    return f"its context holds {quote.context_tokens:,} tokens, the prompt needs {task.prompt_tokens:,}"


def lacks(need: Need) -> str:
    """Return why a tier without an ability is barred."""
    what = "see images" if need is Need.VISION else "use tools"
    return f"cannot {what}, and the task seems to need it"


def too_slow(seconds: float, limit: float) -> str:
    """Return why a tier is too slow for the person."""
    return f"would take about {seconds:.0f} s at the speed seen; you wait {limit:g} s at most"


def by_hand(quote: Quote) -> str:
    """Return the reason for a tier that the person named, with the rule that would have passed it over."""
    against = f", although {quote.rule}" if quote.rule else ""
    return f"{quote.tier.label}: you chose it{against}."


def with_privacy(reason: str, task: Task) -> str:
    """Return the reason of a decision with the rule of the person's that kept the prompt here, if one did."""
    if not task.private_rule:
        return reason
    return f"{reason.rstrip('.')} (private by your rule {task.private_rule})."


def chosen(row: Considered) -> str:
    """Return the reason for the chosen tier."""
    return f"lowest expected cost ({format_usd(row.expected_cost)}) with a chance of {_chance(row)}"


def learned(reason: str, row: Considered, task: Task) -> str:
    """Return ``reason`` with what use has taught of the tier on such tasks, where that changed anything."""
    taught = row.quote.tier.abilities.learned.get(task.category)
    return f"{reason} ({taught})" if taught else reason


def below_floor(row: Considered, floor: float) -> str:
    """Return the reason against a tier that is not good enough for this task."""
    return f"{_chance(row)} chance of a good answer, below the {percent(floor)} asked for"


def dearer(row: Considered, winner: Considered) -> str:
    """Return the reason against a tier that would do."""
    mine, theirs = format_usd(row.expected_cost), format_usd(winner.expected_cost)
    if mine == theirs:
        return f"would do it too ({_chance(row)}), for no less ({mine})"
    return f"would do it too ({_chance(row)}), expected {mine} against {theirs}"


def part(quote: Quote, plan: Plan) -> tuple[Verdict, str] | None:
    """Return a tier's part in a cross-check, with the reason; ``None`` when it has none."""
    first, second = plan.tiers
    if plan.referee is None:
        return None
    if quote.tier.id == first.tier.id:
        return Verdict.CHOSEN, f"answers, and is checked by {second.tier.label}"
    if quote.tier.id == second.tier.id:
        return Verdict.PAIRED, f"answers too: the two agree {percent(plan.agree or 0.0)} of the time"
    if quote.tier.id == plan.referee.tier.id:
        return Verdict.REFEREE, "settles it when the two disagree"
    return None


def apart(row: Considered) -> str:
    """Return the reason against a tier when a cross-check was chosen."""
    return f"alone it has a {_chance(row)} chance at {format_usd(row.direct_cost)}; a cross-check does better"


def cross_check(plan: Plan, single: Considered) -> str:
    """Return the reason for a cross-check, as shown before sending."""
    first, second = plan.tiers
    referee = plan.referee.tier.label if plan.referee else ""
    both = f"{percent(plan.quality or 0.0)} for about {format_usd(plan.expected_cost)}"
    alone = f"{single.quote.tier.label} alone {_chance(single)} for {format_usd(single.direct_cost)}"
    return (
        f"{first.tier.label} and {second.tier.label} check each other, {referee} settles it "
        f"if they disagree ({both}; {alone})."
    )


def why(row: Considered, best: Considered, good: int, task: Task) -> str:
    """Return the reason for the whole decision, as shown before sending."""
    label, chance = row.quote.tier.label, _chance(row)
    is_best = row.quote.tier.id == best.quote.tier.id
    kind = f"this {task.category.value} task" if task.category.value != "chat" else "this"
    if is_best and (row.p_success or 0.0) < _UNLIKELY:
        return (
            f"{label}: the best that is available, but with only a {chance} chance for {kind}; "
            "a key or a local server in Settings would help."
        )
    if good == 1 and is_best:
        stakes = " and being wrong would be costly" if task.stakes is Stakes.HIGH else ""
        return f"{label}: the only one good enough for {kind} ({chance}){stakes}."
    if is_best:
        return f"{label}: cheapest of {good} that can do {kind}, and the likeliest ({chance})."
    return (
        f"{label}: cheapest of {good} that can do {kind} "
        f"({chance}; the best, {best.quote.tier.label}, {_chance(best)})."
    )


def nothing(rows: Sequence[Considered], tier_id: str | None, better_than: str | None, task: Task) -> str:
    """Return why no tier takes the task, and what to do."""
    by_id = {row.quote.tier.id: row for row in rows}
    if tier_id is not None:
        if tier_id not in by_id:
            return f"There is no tier {tier_id!r}; the tiers are: {', '.join(by_id) or 'none'}."
        return f"{by_id[tier_id].quote.tier.label} cannot take it: {by_id[tier_id].reason}."
    if better_than is not None and any(row.verdict is Verdict.DEARER for row in rows):
        return "No available tier has a better chance than the one that answered."
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
    who = "no tier on this machine" if task.private else "no tier"
    could = f" ({near.quote.tier.label}: {near.reason})" if near is not None and near.reason else ""
    return (
        f"{_images(task).capitalize()}, and {who} that can see images can take it now{could}: "
        "make one available, or remove the image."
    )


def _images(task: Task) -> str:
    return "an image is attached" if task.images == 1 else f"{task.images} images are attached"


def _nobody(verdicts: set[Verdict], ruled: Quote | None, *, private: bool) -> str:
    """Return the remedy that brings the nearest tier within reach."""
    if not verdicts:
        return "There are no tiers in the settings; add one in Settings or with: compute-broker tiers add."
    if Verdict.OVER_BUDGET in verdicts:
        return (
            "Your budget does not leave enough for any tier that could answer; raise it, or send once anyway."
        )
    if ruled is not None:
        return (
            f"Your rules pass over every tier that could answer ({ruled.tier.label}: {ruled.rule}); "
            f"choose one by hand, such as @{ruled.tier.id}, or change the rules in Settings."
        )
    if Verdict.DOES_NOT_FIT in verdicts:
        return (
            "The prompt is longer than any available tier can read; "
            "shorten it, or make a tier with a larger context available."
        )
    if private and Verdict.NOT_PRIVATE in verdicts:
        return (
            "The prompt is private and no tier on this machine can take it; "
            "switch one on, or send it as not private."
        )
    return "No tier can take it now: switch one on, enter a key in Settings, or start a local server."


def _chance(row: Considered) -> str:
    return percent(row.p_success or 0.0)
