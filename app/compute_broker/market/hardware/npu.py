"""Neural processors: Intel's and AMD's by the kernel's files, Qualcomm's and Apple's as far as they tell."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from compute_broker.core.texts import figure, tr
from compute_broker.market.hardware.base import Device, Found, Kind
from compute_broker.market.hardware.cards import driver_of
from compute_broker.market.hardware.files import entries, is_asleep, number_in, text_in
from compute_broker.market.hardware.rates import Rates

_INTEL, _AMD, _QUALCOMM = 0x8086, 0x1022, 0x17CB
_US = 1_000_000


def _accelerators(root: Path, vendor: int, driver: str) -> list[Path]:
    """Return the device folders of a vendor's accelerators, by the address on the bus: numbers change."""
    found = []
    for entry in entries(root / "sys/class/accel", "accel[0-9]*"):
        device = entry / "device"
        if number_in(device / "vendor") == vendor and driver_of(device) in {driver, ""}:
            found.append(device)
    return sorted(found, key=_address)


def _address(device: Path) -> str:
    try:
        return str(device.resolve())
    except (OSError, RuntimeError):
        return str(device)


class IntelNpu:
    """Intel's NPU: busy time in microseconds since kernel 6.11, the memory in use since 6.15."""

    name = tr("Intel NPU")

    def __init__(self, root: Path = Path("/"), rates: Rates | None = None) -> None:
        """Read below ``root``; ``rates`` keeps the counter from being read more than once per second."""
        self._root = root
        self._rates = rates or Rates()

    def look(self) -> Found:
        """Return the NPU with its load."""
        devices = _accelerators(self._root, _INTEL, "intel_vpu")
        if not devices:
            return Found(absent=tr("no Intel NPU, or a kernel before 6.11 that does not show it"))
        return Found(tuple(self._device(each) for each in devices))

    def _device(self, device: Path) -> Device:
        key, counter = _address(device), device / "npu_busy_time_us"
        if is_asleep(device):
            return Device(Kind.NPU, tr("Intel NPU"), "intel_vpu", load=0.0, shares_memory=True, note="asleep")
        if self._rates.due(key):
            load = self._rates.share(key, number_in(counter), _US)
        else:
            load = self._rates.known(key)
        used = number_in(device / "npu_memory_utilization")
        note = (
            ""
            if used is None
            else tr("uses {used} MB of the machine's memory", used=figure(f"{used / 2**20:,.0f}"))
        )
        return Device(Kind.NPU, tr("Intel NPU"), "intel_vpu", load=load, shares_memory=True, note=note)


class AmdNpu:
    """AMD's XDNA: its driver has no file that tells how busy it is."""

    name = tr("AMD NPU")

    def __init__(self, root: Path = Path("/")) -> None:
        """Read below ``root``."""
        self._root = root

    def look(self) -> Found:
        """Return the NPU; whether it rests is all that can be told of its load."""
        devices = _accelerators(self._root, _AMD, "amdxdna")
        if not devices:
            return Found(absent=tr("no AMD NPU, or a kernel before 6.14 that does not show it"))
        return Found(tuple(_amd(each) for each in devices))


def _amd(device: Path) -> Device:
    name = text_in(device / "vbnv") or tr("AMD NPU (XDNA)")
    if is_asleep(device) or (text_in(device / "power_state") or "D0") != "D0":
        return Device(Kind.NPU, name, "amdxdna", load=0.0, shares_memory=True, note="asleep")
    return Device(
        Kind.NPU, name, "amdxdna", shares_memory=True, note=tr("its driver does not tell how busy it is")
    )


class QualcommNpu:
    """Qualcomm's: the AI 100 card shows itself to the kernel, the Hexagon of a Snapdragon does not."""

    name = tr("Qualcomm NPU")

    def __init__(self, root: Path = Path("/")) -> None:
        """Read below ``root``."""
        self._root = root

    def look(self) -> Found:
        """Return a card's presence."""
        devices = _accelerators(self._root, _QUALCOMM, "qaic")
        note = tr("its driver does not tell how busy it is")
        if devices:
            return Found(tuple(Device(Kind.NPU, tr("Qualcomm AI 100"), "qaic", note=note) for _ in devices))
        model = text_in(self._root / "proc/device-tree/compatible") or ""
        if "qcom," in model:
            return Found(
                absent=tr("the Hexagon NPU of a Snapdragon cannot be read without Qualcomm's package")
            )
        return Found(absent=tr("no Qualcomm NPU in this machine"))


class AppleNpu:
    """Apple's Neural Engine: there on every Apple chip, and telling nobody how busy it is."""

    name = tr("Apple Neural Engine")

    def look(self) -> Found:
        """Return its presence."""
        if sys.platform != "darwin":
            return Found(absent=tr("not a Mac"))
        if platform.machine() != "arm64":
            return Found(absent=tr("this Mac has no Apple chip"))
        note = tr("macOS does not tell how busy it is")
        return Found((Device(Kind.NPU, tr("Apple Neural Engine"), shares_memory=True, note=note),))
