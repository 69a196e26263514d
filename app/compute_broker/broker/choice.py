"""The arithmetic of a choice, bare: chances and costs in, the best, the floor and the choice out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compute_broker.core.money import PPM, probability_ppm

TOLERANCE = 1e-9
"""How far below a floor a chance may lie and still count as on it."""
_UNKNOWN = 1 << 62
"""Where an unknown cost stands in the order: last."""


@dataclass(frozen=True, slots=True)
class Single:
    """The best and the chosen tier by their place in what was given; the floor; every expected cost."""

    best: int
    chosen: int
    floor: float
    expected: list[int | None]


def single(chances: Sequence[float], costs: Sequence[int | None], share: float) -> Single:
    """Return the tier of lowest expected cost whose chance is at least ``share`` of the best one's.

    ``chances`` in [0, 1] and direct ``costs`` in nano-dollars stand side by side, at least one of them. Of
    equal costs the likelier tier wins; an unknown cost comes last.
    """
    best = max(range(len(chances)), key=chances.__getitem__)
    redo, floor = costs[best] or 0, share * chances[best]
    expected = [with_redo(cost, redo, chance) for chance, cost in zip(chances, costs, strict=True)]
    good = [at for at, chance in enumerate(chances) if chance >= floor - TOLERANCE]
    chosen = min(good, key=lambda at: cost_order(expected[at], chances[at]))
    return Single(best, chosen, floor, expected)


def with_redo(cost: int | None, redo: int, chance: float) -> int | None:
    """Return the expected cost: the redo of a failure at the best tier, for ``redo``, counted in."""
    if cost is None:
        return None
    return cost + redo * (PPM - probability_ppm(chance)) // PPM


def cost_order(expected: int | None, chance: float) -> tuple[int, float]:
    """Cheapest expected first; of equals, the likelier one. An unknown cost comes last."""
    return (_UNKNOWN if expected is None else expected, -chance)
