"""The real built-in engine behind a double, where the text of the answers matters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from compute_broker.providers.builtin.manner import SAMPLING, SYSTEM_PROMPT
from compute_broker.providers.builtin.model import find_model
from compute_broker.providers.builtin.process import EngineOrder, EngineProcess, sensible_threads
from doubles.server import HttpDouble


@contextmanager
def engine_behind(*doubles: HttpDouble, max_tokens: int = 40) -> Iterator[str]:
    """Let the doubles answer with SmolLM2 for as long as the block runs; yield the engine's own URL.

    Takes under a second to start. Answers are greedy, so that the same prompt gets the same words.
    """
    model = find_model()
    assert model is not None, "the weights of the built-in engine are not installed"
    process = EngineProcess(EngineOrder(model, 2048, sensible_threads()))
    try:
        url = process.wait_ready()

        def answer(prompt: str) -> str:
            body = {
                "messages": [
                    {"role": "system", "content": SYSTEM_PROMPT},
                    {"role": "user", "content": prompt},
                ],
                "max_tokens": max_tokens,
                **SAMPLING,
                "temperature": 0,
            }
            headers = {"authorization": f"Bearer {process.token}"}
            reply = httpx2.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=60)
            return str(reply.raise_for_status().json()["choices"][0]["message"]["content"])

        for double in doubles:
            double.answer = answer
        yield url
    finally:
        process.end()
