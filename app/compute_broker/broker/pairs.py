"""Second opinions: which two cheap tiers should check each other, and what that is expected to bring.

Two tiers answer; where their answers agree, the answer is accepted; where not, the referee decides. With p, q
and r the chances of the two and of the referee at one difficulty, and m the chance that two wrong answers are
the same wrong answer:

    right = p q + (1 - agree) r        agree = p q + (1 - p)(1 - q) m
    cost  = first + second + (1 - agree) x referee

both averaged over what is not known of the difficulty (Gauss-Hermite, five points): a prompt that is hard for
one tier is hard for the others, and that is when the referee is asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from compute_broker.core.ability import success_at
from compute_broker.core.decision import CrossCheck
from compute_broker.core.quote import Quote
from compute_broker.core.task import Task
from compute_broker.core.tier import Tier

CHECKABLE = 0.5
"""Below this chance that two answers can be compared, no cross-check is tried."""

SHARED_MISTAKE = 0.12
KIN_MISTAKE = 0.35
"""How often two wrong answers are the same wrong answer. In recorded GSM8K and MATH runs of unrelated models
0.08 to 0.2, of one family about half as much again; kin is set higher, for kinship the name does not show."""

LEAST_SAVING = 0.15
"""A pair must promise to be this much cheaper than the best single tier: two answers take longer than one."""

_TOLERANCE = 1e-9

_NODES = (
    (-2.856970013872806, 0.011257411327720691),
    (-1.355626179974266, 0.22207592200561266),
    (0.0, 0.5333333333333333),
    (1.355626179974266, 0.22207592200561266),
    (2.856970013872806, 0.011257411327720691),
)
"""Nodes and weights of the five-point Gauss-Hermite rule for a standard normal (Abramowitz and Stegun)."""


@dataclass(frozen=True, slots=True)
class Member:
    """A tier that may take part: its cost for this task in nano-dollars and its chances at each node."""

    key: int
    cost: int
    chances: tuple[float, ...]
    family: str
    server: str = ""
    """The server that would have to answer both at once; empty where that is no trouble."""

    @property
    def chance(self) -> float:
        """The chance of success over the whole difficulty."""
        return _mean(self.chances)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two members and their referee, by key, with what is expected: chances, and nano-dollars in the mean."""

    first: int
    second: int
    referee: int
    quality: float
    agree: float
    cost: int


def nodes(task: Task) -> list[float]:
    """Return the difficulties, in logits, at which chances are taken."""
    return [task.difficulty + node * task.difficulty_sd for node, _ in _NODES]


def member(key: int, quote: Quote, cost: int, task: Task) -> Member:
    """Return ``quote`` as a member of pairs for ``task``; ``cost`` is its direct cost in nano-dollars."""
    chances = tuple(success_at(quote.tier.abilities, task, difficulty) for difficulty in nodes(task))
    return Member(key, cost, chances, family(quote.tier.model), _crowded(quote.tier))


def candidates(members: Sequence[Member], referee: Member) -> list[Pair]:
    """Return every pair that could check each other before ``referee``, the likelier of the two first."""
    return [expected(first, second, referee) for first, second in _couples(members, referee)]


def _couples(members: Sequence[Member], referee: Member) -> Iterator[tuple[Member, Member]]:
    """Yield all who could check each other, the likelier of the two first."""
    ranked = [(each.chance, each) for each in members if each.key != referee.key]
    for (chance, one), (other_chance, other) in combinations(ranked, 2):
        if one.server and one.server == other.server:
            continue
        yield (one, other) if chance >= other_chance else (other, one)


def worthwhile(
    pairs: Sequence[Pair], single_cost: int, redo_cost: int, floor: float, when: CrossCheck
) -> Pair | None:
    """Return the pair to take instead of a single tier; ``None`` when none is worth it.

    ``single_cost`` is the single choice's expected cost, ``redo_cost`` what doing a failure over again
    costs, both in nano-dollars; ``floor`` is the chance of success asked for.
    """
    if when is CrossCheck.OFF or not pairs:
        return None

    def total(pair: Pair) -> float:
        return pair.cost + (1.0 - pair.quality) * redo_cost

    good = [pair for pair in pairs if pair.quality >= floor - _TOLERANCE]
    found = min(good, key=total, default=None)
    if when is CrossCheck.ALWAYS:
        return found or max(pairs, key=lambda pair: pair.quality)
    if found is None or total(found) > dearest(single_cost):
        return None
    return found


def dearest(single_cost: int) -> float:
    """Return what a pair may cost at most, in nano-dollars, to be taken instead of a single tier."""
    return (1.0 - LEAST_SAVING) * single_cost


def cheapest(
    members: Sequence[Member], referee: Member, single_cost: int, redo_cost: int, floor: float
) -> Pair | None:
    """Return what :func:`worthwhile` returns of all :func:`candidates` in ``AUTO``, weighing few of them.

    A pair costs no less than its two answers: whoever is too dear by these alone cannot win.
    """
    most, best = dearest(single_cost), None
    affordable = [each for each in members if each.cost <= most]
    for first, second in _couples(affordable, referee):
        if first.cost + second.cost > most:
            continue
        pair = expected(first, second, referee)
        total = pair.cost + (1.0 - pair.quality) * redo_cost
        if pair.quality >= floor - _TOLERANCE and total <= most and (best is None or total < most):
            most, best = total, pair
    return best


def expected(first: Member, second: Member, referee: Member) -> Pair:
    """Return what is expected when ``first`` and ``second`` check each other and ``referee`` decides."""
    same = KIN_MISTAKE if first.family == second.family else SHARED_MISTAKE
    agree = right = 0.0
    for (_, weight), p, q, r in zip(_NODES, first.chances, second.chances, referee.chances, strict=True):
        both = p * q
        accord = both + (1.0 - p) * (1.0 - q) * same
        agree += weight * accord
        right += weight * (both + (1.0 - accord) * r)
    cost = first.cost + second.cost + math.ceil((1.0 - agree) * referee.cost)
    return Pair(first.key, second.key, referee.key, right, agree, cost)


def family(model: str) -> str:
    """Return the maker's word in a model's name, the measure of kinship: ``qwen``, ``claude``, ``llama``."""
    name = model.lower().rsplit("/", 1)[-1]
    found = re.search(
        r"claude|gpt|gemini|gemma|llama|qwen|deepseek|mistral|mixtral|kimi|glm|phi|smollm", name
    )
    if found is None:
        return re.split(r"[-_.\d]", name)[0]
    return {"mixtral": "mistral", "gemma": "gemini"}.get(found[0], found[0])


def _crowded(tier: Tier) -> str:
    """Return the server on this machine that would load and serve both models at once."""
    return tier.base_url if tier.on_this_machine else ""


def _mean(values: Sequence[float]) -> float:
    return sum(weight * value for (_, weight), value in zip(_NODES, values, strict=True))
