"""Forgetting what was said: prompts, answers and decisions go, sums and counts stay.

What is deleted is overwritten (``secure_delete``) and the write-ahead log emptied, so that no page of the
file holds it any longer. What the disk itself keeps of freed blocks, and backups elsewhere, are out of reach.
"""

from __future__ import annotations

import sqlite3
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


def _delete(db: sqlite3.Connection, before_us: int) -> int:
    db.execute("DELETE FROM drafts WHERE saved_us < ?", [before_us])
    return db.execute(
        "DELETE FROM texts WHERE seq IN (SELECT seq FROM requests WHERE created_us < ?)", [before_us]
    ).rowcount


def forget_in_copies(path: Path, backups: Path, before_us: int) -> list[Path]:
    """Delete the same texts from our own copies of the ledger at ``path``; return those left as they are.

    Left are damaged copies, and those that were set aside: only the person can say whether they are wanted.
    """
    ours = (*sorted(backups.glob("ledger-*.db")), path.with_name(f"{path.name}.before-migration"))
    left = [copy for copy in ours if copy.exists() and not _forget_in(copy, before_us)]
    return left + sorted(path.parent.glob(f"{path.name}.*-20*"))


def _forget_in(copy: Path, before_us: int) -> bool:
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            _delete(db, before_us)
    except sqlite3.Error:
        return False
    return True
