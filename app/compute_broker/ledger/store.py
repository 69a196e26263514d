"""The one connection to the ledger's file, and the one lock around everything that writes.

Reasons, so that nobody simplifies them away: SQLite before 3.51.3 can corrupt a WAL when two connections
write or checkpoint at once (facts, faults), and the tray and a command line may well run together. So
each write transaction, and the closing checkpoint, happens under a lock between processes; memory
mapping stays off. What ``durable`` buys is told in docs/adr/0002-ledger-durability.md.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from compute_broker.core.errors import LedgerError
from compute_broker.core.texts import tr
from compute_broker.ledger import schema
from compute_broker.ledger.errors import LedgerNewerError, busy, corrupt, is_damage, translated
from compute_broker.ledger.set_aside import set_aside

if TYPE_CHECKING:
    from filelock import BaseFileLock

WAIT_SECONDS = 5.0
"""How long a write waits for another program before it gives up with a clear word."""

FIRST_SOUND_SQLITE = (3, 51, 3)
"""Earlier ones can corrupt a WAL that two connections write or checkpoint at once (facts, faults)."""

_POLL_SECONDS = 0.002
_WAL_LIMIT = 16 * 1024 * 1024


def sqlite_note() -> str:
    """Return one sentence about the SQLite in use, for ``doctor``."""
    if sqlite3.sqlite_version_info >= FIRST_SOUND_SQLITE:
        return f"SQLite {sqlite3.sqlite_version}."
    return (
        f"SQLite {sqlite3.sqlite_version} has a known fault with several writers (mended in"
        f" {'.'.join(map(str, FIRST_SOUND_SQLITE))}); the ledger therefore lets one program write at a time."
    )


class Store:
    """A ledger file, open. Safe to use from several threads and beside other processes."""

    def __init__(self, path: Path, wait: float = WAIT_SECONDS) -> None:
        """Open ``path``, making or migrating it first where needed.

        Raises:
            LedgerNewerError: a later version wrote it; the file is untouched.
            LedgerCorruptError: it is damaged; a copy has been set aside.
            LedgerError: it cannot be read or written.
        """
        self.path = path
        self._wait = wait
        self._threads = threading.RLock()
        self._closed = False
        with translated(path, wait):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._processes = _lock_beside(path)
            with self._locked():
                try:
                    self._db = _connect(path, wait)
                except sqlite3.DatabaseError as error:
                    if is_damage(error):
                        raise corrupt(path, set_aside(path)) from error
                    raise

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Run a write transaction, committed at the end and rolled back on any error.

        ``durable`` waits until the disk has it, with all that was committed before. Inside another
        ``write`` of the same thread, it joins that transaction.

        Raises:
            LedgerBusyError: the lock did not come in time.
            LedgerError: the file cannot be written; nothing was.
        """
        with translated(self.path, self._wait), self._locked():
            db = self._open()
            if db.in_transaction:
                yield db
                return
            db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            db.execute("BEGIN IMMEDIATE")
            with _committed(db):
                yield db

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Run queries on one unchanging state of the ledger."""
        with translated(self.path, self._wait), self._this_thread(self._wait):
            db = self._open()
            if db.in_transaction:
                yield db
                return
            db.execute("BEGIN")
            with _committed(db):
                yield db

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a second, read-only connection for long work (export, backup) that must not hold others up."""
        with translated(self.path, self._wait), closing(connect_read_only(self.path, self._wait)) as db:
            yield db

    def empty_log(self) -> None:
        """Move the whole write-ahead log into the file and cut it to nothing."""
        with translated(self.path, self._wait), self._locked():
            self._open().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Close the file, with SQLite's closing checkpoint under the lock. Closing twice does nothing."""
        with translated(self.path, self._wait), self._locked():
            if not self._closed:
                self._closed = True
                self._db.close()

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            raise LedgerError(tr("The ledger has been closed. Start the program again."))
        return self._db

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock between threads, then the one between processes, within one deadline."""
        from filelock import Timeout  # noqa: PLC0415 - 40 ms; its lock is made in the same way

        deadline = time.monotonic() + self._wait
        with self._this_thread(self._wait):
            try:
                held = self._processes.acquire(timeout=max(0.0, deadline - time.monotonic()))
            except Timeout as error:
                raise busy(self.path, self._wait) from error
            with held:
                yield

    @contextmanager
    def _this_thread(self, seconds: float) -> Iterator[None]:
        if not self._threads.acquire(timeout=seconds):
            raise busy(self.path, self._wait)
        try:
            yield
        finally:
            self._threads.release()


def connect_read_only(path: Path, wait: float, *, still: bool = False) -> sqlite3.Connection:
    """Return a connection that cannot change the file, not even by a checkpoint.

    ``still`` promises that nobody writes meanwhile; then not even an empty log appears beside the file.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if still else ''}"
    db = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    return db


@contextmanager
def _committed(db: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _lock_beside(path: Path) -> BaseFileLock:
    from filelock import FileLock  # noqa: PLC0415 - 40 ms, off the start path

    lock = path.with_name(f"{path.name}.lock")
    return FileLock(lock, thread_local=False, poll_interval=_POLL_SECONDS, mode=0o600)


def _connect(path: Path, wait: float) -> sqlite3.Connection:
    """Open the file for writing, migrated. The lock is held."""
    exists = path.exists() and path.stat().st_size > 0
    applied = _applied(path, wait) if exists else ()
    _refuse_newer(path, applied)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA page_size = 8192")  # of a new file: a million rows take 1 % less
        db.execute("PRAGMA mmap_size = 0")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA fullfsync = ON")
        db.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}")
        if applied != schema.MIGRATION_NAMES:
            _migrate(db, path, existing=bool(applied))
        _look_around(db)
    except BaseException:
        db.close()
        raise
    return db


def _applied(path: Path, wait: float) -> tuple[str, ...]:
    """Return the names of the migrations in the file, in order, without changing a byte of it."""
    logged = path.with_name(f"{path.name}-wal").exists()
    with closing(connect_read_only(path, wait, still=not logged)) as db:
        tables = {row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return ()
        if "_sqlite_migrations" not in tables:
            raise LedgerError(
                tr(
                    "{path} is a database, but not a ledger of Compute Broker. Choose another file.",
                    path=path,
                )
            )
        rows = db.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid",
            [schema.MIGRATION_SET],
        )
        return tuple(row["name"] for row in rows)


def _refuse_newer(path: Path, applied: tuple[str, ...]) -> None:
    unknown = [name for name in applied if name not in schema.MIGRATION_NAMES]
    if unknown:
        raise LedgerNewerError(
            tr(
                "The ledger {path} was written by a newer version of Compute Broker ({unknown} is unknown "
                "here). It has not been touched. Install the newer version, or choose another ledger.",
                path=path,
                unknown=unknown[0],
            )
        )


def _migrate(db: sqlite3.Connection, path: Path, *, existing: bool) -> None:
    """Apply what is pending, all of it or nothing, after a copy of what was there."""
    from sqlite_utils import Database  # noqa: PLC0415 - 0.2 s, needed only when there is something to migrate

    if existing:
        _copy_before_migration(db, path)
    wrapped = Database(db, execute_plugins=False)
    with wrapped.atomic():
        schema.migrations().apply(wrapped)


def _copy_before_migration(db: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path.with_name(f"{path.name}.before-migration"))) as copy:
        db.backup(copy)


_ENDS = (
    "SELECT * FROM requests LEFT JOIN texts USING (seq) ORDER BY seq LIMIT 1",
    "SELECT * FROM requests LEFT JOIN texts USING (seq) ORDER BY seq DESC LIMIT 1",
    "SELECT * FROM attempts ORDER BY id LIMIT 1",
    "SELECT * FROM attempts ORDER BY id DESC LIMIT 1",
    "SELECT * FROM balances ORDER BY slot_us LIMIT 1",
    "SELECT * FROM balances ORDER BY slot_us DESC LIMIT 1",
)


def _look_around(db: sqlite3.Connection) -> None:
    """Read both ends of the long tables: cheap, and finds most damage before money depends on the file."""
    for query in _ENDS:
        db.execute(query).fetchone()
