"""The built-in engine: from nothing to its first word, and its speed after that."""

from __future__ import annotations

import asyncio
import time

import httpx2
from measured import Figure

from compute_broker.providers.builtin.lifecycle import Engine

RUNS = 5
BODY = {"messages": [{"role": "user", "content": "Write a long poem about rain."}], "max_tokens": 128}


async def _one_run() -> tuple[float, float]:
    engine = Engine()
    began = time.monotonic()
    try:
        url = await engine.ensure_started()
        loaded = time.monotonic() - began
        headers = {"Authorization": f"Bearer {engine.token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
            answer = (await client.post(f"{url}/v1/chat/completions", json=BODY)).json()
        return loaded, answer["timings"]["predicted_per_second"]
    finally:
        await engine.close()


def figures() -> list[Figure]:
    """Start, ask and end a few engines."""
    runs = [asyncio.run(_one_run()) for _ in range(RUNS)]
    return [
        Figure("built-in engine: start to ready", [loaded for loaded, _ in runs], "s", "under 1 s"),
        Figure("built-in engine: speed", [speed for _, speed in runs], "tok/s"),
    ]
