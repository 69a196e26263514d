"""The person's own figures, on whose terms tiers are priced: what they pay, draw and are charged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from compute_broker.market.person_price import PersonPrice
from compute_broker.market.rules import LocalRule
from compute_broker.market.tariff import Tariff
from compute_broker.market.wear import Wear

DEFAULT_SPOT_EVERY = timedelta(seconds=60)
"""How often a spot feed is read while that leaves room for everything else that is asked (``pace``)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """``prices`` and ``watts`` (above idle, while answering) by tier; tariff, hardware and local rules."""

    prices: Mapping[str, PersonPrice] = field(default_factory=dict)
    watts: Mapping[str, Decimal] = field(default_factory=dict)
    spots: Mapping[str, str] = field(default_factory=dict)
    """Addresses or files of spot feeds, by tier."""
    spot_every: timedelta = DEFAULT_SPOT_EVERY
    tariff: Tariff = field(default_factory=Tariff)
    wear: Wear = field(default_factory=Wear)
    rule: LocalRule = field(default_factory=LocalRule)

    def until_change(self, now: datetime) -> timedelta | None:
        """Return the time to the next full minute if the hour changes a price or a rule then."""
        return self.tariff.until_change(now) or self.rule.until_change(now)
