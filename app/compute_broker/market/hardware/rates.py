"""Load from counters: a share of the time between two readings."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_SECONDS = 0.9
"""Two readings closer than this are one: some counters may be read at most once per second."""


class Rates:
    """Remembers the last reading of each counter, by name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Remember nothing; ``clock`` is in seconds and never runs back."""
        self._clock = clock
        self._last: dict[str, tuple[float, int]] = {}
        self._share: dict[str, float] = {}

    def due(self, name: str) -> bool:
        """Return whether enough time has gone by to read the counter ``name`` again."""
        last = self._last.get(name)
        return last is None or self._clock() - last[0] >= LEAST_SECONDS

    def known(self, name: str) -> float | None:
        """Return the share of the last interval, in [0, 1]; ``None`` before there was one."""
        return self._share.get(name)

    def share(self, name: str, count: int | None, per_second: int) -> float | None:
        """Take in a reading that grows by ``per_second`` in a fully busy second; return the share.

        The first reading, and one below the last (a counter that was reset or wrapped), gives ``None``.
        """
        now, last = self._clock(), self._last.get(name)
        self._share.pop(name, None)
        if count is None:
            self._last.pop(name, None)
            return None
        self._last[name] = (now, count)
        if last is None or count < last[1] or now <= last[0]:
            return None
        share = min(1.0, (count - last[1]) / ((now - last[0]) * per_second))
        self._share[name] = share
        return share
