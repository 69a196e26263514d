"""Hosted models: is the provider reachable, and is the key accepted? (facts, anthropic 6, openrouter)."""

from __future__ import annotations

from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import ANY_MODEL
from compute_broker.market.availability import ollama
from compute_broker.market.availability.answers import (
    RATE_LIMITED,
    Asker,
    dig,
    listed,
    names,
    refusal,
    rows,
    stranger,
    verdict,
)
from compute_broker.net.address import with_path

_ANTHROPIC_VERSION = "2026-10-21"


async def anthropic(asker: Asker) -> Availability:
    """List one model: the cheap question that shows that the key works."""
    headers = {"x-api-key": asker.key, "anthropic-version": _ANTHROPIC_VERSION}
    status, body = await asker.json(f"{asker.root}/v1/models?limit=1", headers)
    refused = refusal(asker.tier, status)
    if refused is not None:
        return refused
    if not isinstance(dig(body, "data"), list):
        return stranger(asker.tier, "Anthropic")
    return verdict(State.READY, "reachable, and the key is accepted" if asker.key else "reachable")


async def openrouter(asker: Asker) -> Availability:
    """Ask about the key itself, which also tells what is left of its limit.

    ``limit: null`` means no cap on the key; the account's balance is not told to an ordinary key.
    """
    status, body = await asker.json(f"{with_path(asker.tier.base_url, '/api/v1')}/key")
    refused = refusal(asker.tier, status)
    if refused is not None:
        return refused
    if not isinstance(dig(body, "data"), dict):
        return stranger(asker.tier, "OpenRouter")
    left = dig(body, "data", "limit_remaining")
    if isinstance(left, int | float) and not isinstance(left, bool) and left <= 0:
        return verdict(State.DOWN, "the limit of this OpenRouter key is used up; raise it at OpenRouter")
    return verdict(State.READY, "reachable, and the key is accepted" if asker.key else "reachable")


async def openai(asker: Asker) -> Availability:
    """List the models of any server that speaks OpenAI's protocol; not every one has a listing."""
    answer = await asker.json(f"{with_path(asker.tier.base_url, '/v1')}/models")
    status, body = answer
    if status in {404, 405, 501} and asker.tier.model != ANY_MODEL:
        return verdict(State.UNKNOWN, "the server answers, but does not list its models; it may be tried")
    if status == RATE_LIMITED:
        return verdict(State.BUSY, "the server asks to be asked less often")
    seen = listed(asker.tier, answer, names(rows(body, "data")))
    if seen.state is State.READY and asker.tier.on_this_machine:
        return await ollama.unless_elsewhere(asker, seen)
    return seen
