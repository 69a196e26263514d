"""The statistics of a report: paired bootstrap, non-inferiority, agreement. Pure arithmetic on arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
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


class Bootstrap:
    """Seeded resamples of ``size`` prompts, the same for every measure: so all differences are paired."""

    def __init__(self, size: int, seed: int, times: int = RESAMPLES) -> None:
        """Nothing is drawn yet."""
        self.size, self._seed, self._times = size, seed, times

    def drawn(self, measure: Callable[[Floats], Floats]) -> Floats:
        """Return a measure of every resample; it gets weights, one row a resample, one column a prompt."""
        parts = [measure(weights) for weights in self._weights()]
        return np.concatenate(parts) if parts else np.empty(0)

    def mean(self, values: Floats) -> Estimate:
        """Return the mean of ``values`` (one a prompt)."""
        if not self.size:
            return Estimate(math.nan, math.nan, math.nan)
        return interval(float(values.mean()), self.means(values))

    def means(self, values: Floats) -> Floats:
        """Return the mean of each resample."""
        return self.drawn(lambda weights: weights @ values / self.size)

    def saved(self, cost: Floats, baseline: Floats) -> Estimate:
        """Return the share of the baseline's cost that was not spent: 1 - sum / sum, signed."""
        if not self.size or baseline.sum() <= 0:
            return Estimate(math.nan, math.nan, math.nan)

        def measure(weights: Floats) -> Floats:
            below = weights @ baseline
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(below > 0, 1.0 - (weights @ cost) / below, math.nan)

        return interval(float(1.0 - cost.sum() / baseline.sum()), self.drawn(measure))

    def _weights(self) -> Iterator[Floats]:
        rng = np.random.default_rng(self._seed)
        block = max(1, _BLOCK // max(1, self.size))
        for start in range(0, self._times, block):
            count = min(block, self._times - start)
            chosen = rng.integers(0, self.size, (count, self.size))
            chosen += np.arange(count)[:, None] * self.size
            counted = np.bincount(chosen.ravel(), minlength=count * self.size)
            yield counted.reshape(count, self.size).astype(np.float64)


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


def non_inferior(difference: Floats, boot: Bootstrap, *, margin: float, tests: int) -> NonInferiority:
    """Test paired ``difference`` (arm minus baseline) at 2.5 %, shared by ``tests`` (Bonferroni).

    Where no prompt was lost the bootstrap would claim certainty; the bound is then that of the share of
    losses that could have gone unseen: 1 - alpha^(1/n) (Clopper and Pearson 1934).
    """
    alpha = 0.025 / max(1, tests)
    size = len(difference)
    if not size:
        return NonInferiority(margin, alpha, math.nan, 0, None)
    bound = float(np.quantile(boot.means(difference), alpha))
    if not (difference < 0).any():
        bound = min(bound, -(1.0 - alpha ** (1.0 / size)))
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
