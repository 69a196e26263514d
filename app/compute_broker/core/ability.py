"""Abilities on the difficulty scale, and the chance of success (item response theory).

P(success) = sigmoid(slope x (ability - difficulty)), averaged over what is not known of either by
the usual probit approximation (MacKay 1992): the logit is shrunk by sqrt(1 + pi/8 x variance).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from compute_broker.core.task import Category, Task
from compute_broker.core.texts import tr


@dataclass(frozen=True, slots=True)
class Ability:
    """What a tier can do in one category, in logits, with its standard deviation."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class AbilityRow:
    """The abilities of one model at one effort, with the evidence for them.

    ``verbosity`` multiplies the task's expected output tokens: thinking and chatty models spend
    several times the tokens of a terse one, and a cheaper token is not a cheaper task.
    ``estimated`` marks a row that comes from the rule for unknown models.
    """

    abilities: Mapping[Category, Ability]
    verbosity: float = 1.0
    source: str = ""
    as_of: str = ""
    estimated: bool = False
    vision: bool = False
    tools: bool = False
    current_facts: bool = False
    context_tokens: int | None = field(default=None)
    learned: Mapping[Category, str] = field(default_factory=dict)
    """What use has taught that changed this row, in words."""

    def ability(self, category: Category) -> Ability:
        """Return the ability in ``category``.

        Raises:
            KeyError: the row has no figure for it; tables are complete by construction.
        """
        return self.abilities[category]


def corrected(row: AbilityRow, corrections: Mapping[Category, Ability]) -> AbilityRow:
    """Return ``row`` with the person's own figures in place of the table's."""
    if not corrections:
        return row
    return replace(
        row,
        abilities={**row.abilities, **corrections},
        source=tr("{source}; corrected by you", source=row.source),
    )


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + e^-logit), without overflow at either end."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    growth = math.exp(logit)
    return growth / (1.0 + growth)


def success_probability(row: AbilityRow, task: Task) -> float:
    """Return the chance in (0, 1) that a tier with this row does ``task`` well."""
    return sum(
        weight * _success(row.ability(category), task.slope, task.difficulty, task.difficulty_sd)
        for category, weight in task.weights()
    )


def success_at(row: AbilityRow, task: Task, difficulty: float) -> float:
    """Return the chance in (0, 1) if the task's difficulty were exactly ``difficulty`` (logits)."""
    return sum(
        weight * _success(row.ability(category), task.slope, difficulty, 0.0)
        for category, weight in task.weights()
    )


def _success(ability: Ability, slope: float, difficulty: float, difficulty_sd: float) -> float:
    logit = slope * (ability.mean - difficulty)
    variance = slope**2 * (ability.sd**2 + difficulty_sd**2)
    return sigmoid(logit / math.sqrt(1.0 + math.pi / 8.0 * variance))
