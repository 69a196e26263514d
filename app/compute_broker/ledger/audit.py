"""The check of the whole ledger: is the file sound, do the sums add up, is nothing left behind?"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from compute_broker.core.price import Price
from compute_broker.core.usage import Usage
from compute_broker.ledger.owner import Life, life_of
from compute_broker.ledger.prices import price_from_json
from compute_broker.ledger.records import Verification
from compute_broker.ledger.sums import COLUMNS

_KEY = "slot_us, tier, source, project"
_TOTALS = ", ".join(f"sum({name}) AS {name}" for name in COLUMNS)
_DIFFERS = " OR ".join(f"{name} <> 0" for name in COLUMNS)
_MINUS = ", ".join(f"-{name}" for name in COLUMNS)

# S608: the parts are the constants above.
_IMBALANCE = f"""SELECT count(*) FROM (
    SELECT {_TOTALS} FROM (
        SELECT {_KEY}, {", ".join(COLUMNS)} FROM balances
        UNION ALL SELECT {_KEY}, {_MINUS} FROM attempt_amounts
        UNION ALL SELECT {_KEY}, {_MINUS} FROM request_amounts
    ) GROUP BY {_KEY}
) WHERE {_DIFFERS}"""  # noqa: S608


def verify(db: sqlite3.Connection, now: datetime) -> Verification:
    """Check pages, references, sums, measured costs and what is open, on one state of the file.

    Reads every row.
    """
    db.execute("BEGIN")
    try:
        problems = (*_damage(db), *_imbalance(db), *_unfounded(db), *_orphans(db))
        requests = db.execute("SELECT count(*) FROM requests").fetchone()[0]
        attempts = db.execute("SELECT count(*) FROM attempts").fetchone()[0]
    finally:
        db.execute("COMMIT")
    return Verification(problems, requests, attempts, now)


def _damage(db: sqlite3.Connection) -> list[str]:
    found = [row[0] for row in db.execute("PRAGMA integrity_check(10)")]
    problems = [] if found == ["ok"] else [f"The file is damaged: {text}." for text in found]
    strays = db.execute("PRAGMA foreign_key_check").fetchall()
    return [
        *problems,
        *(f"A row of {row[0]} refers to a row of {row[2]} that is not there." for row in strays),
    ]


def _imbalance(db: sqlite3.Connection) -> list[str]:
    wrong = db.execute(_IMBALANCE).fetchone()[0]
    return [f"The kept sums differ from the rows they sum in {wrong} places."] if wrong else []


def _unfounded(db: sqlite3.Connection) -> list[str]:
    """Reckon the cost of every measured attempt again, from its energy, its time and the price it was at."""
    rows = db.execute(
        """SELECT a.cost, a.latency_ms, a.energy_uj, p.id AS price, p.json FROM attempts a
        JOIN prices p ON p.id = a.price
        WHERE a.energy_uj IS NOT NULL AND a.charged IS NULL AND a.state = 'settled'"""
    )
    prices: dict[int, Price] = {}
    wrong = 0
    for row in rows:
        price = prices.setdefault(row["price"], price_from_json(row["json"]))
        again = price.cost(Usage(), milliseconds=row["latency_ms"] or 0, microjoules=row["energy_uj"])
        wrong += again != row["cost"]
    return [f"The cost of {wrong} measured attempts does not follow from their energy."] if wrong else []


def _orphans(db: sqlite3.Connection) -> list[str]:
    owners = db.execute(
        """SELECT o.name, count(*) FROM attempts a JOIN owners o ON o.id = a.owner
        WHERE a.state IN ('reserved', 'sent') GROUP BY o.name"""
    )
    dead = sum(count for owner, count in owners if life_of(owner) is Life.DEAD)
    return [f"{dead} reservations of programs that have ended are still open."] if dead else []
