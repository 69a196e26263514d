"""Measures what single answers of this machine take, off the event loop, and only while one is under way.

A sample is taken when an answer begins and ends and each second between, in a worker thread. When the last
one has ended a few more learn what the machine draws at rest; then nothing runs until the next answer. There
is no thread of our own: what runs is a task, which ends with its loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from compute_broker.core.energy import Energy
from compute_broker.core.tier import Tier
from compute_broker.market.power.gauge import Gauge, Run, Sample

if TYPE_CHECKING:
    from compute_broker.market.power.sensors import Sensor

EVERY_SECONDS = 1.0
_FIRST_IDLE_SECONDS = 0.2
"""Before the first answer of all the machine is watched at rest this long."""

_PATIENCE = 1.0
"""A sensor that takes longer to answer is not waited for: the answer is then estimated."""

_COOLING, _RESTING = 3, 5
"""Samples after the last answer in which a card cools down, and in which it is taken to rest."""

_log = logging.getLogger(__name__)


class PowerMeter:
    """One for the program. ``own_watts`` tells whether the person gave a tier's draw: it is not measured."""

    def __init__(
        self,
        own_watts: Callable[[str], bool] = lambda _tier_id: False,
        sensors: Callable[[], Sequence[Sensor]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        every: float = EVERY_SECONDS,
    ) -> None:
        """Open no sensor yet. ``every`` is the seconds between samples while an answer is under way."""
        self._own_watts = own_watts
        self._make = sensors or _all_sensors
        self._clock, self._every = clock, every
        self._sensors: Sequence[Sensor] | None = None
        self._lines: dict[str, _Line] = {}

    async def start(self, tier: Tier) -> Reading | None:
        """Begin to measure an answer of ``tier``; ``None`` where nothing here could, or in time."""
        if not tier.on_this_machine or self._own_watts(tier.id):
            return None
        try:
            async with asyncio.timeout(_PATIENCE):
                line = await self._line(tier)
                return await line.begin() if line is not None else None
        except TimeoutError:
            _log.info("the power sensor took too long; this answer's electricity is estimated")
        except Exception:  # noqa: BLE001 - logged whole, and an answer must not fail for its price
            _log.exception("the power meter failed; this answer's electricity is estimated")
        return None

    async def close(self) -> None:
        """Stop sampling."""
        for line in self._lines.values():
            await line.close()

    async def _line(self, tier: Tier) -> _Line | None:
        """Return the first sensor that is fit for ``tier`` and answers."""
        from compute_broker.market.power.sensors import fit_for  # noqa: PLC0415 - only who answers here pays

        if self._sensors is None:
            self._sensors = await asyncio.to_thread(self._make)
        for sensor in fit_for(tier, self._sensors):
            line = self._lines.get(sensor.name)
            if line is None:
                line = self._lines[sensor.name] = _Line(sensor, self._clock, self._every)
            if await line.sample():
                return line
        return None


class Reading:
    """One answer that is being measured."""

    def __init__(self, line: _Line, run: Run) -> None:
        """Measure ``run`` by ``line``."""
        self._line, self._run = line, run

    async def stop(self) -> Energy | None:
        """End it, and return what it took; ``None`` where the sensor could not tell. Raises nothing."""
        return await self._line.end(self._run)


class _Line:
    """A sensor with its gauge, and the task that samples it while an answer is under way."""

    def __init__(self, sensor: Sensor, clock: Callable[[], float], every: float) -> None:
        """Read nothing yet."""
        self._sensor, self._clock, self._every = sensor, clock, every
        self._gauge = Gauge()
        self._turn = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None

    async def sample(self, *, settled: bool = True) -> bool:
        """Read the sensor in a thread; return whether it answered."""
        async with self._turn:
            sample = await asyncio.to_thread(self._read)
            self._gauge.take(sample, settled=settled)
            return sample is not None

    def _read(self) -> Sample | None:
        try:
            return self._sensor.read()
        except Exception:  # noqa: BLE001 - logged whole, and an answer must not fail for its price
            _log.exception("the power sensor %s failed; electricity is estimated", self._sensor.name)
            return None

    async def begin(self) -> Reading | None:
        """Begin an answer; ``None`` when the sensor did not answer just before, or saw no rest yet."""
        if self._gauge.idle_milliwatts is None and not self._gauge.busy:
            await asyncio.sleep(_FIRST_IDLE_SECONDS)
            await self.sample()
        last = self._gauge.last
        if last is None or self._gauge.idle_milliwatts is None:
            return None
        run = self._gauge.begin(last.at)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        return Reading(self, run)

    async def end(self, run: Run) -> Energy | None:
        """End an answer and return what it took, as far as that is known."""
        if run.end is None:
            run.end = self._clock()
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self.sample(settled=False)
            except TimeoutError:
                run.broken = True
        seconds = run.end - run.begin
        taken = run.microjoules * (100 + self._sensor.loss) // 100
        if run.broken or taken < 1 or seconds < self._sensor.least_seconds:
            return None
        return Energy(taken, max(1, round(seconds * 1000)), self._sensor.name)

    async def close(self) -> None:
        """Stop sampling."""
        task, self._watching = self._watching, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _watch(self) -> None:
        """Sample while an answer is under way, then a little longer; after that forget the last sample."""
        still = 0
        while still < _COOLING + _RESTING:
            await asyncio.sleep(self._every)
            still = 0 if self._gauge.busy else still + 1
            if not await self.sample(settled=still > _COOLING):
                still += 1
        self._gauge.forget()


def _all_sensors() -> Sequence[Sensor]:
    from compute_broker.market.power.sensors import all_sensors  # noqa: PLC0415 - only who answers here pays

    return all_sensors()
