"""What hardware that was bought for answering loses with each hour of it, where the person asks for that.

    per hour = (price paid - resale value) / (years x 365 x hours a day)

(facts, prices section 4). A card owned anyway is money spent already: so this is off unless asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from compute_broker.core.tier import ProviderKind, Tier

_DAYS = 365


@dataclass(frozen=True, slots=True)
class Wear:
    """``nanos_per_hour`` of answering, for the tiers of these ids.

    No ids: for every server on this machine. The built-in model runs on any processor, which nobody bought
    for it.
    """

    nanos_per_hour: int = 0
    tiers: frozenset[str] = frozenset()

    def of(self, tier: Tier) -> int:
        """Return nano-dollars for each hour this tier answers; 0 where it does not count."""
        serves = tier.id in self.tiers if self.tiers else tier.provider is not ProviderKind.BUILTIN
        return self.nanos_per_hour if serves else 0


def nanos_per_hour(loss: int, years: Decimal, hours_a_day: Decimal) -> int:
    """Return ``loss`` nano-dollars spread over the hours of use, rounded up."""
    return math.ceil(loss / (years * _DAYS * hours_a_day))
