"""A sensor of power whose draw a test sets: a counter that grows with the time on the test's own clock."""

from __future__ import annotations

import threading

from compute_broker.market.power.gauge import Sample
from compute_broker.market.power.sensors import Covers


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class ScriptedSensor:
    """``watts`` holds until changed with :meth:`after`; ``gone`` makes it answer nothing."""

    def __init__(self, name: str = "NVML", covers: Covers = Covers.CARD, watts: float = 50.0) -> None:
        self.name, self.covers = name, covers
        self.least_seconds = 0.3
        self.loss = 0
        self.clock = Clock()
        self.watts = watts
        self.gone = False
        self.drift = 0.0
        """Seconds that go by with each reading."""
        self.stuck: threading.Event | None = None
        """Where set, a reading waits for it: a driver that hangs."""
        self.reads = 0
        self.threads: set[str] = set()
        self.microjoules = 0

    def after(self, seconds: float, watts: float | None = None) -> None:
        """Let time go by at the present draw; from then on draw ``watts``."""
        self.clock.now += seconds
        self.microjoules += round(self.watts * seconds * 1e6)
        if watts is not None:
            self.watts = watts

    def read(self) -> Sample | None:
        self.reads += 1
        self.threads.add(threading.current_thread().name)
        if self.stuck is not None:
            self.stuck.wait(10)
        if self.drift:
            self.after(self.drift)
        return None if self.gone else Sample(self.clock(), microjoules=self.microjoules)
