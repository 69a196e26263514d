"""A file system as kernels show their devices in it: graphics, NPUs, power counters, batteries.

Shapes and units from the kernel's documents (amdgpu_pm.c, sysfs-driver-ivpu, xe_gt_idle.c, powercap).
A second sample is the same file written anew.
"""

from __future__ import annotations

import os
from pathlib import Path


class KernelTree:
    """Builds below ``root``; every ``add_*`` returns the folder of what it made."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str | Path, text: str | int) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n", "utf-8")
        return file

    def _device(self, kind: str, name: str, address: str, vendor: int, driver: str) -> Path:
        """A device on the PCI bus with its entry in a class, linked as the kernel links them."""
        real = self.root / "sys/devices/pci0000:00" / address
        self.write(real / "vendor", f"{vendor:#06x}")
        drivers = self.root / "sys/bus/pci/drivers" / driver
        drivers.mkdir(parents=True, exist_ok=True)
        (real / "driver").symlink_to(drivers)
        entry = self.root / "sys/class" / kind / name
        entry.mkdir(parents=True)
        (entry / "device").symlink_to(real)
        return entry / "device"

    def add_amd_card(self, *, card: int = 0, apu: bool = False, watts: int = 60) -> Path:
        """Radeon: 16 GB of its own, 4 of them used; or an APU in the machine's memory."""
        device = self._device("drm", f"card{card}", f"0000:0{card + 3}:00.0", 0x1002, "amdgpu")
        self.write(device / "device", "0x744c")
        self.write(device / "gpu_busy_percent", 37)
        self.write(device / "mem_info_vram_total", 2**29 if apu else 16 * 2**30)
        self.write(device / "mem_info_vram_used", 2**28 if apu else 4 * 2**30)
        self.write(device / "mem_info_gtt_total", 12 * 2**30)
        self.write(device / "mem_info_gtt_used", 2 * 2**30)
        self.write(device / "power/runtime_status", "active")
        self.write(device / "hwmon/hwmon3/power1_average", watts * 1_000_000)
        if not apu:
            self.write(device / "mem_busy_percent", 12)
        (self.root / f"sys/class/drm/card{card}-HDMI-A-1").mkdir()
        return device

    def add_intel_card(self, *, card: int = 1, driver: str = "xe", arc: bool = False) -> Path:
        """Graphics of a processor, or an Arc card, with the idle counters of its driver."""
        device = self._device("drm", f"card{card}", "0000:00:02.0", 0x8086, driver)
        self.write(device / "power/runtime_status", "active")
        if driver == "xe":
            self.write(device / "tile0/gt0/gtidle/idle_residency_ms", 1000)
            self.write(device / "tile0/gt1/gtidle/idle_residency_ms", 1000)
        else:
            self.write(self.root / f"sys/class/drm/card{card}/gt/gt0/rc6_residency_ms", 1000)
        if arc:
            self.write(device / "hwmon/hwmon5/energy1_input", 1_000_000)
        return device

    def add_intel_npu(self) -> Path:
        device = self._device("accel", "accel0", "0000:00:0b.0", 0x8086, "intel_vpu")
        self.write(device / "npu_busy_time_us", 5_000_000)
        self.write(device / "npu_memory_utilization", 256 * 2**20)
        self.write(device / "power/runtime_status", "active")
        return device

    def add_amd_npu(self) -> Path:
        device = self._device("accel", "accel1", "0000:c4:00.1", 0x1022, "amdxdna")
        self.write(device / "power_state", "D0")
        self.write(device / "power/runtime_status", "active")
        return device

    def add_qualcomm_card(self) -> Path:
        return self._device("accel", "accel2", "0000:05:00.0", 0x17CB, "qaic")

    def add_nvidia_card(self, status: str = "active") -> Path:
        """A card on the bus, with the driver library that makes NVML worth loading."""
        real = self.root / "sys/bus/pci/devices/0000:01:00.0"
        self.write(real / "vendor", "0x10de")
        self.write(real / "class", "0x030000")
        self.write(real / "power/runtime_status", status)
        self.write("proc/driver/nvidia/version", "NVRM version: 580.95")
        return real

    def add_rapl(self, *, packages: int = 1, joules: int = 0, wraps_at: int = 262_143_328_850) -> list[Path]:
        """Energy counters of processor packages, each with a part and the whole platform beside them."""
        folder = Path("sys/class/powercap")
        counters = []
        for number in range(packages):
            zone = folder / f"intel-rapl:{number}"
            self.write(zone / "name", f"package-{number}")
            self.write(zone / "max_energy_range_uj", wraps_at)
            counters.append(self.write(zone / "energy_uj", joules * 1_000_000))
            part = folder / f"intel-rapl:{number}:0"
            self.write(part / "name", "core")
            self.write(part / "energy_uj", 999)
        platform = folder / f"intel-rapl:{packages}"
        self.write(platform / "name", "psys")
        self.write(platform / "energy_uj", 5)
        return counters

    def add_battery(self, *, status: str = "Discharging", charge: int = 80, watts: int = 20) -> Path:
        battery = Path("sys/class/power_supply/BAT0")
        self.write(battery / "type", "Battery")
        self.write(battery / "status", status)
        self.write(battery / "capacity", charge)
        self.write(battery / "power_now", watts * 1_000_000)
        mouse = Path("sys/class/power_supply/hidpp_battery_0")
        self.write(mouse / "type", "Battery")
        self.write(mouse / "scope", "Device")
        self.write(mouse / "status", "Discharging")
        self.write(mouse / "capacity", 5)
        self.write("sys/class/power_supply/AC/type", "Mains")
        return self.root / battery


def everything(root: Path) -> KernelTree:
    """Return a tree with a device of every kind."""
    tree = KernelTree(root)
    tree.add_amd_card()
    tree.add_intel_card()
    tree.add_intel_npu()
    tree.add_amd_npu()
    tree.add_qualcomm_card()
    tree.add_rapl()
    tree.add_battery()
    tree.write("proc/pressure/cpu", "some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=0.00")
    tree.write("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0")
    return tree


def every_file(root: Path) -> list[Path]:
    """Return the files of a tree, links not followed."""
    return [
        Path(folder) / name
        for folder, _, names in os.walk(root)
        for name in names
        if not (Path(folder) / name).is_symlink()
    ]
