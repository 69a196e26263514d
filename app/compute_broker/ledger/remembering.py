"""What the ledger remembers beside requests and money: lessons, prices as they moved, drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from compute_broker.core.pace import Pace
from compute_broker.core.price_origin import PriceKind
from compute_broker.ledger import entries, lessons, paces, price_changes
from compute_broker.ledger.accounts import Scene
from compute_broker.ledger.periods import Clock
from compute_broker.ledger.price_changes import PriceChange, PriceNote, PriceStanding
from compute_broker.ledger.records import Signal
from compute_broker.ledger.store import Store
from compute_broker.ledger.views import Lengths, Lesson


class Remembering:
    """The ledger's memory; each call is one transaction of its own."""

    _store: Store
    _clock: Clock

    def _scene(self, *, durable: bool = False) -> AbstractContextManager[Scene]:
        raise NotImplementedError

    def note_signal(self, request_id: str, signal: Signal) -> None:
        """Keep what a person did with an answer: it teaches what its tier can do."""
        with self._scene() as scene:
            lessons.note(scene, request_id, signal)

    def lessons(self) -> list[Lesson]:
        """Return what answers taught of their tiers, since the last reset of each."""
        with self._store.read() as db:
            return lessons.lessons(db)

    def lengths(self) -> list[Lengths]:
        """Return how long the tiers' answers were against what was expected."""
        with self._store.read() as db:
            return lessons.lengths(db)

    def paces(self) -> list[Pace]:
        """Return how the latest answers of each tier and model went, the oldest first."""
        with self._store.read() as db:
            return paces.paces(db, self._clock())

    def forget_lessons(self, tier: str | None = None) -> None:
        """Learn anew from here on, for one tier or for all; :meth:`remember_lessons` takes it back."""
        with self._scene() as scene:
            lessons.forget(scene, tier)

    def remember_lessons(self) -> None:
        """Take back the latest reset of what was learned; again for the one before it."""
        with self._scene() as scene:
            lessons.remember(scene)

    def import_lessons(self, found: Sequence[Lesson]) -> int:
        """Add lessons from a file; return how many were new. What came from here is not taken twice."""
        with self._scene() as scene:
            return lessons.take_in(scene, found)

    def note_prices(self, notes: Sequence[PriceNote]) -> int:
        """Write what changed in the price of each tier since its last note; return how many rows."""
        with self._scene() as scene:
            return price_changes.note(scene, notes)

    def price_changes(self, tier: str | None = None, limit: int = 1000) -> list[PriceChange]:
        """Return the latest changes of prices, the newest first, of one tier or of all."""
        with self._store.read() as db:
            return price_changes.changes(db, tier, limit)

    def price_standing(self) -> Mapping[tuple[str, PriceKind], PriceStanding]:
        """Return what is known of each tier's price, by the kind of source it was read from."""
        with self._store.read() as db:
            return price_changes.standing(db)

    def believe_price(self, tier: str) -> PriceChange | None:
        """Keep the person's word that the held price of ``tier`` is right; return it, if there is one."""
        with self._scene() as scene:
            return price_changes.believe(scene, tier)

    def save_draft(self, window: str, text: str) -> None:
        """Keep what is typed in a window but not sent; an empty text forgets it."""
        with self._scene() as scene:
            entries.save_draft(scene, window, text)

    def load_draft(self, window: str) -> str:
        """Return what was typed in a window and not sent, or an empty text."""
        with self._store.read() as db:
            return entries.load_draft(db, window)
