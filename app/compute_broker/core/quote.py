"""A tier's offer at one moment, and the one snapshot that every view and the policy read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from compute_broker.core.conditions import Conditions
from compute_broker.core.headroom import Credit, PlanStanding, RateHeadroom
from compute_broker.core.price import CostBasis, Price
from compute_broker.core.price_origin import HeldPrice, PriceKind
from compute_broker.core.tier import Tier


class State(StrEnum):
    """Can the tier take a prompt this second?

    ``UNKNOWN`` (never looked at) may be tried; ``OFF`` is the person's switch.
    """

    READY = "ready"
    BUSY = "busy"
    LOADING = "loading"
    COLD = "cold"
    UNKNOWN = "unknown"
    DOWN = "down"
    NEEDS_KEY = "needs_key"
    NO_MODEL = "no_model"
    OFF = "off"

    @property
    def usable(self) -> bool:
        """Whether a prompt may be sent: it will be answered, perhaps after a wait."""
        return self in {State.READY, State.BUSY, State.LOADING, State.COLD, State.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Availability:
    """A tier's state with a reason a person understands, and when it was learned (UTC).

    ``retry_at`` is when to try again: of a tier that is down, or that is busy until a limit is back.
    """

    state: State
    reason: str
    as_of: datetime
    model: str | None = None
    """The model actually loaded, where the server tells."""
    context_tokens: int | None = None
    tokens_per_second: float | None = None
    retry_at: datetime | None = None
    slots: int | None = None
    """How many prompts the server answers at once, where it tells."""
    credit: Credit | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A tier's offer: its price (``None``: nobody knows it), its availability, its expected speed.

    ``since`` is when it came to be in its state, ``answering`` how many prompts of ours it has right now.
    """

    tier: Tier
    availability: Availability
    price: Price | None
    unpriced_reason: str = ""
    first_token_ms: int | None = None
    tokens_per_second: float | None = None
    price_kind: PriceKind | None = None
    """Which kind of source the price is from."""
    held: HeldPrice | None = None
    """A sudden change that is not in force."""
    speed_source: str = ""
    """Who measured the speed; empty when we did, or the tier's server."""
    rule: str = ""
    """Why a rule of the person's passes this tier over now; empty when none does."""
    since: datetime | None = None
    answering: int = 0
    rate: RateHeadroom | None = None
    plan: PlanStanding | None = None

    @property
    def in_plan(self) -> bool:
        """Whether a plan covers what is asked of it now."""
        return self.price is not None and self.price.basis is CostBasis.SUBSCRIPTION

    @property
    def context_tokens(self) -> int | None:
        """The usable context: what the server has loaded, else the tier's, else the model's."""
        return (
            self.availability.context_tokens or self.tier.context_tokens or self.tier.abilities.context_tokens
        )


_NOTHING_KNOWN = Conditions()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All quotes at one moment, in the person's order. Icon, menu, preview and policy share it."""

    quotes: Mapping[str, Quote] = field(default_factory=dict)
    as_of: datetime | None = None
    conditions: Conditions = _NOTHING_KNOWN

    def __iter__(self) -> Iterator[Quote]:
        """Iterate over the quotes in order."""
        return iter(self.quotes.values())
