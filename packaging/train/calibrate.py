"""Calibration: slope and uncertainty that make predicted chances true on prompts left out."""

from __future__ import annotations

import fit
import numpy as np
from corpus import Item
from numpy.typing import NDArray
from scipy import sparse

from compute_broker.classify.base import Classifier
from compute_broker.core.ability import Ability, AbilityRow, success_probability
from compute_broker.core.task import Category
from compute_broker.market.abilities import model_key

FITTED_SD = 0.2
"""The uncertainty of an ability fitted to hundreds of prompts."""


def crossed(
    x: sparse.csr_matrix,
    y: NDArray[np.float64],
    weights: NDArray[np.float64],
    folds: NDArray[np.int64],
    alpha: float,
) -> NDArray[np.float64]:
    """Return predictions for every row by a model that saw none of its fold."""
    predicted = np.zeros(len(y))
    for fold in np.unique(folds):
        inside = folds == fold
        predicted[inside] = fit.fit_line(x[~inside], y[~inside], weights[~inside], alpha).predict(x[inside])
    return predicted


def calibrated(
    items: list[Item],
    keys: dict[str, str],
    abilities: dict[str, dict[str, float]],
    predicted: NDArray[np.float64],
    raw: NDArray[np.float64],
    noise: NDArray[np.float64],
) -> tuple[float, float]:
    """Return the slope, and what to add to the log sd, that make recorded outcomes likeliest.

    ``raw`` are logs of absolute residuals, whose mean lies below the log of the sd; ``noise`` is the variance of
    the difficulties themselves. Both are searched on a grid: the optimum is flat.
    """
    del noise  # the search finds the sd that fits outcomes, whatever it is made of
    pairs = [
        (n, abilities[keys[model]][item.category or "knowledge"], score)
        for n, item in enumerate(items)
        for model, score in item.scores.items()
    ]
    who, ability, score = (np.array(part) for part in zip(*pairs, strict=True))
    who = who.astype(int)
    centre = float(raw[: len(items)].mean())
    best = (float("inf"), 1.0, 0.0)
    for slope in (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3):
        for sd in (0.6, 0.9, 1.2, 1.5, 1.8, 2.2):
            logit = (
                slope
                * (ability - predicted[who])
                / np.sqrt(1 + np.pi / 8 * slope**2 * (sd**2 + FITTED_SD**2))
            )
            loss = float(np.mean(np.logaddexp(0, logit) - score * logit))
            best = min(best, (loss, slope, float(np.log(sd)) - centre))
    return best[1], best[2]


def expected_calibration_error(
    classifier: Classifier, items: list[Item], abilities: dict[str, dict[str, float]], bins: int = 10
) -> float:
    """Return the ECE over all models and prompts of ``items``, in equal-width bins."""
    rows = {
        model: AbilityRow({c: Ability(abilities[model_key(model)][c.value], FITTED_SD) for c in Category})
        for model in items[0].scores
    }
    told, came = [], []
    for item in items:
        task = classifier.classify(item.text)
        for model, score in item.scores.items():
            told.append(success_probability(rows[model], task))
            came.append(score)
    p, y = np.array(told), np.array(came)
    place = np.minimum((p * bins).astype(int), bins - 1)
    return round(float(sum(abs(p[place == b].sum() - y[place == b].sum()) for b in range(bins)) / len(p)), 4)
