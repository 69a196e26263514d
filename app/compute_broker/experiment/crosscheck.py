"""The policy with cross-checks on recorded answers: two cheap tiers, agreement accepted, else the referee.

Plans are made beforehand, by the policy's own formula (``broker/pairs.py``): from prices, abilities and the
prompt, never from the outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from compute_broker.broker import pairs
from compute_broker.core.ability import success_at
from compute_broker.core.decision import CrossCheck
from compute_broker.core.task import Task
from compute_broker.experiment.collection import Collection
from compute_broker.experiment.curves import Floats, policy_choices


@dataclass(frozen=True, slots=True)
class Planned:
    """What the plans at one quality floor brought: score and cost a prompt, and which went further."""

    score: Floats
    cost: Floats
    checked: NDArray[np.bool_]
    escalated: NDArray[np.bool_]
    usual: tuple[str, str, str] | None
    """The pair and the referee chosen most often."""


@dataclass(frozen=True, slots=True)
class Planner:
    """All that is needed to plan a collection's prompts at any floor; pairs are weighed once."""

    collection: Collection
    _pairs: list[list[pairs.Pair]] = field(default_factory=list)
    _referees: list[pairs.Member] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Weigh every pair for every prompt that can be compared."""
        for row, task in enumerate(self.collection.tasks):
            members = self._members(row, task)
            # As in the policy: the likeliest is the referee, the first of equals.
            referee = max(members, key=lambda each: self.collection.chance[row][each.key])
            self._referees.append(referee)
            comparable = task.checkable >= pairs.CHECKABLE
            self._pairs.append(pairs.candidates(members, referee) if comparable else [])

    def run(self, floor: float) -> Planned:
        """Return what the plans for a quality floor in (0, 1] would have brought."""
        found = self.collection
        chance, cost = np.array(found.chance), np.array(found.expected_cost, dtype=float)
        singles = policy_choices(chance, cost, floor)
        score, spent = np.empty(len(singles)), np.empty(len(singles))
        checked, escalated = np.zeros(len(singles), bool), np.zeros(len(singles), bool)
        chosen: Counter[tuple[int, int, int]] = Counter()
        for row, single in enumerate(singles):
            referee = self._referees[row]
            alone = round(cost[row, single] + (1.0 - chance[row, single]) * referee.cost)
            wanted = floor * chance[row].max()
            pair = pairs.worthwhile(self._pairs[row], alone, referee.cost, wanted, CrossCheck.AUTO)
            if pair is None:
                score[row], spent[row] = found.score[row][single], found.cost[row][single]
                continue
            chosen[pair.first, pair.second, pair.referee] += 1
            score[row], spent[row], escalated[row] = _outcome(found, row, pair)
            checked[row] = True
        usual = chosen.most_common(1)
        names = tuple(found.models[key] for key in usual[0][0]) if usual else None
        return Planned(score, spent, checked, escalated, names)  # type: ignore[arg-type] # three keys, three names

    def _members(self, row: int, task: Task) -> Sequence[pairs.Member]:
        found, difficulties = self.collection, pairs.nodes(task)
        return [
            pairs.Member(
                key,
                found.expected_cost[row][key],
                tuple(success_at(found.rows[model], task, difficulty) for difficulty in difficulties),
                pairs.family(model),
            )
            for key, model in enumerate(found.models)
        ]


def _outcome(found: Collection, row: int, pair: pairs.Pair) -> tuple[float, float, bool]:
    """Return score, cost in nano-dollars, and whether the referee was asked."""
    answer, score, cost = found.answer[row], found.score[row], found.cost[row]
    both = cost[pair.first] + cost[pair.second]
    if answer[pair.first] is not None and answer[pair.first] == answer[pair.second]:
        return score[pair.first], both, False
    return score[pair.referee], both + cost[pair.referee], True
