"""OpenRouter's live model list as prices: read with suspicion, since feeds lie (facts, faults 23 to 25).

What cannot be read is unpriced with a reason, never zero; a sudden change is held (``hold``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from compute_broker.core.price import Price, TokenRates
from compute_broker.core.texts import tr
from compute_broker.market.hold import NOTHING, WAITS, Memory, Watched
from compute_broker.market.openrouter_pricing import BadPriceError, Pricing, parse_price

SOURCE = tr("OpenRouter's live list")
STALE_AFTER = timedelta(hours=24)
"""Older readings are not believed: the catalog is no worse then."""

MAX_ROWS = 20_000
"""More models than this is a fault of the feed (about 900 were listed in autumn 2026)."""


class OpenRouterFeed:
    """Remembers the readings of the models that are wanted. No I/O: :meth:`read` takes a parsed body."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._entries: dict[str, Watched[Pricing]] = {}
        self.complaint = ""
        """What was wrong with the last reading as a whole; empty when it was good."""

    def read(
        self,
        body: Any,
        wanted: set[str],
        now: datetime,
        *,
        reference: Callable[[str], Price | None] = lambda _: None,
        memory: Callable[[str], Memory] = lambda _: NOTHING,
    ) -> None:
        """Take a reading of ``GET /models`` in. ``reference`` is what a first reading is compared with."""
        rows = body.get("data") if isinstance(body, Mapping) else None
        if not isinstance(rows, list) or len(rows) > MAX_ROWS:
            self.complaint = tr("OpenRouter's price list could not be read")
            return
        self.complaint = ""
        named = [row for row in rows if isinstance(row, Mapping) and isinstance(row.get("id"), str)]
        found = {row["id"]: row.get("pricing") for row in named}
        for model in wanted:
            entry = self._entries.setdefault(model, Watched(_rates))
            if model in found:
                _take(entry, found[model], now, reference(model), memory(model))
            elif entry.good is None:
                entry.complaint = tr("OpenRouter does not list {model}", model=model)

    def price(self, model: str, now: datetime) -> Price | str | None:
        """Return the price at ``now``, why there is none, or ``None`` when nothing was ever read of it."""
        entry = self._entries.get(model)
        if entry is None:
            return None
        if entry.good is None or entry.read_at is None:
            return (
                tr("OpenRouter's price {waits}", waits=WAITS)
                if entry.held is not None
                else entry.complaint or None
            )
        if now - entry.read_at > STALE_AFTER:
            return tr("OpenRouter's price of {model} is older than a day", model=model)
        note = tr(" (a sudden change waits to be confirmed)") if entry.held is not None else ""
        return parse_price(entry.good, now, as_of=entry.read_at, source=SOURCE + note)

    def entry(self, model: str) -> Watched[Pricing] | None:
        """Return the readings of one model, for its hold."""
        return self._entries.get(model)


def _take(
    entry: Watched[Pricing], pricing: Any, now: datetime, reference: Price | None, memory: Memory
) -> None:
    try:
        parse_price(pricing, now, as_of=now)
    except BadPriceError as error:
        entry.complaint = tr("OpenRouter's price cannot be used: {error}", error=error)
        return
    entry.take(pricing, now, reference=None if reference is None else reference.rates, memory=memory)


def _rates(pricing: Pricing, now: datetime) -> TokenRates:
    return parse_price(pricing, now, as_of=now).rates
