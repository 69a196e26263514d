"""The file itself: locks, damage, full disks, newer versions, migrations cut short, copies."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledger_kit import USD, TurnableClock, attempt, begun, dead_owner, hard_day, sent, spent

from compute_broker.core.errors import LedgerError
from compute_broker.ledger import (
    Ledger,
    LedgerBusyError,
    LedgerCorruptError,
    LedgerFullError,
    LedgerNewerError,
    LedgerReadOnlyError,
    Period,
    RequestStatus,
    schema,
    sqlite_note,
)
from compute_broker.ledger.backup import backups, remove, restore


def pragma(ledger: Ledger, name: str) -> object:
    return ledger._store._db.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_connection_is_set_as_the_decision_record_says(ledger: Ledger) -> None:
    assert pragma(ledger, "journal_mode") == "wal"
    assert pragma(ledger, "mmap_size") == 0
    assert pragma(ledger, "foreign_keys") == 1
    request_id = begun(ledger)
    assert pragma(ledger, "synchronous") == 2
    reservation = ledger.reserve(request_id, attempt())
    assert pragma(ledger, "synchronous") == 1
    ledger.mark_sent(reservation.id)
    assert pragma(ledger, "synchronous") == 2


def test_doctor_hears_of_the_sqlite_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    assert "lets one program write at a time" in sqlite_note()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert sqlite_note() == f"SQLite {sqlite3.sqlite_version}."


def test_prompts_are_for_the_persons_eyes_only(ledger: Ledger, path: Path) -> None:
    begun(ledger)
    for part in path.parent.iterdir():
        assert part.stat().st_mode & 0o077 == 0, part


def test_a_closed_ledger_says_so(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.history()


@pytest.mark.parametrize("holder", ["our lock", "a stranger's transaction"])
def test_a_locked_ledger_is_a_clear_word_after_a_bounded_wait(path: Path, holder: str) -> None:
    with Ledger.open(path, wait=0.2) as ledger, Ledger.open(path) as other:
        request_id = begun(ledger)
        with closing(sqlite3.connect(path, isolation_level=None)) as stranger:
            if holder == "our lock":
                held = other._store._processes.acquire()
            else:
                stranger.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerBusyError, match="locked by another program"):
                ledger.reserve(request_id, attempt())
            if holder == "our lock":
                held.lock.release()
            else:
                stranger.execute("ROLLBACK")
        assert ledger.reserve(request_id, attempt()).n == 1


def test_a_thread_waits_no_longer_for_its_own_kind(path: Path) -> None:
    with Ledger.open(path, wait=0.2) as ledger:
        request_id = begun(ledger)
        inside, done = threading.Event(), threading.Event()

        def hold() -> None:
            with ledger._store.write():
                inside.set()
                done.wait(10)

        holder = threading.Thread(target=hold)
        holder.start()
        inside.wait(10)
        with pytest.raises(LedgerBusyError):
            ledger.reserve(request_id, attempt())
        done.set()
        holder.join()


def test_every_write_holds_the_lock_between_processes(ledger: Ledger, path: Path) -> None:
    spent(ledger, 5)
    other = Ledger.open(path, wait=0.05)
    with ledger._store._processes, pytest.raises(LedgerBusyError):
        other.save_draft("w", "x")
    with ledger._store._processes, pytest.raises(LedgerBusyError):
        other.close()
    other.close()


def test_a_full_disk_refuses_and_leaves_no_half_row(ledger: Ledger) -> None:
    request_id = begun(ledger)
    pages = pragma(ledger, "page_count")
    ledger._store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerFullError, match="disk is full"):
        begun(ledger, "x" * 100_000)
    assert len(ledger.history()) == 1
    ledger._store._db.execute("PRAGMA max_page_count = 1000000")
    assert ledger.reserve(request_id, attempt()).n == 1


def test_a_ledger_that_may_not_be_written_says_so(ledger: Ledger, tmp_path: Path) -> None:
    request_id = begun(ledger)
    ledger._store._db.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerReadOnlyError, match="cannot be written"):
        ledger.reserve(request_id, attempt())
    ledger._store._db.execute("PRAGMA query_only = OFF")
    folder = tmp_path / "folder.db"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(LedgerError, match=r"folder\.db cannot be used"):
        Ledger.open(folder)


def test_a_failure_inside_a_transaction_leaves_nothing_of_it(ledger: Ledger) -> None:
    def trip() -> None:
        with ledger._store.write() as db:
            db.execute("INSERT INTO drafts VALUES ('w', 'text', 1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trip()
    assert ledger.load_draft("w") == ""


def test_a_ledger_of_a_newer_version_is_left_untouched(path: Path) -> None:
    with Ledger.open(path) as ledger:
        spent(ledger, 5)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            """INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
            VALUES (?, 'm999_later', 'then')""",
            [schema.MIGRATION_SET],
        )
    before = path.read_bytes()
    with pytest.raises(LedgerNewerError, match=r"newer version.*m999_later"):
        Ledger.open(path)
    assert path.read_bytes() == before
    assert {part.name for part in path.parent.iterdir()} == {"ledger.db", "ledger.db.lock"}


def test_someone_elses_database_is_left_untouched(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE holiday_photos (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="not a ledger"):
        Ledger.open(path)
    assert path.read_bytes() == before


def test_a_damaged_ledger_is_set_aside_and_a_backup_takes_its_place(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with Ledger.open(path) as ledger:
        request_id = spent(ledger, 5)
        ledger.backup(copy)
    damaged = path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096)
    path.write_bytes(damaged)
    for _ in range(2):
        with pytest.raises(LedgerCorruptError, match=r"damaged\. A copy is kept as") as caught:
            Ledger.open(path)
        assert caught.value.set_aside is not None
        assert caught.value.set_aside.read_bytes() == damaged
    assert len(list(path.parent.glob("*.damaged-*"))) == 1
    restore(copy, path)
    with Ledger.open(path) as ledger:
        assert ledger.verify().ok
        assert [entry.request_id for entry in ledger.history()] == [request_id]


@pytest.mark.parametrize(
    "content", [b"this is no database at all" * 200, b"SQLite format 3\x00" + b"\x00" * 5000]
)
def test_a_file_of_another_kind_is_called_damaged(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerCorruptError):
        Ledger.open(path)
    assert path.read_bytes() == content
    remove(path)
    with Ledger.open(path) as ledger:
        assert ledger.history() == []


def test_a_damaged_backup_does_not_replace_the_ledger(path: Path, tmp_path: Path) -> None:
    with Ledger.open(path) as ledger:
        spent(ledger, 5)
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"rubbish" * 1000)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="damaged itself"):
        restore(bad, path)
    assert path.read_bytes() == before


MIGRATE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from sqlite_utils import Database
from compute_broker.ledger import Ledger, schema
left = int(sys.argv[2])
def run(db, statements):
    global left
    for statement in statements:
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        db.execute(statement)
schema._run = run
Ledger.open(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("after", [1, 9, 21])
def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new(path: Path, after: int) -> None:
    done = subprocess.run([sys.executable, "-c", MIGRATE_AND_DIE, str(path), str(after)], check=False)
    assert done.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == []
    with Ledger.open(path) as ledger:
        spent(ledger, 5)
        assert ledger.verify().ok


def test_an_older_ledger_is_migrated_after_a_copy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.open(path) as ledger:
        request_id, refused = spent(ledger, 5), begun(ledger)
        ledger.finish(refused, RequestStatus.FAILED, reason="no such tier")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE requests SET saved = 0 WHERE id = ?", [refused])  # as it was reckoned then
        for table in ("drafts", "lessons", "signals", "price_changes", "plan_entries"):
            db.execute(f"DROP TABLE {table}")
        for index in ("requests_rated", "requests_stopped", "requests_question"):
            db.execute(f"DROP INDEX {index}")
        for column in ("expected_tokens", "question", "goes_on"):
            db.execute(f"ALTER TABLE requests DROP COLUMN {column}")
        db.execute("ALTER TABLE attempts DROP COLUMN effort")
        for column in ("energy_uj", "tokens_per_second", "milliwatts"):
            db.execute(f"ALTER TABLE attempts DROP COLUMN {column}")
        db.execute("DELETE FROM _sqlite_migrations WHERE name >= 'm003'")
    with Ledger.open(path) as ledger:
        ledger.save_draft("w", "text")
        assert ledger.load_draft("w") == "text"
        found = [(entry.request_id, entry.saved) for entry in ledger.history()]
        assert found == [(refused, 0), (request_id, None)]
        assert ledger.verify().ok
    copy = path.with_name("ledger.db.before-migration")
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT count(*) FROM requests").fetchone() == (2,)
        assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'drafts'").fetchone() is None


def test_the_names_match_the_migrations() -> None:
    assert tuple(each.name for each in schema.migrations()._migrations) == schema.MIGRATION_NAMES


def test_a_start_with_nothing_to_migrate_needs_no_heavy_import(path: Path) -> None:
    Ledger.open(path).close()
    code = (
        "import sys; from pathlib import Path; from compute_broker.ledger import Ledger, Period;"
        "Ledger.open(Path(sys.argv[1])).spend(Period.DAY);"
        "print([name for name in ('sqlite_utils', 'psutil', 'numpy', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_the_check_finds_what_does_not_add_up(path: Path, clock: TurnableClock) -> None:
    with Ledger.open(path, clock=clock, owner=dead_owner()) as ledger:
        spent(ledger, 5)
        sent(ledger, begun(ledger), 7)
        assert ledger.verify().problems == ("1 reservations of programs that have ended are still open.",)
    with Ledger.open(path, clock=clock) as ledger:
        ledger.reconcile()
        report = ledger.verify()
        assert (report.problems, report.requests, report.attempts) == ((), 2, 2)
        with ledger._store.write() as db:
            db.execute("UPDATE balances SET exact = exact + 1 WHERE exact = 5")
        assert ledger.verify().problems == ("The kept sums differ from the rows they sum in 1 places.",)


def test_the_daily_backup_is_whole_and_only_the_newest_are_kept(
    ledger: Ledger, clock: TurnableClock, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    for _ in range(16):
        spent(ledger, 5)
        assert ledger.backup_daily(folder) is not None
        assert ledger.backup_daily(folder) is None
        clock.turn(days=1)
    names = [each.name for each in backups(folder)]
    assert len(names) == 14
    assert (names[0], names[-1]) == ("ledger-2026-04-02.db", "ledger-2026-03-20.db")
    assert {each.name for each in folder.iterdir()} == set(names)
    clock.now = datetime(2026, 4, 2, 12, tzinfo=UTC)
    with Ledger.open(backups(folder)[0], clock=clock, zone=UTC) as copy:
        assert copy.verify().ok
        assert copy.spend(Period.ALL).spent == 16 * 5


def test_writes_go_on_while_a_reader_reads(ledger: Ledger) -> None:
    spent(ledger, 5)
    with ledger.reader() as db:
        rows = db.execute("SELECT id FROM requests")
        sent(ledger, begun(ledger), USD, (hard_day(2 * USD),))
        assert len(rows.fetchall()) <= 2
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM requests")
