"""Cross-checks on recorded answers: two cheap tiers answer, agreement is accepted, else a better is asked.

The pair is chosen beforehand: from prices, abilities and the tasks alone, never from the outcomes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from compute_broker.experiment.collection import Collection
from compute_broker.experiment.curves import Floats

CHECKABLE = 0.5
"""Below this chance that two answers can be compared, no cross-check is tried."""

SHARED_MISTAKE = 0.12
"""How often two wrong answers are the same wrong answer. In recorded GSM8K and MATH runs of unrelated
models 0.08 to 0.2; of one family about half as much again."""
KIN_MISTAKE = 0.35
TARGET = 0.99
"""The predicted quality, as a share of the best tier's, that a pair must keep."""


LEAST_SAVING = 0.15
"""A pair must promise to save this much: two answers are more trouble than one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two first tiers and the referee, as columns, with what was predicted of them."""

    first: int
    second: int
    referee: int
    quality: float
    cost: float


@dataclass(frozen=True, slots=True)
class CrossChecked:
    """What the plan would have brought: score and cost a prompt, and which prompts went further."""

    score: Floats
    cost: Floats
    checked: NDArray[np.bool_]
    escalated: NDArray[np.bool_]


def family(model: str) -> str:
    """Return the maker's word in a model's name, the measure of kinship: ``qwen``, ``claude``, ``llama``."""
    name = model.lower().rsplit("/", 1)[-1]
    found = re.search(
        r"claude|gpt|gemini|gemma|llama|qwen|deepseek|mistral|mixtral|kimi|glm|phi|smollm", name
    )
    if found is None:
        return re.split(r"[-_.\d]", name)[0]
    return {"mixtral": "mistral", "gemma": "gemini"}.get(found[0], found[0])


def choose_pair(collection: Collection) -> Pair | None:
    """Return the cheapest pair, as predicted, that keeps the quality; the likeliest best is referee.

    ``None`` when no pair promises to be cheaper than the referee alone. Where no pair keeps ``TARGET``,
    the one of the best predicted quality is taken, if it promises to save.
    """
    chance, cost = np.array(collection.chance), np.array(collection.expected_cost, dtype=float)
    referee = int(chance.mean(0).argmax())
    alone = float(cost[:, referee].mean())
    pairs = []
    for a, b in combinations([n for n in range(len(collection.models)) if n != referee], 2):
        first, second = sorted((a, b), key=lambda n: (-chance[:, n].mean(), cost[:, n].mean()))
        pair = _predicted(collection.models, chance, cost, first, second, referee)
        if pair.cost < (1.0 - LEAST_SAVING) * alone:
            pairs.append(pair)
    floor = TARGET * float(chance[:, referee].mean())
    good = [pair for pair in pairs if pair.quality >= floor]
    if good:
        return min(good, key=lambda pair: pair.cost)
    return max(pairs, key=lambda pair: pair.quality, default=None)


def _predicted(
    models: list[str], chance: Floats, cost: Floats, first: int, second: int, referee: int
) -> Pair:
    both_wrong_same = KIN_MISTAKE if family(models[first]) == family(models[second]) else SHARED_MISTAKE
    p, q, r = chance[:, first], chance[:, second], chance[:, referee]
    agree_right, agree_wrong = p * q, (1 - p) * (1 - q) * both_wrong_same
    differ = 1.0 - agree_right - agree_wrong
    quality = agree_right + differ * r * 0.9
    total = cost[:, first] + cost[:, second] + differ * cost[:, referee]
    return Pair(first, second, referee, float(quality.mean()), float(total.mean()))


def cross_check(collection: Collection, pair: Pair) -> CrossChecked:
    """Run the plan on the recorded answers; prompts that cannot be compared go to the referee alone."""
    score, cost = np.array(collection.score), np.array(collection.cost, dtype=float)
    checked = np.array([task.checkable >= CHECKABLE for task in collection.tasks])
    agree = np.array(
        [row[pair.first] is not None and row[pair.first] == row[pair.second] for row in collection.answer]
    )
    accepted = checked & agree
    spent = np.where(checked, cost[:, pair.first] + cost[:, pair.second], 0.0)
    return CrossChecked(
        score=np.where(accepted, score[:, pair.first], score[:, pair.referee]),
        cost=spent + np.where(accepted, 0.0, cost[:, pair.referee]),
        checked=checked,
        escalated=checked & ~agree,
    )
