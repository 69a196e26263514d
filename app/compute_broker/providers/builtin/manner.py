"""How a tiny model is asked, so that it does the little that it can.

Measured on ten plain questions, twice each, and on three long answers of 300 tokens (share of repeated
six-word sequences): with its own system prompt and no penalty 16 of 20 were right, the capital of France
never, and long answers repeated half to nine tenths of themselves. A penalty on single tokens ended the
loops and cost two more answers, since it punishes the words of the question. As set here: 18 of 20, and at
most 5 % repeated.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from compute_broker.core.stream import Message, ModelRequest, Role
from compute_broker.core.tier import Effort, ProviderKind
from compute_broker.providers.builtin.model import MODEL_NAME

SYSTEM_PROMPT = "You are a helpful assistant that gives short, correct answers in English."
"""Used when the conversation brings none. The model was trained on English and speaks little else."""

_NEVER_SAID = "\x00"
"""DRY forgets at its breakers, by default each new line, where lists go in circles; one must be given."""

SAMPLING = MappingProxyType(
    {
        "temperature": 0.1,
        "top_p": 0.9,
        "dry_multiplier": 2.0,
        "dry_allowed_length": 5,
        "dry_penalty_last_n": 1024,
        "dry_sequence_breakers": [_NEVER_SAID],
    }
)
"""Fields of llama-server. DRY punishes repeated sequences beyond five tokens, not single ones."""


def as_llama_server(request: ModelRequest) -> ModelRequest:
    """Return the request as the child takes it: the one model there is, and a word on how to answer."""
    tier = replace(request.tier, provider=ProviderKind.LLAMA_SERVER, model=MODEL_NAME, effort=Effort.DEFAULT)
    messages = request.messages
    if not any(turn.role is Role.SYSTEM for turn in messages):
        messages = (Message(Role.SYSTEM, SYSTEM_PROMPT), *messages)
    return replace(request, tier=tier, model=MODEL_NAME, messages=messages)
