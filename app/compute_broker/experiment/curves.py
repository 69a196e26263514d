"""Cost-quality curves and what is read off them. Pure arithmetic on arrays.

numpy is imported here at the top: nothing imports this room before an evaluation is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FLOORS = tuple(np.round(np.concatenate([np.linspace(0.0, 0.8, 17), np.linspace(0.81, 1.0, 39)]), 4))
"""Quality floors at which the policy is run: fine where people choose."""

QUALITIES = (0.95, 0.97, 0.99, 1.0)
RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % bootstrap interval over prompts."""

    value: float
    low: float
    high: float


def policy_choices(chance: Floats, expected_cost: Floats, floor: float) -> NDArray[np.int64]:
    """Return the column the policy takes in each row: lowest cost, redo included, above the floor."""
    best = chance.argmax(1)
    rows = np.arange(len(chance))
    total = expected_cost + (1.0 - chance) * expected_cost[rows, best][:, None]
    allowed = chance >= floor * chance[rows, best][:, None] - 1e-9
    taken: NDArray[np.int64] = np.where(allowed, total, np.inf).argmin(1)
    return taken


def ranked_mix(gain: Floats, weak: Floats, strong: Floats) -> Floats:
    """Return the mean score after sending the k most promising prompts to the strong tier, k = 0 to n.

    Ties are shared out evenly, as the expectation over their order, so that a router that cannot tell prompts
    apart scores exactly as random mixing does.
    """
    values, place = np.unique(-gain, return_inverse=True)
    counts = np.bincount(place, minlength=len(values))
    sums = np.bincount(place, strong - weak, minlength=len(values))
    steps = np.repeat(sums / counts, counts)
    means: Floats = (weak.sum() + np.concatenate([[0.0], np.cumsum(steps)])) / len(gain)
    return means


def apgr(gain: Floats, weak: Floats, strong: Floats) -> float:
    """Return the average performance gap recovered over all shares sent to the strong tier (random: 0.5).

    ``nan`` where the strong tier is not the better one. Definition: RouteLLM (arXiv 2406.18665), in the limit
    of infinitely many thresholds.
    """
    gap = float(strong.mean() - weak.mean())
    if gap <= 0.0:
        return float("nan")
    recovered = (ranked_mix(gain, weak, strong) - weak.mean()) / gap
    return float((recovered[1:] + recovered[:-1]).mean() / 2.0)


def skill(gain: Floats, weak: Floats, strong: Floats) -> float:
    """Return skill over random: 0 is random mixing, 1 the oracle; ``nan`` where all prompts gain alike."""
    oracle = apgr(strong - weak, weak, strong)
    if oracle <= 0.5:  # noqa: PLR2004 - random mixing
        return float("nan")
    return (apgr(gain, weak, strong) - 0.5) / (oracle - 0.5)


def crossed_label_gain(labels: Sequence[str], weak: Floats, strong: Floats) -> Floats:
    """Return for each prompt the mean recorded gain of its label in the *other* half of the prompts."""
    half = np.arange(len(labels)) % 2
    gain = np.zeros(len(labels))
    difference = strong - weak
    names = np.array(labels)
    for side in (0, 1):
        other = half != side
        for name in np.unique(names):
            here, there = (half == side) & (names == name), other & (names == name)
            gain[here] = difference[there].mean() if there.any() else difference[other].mean()
    return gain


def saving_at(points: Sequence[tuple[float, float]], quality: float, cost: float) -> float:
    """Return the largest share of ``cost`` saved along ``points`` (cost, quality), mixing neighbours.

    Neighbouring points may be mixed at random, so that straight lines between them are reachable; 0 when the
    quality is reached nowhere below ``cost``.
    """
    ordered = sorted(points)
    best = min((c for c, q in ordered if q >= quality - 1e-12), default=cost)
    for (c0, q0), (c1, q1) in pairwise(ordered):
        low, high = min(q0, q1), max(q0, q1)
        if low < quality <= high:
            best = min(best, c0 + (quality - q0) / (q1 - q0) * (c1 - c0))
    return max(0.0, 1.0 - best / cost) if cost > 0 else 0.0


def bootstrap(
    measure: Callable[[NDArray[np.int64]], float], size: int, seed: int, *, times: int = RESAMPLES
) -> Interval:
    """Return a measure of all prompts with its percentile interval over seeded resamples of them."""
    rng = np.random.default_rng(seed)
    drawn = np.array([measure(rng.integers(0, size, size)) for _ in range(times)])
    drawn = drawn[np.isfinite(drawn)]
    value = measure(np.arange(size))
    if not len(drawn):
        return Interval(value, float("nan"), float("nan"))
    return Interval(value, float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975)))


def calibration_error(chance: Floats, score: Floats, bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width."""
    place = np.minimum((chance * bins).astype(int), bins - 1)
    gaps = [abs(float((chance - score)[place == b].sum())) for b in range(bins)]
    return sum(gaps) / chance.size
