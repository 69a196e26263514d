"""The person's own figures: for a server nobody lists, or a contract nobody else has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.texts import tr

SOURCE = tr("your settings")


@dataclass(frozen=True, slots=True)
class PersonPrice:
    """Nano-dollars per million tokens in and out, as written in the settings."""

    input: int
    output: int

    def price(self, now: datetime) -> Price:
        """Return it as a price; cached and thinking tokens cost like any other."""
        return Price(TokenRates(self.input, self.output), CostBasis.METERED, SOURCE, now)
