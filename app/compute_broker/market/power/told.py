"""Whether the electricity of local answers can be measured here, in a sentence."""

from __future__ import annotations

from pathlib import Path

from compute_broker.core.texts import tr
from compute_broker.market.hardware.files import entries, number_in
from compute_broker.market.hardware.nvidia import Nvml
from compute_broker.market.power.sensors import Covers, all_sensors

_SEES = {
    Covers.CARD: tr("graphics card"),
    Covers.PROCESSOR: "processor",
    Covers.MACHINE: tr("whole machine, on battery"),
}


def how_measured(root: Path = Path("/"), nvml: Nvml | None = None) -> str:
    """Return which sensors answer now, else why electricity is estimated. Blocks: for a thread."""
    found = [f"{each.name} ({_SEES[each.covers]})" for each in all_sensors(root, nvml) if each.read()]
    if found:
        return tr("measured by {it}", it=", ".join(found))
    zones = entries(root / "sys/class/powercap", "intel-rapl:*")
    if zones and all(number_in(zone / "energy_uj") is None for zone in zones):
        return tr("estimated: the processor's energy counter is for root alone, and there is no other sensor")
    return tr("estimated: no power sensor was found")
