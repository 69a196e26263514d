"""Apple graphics through ``ioreg``, which everybody may run; its memory is the machine's own."""

from __future__ import annotations

import plistlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from xml.parsers.expat import ExpatError

from compute_broker.core.texts import figure, tr
from compute_broker.market.hardware.base import Device, Found, Kind

_COMMAND = ("/usr/sbin/ioreg", "-r", "-d", "1", "-c", "IOAccelerator", "-a")
_SECONDS = 5.0


class AppleGraphics:
    """The handler. ``read`` returns the property list that ``ioreg`` prints."""

    name = tr("Apple graphics")

    def __init__(self, read: Callable[[], bytes] | None = None) -> None:
        """Ask ``ioreg`` unless another source is given."""
        self._read = read

    def look(self) -> Found:
        """Return the graphics of an Apple chip with its load."""
        if self._read is None and sys.platform != "darwin":
            return Found(absent=tr("not a Mac"))
        try:
            listed = plistlib.loads((self._read or _ioreg)())
        except (OSError, subprocess.SubprocessError, plistlib.InvalidFileException, ExpatError, ValueError):
            return Found(absent=tr("macOS does not tell of its graphics"))
        entries = listed if isinstance(listed, list) else []
        devices = tuple(_device(entry) for entry in entries if isinstance(entry, dict))
        return Found(devices, "" if devices else tr("macOS names no graphics"))


def _device(entry: dict[str, Any]) -> Device:
    told = entry.get("PerformanceStatistics")
    figures = told if isinstance(told, dict) else {}
    load: Any = figures.get("Device Utilization %")
    used: Any = figures.get("In use system memory")
    model = entry.get("model")
    return Device(
        Kind.GPU,
        model if isinstance(model, str) and model else tr("Apple graphics"),
        driver=str(entry.get("IOClass", "")),
        load=load / 100 if _is_size(load) and load <= 100 else None,  # noqa: PLR2004 - per cent
        shares_memory=True,
        note=tr("uses {used} GB of the machine's memory", used=figure(f"{used / 2**30:.1f}"))
        if _is_size(used)
        else "",
    )


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _ioreg() -> bytes:
    return subprocess.run(_COMMAND, capture_output=True, timeout=_SECONDS, check=True).stdout  # noqa: S603 - a constant
