"""Intel graphics through the files of the i915 and xe drivers.

How busy the engines are, only who may watch performance counters can read. What everybody may read is how
long each part of the chip has rested: what is left is busy time, a little too much, since a part stays
awake for a moment after work.
"""

from __future__ import annotations

from pathlib import Path

from compute_broker.core.texts import tr
from compute_broker.market.hardware.base import Device, Found, Kind
from compute_broker.market.hardware.cards import cards_of, driver_of, model_name
from compute_broker.market.hardware.files import entries, is_asleep, number_in
from compute_broker.market.hardware.rates import Rates

VENDOR = 0x8086
_MS = 1000


class IntelGraphics:
    """The handler: load from idle counters, memory shared with the machine unless it is an Arc card."""

    name = tr("Intel graphics")

    def __init__(self, root: Path = Path("/"), rates: Rates | None = None) -> None:
        """Read below ``root``; ``rates`` remembers the counters."""
        self._root = root
        self._rates = rates or Rates()

    def look(self) -> Found:
        """Return the cards; suspended ones are not woken."""
        cards = cards_of(self._root, VENDOR)
        if not cards:
            return Found(absent=tr("no Intel graphics in this machine"))
        return Found(tuple(self._device(card) for card in cards))

    def _device(self, card: Path) -> Device:
        name, driver = model_name(card, tr("Intel graphics")), driver_of(card)
        if is_asleep(card):
            return Device(Kind.GPU, name, driver, note=tr("asleep, and not woken to be read"))
        discrete = any(entries(card / "hwmon", "hwmon*"))
        return Device(
            Kind.GPU,
            name,
            driver,
            load=self._load(card),
            shares_memory=not discrete,
            note=tr("its driver tells its memory to nobody") if discrete else "",
        )

    def _load(self, card: Path) -> float | None:
        """Return the load of the busiest part."""
        shares = [self._busy(counter) for counter in _idle_counters(card)]
        known = [share for share in shares if share is not None]
        return max(known) if known else None

    def _busy(self, counter: Path) -> float | None:
        key = str(counter)
        if not self._rates.due(key):
            idle = self._rates.known(key)
        else:
            idle = self._rates.share(key, number_in(counter), _MS)
        return None if idle is None else 1.0 - idle


def _idle_counters(card: Path) -> list[Path]:
    """Return the files that count rest in milliseconds: one for each part of the chip."""
    newer = entries(card, "tile*/gt*/gtidle/idle_residency_ms")  # xe
    older = entries(card.parent, "gt/gt*/rc6_residency_ms")  # i915
    oldest = card.parent / "power" / "rc6_residency_ms"
    return newer or older or ([oldest] if oldest.exists() else [])
