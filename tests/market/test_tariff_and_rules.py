"""Electricity by the hour and rules by the state of this machine, as the one snapshot has them."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dbus_fast import PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property
from hypothesis import given
from hypothesis import strategies as st

from broker.builders import HAIKU, LOCAL, OPUS, quote
from compute_broker.core.conditions import Conditions
from compute_broker.core.energy import Energy
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market import conditions as conditions_module
from compute_broker.market.conditions import ConditionReader, metered_network
from compute_broker.market.market import Market
from compute_broker.market.rules import LocalRule
from compute_broker.market.tariff import Span, Tariff
from compute_broker.market.terms import Terms
from doubles.kernel_tree import KernelTree

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Span(time(22), time(6))
TARIFF = Tariff(300, ((NIGHT, 180),))


def berlin(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=BERLIN)


# -- the tariff -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "minute", "price"),
    [(21, 59, 300), (22, 0, 180), (23, 59, 180), (0, 0, 180), (5, 59, 180), (6, 0, 300), (12, 0, 300)],
)
def test_a_night_price_holds_from_its_first_minute_to_before_its_last_over_midnight(hour, minute, price):
    assert TARIFF.at(berlin(2026, 11, 25, hour, minute), BERLIN) == price


def test_of_overlapping_hours_the_later_ones_hold():
    tariff = Tariff(300, ((Span(time(8), time(20)), 400), (Span(time(12), time(13)), 100)))
    assert [tariff.at(berlin(2026, 11, 25, hour), BERLIN) for hour in (7, 9, 12, 13)] == [300, 400, 100, 400]


def test_hours_of_some_days_are_counted_from_the_day_they_begin_on():
    weekend = Tariff(300, ((Span(time(22), time(6), frozenset({5})), 100),))  # begins on Saturdays
    saturday, sunday = berlin(2026, 11, 28, 23), berlin(2026, 11, 29, 5)
    assert [weekend.at(each, BERLIN) for each in (saturday, sunday)] == [100, 100]
    assert weekend.at(berlin(2026, 11, 28, 5), BERLIN) == 300, "the night from Friday"
    assert weekend.at(berlin(2026, 11, 29, 23), BERLIN) == 300


def test_from_and_to_alike_is_the_whole_day():
    assert Tariff(300, ((Span(time(7), time(7)), 5),)).at(berlin(2026, 11, 25, 3), BERLIN) == 5


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 28), 7), ((2026, 10, 24), 9), ((2026, 11, 25), 8)])
def test_the_night_is_an_hour_shorter_or_longer_when_the_clocks_change(day, hours):
    """The clocks go forward at 2:00 on 29 March and back at 3:00 on 25 October 2026."""
    start = berlin(*day, 12).astimezone(UTC)
    minutes = sum(TARIFF.at(start + timedelta(minutes=step), BERLIN) == 180 for step in range(24 * 60))
    assert minutes == hours * 60


def test_a_span_that_the_clocks_leap_over_is_never_and_one_they_repeat_is_twice():
    leap = Tariff(300, ((Span(time(2), time(3)), 1),))
    spring, autumn = berlin(2026, 3, 29).astimezone(UTC), berlin(2026, 10, 25).astimezone(UTC)
    count = [
        sum(leap.at(day + timedelta(minutes=step), BERLIN) == 1 for step in range(23 * 60))
        for day in (spring, autumn)
    ]
    assert count == [0, 120]


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it
times = st.times().map(lambda each: each.replace(second=0, microsecond=0))
rules = st.lists(
    st.tuples(st.builds(Span, times, times, st.frozensets(st.integers(0, 6))), st.integers(0, 9)), max_size=5
)


@given(moments, rules)
def test_who_asks_again_when_told_to_misses_no_change(moment, hours):
    tariff = Tariff(300, tuple(hours))
    wait = tariff.until_change(moment, BERLIN)
    if wait is None:
        assert tariff.at(moment + timedelta(seconds=59), BERLIN) in {
            tariff.at(moment, BERLIN),
            tariff.at(moment + timedelta(minutes=1), BERLIN),
        }
    else:
        assert timedelta() < wait <= timedelta(minutes=1)
        assert tariff.at(moment + wait, BERLIN) != tariff.at(moment, BERLIN)
        assert tariff.at(moment + wait - timedelta(microseconds=1), BERLIN) == tariff.at(moment, BERLIN)


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def market(clock: Clock, terms: Terms, *quotes, conditions: ConditionReader | None = None) -> Market:
    return Market(
        [each.tier for each in quotes],
        keys=lambda _name: None,
        builtin_state=lambda: LOCAL.availability,
        terms=terms,
        conditions=conditions,
        clock=clock,
    )


NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TINY = quote("tiny", 0, None, provider=ProviderKind.BUILTIN, place=Place.PERSONAL)


async def test_the_snapshots_price_changes_at_the_hour():
    clock = Clock(datetime(2026, 11, 25, 21, 59, 50, tzinfo=UTC))
    terms = Terms(tariff=Tariff(300_000_000, ((NIGHT, 150_000_000),)))
    running = market(clock, terms, TINY)
    day = running.snapshot.quotes["tiny"].price
    assert running.pause() == 10.0, "it looks again at the full hour"
    clock.now += timedelta(seconds=10)
    await running.refresh()
    night = running.snapshot.quotes["tiny"].price
    assert (day.power.nanos_per_kwh, night.power.nanos_per_kwh) == (300_000_000, 150_000_000)
    assert "x 0.15 USD/kWh" in night.source
    assert abs(night.rates.output * 2 - day.rates.output) <= 1
    assert running.pause() == 30.0
    await running.stop()


def test_what_was_measured_of_a_tier_is_forgotten_with_its_model():
    running = market(Clock(NOON), Terms(), LOCAL, TINY)
    for tier_id in ("local", "tiny"):
        running.record_energy(tier_id, Energy(1_820_000_000, 10_000, "NVML"))
    other = replace(LOCAL.tier, model="another")
    running.set_tiers([other, TINY.tier], Terms())
    measured = {quote.tier.id: quote.price.power.measured for quote in running.snapshot}
    assert measured == {"local": False, "tiny": True}


def test_an_answer_over_the_boundary_is_charged_at_the_price_it_was_asked_at():
    """The quoted price is what is set aside, stored and reckoned again: it does not change under way."""
    clock = Clock(datetime(2026, 11, 25, 21, 59, 59, tzinfo=UTC))
    terms = Terms(tariff=Tariff(300_000_000, ((NIGHT, 150_000_000),)))
    price = market(clock, terms, TINY).snapshot.quotes["tiny"].price
    assert price.power.cost(10_000) == price.power.milliwatts * 10_000 * 300_000_000 // 3_600_000_000_000


# -- rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("least", "conditions", "barred"),
    [
        (40, Conditions(on_battery=True, charge=40), True),
        (40, Conditions(on_battery=True, charge=41), False),
        (40, Conditions(on_battery=False, charge=5), False),
        (40, Conditions(on_battery=True, charge=None), False),
        (40, Conditions(), False),
        (100, Conditions(on_battery=True, charge=100), True),
        (100, Conditions(on_battery=True, charge=None), True),
        (None, Conditions(on_battery=True, charge=1), False),
    ],
)
def test_a_battery_rule_is_for_this_machine_and_unknown_breaks_no_rule(least, conditions, barred):
    rule = LocalRule(least_charge=least)
    assert bool(rule.reason(LOCAL.tier, conditions, NOON)) is barred
    assert not rule.reason(HAIKU.tier, conditions, NOON)


def test_hours_and_metered_connections_each_bar_their_own_tiers():
    rule = LocalRule(spans=((time(22), time(6)),), avoid_metered=True)
    office = quote("office", 1, None, place=Place.OFFICE, base_url="http://10.0.0.5:8000")
    assert "22:00-06:00" in rule.reason(LOCAL.tier, Conditions(), NOON, UTC)
    assert not rule.reason(LOCAL.tier, Conditions(), NOON + timedelta(hours=11), UTC)
    assert "metered" in rule.reason(OPUS.tier, Conditions(metered=True), NOON, UTC)
    assert not rule.reason(OPUS.tier, Conditions(metered=None), NOON, UTC)
    assert not rule.reason(office.tier, Conditions(metered=True), NOON, UTC)


async def test_a_local_tier_comes_and_goes_at_its_hour():
    clock = Clock(datetime(2026, 11, 25, 21, 59, 50, tzinfo=UTC))
    running = market(clock, Terms(rule=LocalRule(spans=((time(22), time(6)),))), TINY)
    assert running.snapshot.quotes["tiny"].rule
    assert running.pause() == 10.0
    clock.now += timedelta(seconds=10)
    await running.refresh()
    assert not running.snapshot.quotes["tiny"].rule
    await running.stop()


@pytest.fixture
def tree(tmp_path: Path) -> KernelTree:
    return KernelTree(tmp_path / "root")


async def test_a_battery_that_runs_low_is_in_the_snapshot_and_read_every_half_minute_only(tree, monkeypatch):
    battery = tree.add_battery(charge=80)
    now = [0.0]
    monkeypatch.setattr(conditions_module.time, "monotonic", lambda: now[0])
    clock = Clock(NOON)
    running = market(clock, Terms(rule=LocalRule(40)), TINY, conditions=ConditionReader(tree.root))
    await running.refresh()
    assert running.snapshot.conditions == Conditions(on_battery=True, charge=80)
    assert not running.snapshot.quotes["tiny"].rule
    tree.write(battery / "capacity", 30)
    now[0] = 29.0
    await running.refresh()
    assert running.snapshot.conditions.charge == 80
    now[0] = 31.0
    await running.refresh()
    assert running.snapshot.quotes["tiny"].rule.startswith("on battery at 30 %")
    running.set_tiers([TINY.tier], Terms())
    assert not running.snapshot.quotes["tiny"].rule, "without a rule nothing is passed over"
    await running.stop()


async def test_without_a_rule_nothing_is_read(tree):
    running = market(Clock(NOON), Terms(rule=LocalRule(spans=((time(1), time(2)),))), TINY)
    await running.refresh()
    assert running._conditions is None
    await running.stop()


# -- NetworkManager ---------------------------------------------------------------------------


class NetworkManager(ServiceInterface):
    """The one property that we ask for."""

    def __init__(self) -> None:
        super().__init__("org.freedesktop.NetworkManager")
        self.state = 0

    @dbus_property(access=PropertyAccess.READ)
    def Metered(self) -> "u":  # noqa: N802, UP037, F821 - the signature as D-Bus writes it
        return self.state


@pytest.fixture
def system_bus(tmp_path: Path) -> Iterator[str]:
    """A bus of our own in the system bus's place."""
    address = f"unix:path={tmp_path}/system-bus"
    command = ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        yield daemon.stdout.readline().strip()
        daemon.terminate()


@pytest.fixture
async def manager(system_bus: str) -> AsyncIterator[NetworkManager]:
    bus = await MessageBus(bus_address=system_bus).connect()
    service = NetworkManager()
    bus.export("/org/freedesktop/NetworkManager", service)
    await bus.request_name("org.freedesktop.NetworkManager")
    yield service
    bus.disconnect()


@pytest.mark.parametrize(("state", "metered"), [(0, None), (1, True), (2, False), (3, True), (4, False)])
async def test_networkmanager_says_whether_the_network_is_metered(manager, system_bus, state, metered):
    manager.state = state
    assert await metered_network(system_bus) is metered


async def test_without_networkmanager_or_a_bus_it_is_unknown(system_bus, tmp_path):
    assert await metered_network(system_bus) is None
    assert await metered_network(f"unix:path={tmp_path}/no-bus") is None


async def test_a_manager_that_never_answers_is_not_waited_for(system_bus, monkeypatch):
    monkeypatch.setattr(conditions_module, "_BUS_SECONDS", 0.2)
    monkeypatch.setattr(MessageBus, "call", lambda _self, _message: asyncio.sleep(60))
    assert await metered_network(system_bus) is None


async def test_a_metered_connection_is_in_the_snapshot(manager, system_bus, tree):
    manager.state = 1
    reader = ConditionReader(tree.root, system_bus)
    running = market(Clock(NOON), Terms(rule=LocalRule(avoid_metered=True)), HAIKU, TINY, conditions=reader)
    running.set_enabled("haiku", enabled=False)  # not asked how it is, and passed over all the same
    await running.refresh()
    assert running.snapshot.conditions.metered
    assert "metered" in running.snapshot.quotes["haiku"].rule
    assert not running.snapshot.quotes["tiny"].rule
    await running.stop()
