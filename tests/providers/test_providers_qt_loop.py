"""The door on Qt's event loop, which has no hooks for abandoned generators: nothing may be left behind."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

import pytest
import qasync

from compute_broker.core.errors import ProviderError
from compute_broker.core.stream import TextDelta
from compute_broker.providers.door import ProviderDoor
from doubles.anthropic_api import AnthropicDouble
from doubles.openrouter_api import OpenRouterDouble
from doubles.script import Gate, Reply, Silence
from doubles.tiers import request_to, tier_at

MAKES = [AnthropicDouble, OpenRouterDouble]


@pytest.fixture
def run(qapp, monkeypatch):
    """Run a coroutine on Qt's loop; fail on anything that Python could only complain about."""
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", lambda broken: complaints.append(repr(broken.exc_value)))

    def run(work: Coroutine[Any, Any, None]) -> None:
        loop = qasync.QEventLoop(qapp)
        loop.set_exception_handler(lambda loop, context: complaints.append(str(context)))
        with loop:
            loop.run_until_complete(work)
        asyncio.set_event_loop(None)
        del loop  # its Qt timers must go in this thread, not whenever another one collects garbage
        gc.collect()
        assert complaints == []

    return run


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.__name__)
def test_answers_faults_and_early_leaving(make, run) -> None:
    async def work(double) -> None:
        door = ProviderDoor(lambda name: "k", None)
        request = request_to(tier_at(double), first_word_timeout=0.3)
        async with aclosing(door.stream(request)) as events:
            words = [event.text async for event in events if isinstance(event, TextDelta)]
        assert "".join(words).startswith("You said")

        double.enqueue(Reply("one two three", hold=Gate(), hold_after=1))
        async with aclosing(door.stream(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        await double.chats[1].hung_up()

        double.enqueue(Silence(), Reply("a b", cut_after=1))
        for _ in range(2):
            with pytest.raises(ProviderError):
                await drain(door.stream(request))

        gate = Gate()
        double.enqueue(Reply("one two three", hold=gate, hold_after=1))
        stream = door.stream(request)
        waiting = asyncio.ensure_future(drain(stream))
        await gate.reached()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await stream.aclose()
        await double.chats[4].hung_up()
        await door.close()

    with make() as double:
        run(work(double))


async def drain(stream) -> None:
    async with aclosing(stream) as events:
        async for _ in events:
            pass
