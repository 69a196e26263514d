"""Measured power: each answer has its share of what the machine draws above idle, or an honest mark."""

from __future__ import annotations

import asyncio
import shutil
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.builders import LOCAL, NOW, quote
from compute_broker.core.energy import Energy
from compute_broker.core.price import CostBasis, PowerRate
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.electricity import Draw, draw_of, electricity_price, measured_draw
from compute_broker.market.hardware.nvidia import Nvml
from compute_broker.market.power import meter as meter_module
from compute_broker.market.power.gauge import Gauge, Sample, shares
from compute_broker.market.power.meter import PowerMeter, Reading
from compute_broker.market.power.sensors import (
    BatterySensor,
    Covers,
    NvmlSensor,
    RaplSensor,
    all_sensors,
    fit_for,
)
from compute_broker.market.power.told import how_measured
from compute_broker.market.wear import Wear, nanos_per_hour
from doubles.kernel_tree import KernelTree
from doubles.nvml import GPU_IS_LOST, NOT_SUPPORTED, Card, NvmlDouble
from doubles.power_sensor import Clock, ScriptedSensor

TIER = LOCAL.tier
TINY = quote("tiny", 0, None, provider=ProviderKind.BUILTIN, place=Place.PERSONAL).tier


# -- sharing ----------------------------------------------------------------------------------


@given(st.integers(0, 10**15), st.lists(st.floats(0, 1e6), min_size=1).filter(any))
def test_shares_add_up_to_the_whole_and_are_in_proportion(whole: int, parts: list[float]) -> None:
    found = shares(whole, parts)
    assert sum(found) == whole
    total = sum(parts)
    for share, part in zip(found, parts, strict=True):
        assert share >= 0
        assert abs(share - whole * (part / total)) <= 2 + whole * 1e-9


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=6)


@given(spans, st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_answers_at_once_are_charged_the_draw_above_idle_once(
    wanted: list[tuple[int, int]], watts: list[int]
) -> None:
    """Runs of any overlap, any draw each second: the sum of their shares is all that was above idle."""
    gauge, counted = Gauge(), 0
    idle = 40
    gauge.take(Sample(0.0, microjoules=0))
    gauge.take(Sample(1.0, microjoules=idle * 1_000_000))
    counted = idle * 1_000_000
    moment, above = 1, 0
    ends = {number: begin + length for number, (begin, length) in enumerate(wanted)}
    runs = {}
    for step in range(110):
        for number, (begin, _) in enumerate(wanted):
            if begin == step:
                runs[number] = gauge.begin(float(moment))
        for number, run in runs.items():
            if ends[number] == step and run.end is None:
                run.end = float(moment)
        gauge.runs = [run for run in gauge.runs if run.end is None]
        drawn = watts[step % len(watts)]
        if gauge.runs:
            above += max(0, drawn - idle) * 1_000_000
        else:
            drawn = idle
        counted += drawn * 1_000_000
        moment += 1
        gauge.take(Sample(float(moment), microjoules=counted))
    assert sum(run.microjoules for run in runs.values()) == above
    assert not any(run.broken for run in runs.values())


def test_a_draw_told_in_watts_is_summed_between_its_samples() -> None:
    gauge = Gauge()
    gauge.take(Sample(0.0, milliwatts=30_000))
    gauge.take(Sample(1.0, milliwatts=30_000))
    run = gauge.begin(1.0)
    gauge.take(Sample(2.0, milliwatts=130_000))
    gauge.take(Sample(4.0, milliwatts=130_000))
    assert run.microjoules == (50 + 100 * 2) * 1_000_000


def test_the_idle_draw_is_a_low_quantile_so_that_other_work_does_not_raise_it() -> None:
    gauge, counted = Gauge(), 0
    for second, watts in enumerate([0, 40, 41, 300, 39, 250, 40, 42, 280, 40]):
        counted += watts * 1_000_000
        gauge.take(Sample(float(second), microjoules=counted))
    assert gauge.idle_milliwatts == pytest.approx(40_000)


def test_two_samples_of_one_moment_lose_nothing() -> None:
    gauge = Gauge()
    for second in range(2):
        gauge.take(Sample(float(second), microjoules=0))
    run = gauge.begin(1.0)
    gauge.take(Sample(2.0, microjoules=1000))
    gauge.take(Sample(2.0, microjoules=1001))
    gauge.take(Sample(3.0, microjoules=2000))
    assert (run.microjoules, run.broken) == (2000, False)


def test_a_time_that_nobody_watched_says_nothing_of_the_draw_at_rest() -> None:
    gauge = Gauge()
    gauge.take(Sample(0.0, microjoules=0))
    gauge.take(Sample(600.0, microjoules=1_000_000))
    assert gauge.idle_milliwatts is None


@pytest.mark.parametrize("second", [None, Sample(2.0, microjoules=3), Sample(2.0, milliwatts=5)])
def test_a_lost_reset_or_changed_sensor_leaves_the_answer_unmeasured(second: Sample | None) -> None:
    gauge = Gauge()
    gauge.take(Sample(0.0, microjoules=100))
    gauge.take(Sample(1.0, microjoules=200))
    run = gauge.begin(1.0)
    gauge.take(second)
    gauge.take(Sample(3.0, microjoules=900))
    assert run.broken


# -- sensors ----------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> KernelTree:
    return KernelTree(tmp_path / "root")


def test_raplss_counters_are_summed_over_packages_and_over_a_wrap(tree: KernelTree) -> None:
    one, two = tree.add_rapl(packages=2, joules=100, wraps_at=200_000_000)
    sensor = RaplSensor(tree.root, Clock())
    assert sensor.read().microjoules == 0
    tree.write(one, 150_000_000)
    tree.write(two, 130_000_000)
    assert sensor.read().microjoules == 80_000_000
    tree.write(one, 10_000_000)  # wrapped: 50 to the top, 10 from there
    assert sensor.read().microjoules == 140_000_000, "parts and platform are not counted again"


@pytest.mark.parametrize("text", ["", "n/a", "-1"])
def test_a_counter_that_only_root_may_read_or_that_is_broken_gives_no_sample(
    tree: KernelTree, text: str
) -> None:
    (counter,) = tree.add_rapl()
    sensor = RaplSensor(tree.root, Clock())
    assert sensor.read() is not None
    tree.write(counter, text)
    assert sensor.read() is None
    counter.unlink()
    counter.mkdir()  # as unreadable as a file of root's, for whoever runs this
    assert sensor.read() is None


def test_a_counter_of_roots_is_no_error_and_said_to_be_roots(
    tree: KernelTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = tree.add_rapl()
    assert how_measured(tree.root) == "measured by RAPL (processor)"
    real = Path.open

    def barred(path: Path, *mode: str) -> object:
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *mode)

    monkeypatch.setattr(Path, "open", barred)
    assert RaplSensor(tree.root, Clock()).read() is None
    assert "for root alone" in how_measured(tree.root)
    monkeypatch.undo()
    for counter in counters:
        shutil.rmtree(counter.parent)
    shutil.rmtree(tree.root / "sys/class/powercap")
    assert how_measured(tree.root) == "estimated: no power sensor was found"


def test_a_counter_that_was_reset_without_a_known_top_loses_the_interval(tree: KernelTree) -> None:
    (counter,) = tree.add_rapl(joules=100)
    tree.write(counter.parent / "max_energy_range_uj", "")
    sensor = RaplSensor(tree.root, Clock())
    sensor.read()
    tree.write(counter, 5)
    assert sensor.read() is None
    assert sensor.read() is not None


def test_nvml_counts_joules_or_else_tells_watts_and_wakes_no_card(tree: KernelTree) -> None:
    card = tree.add_nvidia_card()
    first, second = Card(millijoules=7), Card(millijoules=5)
    sensor = NvmlSensor(Nvml(tree.root, lambda: NvmlDouble(first, second)), Clock())
    assert sensor.read() == Sample(1000.0, microjoules=12_000)
    second.refuses["nvmlDeviceGetTotalEnergyConsumption"] = NOT_SUPPORTED
    assert sensor.read() == Sample(1000.0, milliwatts=60_000)
    first.refuses["nvmlDeviceGetPowerUsage"] = GPU_IS_LOST
    assert sensor.read() is None
    tree.write(card / "power/runtime_status", "suspended")
    first.refuses.clear()
    assert sensor.read() is None


def test_the_battery_tells_the_machines_draw_while_it_discharges_only(tree: KernelTree) -> None:
    battery = tree.add_battery(watts=23)
    sensor = BatterySensor(tree.root, Clock())
    assert sensor.read().milliwatts == 23_000
    (battery / "power_now").unlink()
    tree.write(battery / "current_now", 2_000_000)
    tree.write(battery / "voltage_now", 11_500_000)
    assert sensor.read().milliwatts == 23_000
    tree.write(battery / "status", "Charging")
    assert sensor.read() is None


def test_sensors_are_tried_in_order_among_those_that_see_what_the_tier_computes_on(tree: KernelTree) -> None:
    tree.add_amd_card(watts=120)
    tree.add_rapl()
    tree.add_battery()
    sensors = all_sensors(tree.root, clock=Clock())
    assert [each.name for each in fit_for(TIER, sensors)] == [
        "NVML", "AMD's sensor", "Intel's sensor", "RAPL", "AMD's package sensor", "the battery",
    ]  # fmt: skip
    assert [each.name for each in fit_for(TINY, sensors)] == ["RAPL", "AMD's package sensor", "the battery"]
    answering = {each.name: sample for each in sensors if (sample := each.read()) is not None}
    assert list(answering) == ["RAPL", "AMD's sensor", "the battery"]
    assert answering["AMD's sensor"].milliwatts == 120_000


def test_an_arc_card_counts_and_an_apu_tells_the_package(tree: KernelTree) -> None:
    tree.add_intel_card(arc=True)
    tree.add_amd_card(apu=True, watts=35)
    answering = {each.name: each.read() for each in all_sensors(tree.root, clock=Clock())}
    assert answering["Intel's sensor"].microjoules == 1_000_000
    assert answering["AMD's package sensor"].milliwatts == 35_000
    assert answering["AMD's sensor"] is None


# -- the meter --------------------------------------------------------------------------------


@pytest.fixture
def sensor() -> ScriptedSensor:
    """A card at rest at 50 W, on a clock of its own."""
    return ScriptedSensor()


async def started(meter: PowerMeter, sensor: ScriptedSensor) -> Reading:
    """Begin the first answer: time goes by while the machine is watched at rest."""
    sensor.drift = 1.0
    reading = await meter.start(TIER)
    sensor.drift = 0.0
    assert reading is not None
    return reading


def metered(*sensors: ScriptedSensor, every: float = 600.0) -> PowerMeter:
    return PowerMeter(sensors=lambda: sensors, clock=sensors[0].clock, every=every)


async def test_an_answer_is_charged_what_it_drew_above_idle(sensor: ScriptedSensor) -> None:
    meter = metered(sensor)
    reading = await started(meter, sensor)
    sensor.after(0, watts=232)
    sensor.after(10)
    assert await reading.stop() == Energy(1_820_000_000, 10_000, "NVML")
    assert "MainThread" not in sensor.threads, "the loop is not held up"
    await meter.close()


async def test_two_at_once_share_what_the_machine_draws(sensor: ScriptedSensor) -> None:
    meter = metered(sensor)
    first = await started(meter, sensor)
    sensor.after(0, watts=150)
    sensor.after(10)
    second = await meter.start(TIER)
    sensor.after(0, watts=250)
    sensor.after(10)
    one = await first.stop()
    sensor.after(0, watts=150)
    sensor.after(10)
    two = await second.stop()
    assert (one.microjoules, two.microjoules) == (2_000_000_000, 2_000_000_000)
    await meter.close()


async def test_a_sensor_that_vanishes_on_the_way_gives_no_figure(sensor: ScriptedSensor) -> None:
    meter = metered(sensor)
    reading = await started(meter, sensor)
    sensor.after(5, watts=200)
    sensor.gone = True
    assert await reading.stop() is None
    assert await meter.start(TIER) is None
    sensor.gone = False
    again = await meter.start(TIER)
    sensor.after(5)
    assert await again.stop() is not None
    await meter.close()


async def test_too_short_an_answer_and_one_that_drew_nothing_are_not_measured(sensor: ScriptedSensor) -> None:
    meter = metered(sensor)
    reading = await started(meter, sensor)
    sensor.after(0, watts=300)
    sensor.after(0.2)
    assert await reading.stop() is None
    sensor.after(0, watts=50)
    cold = await meter.start(TIER)
    sensor.after(10)
    assert await cold.stop() is None, "the model ran elsewhere: nothing above idle is no measurement"
    await meter.close()


async def test_a_driver_that_hangs_holds_up_no_answer(
    sensor: ScriptedSensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter_module, "_PATIENCE", 0.05)
    meter = metered(sensor)
    sensor.stuck = threading.Event()
    assert await meter.start(TIER) is None
    sensor.stuck.set()
    await meter.close()


async def test_a_sensor_that_raises_is_logged_and_the_answer_goes_on(
    sensor: ScriptedSensor, monkeypatch: pytest.MonkeyPatch, logs
) -> None:
    def broken() -> None:
        raise RuntimeError("driver fault")

    monkeypatch.setattr(sensor, "read", broken)
    logs.expect("power sensor NVML failed")
    assert await metered(sensor).start(TIER) is None


async def test_a_meter_that_cannot_even_begin_costs_nobody_the_answer(logs) -> None:
    def broken() -> list[ScriptedSensor]:
        raise RuntimeError("no such thing")

    logs.expect("power meter failed")
    assert await PowerMeter(sensors=broken).start(TIER) is None


async def test_nothing_is_read_for_tiers_elsewhere_or_with_watts_of_the_persons(
    sensor: ScriptedSensor,
) -> None:
    meter = PowerMeter(lambda tier_id: tier_id == TIER.id, sensors=lambda: [sensor])
    assert await meter.start(TIER) is None
    assert await meter.start(quote("cloud", 0, None).tier) is None
    assert sensor.reads == 0


async def test_the_built_in_model_is_measured_at_the_processor(sensor: ScriptedSensor) -> None:
    processor = ScriptedSensor("RAPL", Covers.PROCESSOR)
    meter = PowerMeter(sensors=lambda: [sensor, processor], clock=processor.clock, every=600)
    assert await meter.start(TINY) is None, "at rest it was not seen: its clock stood still"
    processor.drift = 1.0
    assert await meter.start(TINY) is not None
    assert sensor.reads == 0
    await meter.close()


async def test_sampling_ends_by_itself_when_the_machine_was_seen_at_rest(sensor: ScriptedSensor) -> None:
    meter = metered(sensor, every=0.001)
    reading = await started(meter, sensor)
    sensor.after(5, watts=90)
    await reading.stop()
    (line,) = meter._lines.values()
    await asyncio.wait_for(asyncio.shield(line._watching), 30)
    reads = sensor.reads
    assert reads >= meter_module._COOLING + meter_module._RESTING
    assert line._gauge.last is None, "the next answer begins afresh"
    await meter.close()
    assert sensor.reads == reads


async def test_closing_in_the_midst_of_an_answer_leaves_nothing_running(sensor: ScriptedSensor) -> None:
    before = asyncio.all_tasks()
    meter = metered(sensor, every=0.001)
    await started(meter, sensor)
    await meter.close()
    assert asyncio.all_tasks() == before


# -- price ------------------------------------------------------------------------------------


def test_a_measured_draw_makes_the_price_and_says_so() -> None:
    seen = measured_draw(Energy(1_820_000_000, 10_000, "NVML"), None)
    price = electricity_price(TIER, nanos_per_kwh=300_000_000, draw=seen, tokens_per_second=50.0, now=NOW)
    assert "182 W above idle (measured by NVML) / 50 tokens/s (seen) x 0.30 USD/kWh" in price.source
    assert price.power == PowerRate(182_000, 300_000_000, measured=True)
    assert measured_draw(Energy(1_000_000, 10, "NVML"), seen).milliwatts == 157_400


def test_watts_of_the_persons_own_come_before_a_sensors() -> None:
    seen = Draw(182_000, "measured by NVML", measured=True)
    assert draw_of(TIER, Decimal("90.5"), seen) == Draw(90_500, "yours")
    assert draw_of(TIER, None, seen) is seen
    assert draw_of(TIER, None, None).origin == "estimated"


def test_hardware_is_counted_on_request_and_named_in_the_working() -> None:
    """Facts, prices section 4: 1,600 paid, 400 resale, 4 years at 10 %: 1.90 USD per million at 50 tok/s."""
    hourly = 1_200 * 10**9 // (4 * 365 * 24 // 10)
    price = electricity_price(
        TIER,
        nanos_per_kwh=300_000_000,
        draw=Draw(250_000, "estimated"),
        tokens_per_second=50.0,
        now=NOW,
        hardware_per_hour=hourly,
    )
    assert price.basis is CostBasis.AMORTISED
    assert "+ $1.90 for the hardware you bought" in price.source
    hour = price.power.cost(3_600_000)
    assert hour == 75_000_000 + hourly
    assert price.power.cost(3_600_000, microjoules=0) == hourly


def test_hardware_serves_the_tiers_named_or_else_every_server_here_but_not_the_built_in_model() -> None:
    assert [Wear(5).of(tier) for tier in (TIER, TINY)] == [5, 0]
    assert [Wear(5, frozenset({"tiny"})).of(tier) for tier in (TIER, TINY)] == [0, 5]
    assert nanos_per_hour(1_200 * 10**9, Decimal(4), Decimal("2.4")) == 342_465_754


@given(st.integers(0, 10**7), st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**9))
def test_more_time_or_energy_never_costs_less(ms: int, tariff: int, more: int, hourly: int) -> None:
    rate = PowerRate(5_000, tariff, hardware_nanos_per_hour=hourly)
    assert rate.cost(ms + more) >= rate.cost(ms) >= 0
    assert rate.cost(ms, ms + more) >= rate.cost(ms, ms) >= 0
