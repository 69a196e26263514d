"""An hour of use pressed into a minute, on a real X server: how long the loop that draws was held.

``python tests/bench/bench_hour.py`` prints these figures alone. Two for each step: how late a timer was that
should fire each millisecond, which a busy machine makes worse, and how much of that the loop's own thread
was at work, which only we do. All windows are opened for the first time in it; the start itself, with the
collection of its garbage a few seconds later, comes before.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured import Figure
from PySide6.QtCore import QObject, Qt, QTimer
from used import in_child, main, used

from support.hour import Hour

ROUNDS = int(os.environ.get("ROUNDS", "60"))


class Watch(QObject):
    """A timer that should fire each millisecond, and what kept it."""

    def __init__(self, hour: Hour) -> None:
        """Start watching."""
        super().__init__()
        self._hour = hour
        self.late: dict[str, list[float]] = defaultdict(list)
        self.held: dict[str, list[float]] = defaultdict(list)
        self._at, self._worked = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self, interval=1, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._fired)
        self._timer.start()

    def _fired(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.late[self._hour.doing].append(1000 * (now - self._at) - 1)
        self.held[self._hour.doing].append(1000 * (worked - self._worked))
        self._at, self._worked = now, worked

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()


async def live(url: str) -> dict[str, dict[str, float]]:
    """Use the program for ``ROUNDS`` rounds, and return the longest gaps by step."""
    async with used(url) as hour:
        while not gc.get_freeze_count():  # noqa: ASYNC110 - the collector tells nobody
            await asyncio.sleep(0.1)
        watch = Watch(hour)
        for number in range(ROUNDS):
            await hour.round(number)
        watch.stop()
        return {
            step: {"late": max(watch.late[step]), "held": max(watch.held[step])}
            for step in hour.steps
            if watch.late[step]
        }


def figures() -> list[Figure]:
    """Measure on a screen of its own, the provider's double in this process."""
    found = in_child(__file__)
    return [
        Figure(f"longest {kind}, {step}", [gaps[name]], "ms", bar)
        for step, gaps in found.items()
        for kind, name, bar in (("work at once", "held", "under 16 ms"), ("wait of a timer", "late", ""))
    ]


if __name__ == "__main__":
    main(live, figures)
