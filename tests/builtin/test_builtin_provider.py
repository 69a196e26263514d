"""The built-in tier as the broker sees it: streams, usage, faults, with the real engine behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from compute_broker.core.ability import Ability, AbilityRow
from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.quote import State
from compute_broker.core.stream import Message, ModelRequest, Role, StreamEnd, StreamEvent, TextDelta
from compute_broker.core.task import Category
from compute_broker.core.tier import Effort, Place, ProviderKind, Tier
from compute_broker.core.usage import Certainty, FinishReason
from compute_broker.providers.builtin.engine import BuiltinEngine

TIER = Tier(
    id="builtin",
    label="Built-in",
    place=Place.PERSONAL,
    provider=ProviderKind.BUILTIN,
    model="smollm2-135m-instruct",
    abilities=AbilityRow({category: Ability(-4.0, 1.0) for category in Category}),
    effort=Effort.LOW,
)


@pytest.fixture
async def engine() -> AsyncIterator[BuiltinEngine]:
    own = BuiltinEngine()
    yield own
    await own.close()


def request(*texts: str, max_output_tokens: int = 24) -> ModelRequest:
    roles = [Role.USER, Role.ASSISTANT]
    turns = tuple(Message(roles[index % 2], text) for index, text in enumerate(texts))
    return ModelRequest(TIER, TIER.model, turns, max_output_tokens, private=True)


async def answer(engine: BuiltinEngine, asked: ModelRequest) -> tuple[str, StreamEnd]:
    events: list[StreamEvent] = [event async for event in engine.stream(asked)]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    end = events[-1]
    assert isinstance(end, StreamEnd)
    return text, end


async def slots(engine: BuiltinEngine) -> list[dict[str, object]]:
    headers = {"Authorization": f"Bearer {engine.process.token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as client:
        found: list[dict[str, object]] = (await client.get(f"{await engine.ensure_started()}/slots")).json()
        return found


async def test_an_answer_comes_in_pieces_with_exact_usage(engine: BuiltinEngine) -> None:
    pieces = [
        event async for event in engine.stream(request("Tell me about rain.")) if isinstance(event, TextDelta)
    ]
    assert len(pieces) > 3
    text, end = await answer(engine, request("Tell me about rain.", max_output_tokens=8))
    assert text.strip()
    assert end.finish is FinishReason.LENGTH
    assert end.served_model == "SmolLM2-135M-Instruct"
    assert end.usage is not None
    assert end.usage.certainty is Certainty.EXACT
    assert end.usage.output_tokens == 8
    assert 0 < end.usage.cache_read_tokens < end.usage.input_tokens
    assert end.charged is None
    assert engine.state().tokens_per_second == end.tokens_per_second
    assert engine.state().state is State.READY


async def test_a_plain_question_gets_a_plain_answer(engine: BuiltinEngine) -> None:
    texts = [(await answer(engine, request("What is the capital of France?")))[0] for _ in range(3)]
    assert sum("Paris" in text for text in texts) >= 2


async def test_a_conversation_is_understood(engine: BuiltinEngine) -> None:
    short, first = await answer(engine, request("Hello.", max_output_tokens=4))
    _, second = await answer(engine, request("Hello.", short, "And now?", max_output_tokens=4))
    assert first.usage is not None
    assert second.usage is not None
    assert second.usage.input_tokens > first.usage.input_tokens + first.usage.output_tokens


async def test_two_prompts_at_once_are_both_answered(engine: BuiltinEngine) -> None:
    both = await asyncio.gather(*(answer(engine, request(text)) for text in ("Tell me of rain.", "Of snow.")))
    assert all(text.strip() for text, _ in both)


async def test_leaving_early_frees_the_engine(engine: BuiltinEngine) -> None:
    stream = engine.stream(request("Write a very long story about the sea.", max_output_tokens=8000))
    async for event in stream:
        if isinstance(event, TextDelta):
            break
    assert [slot["is_processing"] for slot in await slots(engine)] == [True]
    assert engine.state().state is State.BUSY
    await stream.aclose()
    assert engine.state().state is State.READY
    text, _ = await answer(engine, request("Hello.", max_output_tokens=4))
    assert text.strip()
    assert [slot["is_processing"] for slot in await slots(engine)] == [False]


async def test_a_cancelled_task_frees_the_engine(engine: BuiltinEngine) -> None:
    speaking = asyncio.Event()

    async def listen() -> None:
        async for event in engine.stream(request("Write a very long story.", max_output_tokens=8000)):
            if isinstance(event, TextDelta):
                speaking.set()

    task = asyncio.create_task(listen())
    await speaking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    text, _ = await answer(engine, request("Hello.", max_output_tokens=4))
    assert text.strip()


async def test_a_prompt_beyond_the_context_is_too_long(engine: BuiltinEngine) -> None:
    with pytest.raises(ProviderError, match="too long for Built-in") as caught:
        await answer(engine, request("rain and snow " * 4000))
    assert caught.value.fault is Fault.TOO_LONG
    text, _ = await answer(engine, request("Hello."))
    assert text.strip()


async def test_a_crash_in_the_middle_is_cut_off_and_the_next_prompt_is_answered(
    engine: BuiltinEngine,
) -> None:
    stream = engine.stream(request("Write a very long story.", max_output_tokens=8000))
    assert isinstance(await anext(stream), TextDelta)
    assert engine.process.pid is not None
    os.kill(engine.process.pid, signal.SIGKILL)
    with pytest.raises(ProviderError) as caught:
        [event async for event in stream]
    assert caught.value.fault is Fault.CUT_OFF
    text, _ = await answer(engine, request("Hello."))
    assert text.strip()


async def test_an_engine_that_is_not_there_is_unreachable_and_says_what_to_do(tmp_path: Path) -> None:
    engine = BuiltinEngine(model=tmp_path / "none.gguf")
    with pytest.raises(ProviderError, match="make run") as caught:
        await answer(engine, request("Hello."))
    assert caught.value.fault is Fault.UNREACHABLE
    assert not caught.value.may_be_billed
    await engine.close()


async def test_it_can_be_closed_twice_and_before_any_use() -> None:
    engine = BuiltinEngine()
    await engine.close()
    await engine.close()
    with pytest.raises(ProviderError, match="closed"):
        await answer(engine, request("Hello."))
