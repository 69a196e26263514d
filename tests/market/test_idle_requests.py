"""Ten tiers of all kinds over long simulated hours: how many real requests reach real servers on loopback."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.builders import quote
from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.market import Market
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import OpenRouterDouble

DEAD = "http://127.0.0.1:9"
MINUTES = 120
_P = ProviderKind


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


class Street:
    """Ten tiers: the built-in engine, five servers here, two in the office, two hosted ones."""

    def __init__(self, stack):
        self.doubles = [
            stack.enter_context(make())
            for make in (
                LMStudioDouble,
                OllamaDouble,
                LlamaServerDouble,
                VllmDouble,
                VllmDouble,
                OllamaDouble,
                AnthropicDouble,
                OpenRouterDouble,
            )
        ]
        studio, ollama, llama, vllm, rack, shelf, claude, router = self.doubles
        here, office, cloud = Place.PERSONAL, Place.OFFICE, Place.CLOUD
        self.tiers = [
            _tier("builtin", _P.BUILTIN, "", here),
            _tier("studio", _P.LMSTUDIO, studio.url, here),
            _tier("ollama", _P.OLLAMA, ollama.url, here, model="llama3.2:1b"),
            _tier("llama", _P.LLAMA_SERVER, llama.url, here),
            _tier("vllm", _P.VLLM, vllm.url, here),
            _tier("dead", _P.OPENAI, DEAD, here),
            _tier("rack", _P.VLLM, rack.url, office),
            _tier("shelf", _P.OLLAMA, shelf.url, Place.EDGE),
            _tier("claude", _P.ANTHROPIC, claude.url, cloud, key="k"),
            _tier("kimi", _P.OPENROUTER, router.url, cloud, key="k", model="x/y"),
        ]
        self.clock = Clock()
        asleep = Availability(State.COLD, "asleep", self.clock.now)
        self.market = Market(
            self.tiers,
            keys=lambda _name: "sk",
            builtin_state=lambda: asleep,
            clock=self.clock,
            rng=lambda: 1.0,
        )

    @property
    def requests(self):
        return sum(len(double.requests) for double in self.doubles)

    async def pass_by(self, minutes):
        """Do what the background loop does for so long; return the requests a minute."""
        before, end = self.requests, self.clock.now + timedelta(minutes=minutes)
        while self.clock.now < end:
            self.clock.now += timedelta(seconds=self.market.pause())
            await self.market.refresh()
        return (self.requests - before) / minutes


def _tier(tier_id, kind, url, place, *, key=None, model="*"):
    item = quote(tier_id, 1.0, None, provider=kind, base_url=url, key_name=key, place=place).tier
    return replace(item, model=model)


@pytest.fixture
async def street():
    with ExitStack() as stack:
        made = Street(stack)
        await made.market.refresh(force=True)
        yield made
        await made.market.stop()


async def test_ten_idle_tiers_cost_under_five_requests_a_minute_and_less_when_nobody_looks(street):
    shown = await street.pass_by(MINUTES)
    assert 0 < shown < 5
    street.market.set_hidden(True)
    hidden = await street.pass_by(MINUTES)
    assert 0 < hidden < shown / 3
    street.market.set_hidden(False)
    street.market.set_sparing(True)
    assert 0 < await street.pass_by(MINUTES) < shown / 2
    street.market.set_hidden(True)
    assert await street.pass_by(MINUTES) < hidden
    assert not any(double.chats for double in street.doubles), "an inference is never a probe"


async def test_servers_that_refuse_are_asked_less_and_less(street):
    shown = await street.pass_by(MINUTES)
    for double in street.doubles:
        double.key = "another"  # every server wants a key that nobody has
    await street.pass_by(30)
    assert await street.pass_by(MINUTES) < shown / 2


async def test_a_tier_in_use_is_not_probed(street):
    studio = street.doubles[0]
    before = len(studio.requests)
    for _ in range(60):
        street.clock.now += timedelta(seconds=20)
        street.market.record_start("studio")
        street.market.record_success("studio", tokens_per_second=40.0)
        street.market.record_end("studio")
        await street.market.refresh()
    assert len(studio.requests) == before


async def test_a_dead_host_that_is_tried_in_use_costs_the_others_nothing(street):
    await street.pass_by(10)
    before = street.requests
    for _ in range(30):
        street.market.record_failure("dead", ProviderError(Fault.UNREACHABLE, "nothing listens there"))
        street.clock.now += timedelta(seconds=20)
        await street.market.refresh()
    assert (street.requests - before) / 10 < 5
    quotes = street.market.snapshot.quotes
    assert quotes["dead"].availability.state is State.DOWN
    others = [quotes[tier.id].availability.state.usable for tier in street.tiers if tier.id != "dead"]
    assert all(others)
