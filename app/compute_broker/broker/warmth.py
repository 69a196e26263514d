"""What a running conversation has in a provider's prompt cache, and for how long.

Whoever switches tiers in the middle of a conversation pays for the whole of it anew; the policy counts that.
Only what a provider itself reported as cached is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from compute_broker.core.usage import Usage

CACHE_LASTS = timedelta(minutes=5)
"""How long a provider keeps a prefix after its last use (facts, anthropic: the 5-minute cache)."""

LEAST_TOKENS = 1024
"""A shorter prompt is not worth caching: providers ignore it (facts, anthropic: smallest prefix)."""


@dataclass(frozen=True, slots=True)
class Warm:
    """The first ``tokens`` of the conversation are in the cache of this tier's provider until ``until``."""

    tier_id: str
    tokens: int
    until: datetime

    def tokens_at(self, now: datetime) -> int:
        """Return how many tokens are still cached at ``now`` (aware UTC)."""
        return self.tokens if now < self.until else 0


def warm_after(tier_id: str, usage: Usage, answered: datetime) -> Warm | None:
    """Return what an answer left in the cache; ``None`` when its provider reported no caching."""
    cached = usage.cache_read_tokens + usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
    return Warm(tier_id, cached, answered + CACHE_LASTS) if cached >= LEAST_TOKENS else None
