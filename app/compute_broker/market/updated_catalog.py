"""The catalog's updates as prices: each day's word is held against the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from compute_broker.core.price import Price, TokenRates
from compute_broker.core.tier import ProviderKind
from compute_broker.market.hold import Memory, Watched

Pair = tuple[ProviderKind, str]
Listed = Mapping[Pair, Price | str]


class UpdatedCatalog:
    """Remembers what updates said of the models that are wanted; empty while updates are off."""

    def __init__(self) -> None:
        """Begin without any update."""
        self._entries: dict[Pair, Watched[Price]] = {}

    def take(self, pair: Pair, price: Price, now: datetime, *, bundled: Price | None, memory: Memory) -> None:
        """Take in an update's price; the bundled one is what a first update is compared with."""
        entry = self._entries.setdefault(pair, Watched(_rates))
        reference = None if bundled is None else bundled.rates
        entry.take(price, now, as_of=price.as_of, reference=reference, memory=memory)

    def clear(self) -> None:
        """Forget all updates: the person wants the bundled list."""
        self._entries.clear()

    def price(self, pair: Pair) -> Price | None:
        """Return the updated price in force, if there is one."""
        entry = self._entries.get(pair)
        return None if entry is None else entry.good

    def watched(self, pair: Pair) -> Watched[Price] | None:
        """Return the updates of one model, for their hold."""
        return self._entries.get(pair)


def _rates(price: Price, _now: datetime) -> TokenRates:
    return price.rates
