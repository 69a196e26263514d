"""What a local answer costs where a sensor measures it, from the prompt to the ledger and its audit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from broker.world import LOCAL, ask, end_of, write_settings
from compute_broker.broker.events import AskOptions, Delta, Finished
from compute_broker.compose import Services
from compute_broker.core.usage import Certainty
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.prices import price_from_json
from compute_broker.market.power.meter import PowerMeter
from doubles.lmstudio_api import LMStudioDouble
from doubles.power_sensor import ScriptedSensor
from doubles.script import Gate, Reply

TARIFF = "[electricity]\nusd_per_kwh = 0.36\n"  # 100 nano-dollars a joule


@pytest.fixture
def studio():
    with LMStudioDouble() as double:
        yield double


@pytest.fixture
def sensor() -> ScriptedSensor:
    """A card at 50 W, 1 s older at each reading."""
    scripted = ScriptedSensor()
    scripted.drift = 1.0
    return scripted


@asynccontextmanager
async def measuring(
    studio: LMStudioDouble, sensor: ScriptedSensor, *, head: str = TARIFF, tier: str = ""
) -> AsyncIterator[Services]:
    services = Services(write_settings(LOCAL.format(url=studio.url) + tier, head=head))
    services.meter = PowerMeter(
        services.meter._own_watts, sensors=lambda: [sensor], clock=sensor.clock, every=600
    )
    try:
        await services.start()
        yield services
    finally:
        await services.close()


async def answered(services: Services, sensor: ScriptedSensor, *, gone: bool = False) -> Finished:
    """Ask; at the first word the card goes to 232 W for ten seconds."""
    last = None
    async with aclosing(services.broker.ask("Why?", AskOptions())) as events:
        async for last in events:
            if isinstance(last, Delta) and sensor.watts < 100:
                sensor.after(0, watts=232)
                sensor.after(10)
                sensor.gone = gone
    assert isinstance(last, Finished)
    sensor.after(0, watts=50)
    return last


async def test_a_measured_answer_costs_its_joules_and_is_exact(studio, sensor):
    async with measuring(studio, sensor) as services:
        receipt = (await answered(services, sensor)).receipt
        joules = 182 * 11  # ten seconds, and the one that the last reading took
        assert receipt.cost == joules * 100
        assert receipt.certainty is Certainty.EXACT
        exchange = await services.broker.ledger.exchange(receipt.request_id)
        (attempt,) = exchange.attempts
        assert attempt.energy_uj == joules * 1_000_000
        stored = price_from_json(attempt.price_json)
        assert stored.power.cost(attempt.latency_ms, attempt.energy_uj) == attempt.cost
        assert (await services.broker.ledger.call(Ledger.verify)).ok
        price = services.broker.snapshot.quotes["local"].price
        assert "200 W above idle (measured by NVML)" in price.source
        assert price.power.measured


async def test_two_answers_at_once_are_together_charged_what_the_machine_drew(studio, sensor):
    async with measuring(studio, sensor) as services:
        await answered(services, sensor)
        sensor.drift = 0.0
        gates = (Gate(), Gate())
        for gate in gates:
            studio.enqueue(Reply(hold=gate))
        began, drawn = sensor.clock(), sensor.microjoules
        first = asyncio.create_task(ask(services, "First?"))
        await gates[0].reached()
        sensor.after(3, watts=150)
        second = asyncio.create_task(ask(services, "Second?"))
        await gates[1].reached()
        sensor.after(4, watts=290)
        sensor.after(5, watts=333)
        gates[0].open()
        ends = [end_of(await first)]
        sensor.after(2.5, watts=50)
        gates[1].open()
        ends.append(end_of(await second))
        whole = sensor.microjoules - drawn - round(50e6 * (sensor.clock() - began))
        shares = []
        for end in ends:
            (attempt,) = (await services.broker.ledger.exchange(end.receipt.request_id)).attempts
            shares.append(attempt.energy_uj)
        assert sum(shares) == whole
        assert shares == [800_000_000, 800_000_000 + 707_500_000]
        assert (await services.broker.ledger.call(Ledger.verify)).ok


async def test_a_sensor_that_vanishes_leaves_an_estimate_marked_as_one(studio, sensor):
    async with measuring(studio, sensor) as services:
        first = (await answered(services, sensor)).receipt
        second = (await answered(services, sensor, gone=True)).receipt
        assert first.certainty is Certainty.EXACT
        assert second.certainty is Certainty.ESTIMATED
        exchange = await services.broker.ledger.exchange(second.request_id)
        (attempt,) = exchange.attempts
        assert attempt.energy_uj is None
        power = price_from_json(attempt.price_json).power
        assert power.measured, "the estimate is by the draw that was measured before"
        assert attempt.cost == power.cost(attempt.latency_ms)
        assert (await services.broker.ledger.call(Ledger.verify)).ok


async def test_watts_of_the_persons_own_are_taken_at_their_word(studio, sensor):
    async with measuring(studio, sensor, tier="watts = 100\n") as services:
        receipt = (await answered(services, sensor)).receipt
        assert receipt.certainty is Certainty.ESTIMATED
        assert sensor.reads == 0


async def test_a_stopped_answer_is_charged_as_far_as_it_was_measured_and_nothing_samples_on(studio, sensor):
    studio.enqueue(Reply("word " * 400))
    async with measuring(studio, sensor) as services:
        async with aclosing(services.broker.ask("Go", AskOptions())) as events:
            async for event in events:
                if isinstance(event, Delta):
                    sensor.after(0, watts=150)
                    sensor.after(10)
                    break
        (entry,) = await services.broker.history()
        assert entry.cost == 100 * 11 * 100
        assert entry.certainty == "exact"
        line = services.meter._lines["NVML"]
        assert not line._gauge.busy
    assert line._watching is None, "closing ends the sampling"
    assert not [task for task in asyncio.all_tasks() if "_watch" in str(task.get_coro())]


async def test_verify_tells_of_a_measured_cost_that_does_not_follow_from_its_energy(studio, sensor):
    async with measuring(studio, sensor) as services:
        await answered(services, sensor)
        path = services.home.ledger
    with sqlite3.connect(path) as db:
        db.execute("UPDATE attempts SET energy_uj = energy_uj * 2 WHERE energy_uj IS NOT NULL")
    db.close()
    with Ledger.open(path) as ledger:
        (problem,) = ledger.verify().problems
    assert problem == "The cost of 1 measured attempts does not follow from their energy."


async def test_without_a_sensor_it_is_watts_times_seconds_as_ever(studio, sensor):
    sensor.gone = True
    async with measuring(studio, sensor) as services:
        receipt = end_of(await ask(services, "Why?")).receipt
        assert receipt.certainty is Certainty.ESTIMATED
        assert receipt.cost == services.broker.snapshot.quotes["local"].price.power.cost(receipt.latency_ms)


async def test_a_draw_that_was_measured_is_known_to_the_next_program(studio, sensor):
    async with measuring(studio, sensor) as services:
        await answered(services, sensor)
        seen = services.broker.snapshot.quotes["local"].price
    async with measuring(studio, sensor) as services:
        price = services.broker.snapshot.quotes["local"].price
        assert (price.rates, price.power) == (seen.rates, seen.power)
        assert "200 W above idle (measured)" in price.source
