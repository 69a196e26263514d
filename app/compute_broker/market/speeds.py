"""How fast each tier answers, by the model and the effort that it answered with.

Exponential means, so that the latest answers count most. A program that begins replays the latest answers
of the ledger: all programs of a person see the same speed, and the same price where that follows from it.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from compute_broker.core.tier import ANY_MODEL

_MEMORY = 0.7
"""How much of what is known stays when another answer was seen."""

Key = tuple[str, str, str]
"""Tier, model and effort."""


@dataclass(slots=True)
class Speed:
    """Tokens per second and milliseconds to the first word; ``None`` before any was seen."""

    tokens_per_second: float | None = None
    first_ms: float | None = None

    def take(self, tokens_per_second: float | None, first_ms: float | None) -> None:
        """Take in another answer; a speed that no answer can have is left out."""
        if tokens_per_second is not None and 0 < tokens_per_second < math.inf:
            self.tokens_per_second = _mean(self.tokens_per_second, tokens_per_second)
        if first_ms is not None:
            self.first_ms = _mean(self.first_ms, first_ms)


_NONE = Speed()


class SpeedBook:
    """Remembers the speeds."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._speeds: dict[Key, Speed] = {}

    def take(self, key: Key, tokens_per_second: float | None, first_ms: float | None) -> None:
        """Take in an answer."""
        speed = self._speeds.pop(key, None) or Speed()
        speed.take(tokens_per_second, first_ms)
        self._speeds[key] = speed  # the latest comes last

    def of(self, tier_id: str, model: str, effort: str) -> Speed:
        """Return what was seen of a tier with this model; with any model while nobody knows which it has."""
        known = self._speeds.get((tier_id, model, effort))
        if known is None and model == ANY_MODEL:
            latest = [key for key in self._speeds if (key[0], key[2]) == (tier_id, effort)]
            known = self._speeds[latest[-1]] if latest else None
        return known or _NONE

    def forget(self, keys: Collection[Key]) -> None:
        """Forget what was seen of these: it is about to be replayed."""
        self._speeds = {key: speed for key, speed in self._speeds.items() if key not in keys}

    def keep(self, tier_ids: Collection[str]) -> None:
        """Forget other tiers: their model or server is another now."""
        self._speeds = {key: speed for key, speed in self._speeds.items() if key[0] in tier_ids}


def _mean(before: float | None, seen: float) -> float:
    return seen if before is None else _MEMORY * before + (1 - _MEMORY) * seen
