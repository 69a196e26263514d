"""The hold: a price that falls to nothing or moves tenfold at once is not believed at its first reading.

The last good one stays, with its age, until the next reading says it again or the person believes it. This
holds for every source that moves by itself: live list, hosts, spot feed, updated catalog.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from compute_broker.core.price import TokenRates
from compute_broker.core.price_origin import alike
from compute_broker.core.texts import tr

JUMP = 10
"""A price that moves by this factor at once is held until confirmed."""

APART = timedelta(minutes=1)
"""Two readings closer than this are one: the second would confirm a glitch of the first."""

WAITS = tr("changed suddenly and waits to be confirmed")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Memory:
    """What the ledger has of a price: what was in force last, what is held, and whether that is believed."""

    good: TokenRates | None = None
    good_at: datetime | None = None
    held: TokenRates | None = None
    held_at: datetime | None = None
    believed: bool = False


NOTHING = Memory()


class Watched(Generic[T]):
    """The readings of one price: the last good one, one that waits to be confirmed, and a complaint."""

    def __init__(self, rates: Callable[[T, datetime], TokenRates]) -> None:
        """Begin with nothing read; ``rates`` tells what a reading means at a moment."""
        self._rates = rates
        self.good: T | None = None
        self.read_at: datetime | None = None
        self.held: T | None = None
        self.held_at: datetime | None = None
        self.complaint = ""
        """Why there is no price, when there is none: the end of a sentence."""

    def take(
        self,
        new: T,
        now: datetime,
        *,
        as_of: datetime | None = None,
        reference: TokenRates | None = None,
        memory: Memory = NOTHING,
    ) -> None:
        """Take a reading in: it is believed, or held.

        ``as_of`` is when it was said (``now`` when not given): the same saying twice confirms nothing.
        ``reference`` is what a first reading is compared with when ``memory`` has nothing.
        """
        said, rates = as_of or now, self._rates(new, now)
        old = self._rates(self.good, now) if self.good is not None else memory.good or reference
        if old is None or not suspicious(old, rates) or self._confirmed(rates, said, memory, now):
            self.good, self.read_at, self.complaint = new, said, ""
            self.held = self.held_at = None
        elif self.held is None or not alike(self._rates(self.held, now), rates):
            self.held, self.held_at = new, said

    def believe(self) -> bool:
        """Put the held price in force at the person's word; return whether there was one."""
        if self.held is None:
            return False
        self.good, self.read_at, self.complaint = self.held, self.held_at, ""
        self.held = self.held_at = None
        return True

    def recall(self, memory: Memory, now: datetime) -> bool:
        """Put the held price in force when the person, or another of our programs, has come to believe it."""
        wanted = (memory.held if memory.believed else None, memory.good)
        held = self.held_rates(now)
        if held is None or not any(rates is not None and alike(held, rates) for rates in wanted):
            return False
        return self.believe()

    def good_rates(self, now: datetime) -> TokenRates | None:
        """Return the last good reading, as it would be ``now``, whether or not it still holds."""
        return None if self.good is None else self._rates(self.good, now)

    def held_rates(self, now: datetime) -> TokenRates | None:
        """Return what is held, as it would be ``now``."""
        return None if self.held is None else self._rates(self.held, now)

    def _confirmed(self, rates: TokenRates, said: datetime, memory: Memory, now: datetime) -> bool:
        if self.held is not None and self.held_at is not None and said > self.held_at:
            return alike(self._rates(self.held, now), rates)
        if memory.held is None or not alike(memory.held, rates):
            return False
        return memory.believed or (memory.held_at is not None and said - memory.held_at >= APART)


def suspicious(old: TokenRates, new: TokenRates) -> bool:
    """Whether a price fell to nothing, or moved by :data:`JUMP` or more either way."""
    return any(_jumps(*pair) for pair in ((old.input, new.input), (old.output, new.output)))


def _jumps(old: int, new: int) -> bool:
    if old == 0:
        return False  # from free to priced: believing it at once costs nobody money
    return new * JUMP <= old or new >= old * JUMP
