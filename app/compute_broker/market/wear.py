"""What hardware that was bought for answering loses with each hour of it, where the person asks for that.

    per hour = (price paid - resale value) / (years x 365 x hours a day)

(facts, prices section 4). A card owned anyway is money spent already: so this is off unless asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

_DAYS = 365


@dataclass(frozen=True, slots=True)
class Wear:
    """``nanos_per_hour`` of answering, for the tiers of these ids; no ids: all that run on this machine."""

    nanos_per_hour: int = 0
    tiers: frozenset[str] = frozenset()

    def of(self, tier_id: str) -> int:
        """Return nano-dollars for each hour this tier answers; 0 where it does not count."""
        return self.nanos_per_hour if not self.tiers or tier_id in self.tiers else 0


def nanos_per_hour(loss: int, years: Decimal, hours_a_day: Decimal) -> int:
    """Return ``loss`` nano-dollars spread over the hours of use, rounded up."""
    return math.ceil(loss / (years * _DAYS * hours_a_day))
