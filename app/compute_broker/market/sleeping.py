"""Noticing that the machine slept, and looking at the tiers one after the other when it wakes.

While it sleeps nothing of ours runs. When it wakes every timer is stale at once, and the network may not be
there yet: a burst of questions would find everything down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from compute_broker.core.tier import Place, Tier

JUMP = timedelta(seconds=45)
"""The two clocks may differ by this much by chance: a loop that stood still, a clock that was set right."""

FIRST_AFTER = timedelta(seconds=3)
"""What networks need to be back, at the least."""

APART = timedelta(seconds=2)


class SleepWatch:
    """Compares the wall clock with one that stands still while the machine sleeps (``time.monotonic``).

    Where that one goes on during sleep (Windows), :meth:`overslept` notices a pause that took too long.
    """

    def __init__(self, clock: Callable[[], datetime], awake: Callable[[], float] | None) -> None:
        """``awake`` counts seconds; ``None``: nobody tells, and no sleep is noticed by it."""
        self._clock, self._awake = clock, awake
        self._mark = self._now()

    def slept(self) -> bool:
        """Whether the clocks have parted since the last call; also when the wall clock was set back."""
        before, self._mark = self._mark, self._now()
        if before is None or self._mark is None:
            return False
        wall, awake = self._mark[0] - before[0], self._mark[1] - before[1]
        return abs(wall - timedelta(seconds=awake)) > JUMP

    def overslept(self, began: datetime, wait: float) -> bool:
        """Whether a pause of ``wait`` seconds that ``began`` then took far longer than that."""
        return self._awake is not None and self._clock() - began > timedelta(seconds=wait) + JUMP

    def _now(self) -> tuple[datetime, float] | None:
        return None if self._awake is None else (self._clock(), self._awake())


def one_by_one(tiers: Sequence[Tier], now: datetime) -> Iterator[tuple[Tier, datetime]]:
    """Yield each tier with when to look at it after a sleep: this machine's first, two seconds apart."""
    order = sorted(tiers, key=lambda tier: tier.place is not Place.PERSONAL)
    for number, tier in enumerate(order):
        yield tier, now + FIRST_AFTER + number * APART
