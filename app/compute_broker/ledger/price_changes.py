"""The history of prices: a row whenever the price of a tier changes, and one for each sudden change held.

Runs inside the caller's transaction. Several programs write here (tray, commands): what one has noted,
another does not note again. A held row is open until the next reading or the person decides.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from compute_broker.core.price import TokenRates
from compute_broker.core.price_origin import PriceKind, alike
from compute_broker.ledger.accounts import Scene
from compute_broker.ledger.periods import from_us, to_us
from compute_broker.ledger.texts import storable

MOST_CHANGES = 5_000
"""Rows kept of each tier: a spot price that moves every ten minutes fills them in a month."""


class ChangeState(StrEnum):
    """What a row says. ``held`` and ``believed`` are open; ``confirmed`` and ``dropped`` are how they end."""

    IN_FORCE = "in_force"
    UNPRICED = "unpriced"
    HELD = "held"
    BELIEVED = "believed"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class PriceSaid:
    """What a source said of a tier's price.

    ``terms`` is what a price follows from that moves with every answer (electricity, by the speed seen): such
    a price is another when its terms are, and not when its figures are. Empty for a price that stands still.
    """

    kind: PriceKind
    source: str
    rates: TokenRates
    as_of: datetime
    terms: str = ""


@dataclass(frozen=True, slots=True)
class PriceNote:
    """A tier's price as it is now: in force, or ``None`` with the reason, and what is held beside it.

    ``read`` are the kinds of source that were read by who notes: only they can say that nothing is held.
    """

    tier: str
    model: str
    in_force: PriceSaid | None
    reason: str = ""
    held: PriceSaid | None = None
    read: frozenset[PriceKind] = frozenset()


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A row of the history. Rates in nano-dollars per million tokens, ``None`` while nobody knew it."""

    id: int
    at: datetime
    tier: str
    model: str
    state: ChangeState
    kind: PriceKind | None
    source: str
    as_of: datetime
    input: int | None
    output: int | None
    terms: str = ""


@dataclass(frozen=True, slots=True)
class PriceStanding:
    """What is known of a tier's price from one kind of source: last in force, and an open held row."""

    model: str
    good: TokenRates | None = None
    good_at: datetime | None = None
    held: PriceChange | None = None


def note(scene: Scene, notes: Sequence[PriceNote]) -> int:
    """Write what changed since the last note of each tier; return how many rows that took."""
    return sum(_note_force(scene, each) + _note_held(scene, each) for each in notes)


def changes(db: sqlite3.Connection, tier: str | None, limit: int) -> list[PriceChange]:
    """Return the latest changes, the newest first, of one tier or of all."""
    rows = db.execute(
        "SELECT * FROM price_changes WHERE ?1 IS NULL OR tier = ?1 ORDER BY id DESC LIMIT ?2", [tier, limit]
    )
    return [_change(row) for row in rows]


def standing(db: sqlite3.Connection) -> Mapping[tuple[str, PriceKind], PriceStanding]:
    """Return what is known of each tier's price, by the kind of source it was read from."""
    found: dict[tuple[str, PriceKind], PriceStanding] = {}
    rows = db.execute(
        """SELECT * FROM price_changes WHERE id IN (SELECT max(id) FROM price_changes
        WHERE state = 'in_force' GROUP BY tier, kind)"""
    )
    for row in map(_change, rows):
        if row.kind is not None and row.input is not None and row.output is not None:
            found[row.tier, row.kind] = PriceStanding(row.model, TokenRates(row.input, row.output), row.as_of)
    for row in map(_change, db.execute("SELECT * FROM price_changes WHERE state IN ('held', 'believed')")):
        if row.kind is not None:
            known = found.get((row.tier, row.kind))
            if known is None or known.model != row.model:
                known = PriceStanding(row.model)
            found[row.tier, row.kind] = replace(known, held=row)
    return found


def believe(scene: Scene, tier: str) -> PriceChange | None:
    """Mark the held price of ``tier`` as believed by the person; return it, if there is one."""
    row = scene.db.execute(
        """SELECT * FROM price_changes WHERE tier = ? AND state IN ('held', 'believed')
        ORDER BY id DESC LIMIT 1""",
        [tier],
    ).fetchone()
    if row is None:
        return None
    _close(scene, row["id"], ChangeState.BELIEVED)
    return _change(row)


def _note_force(scene: Scene, found: PriceNote) -> int:
    row = scene.db.execute(
        """SELECT * FROM price_changes WHERE tier = ? AND state IN ('in_force', 'unpriced')
        ORDER BY id DESC LIMIT 1""",
        [found.tier],
    ).fetchone()
    last = None if row is None else _change(row)
    now = found.in_force
    if now is None:
        if last is None or last.state is ChangeState.UNPRICED:
            return 0
        return _insert(scene, found, None, ChangeState.UNPRICED)
    if last is not None and not _differs(last, now):
        return 0
    return _insert(scene, found, now, ChangeState.IN_FORCE)


def _note_held(scene: Scene, found: PriceNote) -> int:
    """Close the held rows that a newer reading has answered, and open one for what is held now."""
    rows = scene.db.execute(
        "SELECT * FROM price_changes WHERE tier = ? AND state IN ('held', 'believed')", [found.tier]
    ).fetchall()
    known = False
    for row in map(_change, rows):
        said = TokenRates(row.input or 0, row.output or 0)
        same = found.held is not None and row.kind is found.held.kind and alike(said, found.held.rates)
        if same and row.model == found.model:
            known = True
        elif row.model != found.model or row.kind in found.read:
            agreed = found.in_force is not None and alike(said, found.in_force.rates)
            _close(scene, row.id, ChangeState.CONFIRMED if agreed else ChangeState.DROPPED)
    return 0 if known or found.held is None else _insert(scene, found, found.held, ChangeState.HELD)


def _differs(last: PriceChange, now: PriceSaid) -> bool:
    if last.input is None or last.output is None:
        return True
    if now.terms or last.terms:
        return last.terms != now.terms
    return (last.input, last.output) != (now.rates.input, now.rates.output)


def _insert(scene: Scene, found: PriceNote, said: PriceSaid | None, state: ChangeState) -> int:
    scene.db.execute(
        """INSERT INTO price_changes (at_us, tier, model, state, kind, source, as_of_us, input, output,
        terms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            scene.now_us,
            found.tier,
            storable(found.model),
            state.value,
            said.kind.value if said else None,
            storable(said.source if said else found.reason),
            to_us(said.as_of) if said else scene.now_us,
            said.rates.input if said else None,
            said.rates.output if said else None,
            said.terms if said else "",
        ],
    )
    scene.db.execute(
        """DELETE FROM price_changes WHERE tier = ?1 AND id <= (SELECT id FROM price_changes WHERE tier = ?1
        ORDER BY id DESC LIMIT 1 OFFSET ?2)""",
        [found.tier, MOST_CHANGES],
    )
    return 1


def _close(scene: Scene, row: int, state: ChangeState) -> None:
    scene.db.execute("UPDATE price_changes SET state = ? WHERE id = ?", [state.value, row])


def _change(row: sqlite3.Row) -> PriceChange:
    return PriceChange(
        id=row["id"],
        at=from_us(row["at_us"]),
        tier=row["tier"],
        model=row["model"],
        state=ChangeState(row["state"]),
        kind=None if row["kind"] is None else PriceKind(row["kind"]),
        source=row["source"],
        as_of=from_us(row["as_of_us"]),
        input=row["input"],
        output=row["output"],
        terms=row["terms"],
    )
