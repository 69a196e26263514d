"""The way of one order over its candidates, and what went wrong on it."""

from __future__ import annotations

from collections.abc import Iterator

from compute_broker.broker.attempts import Order
from compute_broker.broker.settling import Running
from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.quote import Quote

_SHARED_FAULTS = {Fault.KEY_REFUSED, Fault.NO_MONEY}
"""Faults of an account, not of a model: every tier with the same key has them."""


class Trip:
    """What has been tried for one order so far. ``end`` is the deadline on the caller's clock, in seconds."""

    def __init__(self, order: Order, end: float) -> None:
        """Nothing has been tried."""
        self.order = order
        self.end = end
        self.runs: list[Running] = []
        self.trouble: list[str] = []
        self.over_budget = False
        self.closed = False
        """Whether the ledger has the request's end."""
        self._barred_keys: set[str] = set()

    def candidates(self) -> Iterator[Quote]:
        """Yield the chosen tier, then the fallbacks whose key has not been refused meanwhile."""
        decision = self.order.decision
        if decision.plan is None:
            raise ValueError("a decision without a plan cannot be run")
        by_hand = self.order.options.tier_id is not None
        for quote in (decision.plan.tiers[0], *(() if by_hand else decision.fallbacks)):
            if quote.tier.key_name not in self._barred_keys:
                yield quote

    def failed(self, quote: Quote, error: ProviderError) -> None:
        """Note a failure; a refused key or an empty account bars every tier that shares it."""
        self.trouble.append(f"{quote.tier.label}: {error}")
        if error.fault in _SHARED_FAULTS and quote.tier.key_name is not None:
            self._barred_keys.add(quote.tier.key_name)

    def sum_up(self) -> str:
        """Return why there is no answer, in one sentence and a remedy."""
        if not self.trouble:
            return "No tier was left to ask; your prompt is kept and can be sent again."
        others = len(self.trouble) - 1
        more = f", and {others} other {'tier' if others == 1 else 'tiers'} failed too" if others else ""
        first = self.trouble[0].rstrip(".")
        return f"No answer: {first}{more}. Your prompt is kept and can be sent again."
