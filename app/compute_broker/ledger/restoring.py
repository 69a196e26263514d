"""Putting a backup in the ledger's place, with what was there kept beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from compute_broker.core.errors import LedgerError, PersonError
from compute_broker.core.texts import tr
from compute_broker.ledger import backup
from compute_broker.ledger.owner import Life, life_of
from compute_broker.ledger.store import WAIT_SECONDS, connect_read_only


def restore_backup(copy: Path, path: Path, now: datetime) -> Path | None:
    """Put ``copy`` in the place of the ledger at ``path``; return where the old one went, if there was one.

    Raises:
        PersonError: another program has the ledger open, or there is no such copy.
        LedgerError: the copy is damaged; nothing was changed.
    """
    there_must_be(copy)
    users = _users(path)
    if users:
        raise PersonError(
            tr(
                "The ledger is in use by process {it}. Quit Compute Broker first, then restore.",
                it=", ".join(users),
            )
        )
    aside = None
    if path.exists():
        aside = path.with_name(f"{path.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
        for suffix in ("-wal", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                aside.with_name(aside.name + suffix).write_bytes(part.read_bytes())
                aside.with_name(aside.name + suffix).chmod(0o600)
    backup.restore(copy, path)
    return aside


def there_must_be(copy: Path) -> None:
    """Look before anybody is asked whether to restore.

    Raises:
        PersonError: there is no such copy.
    """
    if not copy.is_file():
        raise PersonError(tr("There is no backup {copy}; see: compute-broker ledger backups", copy=copy))


def _users(path: Path) -> list[str]:
    """Return the ids of other processes on this machine that write this ledger; none if it cannot be read."""
    if not path.exists():
        return []
    try:
        with closing(connect_read_only(path, WAIT_SECONDS)) as db:
            owners = [row["name"] for row in db.execute("SELECT name FROM owners ORDER BY id DESC LIMIT 200")]
    except (sqlite3.Error, LedgerError):
        return []  # a damaged ledger is what restoring is for
    alive = {owner.split("|")[2] for owner in owners if life_of(owner) is Life.ALIVE}
    return sorted(alive - {str(os.getpid())})
