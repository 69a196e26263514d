"""What can go wrong with the file itself, each with a sentence that says what to do.

LedgerError
├── LedgerBusyError      another program holds it for longer than we wait
├── LedgerFullError      no room on the disk
├── LedgerReadOnlyError  we may not write it
├── LedgerNewerError     written by a later version of this program; left untouched
└── LedgerCorruptError   damaged; a copy has been set aside
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from compute_broker.core.errors import LedgerError
from compute_broker.core.texts import tr

_NO_ROOM = 256 * 1024
"""Bytes: with less than this free, an I/O error is for want of room (a log's index takes 32 KB)."""

_VAGUE = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""What SQLite says of a full disk where it is not the file itself that grows."""

RESTORE = "compute-broker ledger restore latest"


class LedgerBusyError(LedgerError):
    """Another program has been writing for longer than we wait. Nothing was written."""


class LedgerFullError(LedgerError):
    """There is no room on the disk. Nothing was written."""


class LedgerReadOnlyError(LedgerError):
    """The file or its folder may not be written."""


class LedgerNewerError(LedgerError):
    """The ledger has been written by a later version of the program. It was left untouched."""


class LedgerCorruptError(LedgerError):
    """The file is damaged. ``set_aside`` is the copy that was made of it, if one was."""

    def __init__(self, message: str, set_aside: Path | None = None) -> None:
        """Store the copy's path; ``message`` is what a person reads."""
        super().__init__(message)
        self.set_aside = set_aside


def corrupt(path: Path, set_aside: Path | None = None) -> LedgerCorruptError:
    """Return the error for a damaged ledger, naming the copy."""
    kept = tr(" A copy is kept as {set_aside}.", set_aside=set_aside) if set_aside else ""
    return LedgerCorruptError(
        tr(
            "The ledger {path} is damaged.{kept} Bring its newest copy back with the command "
            "“{command}”, or move the file away to begin a new one.",
            path=path,
            kept=kept,
            command=RESTORE,
        ),
        set_aside,
    )


def busy(path: Path, seconds: float) -> LedgerBusyError:
    """Return the error for a ledger that stayed locked for ``seconds``."""
    return LedgerBusyError(
        tr(
            "The ledger {path} has been locked by another program for {seconds} seconds, "
            "so nothing was written or sent. Close the other program, or try again.",
            path=path,
            seconds=f"{seconds:.0f}",
        )
    )


def read_only(path: Path) -> LedgerReadOnlyError:
    """Return the error for a ledger that may not be written."""
    return LedgerReadOnlyError(
        tr(
            "The ledger {path} cannot be written. Make the file and its folder writable for your account.",
            path=path,
        )
    )


def full(path: Path) -> LedgerFullError:
    """Return the error for a ledger for which there is no room."""
    return LedgerFullError(
        tr(
            "The disk is full: the ledger {path} could not be written, so nothing was sent. Free some space.",
            path=path,
        )
    )


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether SQLite says that the file itself is broken."""
    return _primary_code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _primary_code(error: sqlite3.Error) -> int:
    # Errors raised by the Python module itself carry no code; extended codes keep theirs in the low byte.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_full(path: Path) -> bool:
    """Return whether the disk under ``path`` has no room."""
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free < _NO_ROOM
    return False


def from_sqlite(error: sqlite3.Error, path: Path, seconds: float) -> LedgerError:
    """Return the error a person reads for one of SQLite's (result codes: sqlite.org/rescode.html)."""
    primary = _primary_code(error)
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return busy(path, seconds)
    if primary == sqlite3.SQLITE_FULL or (primary in _VAGUE and _is_full(path)):
        return full(path)
    if primary in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return read_only(path)
    if is_damage(error):
        return corrupt(path)
    return LedgerError(
        tr(
            "The ledger {path} cannot be used: {error}. Check the disk, then try again.",
            path=path,
            error=error,
        )
    )


@contextmanager
def translated(path: Path, seconds: float) -> Iterator[None]:
    """Turn SQLite's faults and the file system's into ours. Misuse of SQL stays what it is: a bug.

    Raises:
        LedgerError: the file cannot be read or written.
    """
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.Error as error:
        raise from_sqlite(error, path, seconds) from error
    except PermissionError as error:
        raise read_only(path) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise full(path) from error
        raise
