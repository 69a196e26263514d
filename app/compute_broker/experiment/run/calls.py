"""One question to one tier, and its answer as the journal keeps it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

import msgspec

from compute_broker.broker.attempts import model_of
from compute_broker.core.quote import Quote
from compute_broker.core.usage import estimate_tokens


class Purpose(StrEnum):
    """What is asked: the prompt alone, in a cross-check, whether two answers agree, which is better."""

    ALONE = "alone"
    HINTED = "hinted"
    COMPARING = "comparing"
    JUDGING = "judging"


@dataclass(frozen=True)
class Call:
    """One request as it will be sent. Two calls with the same :attr:`key` are the same request.

    ``system`` is an instruction that goes before the prompt; ``max_output_tokens`` bounds the answer below
    the tier's own limit.
    """

    prompt_id: str
    quote: Quote
    prompt: str
    purpose: Purpose
    system: str = ""
    private: bool = False
    max_output_tokens: int | None = None

    @cached_property
    def key(self) -> str:
        """Prompt, tier, model and a digest of everything else that makes the request what it is."""
        tier = self.quote.tier
        parts = [
            self.system, self.prompt, tier.provider, tier.base_url, tier.effort, self.most_tokens,
        ]  # fmt: skip
        digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
        return json.dumps([self.prompt_id, tier.id, model_of(self.quote), digest], ensure_ascii=False)

    @property
    def most_tokens(self) -> int:
        """The longest answer that is paid for."""
        limit = self.quote.tier.max_output_tokens
        return min(limit, self.max_output_tokens or limit)

    @property
    def prompt_tokens(self) -> int:
        """An estimate of what is sent."""
        return estimate_tokens(self.system) + estimate_tokens(self.prompt)


class Asking(msgspec.Struct, frozen=True, kw_only=True, tag="asking"):
    """A request that is about to be sent; the ledger knows it as ``request``."""

    key: str
    request: str
    prompt: str
    tier: str
    model: str
    purpose: Purpose


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """What came back. Cost in nano-dollars, ``None`` where nobody knows it; times in milliseconds.

    ``fault`` names a lasting failure (a refusal, a prompt too long): no text then, but perhaps a cost.
    """

    key: str
    request: str
    prompt: str
    tier: str
    model: str
    purpose: Purpose
    text: str
    at: datetime
    cost: int | None = None
    certainty: str | None = None
    cut_off: bool = False
    fault: str = ""
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    latency_ms: int | None = None

    @property
    def usable(self) -> bool:
        """Whether there is something to read."""
        return not self.fault and bool(self.text.strip())

    @property
    def complete(self) -> bool:
        """Whether it is whole."""
        return self.usable and not self.cut_off
