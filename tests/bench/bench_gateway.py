"""The gateway: what the way over HTTP adds to a prompt, and how long a large one holds the loop.

``python tests/bench/bench_gateway.py`` prints these figures alone. Asked from within and through the gateway
in turns, of the same double in the same run.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured import Figure, show
from scratch import scratch_home

from compute_broker.broker.events import AskOptions, Finished, Source
from doubles.anthropic_api import AnthropicDouble
from gateway.front import Front, front

RUNS = 60
LINE = "The quick brown fox jumps over the lazy dog.\n"
SHORT = [{"role": "user", "content": "What is the capital of Peru?"}]
LARGE = [{"role": "user" if turn % 2 == 0 else "assistant", "content": LINE * 450} for turn in range(21)]
"""A conversation of 420 kB."""


@contextmanager
def _held() -> Iterator[list[float]]:
    """Fill a list with the milliseconds that the loop's thread worked between two of its turns."""
    loop, found, last = asyncio.get_running_loop(), [0.0], [time.thread_time()]
    going = [True]

    def turn() -> None:
        now = time.thread_time()
        found.append(1000 * (now - last[0]))
        last[0] = now
        if going[0]:
            loop.call_later(0.001, turn)

    turn()
    yield found
    going[0] = False


async def _within(it: Front) -> float:
    began = time.perf_counter()
    options = AskOptions(source=Source.GATEWAY)
    async with aclosing(it.services.broker.ask(SHORT[0]["content"], options)) as events:
        ended = [event async for event in events][-1]
    assert isinstance(ended, Finished)
    return 1000 * (time.perf_counter() - began)


async def _through(it: Front, messages: list[dict[str, Any]]) -> float:
    began = time.perf_counter()
    answer = await it.post("/chat/completions", {"messages": messages})
    assert answer.status_code == 200, answer.content
    return 1000 * (time.perf_counter() - began)


async def _measure() -> list[Figure]:
    within, through, held = [], [], []
    with AnthropicDouble() as double:
        double.answer = lambda _prompt: "Lima"
        async with front(double.url) as it:
            for _ in range(RUNS):
                within.append(await _within(it))
                through.append(await _through(it, SHORT))
            for _ in range(RUNS // 6):
                with _held() as turns:
                    await _through(it, LARGE)
                held.append(max(turns))
    return [
        Figure("a prompt, asked from within", within, "ms"),
        Figure("a prompt, through the gateway", through, "ms"),
        Figure("longest work at once, 420 kB through it", held, "ms", "under 16 ms"),
    ]


def figures() -> list[Figure]:
    """Measure in a home of its own, the provider's double in a thread of this process."""
    with scratch_home() as env, mock.patch.dict(os.environ, env):
        return asyncio.run(_measure())


if __name__ == "__main__":
    show(figures())
