"""One request of the past, decided again by the policy itself, and what that would have cost.

Where the same plan comes out, what really happened stands, to the nano-dollar. Where another does, the
real usage is priced at the rates of then: the prompt as long as it was, the answer as much longer or shorter
as the two models differ in length, as it is done for the baseline (``settling.baseline_counterfactual``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from compute_broker.broker import pairs, reasons
from compute_broker.broker.choice import single
from compute_broker.broker.events import Source
from compute_broker.broker.policy import Weighed, weigh
from compute_broker.broker.screening import Rules
from compute_broker.broker.whatif.record import Members, Note, PlanNote, Row, nanos, read
from compute_broker.broker.whatif.result import LeftOut, Question
from compute_broker.core.ability import AbilityRow
from compute_broker.core.decision import Considered, CrossCheck, Mode, Plan, Verdict
from compute_broker.core.quote import Availability, Quote, State
from compute_broker.core.task import Category, Need, Stakes, Task
from compute_broker.core.tier import Place, ProviderKind, Tier
from compute_broker.ledger.past import PastRequest
from compute_broker.ledger.records import AttemptKind, RequestStatus

_OPEN = {Verdict.CHOSEN, Verdict.PAIRED, Verdict.REFEREE, Verdict.DEARER, Verdict.BELOW_FLOOR}
"""Verdicts of tiers that could have taken the task."""
_GUESSES = {reasons.lacks(need) for need in (Need.VISION, Need.TOOLS)}
"""Why a tier did not fit, where that was only guessed of the prompt: it held while another was left."""
_NEVER = {Verdict.NOT_PRIVATE, Verdict.DOES_NOT_FIT}
"""Verdicts that not even "all on one tier" passes over."""


@dataclass(frozen=True, slots=True)
class Again:
    """What would have become of a request; ``paid`` is what each tier would have been paid for the answer.

    ``tier`` is empty where it would not have been asked, since its question had an answer already.
    ``moved`` says whether anything would be otherwise. ``sd`` is how unsure the ability of ``tier`` is, in
    logits. ``rough``: the cost is scaled from what was expected.
    """

    moved: bool
    tier: str
    cost: int
    paid: tuple[tuple[str, int], ...]
    chance: float
    sd: float
    was_chance: float
    was_sd: float
    rough: bool = False


_NOT_ASKED = Again(moved=True, tier="", cost=0, paid=(), chance=0.0, sd=0.0, was_chance=0.0, was_sd=0.0)
"""With everything on one tier, there is no other one to ask after it; savings count the baseline once too."""


def again(request: PastRequest, question: Question) -> Again | LeftOut:
    """Return what ``question`` makes of a request, or why it stays as it was."""
    settled = _settled(request)
    if settled is not None:
        return settled
    if question.all_on is not None and request.again:
        return _NOT_ASKED
    note = read(request.decision_json)
    was = None if note is None else _chance_then(note)
    if note is None or was is None:
        return LeftOut.NOT_KEPT
    if question.all_on is not None:
        return _all_on(request, note, was, question.all_on)
    if note.by_hand:
        return LeftOut.BY_HAND
    return _decided(request, note, was, question)


def _settled(request: PastRequest) -> LeftOut | None:
    """Return why nothing can be said of a request, whatever is asked."""
    if request.source == Source.EXPERIMENT:
        return LeftOut.EXPERIMENT
    if not RequestStatus(request.status).has_answer or request.answered_by is None:
        return LeftOut.UNANSWERED
    if request.cost is None:
        return LeftOut.UNKNOWN_COST
    return LeftOut.NOT_KEPT if request.input_tokens is None or request.output_tokens is None else None


def open_rows(note: Note, question: Question) -> list[Row]:
    """Return the tiers that could have taken the task, as ``question`` changes them."""
    able = [row for row in note.considered if row.tier not in question.without]
    found = [row for row in able if row.verdict in _OPEN]
    return found or [row for row in able if _only_guessed(row)]


def weighed(note: Note, question: Question) -> Weighed:
    """Return what the policy makes of a note's tiers: the rules of then, changed by ``question``."""
    rows = [_considered(row) for row in open_rows(note, question)]
    mode, kept = _mode(note, question), note.kept
    if kept is None or not kept.pairs:
        return weigh(_task(note), rows, Rules(mode))
    when = question.cross_check or kept.cross_check
    return weigh(_task(note), rows, Rules(mode, cross_check=when), Members(kept))


def one_tier(note: Note, question: Question) -> tuple[str, float] | None:
    """Return the tier that :func:`weighed` would choose where none can check another, and its chance.

    The same arithmetic without its papers: a year may have a million requests.
    """
    rows = open_rows(note, question)
    if not rows:
        return None
    chances = [row.p_success or 0.0 for row in rows]
    share = 1.0 if note.stakes is Stakes.HIGH else _mode(note, question).floor
    at = single(chances, [nanos(row.direct_cost_usd) for row in rows], share).chosen
    return rows[at].tier, chances[at]


def _mode(note: Note, question: Question) -> Mode:
    return question.mode or Mode(note.mode, note.quality_floor)


def _only_guessed(row: Row) -> bool:
    """Return whether a tier was barred by a guess, which would not have barred the last one left."""
    return row.verdict is Verdict.TOO_SLOW or row.reason in _GUESSES


def _considered(row: Row) -> Considered:
    """Return an open tier as screening would have."""
    cost = nanos(row.direct_cost_usd)
    return Considered(_bare_quote(row.tier), Verdict.DEARER, "", row.p_success, None, cost)


def _decided(
    request: PastRequest, note: Note, was: tuple[float, float], question: Question
) -> Again | LeftOut:
    if not _concerns(note, question):
        return _as_it_was(request, was)
    if note.plan is not None and note.plan.referee is not None and note.kept is None:
        return LeftOut.NOT_KEPT
    would = _would(note, question)
    if would is None:
        return LeftOut.NOBODY
    shares, chance = would
    if note.plan is not None and tuple(tier for tier, _ in shares) == _asked(note.plan):
        return _as_it_was(request, was)
    return _elsewhere(request, note, was, shares, chance)


def _would(note: Note, question: Question) -> tuple[list[tuple[str, float]], float] | None:
    """Return the tiers of the plan, each with the share of times it is asked, and the plan's chance."""
    if note.kept is None or not note.kept.pairs:
        one = one_tier(note, question)
        return None if one is None else ([(one[0], 1.0)], one[1])
    found = weighed(note, question)
    return None if found.plan is None else (_shares(found.plan), _chance(found))


def _shares(plan: Plan) -> list[tuple[str, float]]:
    tiers = [(quote.tier.id, 1.0) for quote in plan.tiers]
    if plan.referee is not None:
        tiers.append((plan.referee.tier.id, 1.0 - (plan.agree or 0.0)))
    return tiers


def _chance(found: Weighed) -> float:
    if found.plan is not None and found.plan.quality is not None:
        return found.plan.quality
    return (found.chosen.p_success or 0.0) if found.chosen is not None else 0.0


def _concerns(note: Note, question: Question) -> bool:
    """Return whether the question changes anything that this decision rested on."""
    if any(row.tier in question.without and row.verdict in _OPEN for row in note.considered):
        return True
    if question.mode is None:
        return False
    if question.mode.floor != note.quality_floor:
        return True
    then = note.kept.cross_check if note.kept is not None else CrossCheck.OFF
    return (question.cross_check or then) is not then


def _all_on(request: PastRequest, note: Note, was: tuple[float, float], tier: str) -> Again | LeftOut:
    row = note.row(tier)
    if row is None or row.verdict in _NEVER or row.direct_cost_usd is None or row.p_success is None:
        return LeftOut.NOBODY
    if note.plan is not None and note.plan.tiers == (tier,) and request.answered_by == tier:
        return _as_it_was(request, was)
    if tier == request.baseline_tier and request.baseline_cost is not None:
        cost = _deciding(request) + request.baseline_cost
        paid = ((tier, request.baseline_cost),)
        return Again(True, tier, cost, paid, row.p_success, note.sd(tier), *was)  # noqa: FBT003 - moved
    return _elsewhere(request, note, was, [(tier, 1.0)], row.p_success)


def _as_it_was(request: PastRequest, was: tuple[float, float]) -> Again:
    tier = request.answered_by or ""
    return Again(False, tier, request.cost or 0, (), *was, *was)  # noqa: FBT003 - not moved


def _elsewhere(
    request: PastRequest,
    note: Note,
    was: tuple[float, float],
    tiers: list[tuple[str, float]],
    chance: float,
) -> Again:
    """Return the request as tiers would have answered it, each with the share of times it is asked."""
    paid, rough = [], False
    for tier, share in tiers:
        cost, scaled = _cost_at(request, note, tier)
        paid.append((tier, math.ceil(cost * share) if share < 1.0 else cost))
        rough = rough or scaled
    cost = _deciding(request) + sum(each for _, each in paid)
    first = tiers[0][0]
    return Again(True, first, cost, tuple(paid), chance, note.sd(first), *was, rough=rough)  # noqa: FBT003 - moved


def _cost_at(request: PastRequest, note: Note, tier: str) -> tuple[int, bool]:
    """Return what the real usage would have cost at ``tier``, and whether that is only scaled."""
    prompt, length = request.input_tokens or 0, request.output_tokens or 0
    offers = note.kept.tiers if note.kept is not None else {}
    there, used = offers.get(tier), offers.get(request.answered_by or "")
    if there is None or used is None:
        return _scaled(request, note, tier), True
    ratio = there.verbosity / max(used.verbosity, 0.01)
    warm = note.kept.warm if note.kept is not None else None
    cached = min(warm[1], prompt) if warm is not None and warm[0] == tier else 0
    return there.cost(prompt, min(round(length * ratio), there.longest), cached), False


def _scaled(request: PastRequest, note: Note, tier: str) -> int:
    """Return the expected cost, scaled as the tokens used are to those expected (before any verbosity)."""
    row = note.row(tier)
    direct = nanos(row.direct_cost_usd) if row is not None else None
    expected = note.prompt_tokens + note.expected_output_tokens
    used = (request.input_tokens or 0) + (request.output_tokens or 0)
    return (direct or 0) * used // expected if expected else direct or 0


def _deciding(request: PastRequest) -> int:
    """Return what reading the prompt cost: that would have been paid all the same."""
    return sum(paid.cost or 0 for paid in request.paid if paid.kind is AttemptKind.DECIDING)


def _chance_then(note: Note) -> tuple[float, float] | None:
    """Return the chance that the plan of then had, and how unsure its first tier's ability was."""
    plan = note.plan
    if plan is None:
        return None
    row = note.row(plan.tiers[0])
    chance = plan.p_success if plan.referee is not None else row.p_success if row is not None else None
    return None if chance is None else (chance, note.sd(plan.tiers[0]))


def _asked(plan: PlanNote) -> tuple[str, ...]:
    """Return the tiers of a plan, the referee last."""
    return plan.tiers if plan.referee is None else (*plan.tiers, plan.referee)


def _task(note: Note) -> Task:
    checkable = note.kept.checkable if note.kept is not None else 0.0
    return Task(
        Category(note.category), 0.0, 0.0, note.stakes, note.prompt_tokens, note.expected_output_tokens,
        checkable=max(checkable, pairs.CHECKABLE) if checkable else 0.0,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _bare_quote(tier: str) -> Quote:
    """Return a quote that only names its tier: the figures of then stand in the note."""
    nothing = AbilityRow({})
    named = Tier(tier, tier, Place.CLOUD, ProviderKind.OPENAI, "", nothing)
    return Quote(named, Availability(State.READY, "", datetime(1970, 1, 1, tzinfo=UTC)), None)
