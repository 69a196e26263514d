"""One sensor's samples as energy above idle, shared among the answers under way. No I/O, no clock.

Between two samples the energy above idle belongs to the answers of that time, by the time each of them
took part: two at once are not both charged the whole draw, and the shares add up to the whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

_QUANTILE = 0.25
"""The idle draw is a low quantile: other programs' work makes single readings too high, never too low."""

_REMEMBERED = 60

_LONGEST_REST = 5.0
"""Seconds between two samples beyond which nobody watched: something may have worked in between."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A reading ``at`` seconds: a counter in microjoules, or a draw in milliwatts where there is none."""

    at: float
    microjoules: int | None = None
    milliwatts: int | None = None


@dataclass(slots=True, eq=False)
class Run:
    """One answer: from ``begin`` to ``end`` in seconds, its share so far in microjoules.

    ``broken``: some of its time was not measured, so that its energy is not known.
    """

    begin: float
    end: float | None = None
    microjoules: int = 0
    broken: bool = False

    def overlap(self, first: float, last: float) -> float:
        """Return its seconds between two moments."""
        end = last if self.end is None else min(self.end, last)
        return max(0.0, end - max(self.begin, first))


@dataclass(slots=True)
class Gauge:
    """``runs`` are those whose last sample is still to come."""

    runs: list[Run] = field(default_factory=list)
    last: Sample | None = None
    _idle: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return any(run.end is None for run in self.runs)

    @property
    def idle_milliwatts(self) -> float | None:
        """The draw while nothing runs; ``None`` before it was seen."""
        if not self._idle:
            return None
        return sorted(self._idle)[int(_QUANTILE * (len(self._idle) - 1))]

    def begin(self, at: float) -> Run:
        """Return a new answer that begins now; it is measured only if a sample came before it."""
        run = Run(at, broken=self.last is None)
        self.runs.append(run)
        return run

    def take(self, sample: Sample | None, *, settled: bool = True) -> None:
        """Take in the next sample; ``None``: the sensor did not answer, and the interval is lost.

        ``settled`` tells whether what nobody drew for is the machine at rest, and no cooling after work.
        """
        first = self.last
        if first is not None and sample is not None and sample.at <= first.at:
            return  # of one moment: the first of them stands
        self.last = sample
        energy = None if first is None or sample is None else _energy(first, sample)
        if first is None or sample is None or energy is None:
            self._lose()
            return
        span = sample.at - first.at
        overlaps = [run.overlap(first.at, sample.at) for run in self.runs]
        if not any(overlaps):
            if settled and span <= _LONGEST_REST:
                self._idle.append(energy / span / 1000)
        elif self.idle_milliwatts is None:
            self._lose()
        else:
            above = max(0, round(energy - self.idle_milliwatts * span * 1000))
            for run, part in zip(self.runs, shares(above, overlaps), strict=True):
                run.microjoules += part
        self.runs = [run for run in self.runs if run.end is None or run.end > sample.at]

    def forget(self) -> None:
        """Forget the last sample: the next one comes after an unknown time."""
        self.last = None

    def _lose(self) -> None:
        for run in self.runs:
            run.broken = True
        self.runs = [run for run in self.runs if run.end is None]


def shares(whole: int, parts: Sequence[float]) -> list[int]:
    """Return ``whole`` split in proportion to ``parts`` (at least 0, not all 0); the sum is the whole."""
    total, given, reached, found = sum(parts), 0, 0.0, []
    for part in parts:
        reached += part
        upto = whole if reached >= total else int(whole * (reached / total))
        found.append(max(0, upto - given))
        given = max(given, upto)
    return found


def _energy(first: Sample, last: Sample) -> int | None:
    """Return the microjoules between two samples; ``None`` after a reset, or between samples of two kinds."""
    if first.microjoules is not None and last.microjoules is not None:
        counted = last.microjoules - first.microjoules
        return counted if counted >= 0 else None
    if first.milliwatts is not None and last.milliwatts is not None:
        return round((first.milliwatts + last.milliwatts) / 2 * (last.at - first.at) * 1000)
    return None
