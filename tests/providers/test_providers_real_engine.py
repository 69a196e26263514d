"""Against a real llama.cpp server: both adapters, and the doubles with real words behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from compute_broker.core.stream import StreamEnd, TextDelta
from compute_broker.core.tier import ANY_MODEL, Place, ProviderKind
from compute_broker.core.usage import FinishReason
from compute_broker.providers.builtin.engine import Engine
from compute_broker.providers.door import ProviderDoor
from compute_broker.providers.keycheck import check_key
from doubles.anthropic_api import AnthropicDouble
from doubles.engine import engine_behind
from doubles.lmstudio_api import LMStudioDouble
from doubles.tiers import request_to, tier_at


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    own = Engine()
    yield own
    await own.close()


@pytest.mark.parametrize("kind", [ProviderKind.LLAMA_SERVER, ProviderKind.OPENAI, ProviderKind.ANTHROPIC])
async def test_a_real_server_is_understood(engine, kind) -> None:
    async with engine.lease() as url:
        door = ProviderDoor(lambda name: engine.token, None)
        model = "any" if kind is ProviderKind.ANTHROPIC else ANY_MODEL
        place = Place.CLOUD if kind is ProviderKind.ANTHROPIC else Place.PERSONAL
        tier = tier_at(
            LMStudioDouble(), provider=kind, base_url=url, key_name="engine", model=model, place=place
        )
        request = request_to(tier, max_output_tokens=12)
        async with aclosing(door.stream(request)) as stream:
            events = [event async for event in stream]
        await door.close()
    end = events[-1]
    assert isinstance(end, StreamEnd)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)).strip()
    assert end.finish in {FinishReason.STOP, FinishReason.LENGTH}
    assert end.usage is not None
    assert end.usage.input_tokens > 10
    assert 0 < end.usage.output_tokens <= 12
    assert end.served_model == "SmolLM2-135M-Instruct" or kind is ProviderKind.ANTHROPIC


async def test_a_real_servers_key_is_checked(engine) -> None:
    async with engine.lease() as url:
        said = await check_key(ProviderKind.LLAMA_SERVER, engine.token, url)
    assert said == "The key works: llama-server answers with 1 model."


async def test_a_double_can_speak_real_words(ask) -> None:
    with AnthropicDouble() as double, engine_behind(double):
        answer = await ask(request_to(tier_at(double)))
    assert "Paris" in answer.text
