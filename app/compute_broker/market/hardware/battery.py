"""The battery: its charge, and whether the machine runs on it now."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from compute_broker.core.texts import tr
from compute_broker.market.hardware.files import entries, share_in, text_in

_MOST_CHARGE = 100


@dataclass(frozen=True, slots=True)
class Battery:
    """``on_battery`` and ``charge`` in per cent, ``None`` where unknown; ``absent`` is why there is none."""

    on_battery: bool | None = None
    charge: int | None = None
    absent: str = ""


def read_battery(root: Path = Path("/")) -> Battery:
    """Return the battery as it is now. Blocks for a millisecond; on Linux without another package."""
    if sys.platform.startswith("linux"):
        return _of_linux(root)
    return _of_others()


def batteries(root: Path) -> list[Path]:
    """Return the machine's own batteries: those of a mouse or headset are of scope ``Device``."""
    return [
        each
        for each in entries(root / "sys/class/power_supply", "*")
        if text_in(each / "type") == "Battery" and text_in(each / "scope") != "Device"
    ]


def _of_linux(root: Path) -> Battery:
    found = batteries(root)
    if not found:
        return Battery(absent=tr("no battery in this machine"))
    states = {text_in(each / "status") for each in found}
    levels = [level for each in found if (level := share_in(each / "capacity")) is not None]
    charge = round(sum(levels) / len(levels) * _MOST_CHARGE) if levels else None
    on_battery = None if states <= {None, "Unknown"} else "Discharging" in states
    return Battery(on_battery, charge)


def _of_others() -> Battery:
    import psutil  # noqa: PLC0415 - only who asks for the battery pays for it

    found = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    if found is None:
        return Battery(absent=tr("no battery in this machine"))
    plugged = found.power_plugged
    return Battery(None if plugged is None else not plugged, min(_MOST_CHARGE, round(found.percent)))
