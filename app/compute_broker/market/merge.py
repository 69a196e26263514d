"""Which of several prices holds: that of the kind of source that counts most (the order of ``PriceKind``).

Each source gives a price, a reason for having none, or ``None`` when it was not asked. Unknown is never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compute_broker.core.price import Price
from compute_broker.core.price_origin import PriceKind


@dataclass(frozen=True, slots=True)
class NoPrice:
    """A reason that ends the search: this source alone knows the price, and a lesser one would be wrong."""

    reason: str


Offer = Price | NoPrice | str | None


def merge(offers: Mapping[PriceKind, Offer], *, otherwise: str) -> tuple[Price | None, str, PriceKind | None]:
    """Return the price of the best source that has one and that source, or why there is none.

    The reason is that of the best source that had one, else ``otherwise``.
    """
    reason = ""
    for kind in PriceKind:
        offer = offers.get(kind)
        if isinstance(offer, Price):
            return offer, "", kind
        if isinstance(offer, NoPrice):
            return None, offer.reason, None
        reason = reason or offer or ""
    return None, reason or otherwise, None
