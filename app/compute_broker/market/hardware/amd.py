"""AMD graphics through the files of the amdgpu driver, readable by everybody (kernel: amdgpu_pm.c)."""

from __future__ import annotations

from pathlib import Path

from compute_broker.core.texts import tr
from compute_broker.market.hardware.base import Device, Found, Kind
from compute_broker.market.hardware.cards import cards_of, driver_of, model_name
from compute_broker.market.hardware.files import entries, is_asleep, number_in, share_in

VENDOR = 0x1002


class AmdCards:
    """The handler. An APU works mostly in the machine's own memory, which its driver calls GTT."""

    name = tr("AMD graphics")

    def __init__(self, root: Path = Path("/")) -> None:
        """Read below ``root``."""
        self._root = root

    def look(self) -> Found:
        """Return the cards; suspended ones are not woken."""
        cards = cards_of(self._root, VENDOR)
        if not cards:
            return Found(absent=tr("no AMD graphics in this machine"))
        return Found(tuple(self._device(card) for card in cards))

    def _device(self, card: Path) -> Device:
        name = model_name(card, tr("AMD graphics"))
        if is_asleep(card):
            return Device(Kind.GPU, name, driver_of(card), note=tr("asleep, and not woken to be read"))
        shared = not is_discrete(card)
        kind = "gtt" if shared else "vram"
        total = number_in(card / f"mem_info_{kind}_total")
        used = number_in(card / f"mem_info_{kind}_used")
        return Device(
            Kind.GPU,
            name,
            driver_of(card),
            memory_total=total,
            memory_free=max(0, total - used) if total is not None and used is not None else None,
            load=share_in(card / "gpu_busy_percent"),
            milliwatts=draw_of(card),
            shares_memory=shared,
        )


def is_discrete(card: Path) -> bool:
    """Return whether a card has memory of its own: only then its driver tells how busy that memory is."""
    return (card / "mem_busy_percent").exists()


def draw_of(card: Path) -> int | None:
    """Return the milliwatts that a card's own sensor tells, of an APU those of the whole package."""
    for hwmon in entries(card / "hwmon", "hwmon*"):
        for name in ("power1_average", "power1_input"):
            microwatts = number_in(hwmon / name)
            if microwatts is not None:
                return microwatts // 1000
    return None
