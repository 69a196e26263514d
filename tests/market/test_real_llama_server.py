"""The questions asked of a real llama.cpp server: ready, every slot taken, killed; found by its address."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from broker.builders import quote
from compute_broker.core.quote import State
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.availability.ask import probe
from compute_broker.market.discovery import discover
from compute_broker.net.client import make_client
from compute_broker.providers.builtin.child import SLOTS
from compute_broker.providers.builtin.model import find_model
from compute_broker.providers.builtin.process import EngineOrder, EngineProcess

CONTEXT = 2048


@pytest.fixture
def engine():
    process = EngineProcess(EngineOrder(find_model(), CONTEXT, 1))
    yield process
    process.end()


async def test_a_real_server_is_read_for_what_it_is(engine):
    url = await asyncio.to_thread(engine.wait_ready)
    tier = quote("t", 1.0, None, provider=ProviderKind.LLAMA_SERVER, base_url=url, place=Place.PERSONAL).tier
    tier = replace(tier, model="*")
    story = {
        "messages": [{"role": "user", "content": "Count from one to two thousand in words."}],
        "max_tokens": 1500,
        "ignore_eos": True,
        "stream": True,
    }
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(make_client())
        ready = await probe(tier, client, engine.token)
        assert (ready.state, ready.context_tokens, ready.slots) == (State.READY, CONTEXT, SLOTS)
        assert ready.model
        assert ready.tokens_per_second is None, "nobody asked it for anything yet"
        short = {**story, "max_tokens": 24, "stream": False}
        headers = {"authorization": f"Bearer {engine.token}"}
        answered = await client.post(f"{url}/v1/chat/completions", json=short, headers=headers)
        assert answered.status_code == 200
        measured = await probe(tier, client, engine.token)
        assert measured.state is State.READY
        assert measured.tokens_per_second == pytest.approx(
            answered.json()["timings"]["predicted_per_second"], rel=0.2
        )
        assert (await probe(tier, client, None)).state is State.NEEDS_KEY
        (found,) = await discover([urlsplit(url).port])
        assert (found.kind, found.note) == (ProviderKind.LLAMA_SERVER, "llama-server; it wants a key")
        held = []  # an iterator that is dropped is closed, and its request with it: the slot would be free
        for _ in range(SLOTS):
            request = client.stream("POST", f"{url}/v1/chat/completions", json=story, headers=headers)
            response = await stack.enter_async_context(request)
            held.append(response.aiter_bytes())
            assert await anext(held[-1])
        busy = await probe(tier, client, engine.token)
        assert (busy.state, busy.slots) == (State.BUSY, SLOTS)
        waiting = asyncio.create_task(client.post(f"{url}/v1/chat/completions", json=short, headers=headers))
        async with asyncio.timeout(20):
            while "waiting there" not in busy.reason:
                busy = await probe(tier, client, engine.token)
        assert busy.reason == f"{busy.model} is busy: a prompt is waiting there"
        waiting.cancel()
        await asyncio.wait({waiting})
        await asyncio.to_thread(engine.end)
        dead = await probe(tier, client, engine.token)
        assert dead.state is State.DOWN
        assert "nothing listens there" in dead.reason
