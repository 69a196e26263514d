"""Reported usage as a ``Usage``. What no honest provider can mean counts as not reported, and is noted."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from compute_broker.core.money import nanos_from_usd
from compute_broker.core.usage import Usage

_log = logging.getLogger(__name__)


def openai_usage(reported: Any, who: str) -> Usage | None:
    """Return usage in OpenAI's terms: the prompt includes cached tokens, the completion reasoning."""
    if not isinstance(reported, Mapping):
        return None
    if reported.get("prompt_tokens") is None or reported.get("completion_tokens") is None:
        return None
    try:
        return _from_openai(reported)
    except ValueError as error:
        _note(who, error)
        return None


def anthropic_usage(reported: Mapping[str, Any], who: str) -> Usage | None:
    """Return usage in Anthropic's terms: ``input_tokens`` *excludes* cache reads and writes.

    Writes that are not split by their lifetime are taken for the five-minute kind, which is the default.
    """
    if reported.get("input_tokens") is None or reported.get("output_tokens") is None:
        return None
    try:
        return _from_anthropic(reported)
    except ValueError as error:
        _note(who, error)
        return None


def openrouter_charge(reported: Any, who: str) -> int | None:
    """Return what OpenRouter charges in nano-dollars: its fee plus the provider's bill with an own key."""
    if not isinstance(reported, Mapping) or reported.get("cost") is None:
        return None
    amounts = [reported["cost"]]
    if reported.get("is_byok") is True:
        amounts.append(_part(reported, "cost_details").get("upstream_inference_cost") or 0)
    try:
        charged = sum(nanos_from_usd(Decimal(str(amount))) for amount in amounts)
    except (ValueError, ArithmeticError):
        charged = -1
    if charged < 0:
        _log.warning("%s reported a cost that cannot be: %s", who, [str(amount)[:40] for amount in amounts])
        return None
    return charged


def _from_anthropic(reported: Mapping[str, Any]) -> Usage:
    fresh = _count(reported, "input_tokens")
    read = _count(reported, "cache_read_input_tokens")
    written = _count(reported, "cache_creation_input_tokens")
    long_lived = _count(_part(reported, "cache_creation"), "ephemeral_1h_input_tokens")
    return Usage(
        input_tokens=fresh + read + written,
        output_tokens=_count(reported, "output_tokens"),
        cache_read_tokens=read,
        cache_write_5m_tokens=written - long_lived,
        cache_write_1h_tokens=long_lived,
        reasoning_tokens=_count(_part(reported, "output_tokens_details"), "thinking_tokens"),
    )


def _from_openai(reported: Mapping[str, Any]) -> Usage:
    prompt = _part(reported, "prompt_tokens_details")
    return Usage(
        input_tokens=_count(reported, "prompt_tokens"),
        output_tokens=_count(reported, "completion_tokens"),
        cache_read_tokens=_count(prompt, "cached_tokens"),
        cache_write_5m_tokens=_count(prompt, "cache_write_tokens"),
        reasoning_tokens=_count(_part(reported, "completion_tokens_details"), "reasoning_tokens"),
    )


def _count(reported: Mapping[str, Any], name: str) -> int:
    """Return a count, 0 when it is left out or null."""
    value = reported.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        msg = f"{name} is {value!r}, not a count"
        raise ValueError(msg)
    return value


def _part(reported: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = reported.get(name)
    return value if isinstance(value, Mapping) else {}


def _note(who: str, error: ValueError) -> None:
    _log.warning("%s reported usage that cannot be: %.200s", who, error)
