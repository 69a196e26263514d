"""What answers teach of an ability: a Bayesian update on the scale of difficulty.

The table's ability is the prior, N(mean, sd^2) with sd at most :data:`PRIOR_SD`; each lesson is a success or
a failure on a task of known difficulty, weighted by how much it says:

    log posterior = -(a - mean)^2 / (2 sd^2) + sum w [y log p + (1 - y) log(1 - p)],  p = sigmoid(k (a - d))

which is concave; Newton's steps find its top. The prior is strong, one day counts for :data:`MOST_A_DAY`
thumbs at most, and no ability moves further than :data:`FARTHEST`: one bad day banishes nobody.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compute_broker.core.ability import Ability, sigmoid

SLOPE = 0.75
"""k: the classifier's slope (0.9), flattened by its error of difficulty (1.2 logits) as in core/ability."""
PRIOR_SD = 0.6
"""Logits. A table's wider doubt is about a model in general, no leave for one person's taste to move it."""
MOST_A_DAY = 3.0
FARTHEST = 1.0
"""Logits: about the distance between two generations of one family."""
HALF_LIFE_DAYS = 90.0
"""How long until a lesson counts half: providers change models under one name."""
_STEPS = 12
_NEAR_ENOUGH = 1e-10
"""Logits. Newton's steps shrink quadratically: four or five are the rule."""

LENGTH_PRIOR = 6.0
"""How many answers the table's verbosity is worth against those seen."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One lesson: was a task of this difficulty done well, how much does it say, how many days ago."""

    difficulty: float
    good: bool
    weight: float
    days_ago: int


@dataclass(frozen=True, slots=True)
class Taught:
    """An ability after its lessons, and their plain counts: thumbs of every kind."""

    ability: Ability
    shift: float
    good: int
    total: int


def taught(prior: Ability, lessons: Iterable[Evidence]) -> Taught:
    """Return the ability that ``lessons`` leave of ``prior``; their order does not matter."""
    found = list(lessons)
    weighted = _weighted(found)
    sd = min(prior.sd, PRIOR_SD)
    at = prior.mean
    for _ in range(_STEPS):
        slope, bend = (prior.mean - at) / sd**2, 1.0 / sd**2
        for lesson, weight in weighted:
            p = sigmoid(SLOPE * (at - lesson.difficulty))
            slope += weight * SLOPE * (float(lesson.good) - p)
            bend += weight * SLOPE**2 * p * (1.0 - p)
        step = max(-1.0, min(slope / bend, 1.0))
        at += step
        if abs(step) < _NEAR_ENOUGH:
            break
    shift = max(-FARTHEST, min(at - prior.mean, FARTHEST))
    known = sum(
        weight * SLOPE**2 * _variance(sigmoid(SLOPE * (at - lesson.difficulty)))
        for lesson, weight in weighted
    )
    # What is learned narrows the doubt, whatever of it the prior's cap did not count.
    sd_after = prior.sd / math.sqrt(1.0 + prior.sd**2 * known)
    good = sum(lesson.good for lesson in found)
    return Taught(Ability(prior.mean + shift, sd_after), shift, good, len(found))


def learned_verbosity(prior: float, count: int, mean_log: float) -> float:
    """Return the verbosity after ``count`` answers with a mean ln(actual / expected) of ``mean_log``."""
    share = count / (count + LENGTH_PRIOR)
    return math.exp((1.0 - share) * math.log(max(prior, 0.01)) + share * mean_log)


def _weighted(found: Sequence[Evidence]) -> list[tuple[Evidence, float]]:
    """Return the lessons with their weights: faded with time, and no day above its most."""
    by_day: dict[int, float] = {}
    for lesson in found:
        by_day[lesson.days_ago] = by_day.get(lesson.days_ago, 0.0) + lesson.weight
    return [
        (
            lesson,
            lesson.weight
            * min(1.0, MOST_A_DAY / by_day[lesson.days_ago])
            * 0.5 ** (max(0, lesson.days_ago) / HALF_LIFE_DAYS),
        )
        for lesson in found
    ]


def _variance(p: float) -> float:
    return p * (1.0 - p)
