"""Forgetting what was said: prompts, answers and decisions go, sums and counts stay.

What is deleted is overwritten (``secure_delete``) and the write-ahead log emptied, so that no page of the
file holds it any longer. What the disk itself keeps of freed blocks, and backups elsewhere, are out of reach.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from compute_broker.ledger.accounts import Scene


def forget(scene: Scene, before_us: int) -> int:
    """Delete the texts of requests from before ``before_us`` (microseconds since 1970); return how many."""
    scene.db.execute(
        """UPDATE requests SET dismissed = 1
        WHERE created_us < ? AND dismissed = 0 AND status IN ('failed', 'interrupted')""",
        [before_us],
    )
    return _delete(scene.db, before_us)


def forget_requests(scene: Scene, request_ids: Sequence[str]) -> int:
    """Delete the texts of these requests; return how many there were."""
    for request_id in request_ids:
        scene.db.execute(
            "UPDATE requests SET dismissed = 1 WHERE id = ? AND dismissed = 0"
            " AND status IN ('failed', 'interrupted')",
            [request_id],
        )
    return _delete_of(scene.db, request_ids)


def _delete(db: sqlite3.Connection, before_us: int) -> int:
    db.execute("DELETE FROM drafts WHERE saved_us < ?", [before_us])
    return db.execute(
        "DELETE FROM texts WHERE seq IN (SELECT seq FROM requests WHERE created_us < ?)", [before_us]
    ).rowcount


def _delete_of(db: sqlite3.Connection, request_ids: Sequence[str]) -> int:
    return sum(
        db.execute("DELETE FROM texts WHERE seq = (SELECT seq FROM requests WHERE id = ?)", [name]).rowcount
        for name in request_ids
    )


def forget_in_copies(path: Path, backups: Path, gone: int | Sequence[str]) -> list[Path]:
    """Delete the same texts from our own copies of the ledger at ``path``; return those left as they are.

    ``gone`` are request ids, or all from before that many microseconds since 1970. Left are damaged copies,
    and those that were set aside: only the person can say whether they are wanted.
    """
    ours = (*sorted(backups.glob("ledger-*.db")), path.with_name(f"{path.name}.before-migration"))
    left = [copy for copy in ours if copy.exists() and not _forget_in(copy, gone)]
    return left + sorted(path.parent.glob(f"{path.name}.*-20*"))


def _forget_in(copy: Path, gone: int | Sequence[str]) -> bool:
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            if isinstance(gone, int):
                _delete(db, gone)
            else:
                _delete_of(db, gone)
    except sqlite3.Error:
        return False
    return True
