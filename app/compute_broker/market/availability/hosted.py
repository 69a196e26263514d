"""Hosted models: is the provider reachable, and is the key accepted? (facts, anthropic 6, openrouter)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
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
from compute_broker.market.availability.credit import read_credit
from compute_broker.market.rush import until_text
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
    return verdict(State.READY, tr("reachable, and the key is accepted") if asker.key else tr("reachable"))


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
    credit = read_credit(dig(body, "data"), datetime.now(UTC))
    if credit.remaining is not None and credit.remaining <= 0:
        back = (
            tr("; it is back at {until_text}", until_text=until_text(credit.resets_at))
            if credit.resets_at
            else ""
        )
        used_up = tr("the limit of this OpenRouter key is used up{back}; raise it at OpenRouter", back=back)
        return replace(verdict(State.DOWN, used_up), credit=credit, retry_at=credit.resets_at)
    told = tr("reachable, and the key is accepted") if asker.key else tr("reachable")
    return replace(verdict(State.READY, told), credit=credit)


async def openai(asker: Asker) -> Availability:
    """List the models of any server that speaks OpenAI's protocol; not every one has a listing."""
    answer = await asker.json(f"{with_path(asker.tier.base_url, '/v1')}/models")
    status, body = answer
    if status in {404, 405, 501} and asker.tier.model != ANY_MODEL:
        return verdict(State.UNKNOWN, tr("the server answers, but does not list its models; it may be tried"))
    if status == RATE_LIMITED:
        return verdict(State.BUSY, tr("the server asks to be asked less often"))
    seen = listed(asker.tier, answer, names(rows(body, "data")))
    if seen.state is State.READY and asker.tier.on_this_machine:
        return await ollama.unless_elsewhere(asker, seen)
    return seen
