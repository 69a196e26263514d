"""llama.cpp's server: loading, ready, busy, asleep; one model or a router of many (facts, local-servers).

``/props`` is asked before ``/slots``, since the latter may wake a model that sleeps; and with
``autoload=false``, since a router loads what it is merely asked about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
from compute_broker.core.tier import ANY_MODEL
from compute_broker.market.availability.answers import (
    OK,
    Asker,
    dig,
    names,
    refusal,
    rows,
    sensible,
    stranger,
    verdict,
    with_context,
)
from compute_broker.market.availability.prometheus import metric

_UNAVAILABLE = 503
_FASTEST = 1_000_000.0
"""Tokens per second beyond which a figure is a fault of the server."""

_ROUTED = {
    "loaded": (State.READY, tr("{} is loaded")),
    "loading": (State.LOADING, tr("the server is loading {}")),
    "downloading": (State.LOADING, tr("the server is downloading {}")),
    "unloaded": (State.COLD, tr("the server will load {} for the first prompt")),
    "sleeping": (State.COLD, tr("{} sleeps and wakes for the first prompt")),
}


async def ask(asker: Asker) -> Availability:
    """Return the server's state for this tier. A single model answers under whatever name is asked for."""
    status, body = await asker.json(f"{asker.root}/v1/models")
    if status == _UNAVAILABLE:
        return _unavailable(asker, body)
    refused = refusal(asker.tier, status)
    if refused is not None:
        return refused
    models = rows(body, "data")
    if not isinstance(dig(body, "data"), list):
        return stranger(asker.tier, "llama-server")
    if not names(models):
        return verdict(State.NO_MODEL, tr("the server is up, but has no model"))
    if any(dig(model, "status", "value") is not None for model in models):
        return _router(asker, models)
    ready = verdict(State.READY, tr("{names} is loaded", names=names(models)[0]), model=names(models)[0])
    return await _single(asker, with_context(ready, dig(models[0], "meta", "n_ctx")))


def _unavailable(asker: Asker, body: Any) -> Availability:
    """Tell loading from a proxy whose server is gone: both are 503."""
    if "loading" in str(dig(body, "error", "message")).lower():
        return verdict(State.LOADING, tr("the server is loading its model"))
    return refusal(asker.tier, _UNAVAILABLE) or stranger(asker.tier, "llama-server")


async def _single(asker: Asker, ready: Availability) -> Availability:
    status, props = await asker.json(f"{asker.root}/props?autoload=false")
    if status == OK:
        ready = with_context(ready, dig(props, "default_generation_settings", "n_ctx"))
        if dig(props, "is_sleeping") is True:
            return verdict(
                State.COLD, tr("the model sleeps and wakes for the first prompt"), model=ready.model
            )
    status, slots = await asker.json(f"{asker.root}/slots")
    every = rows({"slots": slots}, "slots") if status == OK else []
    ready = replace(ready, slots=sensible(dig(props, "total_slots")) or len(every) or None)
    return _measured(ready, every, await asker.text(f"{asker.root}/metrics"))


def _measured(ready: Availability, slots: list[Any], metrics: str) -> Availability:
    """Return ``ready`` with what slots and metrics add: whether it is busy, and how fast it is.

    Metrics are there where the server was started with ``--metrics``.
    """
    speed = metric(metrics, "llamacpp:predicted_tokens_seconds")
    if speed is not None and 0 < speed < _FASTEST:
        ready = replace(ready, tokens_per_second=speed)
    deferred = metric(metrics, "llamacpp:requests_deferred")
    if deferred:
        waiting = (
            tr("{deferred} prompts are", deferred=f"{deferred:.0f}") if deferred > 1 else tr("a prompt is")
        )
        return replace(
            ready,
            state=State.BUSY,
            reason=tr("{model} is busy: {waiting} waiting there", model=ready.model, waiting=waiting),
        )
    if slots and all(slot.get("is_processing") is True for slot in slots):
        return replace(
            ready,
            state=State.BUSY,
            reason=tr("{model} is busy: a prompt waits for its turn", model=ready.model),
        )
    return ready


def _router(asker: Asker, models: list[Any]) -> Availability:
    wanted = asker.tier.model
    if wanted == ANY_MODEL:
        loaded = [model for model in models if dig(model, "status", "value") == "loaded"]
        if not loaded:
            return verdict(State.NO_MODEL, tr("no model is loaded; name one in the settings"))
        return verdict(State.READY, tr("{names} is loaded", names=names(loaded)[0]), model=names(loaded)[0])
    found = next((model for model in models if model.get("id") == wanted), None)
    if found is None:
        return verdict(
            State.NO_MODEL,
            tr("the server has no {wanted}; it has {it}", wanted=wanted, it=", ".join(names(models)[:3])),
        )
    value = dig(found, "status", "value")
    if dig(found, "status", "failed") is True:
        return verdict(State.DOWN, tr("the server could not load {wanted}", wanted=wanted))
    state, reason = _ROUTED.get(str(value), (State.UNKNOWN, tr("the server does not say how {} is")))
    return verdict(state, reason.format(wanted), model=wanted)
