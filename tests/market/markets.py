"""Small markets for tests: a clock to turn, tiers at any address, keys by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from broker.builders import quote
from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import Place
from compute_broker.market.market import Market


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


def tier_of(tier_id, kind, url, *, model="*", key=None, place=Place.PERSONAL):
    item = quote(tier_id, 1.0, None, provider=kind, base_url=url, key_name=key, place=place).tier
    return replace(item, model=model)


def market_of(*tiers, keys=None, clock=None, terms=None):
    asleep = Availability(State.COLD, "asleep", datetime.now(UTC))
    return Market(
        tiers,
        keys=(keys or {}).get,
        builtin_state=lambda: asleep,
        clock=clock or Clock(),
        rng=lambda: 1.0,
        terms=terms,
    )
