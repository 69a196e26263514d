"""Choosing: a pure function from a task and a snapshot to a decision with its reasons.

Among the tiers that are on, up, fitting, allowed and affordable, take the one with the lowest
*expected* cost whose chance of success is at least ``floor`` times the best available one's:

    expected = direct + (1 - P) x direct cost of the best tier

where ``direct`` counts each tier's own expected tokens (its verbosity) at its quoted price, and the
second term is the price of doing a failure over again. High stakes raise the floor to the best. Where two
answers can be compared, two cheap tiers that check each other (``pairs``) are weighed against that choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from compute_broker.broker import pairs, reasons
from compute_broker.broker.choice import TOLERANCE, cost_order, single, with_redo
from compute_broker.broker.screening import Rules, expected_seconds, expected_usage, screened
from compute_broker.core.decision import (
    Considered,
    CrossCheck,
    Decision,
    Mode,
    Plan,
    PlanKind,
    Verdict,
)
from compute_broker.core.quote import Quote, Snapshot
from compute_broker.core.task import Stakes, Task
from compute_broker.core.texts import tr

__all__ = ["Rules", "Weighed", "baseline_cost", "decide", "weigh"]

MemberOf = Callable[[int, Quote, int, Task], pairs.Member]
"""How a tier comes to be a member of pairs: its key, its quote, its direct cost, the task."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A choice without its words: the rows by tier, what is open at ``DEARER``, redo costs counted in.

    ``chosen`` and ``plan`` are ``None`` when no tier may or can take the task.
    """

    rows: dict[str, Considered]
    best: Considered | None
    floor: float
    chosen: Considered | None
    plan: Plan | None


def decide(task: Task, snapshot: Snapshot, rules: Rules) -> Decision:
    """Return the decision for ``task``; its plan is ``None`` when no tier may or can take it."""
    weighed = weigh(task, screened(task, snapshot, rules), rules)
    rows, best, floor = weighed.rows, weighed.best, weighed.floor
    chosen, plan = weighed.chosen, weighed.plan
    if chosen is None or plan is None:
        return _nothing(task, snapshot, rules, tuple(rows.values()))
    final = tuple(_judge(row, chosen, plan, floor, task) for row in rows.values())
    return Decision(
        task=task,
        mode=rules.mode,
        plan=plan,
        fallbacks=_fallbacks(rows, plan, floor, rules),
        considered=final,
        reason=reasons.with_privacy(_why(chosen, best, plan, final, task, rules), task),
        expected_cost=chosen.direct_cost if plan.expected_cost is None else plan.expected_cost,
        baseline=snapshot.quotes.get(rules.baseline_id or ""),
        baseline_cost=baseline_cost(task, snapshot, rules),
    )


def weigh(
    task: Task, found: Iterable[Considered], rules: Rules, member_of: MemberOf = pairs.member
) -> Weighed:
    """Choose among screened tiers: the same for a prompt that comes and for one that is looked back on.

    ``found`` is as :func:`~compute_broker.broker.screening.screened` returns it.
    """
    found = list(found)
    able = [row for row in found if row.verdict is Verdict.DEARER]
    if not able:
        return Weighed({row.quote.tier.id: _with_redo(row, 0) for row in found}, None, 0.0, None, None)
    bare = single([_p(row) for row in able], [row.direct_cost for row in able], _share(task, rules.mode))
    best = able[bare.best]
    rows = {row.quote.tier.id: _with_redo(row, best.direct_cost or 0) for row in found}
    chosen = _chosen(rows, able[bare.chosen].quote.tier.id, rules)
    if chosen is None:
        return Weighed(rows, best, bare.floor, None, None)
    plan = _second_opinion(task, rows, chosen, best, bare.floor, rules, member_of)
    return Weighed(rows, best, bare.floor, chosen, plan or Plan(PlanKind.SINGLE, (chosen.quote,)))


def baseline_cost(task: Task, snapshot: Snapshot, rules: Rules) -> int | None:
    """Return what the baseline tier would be expected to cost; ``None`` when nobody knows.

    Had it held the whole conversation, as much of it would be in its cache: the saving is not flattered.
    """
    quote = snapshot.quotes.get(rules.baseline_id or "")
    if quote is None or quote.price is None:
        return None
    return quote.price.cost(expected_usage(task, quote, rules.warm_tokens))


def _with_redo(row: Considered, redo: int) -> Considered:
    """Add the expected cost."""
    cost = with_redo(row.direct_cost, redo, _p(row))
    return Considered(row.quote, row.verdict, row.reason, row.p_success, cost, row.direct_cost)


def _share(task: Task, mode: Mode) -> float:
    """Return the share of the best chance that is asked for: high stakes raise it to the best."""
    return 1.0 if task.stakes is Stakes.HIGH else mode.floor


def _chosen(rows: dict[str, Considered], cheapest: str, rules: Rules) -> Considered | None:
    """Return the tier that is chosen: by hand, better than another, or the ``cheapest`` good enough."""
    if rules.tier_id is not None:
        row = rows.get(rules.tier_id)
        return row if row is not None and row.verdict is Verdict.DEARER else None
    if rules.better_than in rows:
        bar = _p(rows[rules.better_than])
        better = [row for row in rows.values() if row.verdict is Verdict.DEARER and _p(row) > bar]
        return min(better, key=_cost_order, default=None)
    return rows[cheapest]


def _second_opinion(
    task: Task,
    rows: dict[str, Considered],
    chosen: Considered,
    best: Considered,
    floor: float,
    rules: Rules,
    member_of: MemberOf,
) -> Plan | None:
    """Return the cross-check that beats the single choice, if there is one."""
    if task.checkable < pairs.CHECKABLE or rules.cross_check is CrossCheck.OFF:
        return None
    if rules.tier_id is not None or rules.better_than is not None:
        return None
    able = [row for row in rows.values() if row.verdict is Verdict.DEARER]
    found = _best_pair(task, able, chosen, best, floor, rules.cross_check, member_of)
    if found is None:
        return None
    three = tuple(able[key].quote for key in (found.first, found.second, found.referee))
    if not _affordable(task, three, rules.budget_left) or _too_late(task, three, found.agree, rules):
        return None
    return Plan(PlanKind.CROSS_CHECK, three[:2], three[2], found.agree, found.quality, found.cost)


def _best_pair(
    task: Task,
    able: list[Considered],
    chosen: Considered,
    best: Considered,
    floor: float,
    when: CrossCheck,
    member_of: MemberOf,
) -> pairs.Pair | None:
    """Return the pair to take of the tiers in ``able``, its keys their places there."""
    if chosen.expected_cost is None or best.direct_cost is None:
        return None
    most = pairs.dearest(chosen.expected_cost) if when is CrossCheck.AUTO else math.inf
    members = [
        member_of(key, row.quote, row.direct_cost, task)
        for key, row in enumerate(able)
        if row.direct_cost is not None and (row.direct_cost <= most or row.quote is best.quote)
    ]
    referee = next(each for each in members if able[each.key].quote is best.quote)
    if when is CrossCheck.AUTO:
        return pairs.cheapest(members, referee, chosen.expected_cost, referee.cost, floor)
    every = pairs.candidates(members, referee)
    return pairs.worthwhile(every, chosen.expected_cost, referee.cost, floor, when)


def _affordable(task: Task, quotes: Iterable[Quote], budget_left: int | None) -> bool:
    """Return whether all of ``quotes`` could be asked within the budget."""
    ceilings = (
        quote.price.ceiling(task.prompt_tokens, quote.tier.max_output_tokens)
        for quote in quotes
        if quote.price is not None
    )
    return budget_left is None or sum(ceilings) <= budget_left


def _too_late(task: Task, quotes: tuple[Quote, ...], agree: float, rules: Rules) -> bool:
    """Return whether a cross-check would on the mean take longer than the person will wait."""
    if rules.most_seconds is None:
        return False
    first, second, referee = (expected_seconds(task, quote) or 0.0 for quote in quotes)
    return max(first, second) + (1.0 - agree) * referee > rules.most_seconds


def _judge(row: Considered, chosen: Considered, plan: Plan, floor: float, task: Task) -> Considered:
    """Give an open row its final verdict and reason."""
    if row.verdict is not Verdict.DEARER:
        return row
    judged = _verdict(row, chosen, plan, floor)
    return replace(judged, reason=reasons.learned(judged.reason, row, task))


def _verdict(row: Considered, chosen: Considered, plan: Plan, floor: float) -> Considered:
    if plan.referee is not None:
        part = reasons.part(row.quote, plan)
        if part is not None:
            return replace(row, verdict=part[0], reason=part[1])
        return replace(row, reason=reasons.apart(row))
    if row.quote.tier.id == chosen.quote.tier.id:
        return replace(row, verdict=Verdict.CHOSEN, reason=reasons.chosen(row))
    if _p(row) < floor - TOLERANCE:
        return replace(row, verdict=Verdict.BELOW_FLOOR, reason=reasons.below_floor(row, floor))
    return replace(row, reason=reasons.dearer(row, chosen))


def _fallbacks(rows: dict[str, Considered], plan: Plan, floor: float, rules: Rules) -> tuple[Quote, ...]:
    """Return the open tiers outside the plan: good enough ones by cost, then the rest, likeliest first.

    Who asked for a better tier is not given the first one, or a worse one, again.
    """
    taken = {quote.tier.id for quote in (*plan.tiers, *([plan.referee] if plan.referee else []))}
    bar = _p(rows[rules.better_than]) if rules.better_than in rows else -1.0
    others = [
        row
        for row in rows.values()
        if row.verdict is Verdict.DEARER and row.quote.tier.id not in taken and _p(row) > bar
    ]
    good = sorted((row for row in others if _p(row) >= floor - TOLERANCE), key=_cost_order)
    rest = sorted((row for row in others if _p(row) < floor - TOLERANCE), key=_p, reverse=True)
    return tuple(row.quote for row in (*good, *rest))


def _nothing(task: Task, snapshot: Snapshot, rules: Rules, rows: tuple[Considered, ...]) -> Decision:
    return Decision(
        task=task,
        mode=rules.mode,
        plan=None,
        fallbacks=(),
        considered=tuple(replace(row, reason=row.reason or tr("not asked for")) for row in rows),
        reason=reasons.with_privacy(reasons.nothing(rows, rules.tier_id, rules.better_than, task), task),
        expected_cost=None,
        baseline=snapshot.quotes.get(rules.baseline_id or ""),
        baseline_cost=baseline_cost(task, snapshot, rules),
    )


def _why(
    chosen: Considered,
    best: Considered | None,
    plan: Plan,
    rows: tuple[Considered, ...],
    task: Task,
    rules: Rules,
) -> str:
    if plan.referee is not None:
        return reasons.cross_check(plan, chosen)
    if rules.tier_id is not None:
        return reasons.by_hand(chosen.quote)
    if any(row.quote.tier.id == rules.better_than for row in rows):
        return tr(
            "{tier}: the cheapest with a better chance ({percent}).",
            tier=chosen.quote.tier.label,
            percent=reasons.percent(_p(chosen)),
        )
    good = sum(row.verdict in {Verdict.CHOSEN, Verdict.DEARER} for row in rows)
    return reasons.why(chosen, best or chosen, good, task)


def _p(row: Considered) -> float:
    return row.p_success or 0.0


def _cost_order(row: Considered) -> tuple[int, float]:
    return cost_order(row.expected_cost, _p(row))
