"""Calibration, measured: are predicted chances true on prompts that training did not see?"""

from __future__ import annotations

import numpy as np
from corpus import Item

from compute_broker.classify.base import Classifier
from compute_broker.core.ability import Ability, AbilityRow, success_probability
from compute_broker.core.task import Category
from compute_broker.market.abilities import model_key

FITTED_SD = 0.2
"""The uncertainty of an ability fitted to hundreds of prompts."""


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
