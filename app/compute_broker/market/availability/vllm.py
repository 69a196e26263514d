"""vLLM: is the model there, and how long is the queue? (facts, local-servers, vLLM).

Its port opens once the weights are loaded, so there is no loading state: refused means starting or down.
"""

from __future__ import annotations

from dataclasses import replace

from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import counted, tr
from compute_broker.market.availability.answers import Asker, listed, names, rows, with_context
from compute_broker.market.availability.prometheus import metric


async def ask(asker: Asker) -> Availability:
    """Return vLLM's state for this tier; waiting requests mean that a prompt would queue."""
    answer = await asker.json(f"{asker.root}/v1/models")
    models = rows(answer[1], "data")
    found = listed(asker.tier, answer, names(models))
    if found.state is not State.READY:
        return found
    serving = next((model for model in models if model.get("id") == found.model), {})
    found = with_context(found, serving.get("max_model_len"))
    text = await asker.text(f"{asker.root}/metrics")
    waiting, running = metric(text, "vllm:num_requests_waiting"), metric(text, "vllm:num_requests_running")
    if waiting:
        return replace(
            found,
            state=State.BUSY,
            reason=tr("{prompts} waiting{where}", prompts=_prompts(waiting), where=_beside(running)),
        )
    if running:
        return replace(
            found,
            reason=tr("{reason}; it is answering {prompts}", reason=found.reason, prompts=_prompts(running)),
        )
    return found


def _prompts(count: float) -> str:
    return counted("{count} prompt", "{count} prompts", round(count))


def _beside(running: float | None) -> str:
    return (
        tr(" at the server, {running} being answered", running=f"{running:.0f}")
        if running
        else tr(" at the server")
    )
