"""The price that was used, stored whole with every attempt, so that any cost can be audited later."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from datetime import datetime
from typing import Any

from compute_broker.core.price import CostBasis, PowerRate, Price, PriceBand, TokenRates


def price_to_json(price: Price) -> str:
    """Return the price as JSON text, whole; the same price gives the same text."""
    parts = asdict(price)
    parts["as_of"] = price.as_of.isoformat()
    if price.included_tokens is None:
        del parts["included_tokens"]  # as it was before there were plans: an old price stays the same price
    return json.dumps(parts, sort_keys=True, separators=(",", ":"))


def price_from_json(text: str) -> Price:
    """Return the price that :func:`price_to_json` wrote."""
    parts: dict[str, Any] = json.loads(text)
    return Price(
        rates=TokenRates(**parts["rates"]),
        basis=CostBasis(parts["basis"]),
        source=parts["source"],
        as_of=datetime.fromisoformat(parts["as_of"]),
        bands=tuple(
            PriceBand(band["above_prompt_tokens"], TokenRates(**band["rates"])) for band in parts["bands"]
        ),
        per_request=parts["per_request"],
        power=PowerRate(**parts["power"]) if parts["power"] else None,
        included_tokens=parts.get("included_tokens"),
    )


def keep_price(db: sqlite3.Connection, price: Price | None) -> int | None:
    """Store the price once however often it is used, and return its row."""
    if price is None:
        return None
    text = price_to_json(price)
    db.execute("INSERT OR IGNORE INTO prices (json, source) VALUES (?, ?)", [text, price.source])
    return int(db.execute("SELECT id FROM prices WHERE json = ?", [text]).fetchone()[0])
