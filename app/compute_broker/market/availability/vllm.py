"""vLLM: is the model there, and how long is the queue? (facts, local-servers, vLLM).

Its port opens once the weights are loaded, so there is no loading state: refused means starting or down.
"""

from __future__ import annotations

import re

from compute_broker.core.quote import Availability, State
from compute_broker.market.availability.answers import Asker, listed, names, rows, verdict, with_context

_SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{[^}]*\})?\s+([0-9.eE+-]+)\s*$", re.MULTILINE)


async def ask(asker: Asker) -> Availability:
    """Return vLLM's state for this tier; waiting requests mean that a prompt would queue."""
    answer = await asker.json(f"{asker.root}/v1/models")
    models = rows(answer[1], "data")
    found = listed(asker.tier, answer, names(models))
    if found.state is not State.READY:
        return found
    serving = next((model for model in models if model.get("id") == found.model), {})
    found = with_context(found, serving.get("max_model_len"))
    waiting = metric(await asker.text(f"{asker.root}/metrics"), "vllm:num_requests_waiting")
    if waiting:
        reason = f"{waiting:.0f} prompts are waiting at the server"
        return verdict(State.BUSY, reason, model=found.model, context=found.context_tokens)
    return found


def metric(text: str, name: str) -> float | None:
    """Return the sum of a metric over its labels in Prometheus text, ``None`` when it is not there."""
    found = []
    for key, value in _SAMPLE.findall(text):
        if key == name:
            try:
                found.append(float(value))
            except ValueError:
                continue
    return sum(found) if found else None
