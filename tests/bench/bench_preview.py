"""The preview: what classifying, quoting and deciding takes at every key stroke of a growing prompt."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from measured import Figure
from scratch import scratch_home

from compute_broker.compose import opened

PROMPT = (
    "Compare the worst-case running time of merge sort and quicksort, prove both bounds, and write a"
    " Python function that sorts ten million integers with bounded memory. Explain each step to a student"
    " who has never seen recursion, give an example with seven numbers, and end with a table of the costs."
)


async def _strokes() -> list[float]:
    async with opened(probe=False) as services:
        services.broker.preview(PROMPT)
        times = []
        for length in range(1, len(PROMPT) + 1):
            began = time.perf_counter()
            services.broker.preview(PROMPT[:length])
            times.append(1000 * (time.perf_counter() - began))
        return times


def figures() -> list[Figure]:
    """Type the prompt once, with the default settings, after one preview that loads the classifier."""
    with scratch_home() as env:
        os.environ.update({name: value for name, value in env.items() if name != "PATH"})
        Path(env["COMPUTE_BROKER_HOME"]).mkdir(parents=True, exist_ok=True)
        return [Figure("preview per key stroke", asyncio.run(_strokes()), "ms", "under 16 ms")]
