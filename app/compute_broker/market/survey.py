"""The whole machine at one look: every handler asked, what was found and why the rest was not."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compute_broker.market.hardware.amd import AmdCards
from compute_broker.market.hardware.apple import AppleGraphics
from compute_broker.market.hardware.base import Device, Handler
from compute_broker.market.hardware.battery import Battery, read_battery
from compute_broker.market.hardware.fits import room, sentence
from compute_broker.market.hardware.intel import IntelGraphics
from compute_broker.market.hardware.npu import AmdNpu, AppleNpu, IntelNpu, QualcommNpu
from compute_broker.market.hardware.nvidia import NvidiaCards, Nvml
from compute_broker.market.hardware.processor import Processor, ProcessorReader
from compute_broker.market.hardware.rates import LEAST_SECONDS
from compute_broker.market.hardware.windows import WindowsCounters
from compute_broker.market.power.told import how_measured


@dataclass(frozen=True, slots=True)
class Hardware:
    """One look. ``absent`` pairs what was looked for with the reason it is not there."""

    devices: tuple[Device, ...]
    absent: tuple[tuple[str, str], ...]
    processor: Processor
    battery: Battery
    could_run: str
    """What size of model fits, in a sentence."""
    electricity: str
    """Whether the electricity of local answers is measured, and by which sensors."""


def handlers(root: Path, nvml: Nvml) -> tuple[Handler, ...]:
    """Return those of this system, in the order in which they are told."""
    cards = (NvidiaCards(nvml), AmdCards(root), IntelGraphics(root), AppleGraphics())
    npus = (IntelNpu(root), AmdNpu(root), QualcommNpu(root), AppleNpu())
    return (*cards, *npus, WindowsCounters())


class Survey:
    """Looks when asked and never by itself. Counters need two looks: the first has no load."""

    def __init__(
        self, root: Path = Path("/"), nvml: Nvml | None = None, ask: Sequence[Handler] | None = None
    ) -> None:
        """Read nothing yet; ``ask`` replaces the handlers of this system."""
        self._root = root
        self._nvml = nvml or Nvml(root)
        self._handlers = tuple(ask) if ask is not None else handlers(root, self._nvml)
        self._processor = ProcessorReader(root)
        self._looking = asyncio.Lock()
        self._last: tuple[float, Hardware] | None = None

    def read(self) -> Hardware:
        """Ask every handler now. Blocks, for some milliseconds: for a thread, one at a time."""
        found = [(handler.name, handler.look()) for handler in self._handlers]
        devices = tuple(device for _, each in found for device in each.devices)
        processor = self._processor.look()
        return Hardware(
            devices,
            tuple((name, each.absent) for name, each in found if not each.devices),
            processor,
            read_battery(self._root),
            sentence(room(devices, processor, mac=sys.platform == "darwin")),
            how_measured(self._root, self._nvml),
        )

    async def look(self) -> Hardware:
        """Return the machine as it is, read in a thread; two looks within a second are one."""
        async with self._looking:
            now = time.monotonic()
            if self._last is None or now - self._last[0] >= LEAST_SECONDS:
                self._last = (now, await asyncio.to_thread(self.read))
            return self._last[1]
