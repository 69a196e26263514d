"""Ollama: what is in memory, what is installed, and what only looks local (facts, local-servers, Ollama)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compute_broker.core.errors import ProviderError
from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
from compute_broker.core.tier import ANY_MODEL, Place, runs_in_cloud
from compute_broker.market.availability.answers import (
    OK,
    Asker,
    dig,
    names,
    refusal,
    rows,
    stranger,
    verdict,
)

USUAL_SLOTS = 1
"""``OLLAMA_NUM_PARALLEL`` unless somebody set it; Ollama itself does not tell."""


async def ask(asker: Asker) -> Availability:
    """Return Ollama's state for this tier. Listing loads nothing."""
    status, body = await asker.json(f"{asker.root}/api/ps")
    refused = refusal(asker.tier, status)
    if refused is not None:
        return refused
    if not isinstance(dig(body, "models"), list):
        return stranger(asker.tier, "Ollama")
    for row in rows(body, "models"):
        if _means(asker.tier.model, row.get("name")) and not _remote(row):
            name = str(row.get("name"))
            told, context = tr("{name} is loaded", name=name), row.get("context_length")
            return verdict(State.READY, told, model=name, context=context, slots=USUAL_SLOTS)
    if asker.tier.model == ANY_MODEL:
        return verdict(State.NO_MODEL, tr("Ollama has no model loaded; name one in the settings"))
    return await _installed(asker)


async def _installed(asker: Asker) -> Availability:
    wanted = asker.tier.model
    status, body = await asker.json(f"{asker.root}/api/tags")
    refused = refusal(asker.tier, status)
    if refused is not None:
        return refused
    models = rows(body, "models")
    found = next((row for row in models if _means(wanted, row.get("name"))), None)
    if found is None:
        others = ", ".join(names(models, "name")[:3]) or "none"
        return verdict(
            State.NO_MODEL, tr("Ollama has no {wanted}; it has {others}", wanted=wanted, others=others)
        )
    if not _remote(found):
        return verdict(
            State.COLD, tr("Ollama will load {wanted} for the first prompt", wanted=wanted), model=wanted
        )
    if asker.tier.place is Place.PERSONAL:
        return _elsewhere(wanted)
    return verdict(State.READY, tr("{wanted} runs in Ollama's cloud", wanted=wanted), model=wanted)


async def unless_elsewhere(asker: Asker, seen: Availability) -> Availability:
    """Return ``seen``, told by a server of another name, unless it is an Ollama with the model in its cloud.

    A server that does not have the question is none.
    """
    try:
        status, body = await asker.json(f"{asker.root}/api/tags")
    except ProviderError:
        return seen  # a private prompt is not sent there on a guess: the door asks again
    model = seen.model or asker.tier.model
    found = (row for row in rows(body, "models") if _means(model, row.get("name")))
    return _elsewhere(model) if status == OK and any(map(_remote, found)) else seen


def _elsewhere(model: str) -> Availability:
    return verdict(
        State.NO_MODEL,
        tr("{model} runs in Ollama's cloud, not on this machine; set its place to cloud", model=model),
    )


def _means(wanted: str, name: Any) -> bool:
    """Whether ``name`` is what ``wanted`` asks for; a name without a tag means ``:latest``."""
    if not isinstance(name, str):
        return False
    return wanted in {ANY_MODEL, name} or f"{wanted}:latest" == name


def _remote(row: Mapping[str, Any]) -> bool:
    return bool(row.get("remote_host") or row.get("remote_model")) or runs_in_cloud(str(row.get("name", "")))
