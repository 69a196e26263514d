"""Which of several prices holds: the person's own, else the live one, else the catalog's, else none.

Each source gives a price, a reason for having none, or ``None`` when it was not asked. Unknown is never zero.
"""

from __future__ import annotations

from compute_broker.core.price import Price

Offer = Price | str | None


def merge(*offers: Offer, otherwise: str) -> tuple[Price | None, str]:
    """Return the first price among ``offers``, best source first, or why there is none.

    The reason is that of the best source that had one, else ``otherwise``.
    """
    for offer in offers:
        if isinstance(offer, Price):
            return offer, ""
    return None, next((offer for offer in offers if isinstance(offer, str)), otherwise)
