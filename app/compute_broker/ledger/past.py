"""Requests of the past, one by one, with what was decided, used and paid: for reckoning them anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from compute_broker.ledger.periods import to_us
from compute_broker.ledger.questions import ANSWERED_BEFORE
from compute_broker.ledger.records import AttemptKind
from compute_broker.ledger.texts import unpacked


@dataclass(frozen=True, slots=True)
class Paid:
    """What one settled attempt cost, nano-dollars, ``None`` unknown."""

    tier: str
    kind: AttemptKind
    cost: int | None


@dataclass(frozen=True, slots=True)
class PastRequest:
    """A request with the usage of the attempt that answered it; ``answered_by`` is its tier.

    ``decision_json`` is ``None`` where the texts were deleted, or nothing was decided. ``again``: its
    question had an answer already, so with everything on one tier it would not have been asked.
    """

    created_us: int
    source: str
    project: str | None
    status: str
    category: str | None
    cost: int | None
    baseline_tier: str | None
    baseline_cost: int | None
    decision_json: str | None
    answered_by: str | None
    place: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    again: bool
    paid: tuple[Paid, ...]


_SQL = f"""SELECT r.seq, r.created_us, r.source, r.project, r.status, r.category, r.cost, r.baseline_tier,
    r.baseline_cost, t.decision, a.tier, a.place, a.input_tokens, a.output_tokens, a.cache_read_tokens,
    {ANSWERED_BEFORE}, each.tier, each.kind, each.cost
    FROM requests r LEFT JOIN texts t ON t.seq = r.seq LEFT JOIN attempts a ON a.id = r.answered_by
    LEFT JOIN attempts each ON each.request = r.seq AND each.state = 'settled'
    WHERE r.created_us >= ? ORDER BY r.seq, each.n"""  # noqa: S608 - our own constant
_DECISION, _EACH = 9, 16
"""Where in a row the decision stands, and where the single attempt begins."""


def requests_since(db: sqlite3.Connection, start: datetime) -> Iterator[PastRequest]:
    """Yield the requests from ``start`` on, in the order they were written."""
    cursor = db.cursor()
    cursor.row_factory = None
    for _, rows in groupby(cursor.execute(_SQL, [to_us(start)]), itemgetter(0)):
        each = list(rows)
        first = each[0]
        paid = tuple(
            Paid(tier, AttemptKind(kind), cost) for tier, kind, cost in (row[_EACH:] for row in each) if tier
        )
        decision, after = unpacked(first[_DECISION]), first[_DECISION + 1 : _EACH - 1]
        yield PastRequest(*(*first[1:_DECISION], decision, *after, bool(first[_EACH - 1]), paid))
