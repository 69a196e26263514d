"""Where a tier's price comes from, and a price that changed so suddenly that it waits to be believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compute_broker.core.price import TokenRates


class PriceKind(StrEnum):
    """The kinds of source, the one that counts most first."""

    OWN = "own"
    SPOT = "spot"
    HOSTS = "hosts"
    LIST = "list"
    CATALOG = "catalog"
    ELECTRICITY = "electricity"

    @property
    def moves(self) -> bool:
        """Whether a stranger may change it at any time, so that a sudden change is held."""
        return self in {PriceKind.SPOT, PriceKind.HOSTS, PriceKind.LIST, PriceKind.CATALOG}


@dataclass(frozen=True, slots=True)
class HeldPrice:
    """A sudden change that is not in force: ``old`` counts so far, ``new`` was read ``as_of``."""

    kind: PriceKind
    source: str
    old: TokenRates
    new: TokenRates
    as_of: datetime


ALIKE = 2
"""A reading confirms a held price when no rate of it differs by more than this factor: spot prices wander."""


def alike(one: TokenRates, other: TokenRates) -> bool:
    """Whether two prices say the same, within a factor of :data:`ALIKE`; nothing is like nothing only."""
    pairs = ((one.input, other.input), (one.output, other.output))
    return all(max(pair) <= ALIKE * min(pair) for pair in pairs)
