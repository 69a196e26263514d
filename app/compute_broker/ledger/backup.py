"""Copies of the ledger: one a day, the newest fourteen kept, each put in place whole."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from compute_broker.core.errors import LedgerError
from compute_broker.core.texts import tr

_PREFIX = "ledger-"


def copy_to(db: sqlite3.Connection, path: Path) -> Path:
    """Copy the whole ledger to ``path``, which takes its name only when it is on the disk, whole."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        db.backup(copy)
        # A copy stands alone: without a write-ahead log, one file is the whole of it.
        copy.execute("PRAGMA journal_mode = DELETE")
    _to_disk(part)
    return part.replace(path)


def _to_disk(path: Path) -> None:
    with path.open("r+b") as written:
        os.fsync(written.fileno())


def daily(db: sqlite3.Connection, folder: Path, today: date, keep: int) -> Path | None:
    """Make today's copy unless it is there; return it, or ``None`` when there was nothing to do."""
    target = folder / f"{_PREFIX}{today}.db"
    if target.exists():
        return None
    copy_to(db, target)
    for old in backups(folder)[keep:]:
        old.unlink()
    return target


def backups(folder: Path) -> list[Path]:
    """Return the daily copies in ``folder``, the newest first."""
    return sorted(folder.glob(f"{_PREFIX}????-??-??.db"), reverse=True)


def restore(copy: Path, path: Path) -> None:
    """Put a copy in the place of the ledger at ``path``, which nobody may have open.

    Raises:
        LedgerError: the copy is not sound; the ledger was left as it is.
    """
    try:
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as db:
            sound = [row[0] for row in db.execute("PRAGMA integrity_check(1)")] == ["ok"]
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise LedgerError(tr("The backup {copy} is damaged itself. Choose an older one.", copy=copy))
    part = path.with_name(f".{path.name}.restored")
    shutil.copyfile(copy, part)
    part.chmod(0o600)
    _to_disk(part)
    remove(path)
    part.replace(path)


def remove(path: Path) -> None:
    """Remove a ledger with its write-ahead log, which would otherwise be played onto the next one."""
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
