"""How the latest answers went: what a program that begins knows of the tiers' speed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import datetime, timedelta

from compute_broker.core.pace import Pace
from compute_broker.ledger.periods import to_us

LATELY = timedelta(days=14)
"""Older answers say little: servers, drivers and networks change."""

MOST = 20
"""Answers of each tier and model. What came before them weighs a thousandth in an exponential mean."""

_MOST_LOOKED_AT = 2_000
"""Attempts: the look costs the same after years, 3 ms on an idle machine (measured)."""

_SQL = f"""SELECT tier, model, effort, tokens_per_second, first_word_ms, milliwatts FROM attempts
    WHERE id > (SELECT max(id) FROM attempts) - {_MOST_LOOKED_AT} AND started_us >= ?
    AND state = 'settled' AND outcome = 'ok' ORDER BY id DESC"""  # noqa: S608 - our own constants


def paces(db: sqlite3.Connection, now: datetime) -> list[Pace]:
    """Return how the latest whole answers of each tier went, the oldest first."""
    cursor = db.cursor()
    cursor.row_factory = None
    found: list[Pace] = []
    told: Counter[tuple[str, str, str]] = Counter()
    for row in cursor.execute(_SQL, [to_us(now - LATELY)]):
        told[row[:3]] += 1
        if told[row[:3]] <= MOST:
            found.append(Pace(*row))
    return found[::-1]
