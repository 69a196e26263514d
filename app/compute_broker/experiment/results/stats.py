"""The statistics of a report: paired bootstrap, non-inferiority, agreement. Pure arithmetic on arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 10_000
FEWEST = 30
"""Fewer prompts than this bear no claim of equal quality."""

_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % percentile interval; ``nan`` where there is none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """Ratios of sums over all prompts, and over each resample (one row a resample)."""

    values: Floats
    resampled: Floats

    def estimate(self, column: int) -> Estimate:
        """Return one of the ratios with its interval."""
        return interval(float(self.values[column]), self.resampled[:, column])


def paired_bootstrap(over: Floats, under: Floats, *, seed: int, times: int = RESAMPLES) -> Drawn:
    """Return sum(over) / sum(under) of each column, of all prompts and of seeded resamples of them.

    Rows are prompts. All columns see the same resamples, so that differences between them are paired. A mean
    over some of the prompts has them marked 1 in ``under`` and the others 0 in both (Efron and Tibshirani
    1993, chapters 8 and 13: percentile intervals).
    """
    size, columns = over.shape
    if not size:
        nothing = np.full(columns, math.nan)
        return Drawn(nothing, np.empty((0, columns)))
    both = np.hstack([over, under])
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // size)
    parts = []
    for start in range(0, times, block):
        count = min(block, times - start)
        chosen = rng.integers(0, size, (count, size)) + np.arange(count)[:, None] * size
        weights = np.bincount(chosen.ravel(), minlength=count * size).reshape(count, size)
        parts.append(_ratio(weights.astype(np.float64) @ both, columns))
    return Drawn(_ratio(both.sum(0)[None, :], columns)[0], np.concatenate(parts))


def _ratio(sums: Floats, columns: int) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(sums[:, columns:] > 0, sums[:, :columns] / sums[:, columns:], math.nan)
    return found


def interval(value: float, drawn: Floats, level: float = 0.95) -> Estimate:
    """Return the percentile interval of ``level`` over what was drawn."""
    finite = drawn[np.isfinite(drawn)]
    if not len(finite):
        return Estimate(value, math.nan, math.nan)
    tail = (1.0 - level) / 2.0
    return Estimate(value, float(np.quantile(finite, tail)), float(np.quantile(finite, 1.0 - tail)))


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """A one-sided test that an arm's mean score lies less than ``margin`` below the baseline's.

    ``bound`` is the lower confidence bound of the difference at ``1 - alpha``; ``holds`` that it lies above
    ``-margin``. ``None``: too few prompts to say.
    """

    margin: float
    alpha: float
    bound: float
    prompts: int
    holds: bool | None


def non_inferior(difference: Floats, means: Floats, *, margin: float, tests: int) -> NonInferiority:
    """Test paired ``difference`` (arm minus baseline) at 2.5 %, shared by ``tests`` (Bonferroni).

    ``means`` are its means over the resamples. Where no prompt was lost the bootstrap would claim certainty;
    the bound is then that of the share of losses that could have gone unseen: 1 - alpha^(1/n) (Clopper and
    Pearson 1934).
    """
    alpha = 0.025 / max(1, tests)
    size, finite = len(difference), means[np.isfinite(means)]
    if not size or not len(finite):
        return NonInferiority(margin, alpha, math.nan, size, None)
    bound = float(np.quantile(finite, alpha))
    if not (difference < 0).any():
        bound = min(bound, alpha ** (1.0 / size) - 1.0)
    holds = bound > -margin if size >= FEWEST else None
    return NonInferiority(margin, alpha, bound, size, holds)


def cohen_kappa(one: Sequence[object], other: Sequence[object]) -> float | None:
    """Return Cohen's kappa of two judges on the same pairs: (agreed - by chance) / (1 - by chance).

    ``None`` without pairs, or where both only ever say one and the same word (Cohen 1960).
    """
    size = len(one)
    if not size:
        return None
    words = set(one) | set(other)
    agreed = sum(ours == theirs for ours, theirs in zip(one, other, strict=True)) / size
    chance = sum(
        (sum(each == word for each in one) / size) * (sum(each == word for each in other) / size)
        for word in words
    )
    return None if chance >= 1.0 else (agreed - chance) / (1.0 - chance)


def frontier(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return the indices of the points (cost, quality) that no other beats in both, the cheapest first."""
    best, found = -math.inf, []
    for index in sorted(range(len(points)), key=lambda n: (points[n][0], -points[n][1])):
        if points[index][1] > best:
            best = points[index][1]
            found.append(index)
    return found
