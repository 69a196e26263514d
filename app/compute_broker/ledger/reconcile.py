"""Start-up's work: the attempts and requests that a program left behind when it died.

Not yet sent: nobody bills it, the money is given back. Sent: it may be billed, so it stays counted at
the reserved amount, marked unknown, until someone knows better (facts, cases 1 and 2).
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from compute_broker.core.texts import tr
from compute_broker.ledger.accounts import Scene, record_event, sum_up
from compute_broker.ledger.owner import Life, life_of
from compute_broker.ledger.periods import to_us
from compute_broker.ledger.records import Reconciled, RequestStatus

LEASE = timedelta(hours=1)
"""A process on another machine (a shared home directory) cannot be looked at: it is given this long."""

_INTERRUPTED = tr("The program ended before the answer was there.")


def left_behind(db: sqlite3.Connection, owner: str) -> bool:
    """Return whether there is anything of another process to look at; costs two look-ups in an index."""
    row = db.execute("SELECT id FROM owners WHERE name = ?", [owner]).fetchone()
    return bool(
        db.execute(
            """SELECT 1
            WHERE EXISTS (SELECT 1 FROM attempts WHERE state IN ('reserved', 'sent') AND owner <> :me)
            OR EXISTS (SELECT 1 FROM requests WHERE status = 'open' AND owner <> :me)""",
            {"me": row["id"] if row else 0},
        ).fetchone()
    )


def reconcile(scene: Scene) -> Reconciled:
    """Close what dead processes left open, with one line in the audit trail for each attempt."""
    judged = _Judge(scene)
    released = unknown = 0
    pending = scene.db.execute(
        """SELECT a.id, a.n, a.state, a.reserved, a.started_us, a.request, r.id AS request_id, o.name AS owner
        FROM attempts a JOIN requests r ON r.seq = a.request JOIN owners o ON o.id = a.owner
        WHERE a.state IN ('reserved', 'sent')"""
    ).fetchall()
    for attempt in pending:
        if not judged.gone(attempt["owner"], attempt["started_us"]):
            continue
        if attempt["state"] == "reserved":
            released += 1
            _close(scene, attempt, "released", cost=0, certainty="exact")
        else:
            unknown += 1
            _close(scene, attempt, "settled", cost=None, certainty="unknown")
    return Reconciled(released, unknown, _interrupt(scene, judged))


def _close(scene: Scene, attempt: sqlite3.Row, state: str, cost: int | None, certainty: str) -> None:
    scene.db.execute(
        """UPDATE attempts SET state = ?, cost = ?, certainty = ?, outcome = 'orphaned', ended_us = ?
        WHERE id = ?""",
        [state, cost, certainty, scene.now_us, attempt["id"]],
    )
    kind = "orphan_released" if state == "released" else "orphan_unknown"
    record_event(
        scene, kind, attempt["request_id"], attempt["n"], owner=attempt["owner"], reserved=attempt["reserved"]
    )
    sum_up(scene.db, attempt["request"])


def _interrupt(scene: Scene, judged: _Judge) -> tuple[str, ...]:
    rows = scene.db.execute(
        """SELECT r.seq, r.id, r.created_us, o.name AS owner FROM requests r JOIN owners o ON o.id = r.owner
        WHERE r.status = 'open'"""
    ).fetchall()
    gone = [row for row in rows if judged.gone(row["owner"], row["created_us"])]
    for row in gone:
        scene.db.execute(
            "UPDATE requests SET status = ?, reason = ?, finished_us = ? WHERE seq = ?",
            [RequestStatus.INTERRUPTED, _INTERRUPTED, scene.now_us, row["seq"]],
        )
        sum_up(scene.db, row["seq"])
    return tuple(row["id"] for row in gone)


class _Judge:
    """Says of each owner once whether it is gone."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._lives = {scene.owner: Life.ALIVE}

    def gone(self, owner: str, since_us: int) -> bool:
        if owner not in self._lives:
            self._lives[owner] = life_of(owner)
        life = self._lives[owner]
        expired = since_us < to_us(self._scene.now - LEASE)
        return life is Life.DEAD or (life is Life.ELSEWHERE and expired)
