"""The sensors of power, in the order in which they are tried: NVML, RAPL, AMD's and Intel's own, the battery.

A sensor is fit for a tier when it sees what the tier computes on. The built-in model runs on the processor,
so a graphics card says nothing of it; a server on this machine runs on a card where one can be measured, and
else on the processor.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind, Tier
from compute_broker.market.hardware import amd, intel
from compute_broker.market.hardware.battery import batteries
from compute_broker.market.hardware.cards import cards_of
from compute_broker.market.hardware.files import entries, is_asleep, number_in, text_in
from compute_broker.market.hardware.nvidia import Nvml, ask
from compute_broker.market.power.gauge import Sample

Clock = Callable[[], float]

_COUNTED_SECONDS = 0.3
"""Counters are brought up to date some ten times a second: shorter answers are not measured by them."""

_DRAW_SECONDS = 2.0
"""A draw told is a mean of about the last second: shorter answers are not measured by it."""

_BATTERY_SECONDS = 15.0
"""Batteries tell a new draw every few seconds only."""

_SUPPLY_LOSS = 10
"""Per cent that a power supply adds to what parts behind it draw (facts, prices section 3)."""


class Covers(StrEnum):
    """What a sensor sees."""

    CARD = "card"
    PROCESSOR = "processor"
    MACHINE = "machine"


class Sensor(Protocol):
    """Reads the draw of a part of this machine. It blocks for a millisecond: for a thread."""

    @property
    def name(self) -> str:
        """Its name in a working, such as ``NVML``."""
        ...

    @property
    def covers(self) -> Covers:
        """What it sees."""
        ...

    @property
    def least_seconds(self) -> float:
        """What is shorter it does not measure."""
        ...

    @property
    def loss(self) -> int:
        """Per cent that the power supply adds."""
        ...

    def read(self) -> Sample | None:
        """Return a sample; ``None`` where it is not there, not allowed, or does not answer."""
        ...


class NvmlSensor:
    """NVIDIA cards together: their energy counters, or their draw where one of them has no counter."""

    name = "NVML"
    covers = Covers.CARD
    least_seconds = _COUNTED_SECONDS
    loss = _SUPPLY_LOSS

    def __init__(self, nvml: Nvml, clock: Clock = time.monotonic) -> None:
        """Speak through ``nvml``."""
        self._nvml, self._clock = nvml, clock

    def read(self) -> Sample | None:
        """Return the sum over all cards; a sleeping card is not woken."""
        handles = [] if self._nvml.asleep() else self._nvml.devices()
        module = self._nvml.open() if handles else None
        if module is None:
            return None
        counted = _sum(ask(module.nvmlDeviceGetTotalEnergyConsumption, handle) for handle in handles)
        if counted is not None:
            self.least_seconds = _COUNTED_SECONDS
            return Sample(self._clock(), microjoules=counted * 1000)
        drawn = _sum(ask(module.nvmlDeviceGetPowerUsage, handle) for handle in handles)
        self.least_seconds = _DRAW_SECONDS
        return None if drawn is None else Sample(self._clock(), milliwatts=drawn)


class RaplSensor:
    """The processor packages' energy counters (powercap), which wrap; since Linux 5.10 for root alone.

    Whoever may read them has been given leave: see docs/local-cost.md.
    """

    name = "RAPL"
    covers = Covers.PROCESSOR
    least_seconds = _COUNTED_SECONDS
    loss = _SUPPLY_LOSS

    def __init__(self, root: Path = Path("/"), clock: Clock = time.monotonic) -> None:
        """Read below ``root``."""
        self._root, self._clock = root, clock
        self._last: dict[Path, int] = {}
        self._total = 0

    def read(self) -> Sample | None:
        """Return the sum over all packages since the first reading, wraps counted in."""
        zones = [
            zone
            for zone in entries(self._root / "sys/class/powercap", "intel-rapl:*")
            if re.fullmatch(r"intel-rapl:\d+", zone.name)
            and (text_in(zone / "name") or "").startswith("package")
        ]
        counts = {zone: number_in(zone / "energy_uj") for zone in zones}
        if not counts or None in counts.values():
            self._last = {}
            return None
        known = {zone: count for zone, count in counts.items() if count is not None}
        last, self._last = self._last, known
        grown = _sum(_grown(zone, last.get(zone), count) for zone, count in known.items()) if last else 0
        if grown is None:
            return None
        self._total += grown
        return Sample(self._clock(), microjoules=self._total)


class CardSensor:
    """AMD's or Intel's cards by their own sensors: counters, or draws where there is none."""

    loss = _SUPPLY_LOSS

    def __init__(self, name: str, vendor: int, covers: Covers, root: Path, clock: Clock) -> None:
        """Read below ``root`` the cards of a vendor that have the kind of memory ``covers`` stands for."""
        self.name, self.covers = name, covers
        self.least_seconds = _DRAW_SECONDS
        self._vendor, self._root, self._clock = vendor, root, clock

    def read(self) -> Sample | None:
        """Return the sum over the cards that are awake."""
        cards = [card for card in cards_of(self._root, self._vendor) if self._fits(card)]
        cards = [card for card in cards if not is_asleep(card)]
        if not cards:
            return None
        counted = _sum(_first(card, "energy1_input") for card in cards)
        if counted is not None:
            self.least_seconds = _COUNTED_SECONDS
            return Sample(self._clock(), microjoules=counted)
        self.least_seconds = _DRAW_SECONDS
        drawn = _sum(amd.draw_of(card) for card in cards)
        return None if drawn is None else Sample(self._clock(), milliwatts=drawn)

    def _fits(self, card: Path) -> bool:
        if self._vendor == intel.VENDOR:
            return True  # only Arc cards have sensors of their own
        return amd.is_discrete(card) is (self.covers is Covers.CARD)


class BatterySensor:
    """The whole machine, while it runs on its battery."""

    name = tr("the battery")
    covers = Covers.MACHINE
    least_seconds = _BATTERY_SECONDS
    loss = 0

    def __init__(self, root: Path = Path("/"), clock: Clock = time.monotonic) -> None:
        """Read below ``root``."""
        self._root, self._clock = root, clock

    def read(self) -> Sample | None:
        """Return the draw; nothing on mains, where the figure is that of charging."""
        found = batteries(self._root)
        discharging = [each for each in found if text_in(each / "status") == "Discharging"]
        drawn = _sum(_battery_draw(each) for each in discharging) if discharging else None
        return Sample(self._clock(), milliwatts=drawn) if drawn else None


def all_sensors(
    root: Path = Path("/"), nvml: Nvml | None = None, clock: Clock = time.monotonic
) -> tuple[Sensor, ...]:
    """Return every sensor in the order in which they are tried."""
    return (
        NvmlSensor(nvml or Nvml(root), clock),
        RaplSensor(root, clock),
        CardSensor(tr("AMD's sensor"), amd.VENDOR, Covers.CARD, root, clock),
        CardSensor(tr("AMD's package sensor"), amd.VENDOR, Covers.PROCESSOR, root, clock),
        CardSensor(tr("Intel's sensor"), intel.VENDOR, Covers.CARD, root, clock),
        BatterySensor(root, clock),
    )


def fit_for(tier: Tier, sensors: Sequence[Sensor]) -> list[Sensor]:
    """Return the sensors that see what ``tier`` computes on, those that see it best first."""
    on_processor = tier.provider is ProviderKind.BUILTIN
    kinds = (Covers.PROCESSOR, Covers.MACHINE) if on_processor else tuple(Covers)
    return [sensor for kind in kinds for sensor in sensors if sensor.covers is kind]


def _battery_draw(battery: Path) -> int | None:
    """Return milliwatts: told as such in microwatts, or as current and voltage."""
    microwatts = number_in(battery / "power_now")
    if microwatts is not None:
        return microwatts // 1000
    microamps, microvolts = number_in(battery / "current_now"), number_in(battery / "voltage_now")
    if microamps is None or microvolts is None:
        return None
    return microamps * microvolts // 1_000_000_000


def _first(card: Path, name: str) -> int | None:
    found = (number_in(hwmon / name) for hwmon in entries(card / "hwmon", "hwmon*"))
    return next((figure for figure in found if figure is not None), None)


def _grown(zone: Path, before: int | None, count: int) -> int | None:
    """Return what a counter counted since ``before``, over a wrap too; ``None`` when it was reset."""
    if before is None:
        return None
    if count >= before:
        return count - before
    top = number_in(zone / "max_energy_range_uj") or 0
    return top - before + count if top >= before else None


def _sum(figures: Iterable[int | None]) -> int | None:
    """Return the sum; ``None`` when one of them is not known, or there are none."""
    found = list(figures)
    known = [figure for figure in found if figure is not None]
    return sum(known) if known and len(known) == len(found) else None
