"""Real servers killed and started again while prompts run through the real broker."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from broker.world import ask, end_of, text_of, world, write_settings
from compute_broker.broker.events import Failover, Finished
from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.quote import State
from compute_broker.core.usage import FinishReason
from compute_broker.ledger.ledger import Ledger
from compute_broker.providers.builtin.model import find_model
from compute_broker.providers.builtin.process import EngineOrder, EngineProcess
from doubles.local_servers import VllmDouble

WORKERS = 4

TIER = """
[[tiers]]
id = "{id}"
provider = "{provider}"
model = "{model}"
base_url = "{url}"
place = "{place}"
price_in = {price}
price_out = {price}
{more}
[tiers.ability]
chat = 3
knowledge = 3
writing = 3
reasoning = 3
"""


def tier(tier_id, url, price, *, provider="vllm", model="*", place="personal", more=""):
    return TIER.format(
        id=tier_id, url=url, price=price, provider=provider, model=model, place=place, more=more
    )


class ShiftedClock:
    """The real time, and what it was put forward by."""

    def __init__(self):
        self.ahead = timedelta(0)

    def __call__(self):
        return datetime.now(UTC) + self.ahead


class Traffic:
    """Prompts without a pause from several people, and what each of them got."""

    def __init__(self, services):
        self.services = services
        self.ends = []
        self.failovers = []
        self._more = asyncio.Condition()
        self._stopping = False
        self._workers = [asyncio.create_task(self._work(number)) for number in range(WORKERS)]

    async def _work(self, number):
        count = 0
        while not self._stopping:
            count += 1
            events = await ask(self.services, f"What is {number} and {count} in words?")
            self.failovers += [
                (time.monotonic(), event.failed.tier.id) for event in events if isinstance(event, Failover)
            ]
            async with self._more:
                self.ends.append((end_of(events), text_of(events)))
                self._more.notify_all()

    async def answered_by(self, tier_id, count):
        """Wait until that tier has answered so many prompts more than by now."""
        begin = len(self.ends)

        def enough():
            return sum(_who(end) == tier_id for end, _ in self.ends[begin:]) >= count

        async with asyncio.timeout(60), self._more:
            await self._more.wait_for(enough)

    async def stop(self):
        self._stopping = True
        await asyncio.gather(*self._workers)


def _who(end):
    return end.receipt.quote.tier.id if isinstance(end, Finished) else None


async def state_is(services, tier_id, *states):
    """Wait until the snapshot says so; return when that was."""
    found = asyncio.Event()

    def look():
        if services.market.snapshot.quotes[tier_id].availability.state in states:
            found.set()

    stop = services.market.subscribe(look)
    look()
    async with asyncio.timeout(60):
        await found.wait()
    stop()
    return time.monotonic()


async def test_a_server_killed_under_traffic_is_routed_around_and_is_back_within_half_a_minute(start_program):
    doubles = Path(__file__).parents[1]

    def start(port=0):
        command = (sys.executable, "-m", "doubles.local_servers", "vllm", "--port", str(port))
        program = start_program(command=command, env={"PYTHONPATH": str(doubles)})
        return program, program.wait_line(r"(http://\S+)").group(1)

    near, url = start()
    _, far_url = start()
    home = write_settings(tier("near", url, "0.1"), tier("far", far_url, "9"), head='baseline = "far"')
    async with world(home) as services:
        clock = ShiftedClock()
        services.market._clock = clock
        traffic = Traffic(services)
        await traffic.answered_by("near", 6)

        near.signal(signal.SIGKILL)
        near.wait()
        noticed = await state_is(services, "near", State.DOWN)
        await traffic.answered_by("far", 8)
        first = min(moment for moment, who in traffic.failovers if who == "near")
        assert noticed - first < 2.0

        _, again = start(urlsplit(url).port)
        assert again == url
        back = clock()
        services.market.start()
        while services.market.snapshot.quotes["near"].availability.state is State.DOWN:
            clock.ahead += timedelta(seconds=services.market.pause())
            await services.market.refresh()
            assert clock() - back < timedelta(seconds=30)
        await traffic.answered_by("near", 4)
        await traffic.stop()

        assert all(isinstance(end, Finished) for end, _ in traffic.ends), "nobody saw an error"
        assert all(text.strip() for _, text in traffic.ends)
        cut = [end for end, _ in traffic.ends if end.receipt.finish is FinishReason.CUT_OFF]
        assert len(cut) <= WORKERS, "at most what was being said in that moment"
        verified = await services.broker.ledger.call(Ledger.verify)
        assert verified.problems == ()
        assert all(quote.answering == 0 for quote in services.market.snapshot)


async def test_the_real_engine_killed_while_it_answers_is_routed_around():
    engine = EngineProcess(EngineOrder(find_model(), 2048, 1))
    try:
        url = await asyncio.to_thread(engine.wait_ready)
        with VllmDouble() as double:
            real = tier("real", url, "0.1", provider="llama-server", more='key = "engine"')
            home = write_settings(
                real, tier("far", double.url, "9"), head='baseline = "far"\n[cross_check]\nbalanced = "off"'
            )
            async with world(home, engine=engine.token) as services:
                first = end_of(await ask(services, "What is 3 and 4 in words?", max_output_tokens=8))
                assert _who(first) == "real"
                assert services.market.snapshot.quotes["real"].tokens_per_second > 0
                await asyncio.to_thread(engine.end)
                second = await ask(services, "What is 5 and 4 in words?")
                assert _who(end_of(second)) == "far"
                failed = [event.failed.tier.id for event in second if isinstance(event, Failover)]
                assert failed == ["real"]
                seen = services.market.snapshot.quotes["real"].availability
                assert (seen.state, "nothing listens there" in seen.reason) == (State.DOWN, True)
                third = await ask(services, "What is 6 and 4 in words?")
                assert not [event for event in third if isinstance(event, Failover)], "it is not tried again"
    finally:
        engine.end()


async def test_a_tier_that_answers_one_prompt_shows_as_busy_to_the_next():
    engine = EngineProcess(EngineOrder(find_model(), 2048, 1))
    try:
        url = await asyncio.to_thread(engine.wait_ready)
        home = write_settings(tier("real", url, "0.1", provider="llama-server", more='key = "engine"'))
        async with world(home, engine=engine.token) as services:
            quotes = []
            stop = services.market.subscribe(lambda: quotes.append(services.market.snapshot.quotes["real"]))
            await ask(services, "Name a colour.", max_output_tokens=8)
            stop()
            states = [(quote.answering, quote.availability.state) for quote in quotes]
            assert (1, State.BUSY) in states
            assert states[-1] == (0, State.READY)
            services.market.record_failure("real", ProviderError(Fault.UNREACHABLE, "gone"))
            assert services.broker.preview("Name a colour.").plan is None
    finally:
        engine.end()
