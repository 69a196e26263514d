"""The item-response model: one difficulty a prompt, one ability a model and category.

P(success) = sigmoid(ability[model, category] - difficulty[prompt]), fitted to all collections at once by
penalised likelihood (normal priors), so that prompts answered by few models shrink to their mean. The
scale is pinned by the model that is in every collection: its ability is 0 in every category.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from corpus import CATEGORIES, Item
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

ANCHOR = "llama-3-1-8-b"
PRIOR_DIFFICULTY_SD = 2.5
PRIOR_SPREAD_SD = 0.7
"""How far a model's ability in one category lies from its mean over categories, a priori."""


@dataclass
class Fit:
    """Difficulties with their posterior variances (in item order), and abilities with counts."""

    difficulty: NDArray[np.float64]
    variance: NDArray[np.float64]
    abilities: dict[str, dict[str, float]]
    counts: dict[str, dict[str, int]]


def fit(items: list[Item], key: dict[str, str]) -> Fit:
    """Fit difficulties and abilities; ``key`` maps a collection's model names to normal form."""
    models = sorted({key[model] for item in items for model in item.scores})
    index = {model: place for place, model in enumerate(models)}
    rows = [
        (i, index[key[model]], CATEGORIES.index(item.category or "knowledge"), score)
        for i, item in enumerate(items)
        for model, score in item.scores.items()
    ]
    who = np.array([row[1] for row in rows])
    what = np.array([row[0] for row in rows])
    kind = np.array([row[2] for row in rows])
    score = np.array([row[3] for row in rows])
    count, width, size = len(models), len(CATEGORIES), len(items)
    source = np.unique([item.source for item in items], return_inverse=True)[1]

    def unpack(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        general = x[:count]
        spread = x[count : count + count * width].reshape(count, width)
        level = x[count + count * width : count + count * width + source.max() + 1]
        return general, spread, level, x[-size:]

    pinned = index[ANCHOR]

    def loss(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        general, spread, level, own = unpack(x)
        ability = general[:, None] + spread
        logit = ability[who, kind] - level[source][what] - own[what]
        value = np.sum(np.logaddexp(0, logit) - score * logit)
        slope = expit(logit) - score
        g_spread = np.zeros_like(spread)
        np.add.at(g_spread, (who, kind), slope)
        g_general = g_spread.sum(1) + general / 9.0
        g_own = -np.bincount(what, slope, size)
        g_level = np.bincount(source, g_own, level.size) + level / 25.0
        value += (own**2).sum() / (2 * PRIOR_DIFFICULTY_SD**2) + (spread**2).sum() / (2 * PRIOR_SPREAD_SD**2)
        value += (general**2).sum() / 18.0 + (level**2).sum() / 50.0
        g_own += own / PRIOR_DIFFICULTY_SD**2
        g_spread += spread / PRIOR_SPREAD_SD**2
        g_general[pinned] = 0.0
        g_spread[pinned] = 0.0
        return float(value), np.concatenate([g_general, g_spread.ravel(), g_level, g_own])

    start = np.zeros(count + count * width + source.max() + 1 + size)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400})
    general, spread, level, own = unpack(best.x)
    difficulty = level[source] + own
    ability = general[:, None] + spread
    p = expit(ability[who, kind] - difficulty[what])
    information = np.bincount(what, p * (1 - p), size) + 1 / PRIOR_DIFFICULTY_SD**2
    return Fit(
        difficulty,
        1 / information,
        {
            model: dict(zip(CATEGORIES, map(float, ability[place]), strict=True))
            for model, place in index.items()
        },
        {
            model: {c: int(np.sum((who == place) & (kind == n))) for n, c in enumerate(CATEGORIES)}
            for model, place in index.items()
        },
    )
