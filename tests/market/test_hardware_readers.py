"""What this machine has, read from trees as kernels show them: every vendor, and every way to be broken."""

from __future__ import annotations

import plistlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.market.hardware import words
from compute_broker.market.hardware.amd import AmdCards
from compute_broker.market.hardware.apple import AppleGraphics
from compute_broker.market.hardware.base import Device, Found, Kind
from compute_broker.market.hardware.battery import read_battery
from compute_broker.market.hardware.files import entries, name_behind, number_in, text_in
from compute_broker.market.hardware.fits import SIZES, Room, largest, needed, room, sentence
from compute_broker.market.hardware.intel import IntelGraphics
from compute_broker.market.hardware.npu import AmdNpu, IntelNpu, QualcommNpu
from compute_broker.market.hardware.nvidia import NvidiaCards, Nvml
from compute_broker.market.hardware.processor import Processor, pressure
from compute_broker.market.hardware.rates import Rates
from compute_broker.market.survey import Survey
from doubles.kernel_tree import KernelTree, every_file, everything
from doubles.nvml import (
    GPU_IS_LOST,
    LIBRARY_NOT_FOUND,
    NOT_SUPPORTED,
    VERSION_MISMATCH,
    Card,
    NvmlDouble,
)

GIB = 2**30


class Turned:
    """A clock in seconds that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def tree(tmp_path: Path) -> KernelTree:
    return KernelTree(tmp_path / "root")


def only(found: Found) -> Device:
    (device,) = found.devices
    return device


# -- graphics ---------------------------------------------------------------------------------


def test_an_amd_card_is_read_with_memory_load_power_and_driver(tree: KernelTree) -> None:
    tree.add_amd_card()
    device = only(AmdCards(tree.root).look())
    assert device == Device(
        Kind.GPU, "AMD graphics (744c)", "amdgpu", 16 * GIB, 12 * GIB, 0.37, 60_000, shares_memory=False
    )


def test_an_apu_works_in_the_machines_memory(tree: KernelTree) -> None:
    tree.add_amd_card(apu=True)
    device = only(AmdCards(tree.root).look())
    assert (device.shares_memory, device.memory_free) == (True, 10 * GIB)


def test_a_suspended_card_is_named_and_not_woken(tree: KernelTree) -> None:
    card = tree.add_amd_card()
    tree.write(card / "power/runtime_status", "suspended")
    (card / "gpu_busy_percent").unlink()
    (card / "gpu_busy_percent").symlink_to("/nowhere/that/would/wake/it")
    device = only(AmdCards(tree.root).look())
    assert "asleep" in device.note
    assert (device.load, device.memory_total, device.milliwatts) == (None, None, None)


@pytest.mark.parametrize("driver", ["xe", "i915"])
def test_intel_graphics_are_busy_for_what_they_did_not_rest(tree: KernelTree, driver: str) -> None:
    card, clock = tree.add_intel_card(driver=driver), Turned()
    reader = IntelGraphics(tree.root, Rates(clock))
    assert only(reader.look()).load is None, "one sample tells nothing"
    clock.now += 2.0
    part = (
        card / "tile0/gt0/gtidle/idle_residency_ms"
        if driver == "xe"
        else tree.root / "sys/class/drm/card1/gt/gt0/rc6_residency_ms"
    )
    tree.write(part, 1500)  # rested half a second of two
    if driver == "xe":
        tree.write(card / "tile0/gt1/gtidle/idle_residency_ms", 3000)
    assert only(reader.look()).load == pytest.approx(0.75), "the busiest part counts"
    clock.now += 2.0
    tree.write(part, 20)  # the counter was reset
    if driver == "xe":
        tree.write(card / "tile0/gt1/gtidle/idle_residency_ms", 1)
    assert only(reader.look()).load is None


def test_an_nvidia_card_is_read_through_its_library(tree: KernelTree) -> None:
    tree.add_nvidia_card()
    library = NvmlDouble(Card(free=20 * GIB, busy=42, milliwatts=182_000))
    device = only(NvidiaCards(Nvml(tree.root, lambda: library)).look())
    assert device.name == "NVIDIA GeForce RTX 3090"
    assert (device.memory_free, device.load, device.milliwatts) == (20 * GIB, 0.42, 182_000)
    assert device.driver == "nvidia 580.95"


def test_without_a_driver_the_library_is_not_even_imported(tree: KernelTree) -> None:
    found = NvidiaCards(Nvml(tree.root)).look()
    assert found == Found(absent="no NVIDIA driver is installed")


def test_a_sleeping_laptop_card_is_not_woken(tree: KernelTree) -> None:
    tree.add_nvidia_card("suspended")
    library = NvmlDouble(Card())
    assert "asleep" in only(NvidiaCards(Nvml(tree.root, lambda: library)).look()).note
    assert library.calls == []


@pytest.mark.parametrize("error", [LIBRARY_NOT_FOUND, VERSION_MISMATCH, GPU_IS_LOST])
def test_a_driver_that_does_not_answer_says_so(tree: KernelTree, error: int) -> None:
    nvml = Nvml(tree.root, lambda: NvmlDouble(init=error))
    assert f"NVML error {error}" in NvidiaCards(nvml).look().absent


def test_a_missing_package_is_a_reason_too(tree: KernelTree) -> None:
    def load() -> object:
        raise ImportError("pynvml")

    assert "nvidia-ml-py" in NvidiaCards(Nvml(tree.root, load)).look().absent


def test_what_a_card_does_not_support_is_unknown_and_not_zero(tree: KernelTree) -> None:
    calls = ("nvmlDeviceGetMemoryInfo", "nvmlDeviceGetUtilizationRates", "nvmlDeviceGetPowerUsage")
    card = Card(refuses=dict.fromkeys(calls, NOT_SUPPORTED))
    device = only(NvidiaCards(Nvml(tree.root, lambda: NvmlDouble(card))).look())
    assert (device.memory_total, device.load, device.milliwatts) == (None, None, None)
    assert device.shares_memory
    assert "– busy" in words.device(device)


def test_apple_graphics_are_read_from_the_property_list() -> None:
    listed = [
        {
            "model": "Apple M4 Max",
            "IOClass": "AGXAcceleratorG16X",
            "PerformanceStatistics": {"Device Utilization %": 63, "In use system memory": 3 * GIB},
        }
    ]
    device = only(AppleGraphics(lambda: plistlib.dumps(listed)).look())
    assert (device.name, device.load, device.shares_memory) == ("Apple M4 Max", 0.63, True)
    assert "3.0 GB" in device.note


@pytest.mark.parametrize(
    "listed",
    [
        b"",
        b"<plist>",
        plistlib.dumps([]),
        plistlib.dumps({}),
        plistlib.dumps(["text"]),
        plistlib.dumps(
            [{"PerformanceStatistics": {"Device Utilization %": -1, "In use system memory": "x"}}]
        ),
        plistlib.dumps([{"PerformanceStatistics": "none", "model": b"\x00"}]),
    ],
)
def test_a_strange_property_list_makes_up_no_figure(listed: bytes) -> None:
    found = AppleGraphics(lambda: listed).look()
    assert all(each.load is None for each in found.devices)
    assert found.devices or found.absent


# -- neural processors ------------------------------------------------------------------------


def test_intels_npu_is_busy_for_the_time_its_counter_grew(tree: KernelTree) -> None:
    device, clock = tree.add_intel_npu(), Turned()
    reader = IntelNpu(tree.root, Rates(clock))
    assert only(reader.look()).load is None
    clock.now += 2.0
    tree.write(device / "npu_busy_time_us", 5_500_000)
    assert only(reader.look()).load == pytest.approx(0.25)
    clock.now += 0.2
    tree.write(device / "npu_busy_time_us", 5_700_000)
    assert only(reader.look()).load == pytest.approx(0.25), "it may be read at most once per second"
    clock.now += 2.0
    tree.write(device / "npu_busy_time_us", 3)
    assert only(reader.look()).load is None, "reset"
    assert "256 MB" in only(reader.look()).note


def test_amds_npu_tells_only_whether_it_sleeps(tree: KernelTree) -> None:
    device = tree.add_amd_npu()
    assert only(AmdNpu(tree.root).look()).load is None
    tree.write(device / "power_state", "D3hot")
    asleep = only(AmdNpu(tree.root).look())
    assert (asleep.load, asleep.note) == (0.0, "asleep")


def test_qualcomms_card_and_snapdragon_are_told_apart(tree: KernelTree) -> None:
    tree.write("proc/device-tree/compatible", "lenovo,t14s\0qcom,x1e80100")
    assert "Hexagon" in QualcommNpu(tree.root).look().absent
    tree.add_qualcomm_card()
    assert only(QualcommNpu(tree.root).look()).name == "Qualcomm AI 100"


# -- battery and pressure ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "on_battery"),
    [("Discharging", True), ("Charging", False), ("Full", False), ("Not charging", False), ("Unknown", None)],
)
def test_the_battery_says_whether_the_machine_runs_on_it(
    tree: KernelTree, status: str, on_battery: Any
) -> None:
    tree.add_battery(status=status, charge=63)
    found = read_battery(tree.root)
    assert (found.on_battery, found.charge) == (on_battery, 63), "the mouse's battery is not asked"


def test_a_machine_without_a_battery_says_so(tree: KernelTree) -> None:
    assert read_battery(tree.root).absent == "no battery in this machine"


def test_pressure_is_the_share_of_time_that_work_waited(tree: KernelTree) -> None:
    everything(tree.root)
    assert pressure(tree.root, "cpu") == pytest.approx(0.125)
    assert pressure(tree.root, "io") is None


# -- malformed trees --------------------------------------------------------------------------


BREAK = {
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("n/a\n"),
    "minus one": lambda file: file.write_text("-1\n"),
    "no UTF-8": lambda file: file.write_bytes(b"\xff\xfe\x00"),
    "huge": lambda file: file.write_text("9" * 5000),
    "gone": lambda file: file.unlink(),
    "barred": lambda file: (file.unlink(), file.mkdir()),
    "dangling": lambda file: (file.unlink(), file.symlink_to("/nowhere")),
    "circle": lambda file: (file.unlink(), file.symlink_to(file)),
}


@pytest.mark.parametrize("how", BREAK)
def test_no_broken_file_makes_a_reader_fail_or_invent_a_figure(tmp_path: Path, how: str) -> None:
    whole = everything(tmp_path / "whole").root
    survey = Survey(whole)
    assert len(survey.read().devices) == 5
    for file in every_file(whole):
        content = file.read_bytes()
        BREAK[how](file)
        found = Survey(whole).read()
        for device in found.devices:
            assert device.load is None or 0 <= device.load <= 1
            assert device.memory_free is None or device.memory_free >= 0
            assert device.milliwatts is None or device.milliwatts >= 0
        assert all(reason for _, reason in found.absent)
        if file.is_dir():
            file.rmdir()
        file.unlink(missing_ok=True)
        file.write_bytes(content)


def test_a_device_that_vanishes_between_two_looks_is_gone_with_a_reason(tree: KernelTree) -> None:
    tree.add_amd_card()
    reader = AmdCards(tree.root)
    assert reader.look().devices
    shutil.rmtree(tree.root / "sys/devices")
    assert reader.look() == Found(absent="no AMD graphics in this machine")


def test_a_broken_link_has_no_name_and_a_missing_folder_no_entries(tmp_path: Path) -> None:
    (tmp_path / "driver").symlink_to("nowhere")
    assert name_behind(tmp_path / "driver") == ""
    assert name_behind(tmp_path) == ""
    assert entries(tmp_path / "not there", "*") == []
    assert text_in(tmp_path) is None


@given(st.text(max_size=30))
def test_any_text_is_a_number_of_at_least_zero_or_none(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "number"
    file.write_text(text, "utf-8", "replace")
    number = number_in(file)
    assert number is None or number >= 0


async def test_two_looks_within_a_second_are_one(tree: KernelTree) -> None:
    everything(tree.root)
    survey = Survey(tree.root)
    assert await survey.look() is await survey.look()


# -- what could run ---------------------------------------------------------------------------


MACHINE = Processor(8, 0.1, 32 * GIB, 20 * GIB)


def test_a_card_with_24_gb_free_runs_a_27b_model() -> None:
    card = Device(Kind.GPU, "RTX 3090", memory_total=24 * GIB, memory_free=24 * GIB)
    assert sentence(room([card], MACHINE)) == "24 GB free on RTX 3090: a 27B model at 4 bits fits."


def test_without_a_card_the_machines_memory_counts_less_what_others_need() -> None:
    found = room([], MACHINE)
    assert found == Room(20 * GIB, "of memory free", 18 * GIB, slow=True)
    assert sentence(found).endswith("fits, slowly.")
    sleeping = Device(Kind.GPU, "Laptop card", note="asleep")
    assert room([sleeping], MACHINE) == found


def test_a_mac_keeps_a_quarter_from_its_graphics() -> None:
    mac = Device(Kind.GPU, "Apple M4", shares_memory=True)
    free = Processor(10, 0.1, 32 * GIB, 30 * GIB)
    assert room([mac], free, mac=True).usable == 24 * GIB


def test_too_little_memory_and_an_unknown_one_are_said_plainly() -> None:
    assert "too little" in sentence(Room(GIB, "of memory free", 0))
    assert "not known" in sentence(None)


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_more_memory_never_fits_a_smaller_model(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert (largest(less) or 0) <= (largest(more) or 0)
    fitting = largest(more)
    assert fitting is None or needed(fitting) <= more


def test_sizes_and_their_needs_grow_together() -> None:
    needs = [needed(size) for size in SIZES]
    assert list(SIZES) == sorted(SIZES)
    assert needs == sorted(needs)
