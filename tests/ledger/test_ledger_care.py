"""Looking after the ledger: forgetting for good, in copies too, and a backup put back in its place."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ledger_kit import TurnableClock, begun, spent

from compute_broker.core.errors import LedgerError, PersonError
from compute_broker.ledger import Ledger
from compute_broker.ledger.records import NewRequest, Period, RequestStatus
from compute_broker.ledger.restoring import restore_backup

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECRET = "the old secret word zyzzyva"


def said(ledger: Ledger, request_id: str, prompt: str) -> None:
    ledger.begin(NewRequest(request_id, "cli", prompt))
    ledger.finish(request_id, RequestStatus.ANSWERED, answer=f"{prompt}, answered " * 400)


def files_with(folder: Path, word: bytes) -> list[str]:
    return [path.name for path in sorted(folder.rglob("*")) if path.is_file() and word in path.read_bytes()]


def test_what_is_forgotten_is_in_no_file_and_the_sums_stay(
    ledger: Ledger, path: Path, clock: TurnableClock, tmp_path: Path
) -> None:
    backups = tmp_path / "data" / "backups"
    said(ledger, "old", SECRET)
    failed = begun(ledger)
    ledger.finish(failed, RequestStatus.FAILED, reason="gone")
    cost = spent(ledger, 7)
    ledger.save_draft("quick-ask", SECRET)
    ledger.backup_daily(backups)
    clock.now += timedelta(days=10)
    said(ledger, "new", "a new thought")
    assert len(files_with(tmp_path, b"zyzzyva")) >= 2
    cut = ledger.calendar.local(clock.now).date() - timedelta(days=5)
    assert ledger.forget(cut) == 3
    assert ledger.forget_in_copies(backups, cut) == []
    assert files_with(tmp_path, b"zyzzyva") == []
    assert ledger.forget(cut) == 0
    assert ledger.exchange("new").answer
    assert ledger.exchange("old").entry.prompt == ""
    assert ledger.exchange(cost).entry.cost == 7
    assert ledger.spend(Period.ALL).spent == 7
    assert ledger.open_requests() == []
    assert ledger.load_draft("quick-ask") == ""
    with Ledger.open(next(backups.iterdir())) as copy:
        assert copy.verify().ok
        assert copy.exchange("old").entry.prompt == ""


def test_single_requests_are_forgotten_the_others_stay(ledger: Ledger, tmp_path: Path) -> None:
    backups = tmp_path / "data" / "backups"
    said(ledger, "kept", "a thought to keep")
    said(ledger, "gone", SECRET)
    lost = begun(ledger, "a failed one")
    ledger.finish(lost, RequestStatus.FAILED, reason="no network")
    ledger.backup_daily(backups)
    assert ledger.forget_requests(["gone", lost, "never was"]) == 2
    assert ledger.forget_in_copies(backups, ["gone", lost]) == []
    assert files_with(tmp_path, b"zyzzyva") == []
    assert ledger.exchange("kept").answer
    assert ledger.exchange("gone").answer is None
    assert ledger.open_requests() == []
    assert len(ledger.history()) == 3
    assert ledger.forget_requests(["gone"]) == 0


def test_copies_that_were_set_aside_are_named_and_left(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    aside = path.with_name("ledger.db.damaged-20260101T000000Z")
    aside.write_bytes(b"no database")
    broken = tmp_path / "ledger-2026-01-01.db"
    broken.write_bytes(b"no database either, but long enough to be looked at as one" * 100)
    assert ledger.forget_in_copies(tmp_path, date(2030, 1, 1)) == [broken, aside]
    assert aside.exists()


def test_a_backup_is_put_back_and_the_ledger_kept_beside_it(path: Path, tmp_path: Path) -> None:
    with Ledger.open(path) as ledger:
        first = spent(ledger, 5)
        copy = ledger.backup(tmp_path / "copy.db")
        second = spent(ledger, 6)
    aside = restore_backup(copy, path, NOW)
    assert aside == path.with_name(f"{path.name}.before-restore-20261124T120000Z")
    with Ledger.open(path) as ledger:
        assert ledger.verify().ok
        assert [entry.request_id for entry in ledger.history()] == [first]
    with Ledger.open(aside) as ledger:
        assert {entry.request_id for entry in ledger.history()} == {first, second}


def test_a_damaged_ledger_can_be_replaced_and_a_damaged_copy_replaces_nothing(
    path: Path, tmp_path: Path
) -> None:
    with Ledger.open(path) as ledger:
        spent(ledger, 5)
        copy = ledger.backup(tmp_path / "copy.db")
    path.write_bytes(b"noise" * 5000)
    restore_backup(copy, path, NOW)
    with Ledger.open(path) as ledger:
        assert ledger.verify().ok
    before = path.read_bytes()
    copy.write_bytes(b"noise" * 5000)
    with pytest.raises(LedgerError, match="damaged"):
        restore_backup(copy, path, NOW)
    assert path.read_bytes() == before
    with pytest.raises(PersonError, match="no backup"):
        restore_backup(tmp_path / "none.db", path, NOW)


def test_a_ledger_in_use_is_not_replaced(path: Path, tmp_path: Path) -> None:
    """Another process has written to it and still runs."""
    with Ledger.open(path) as ledger:
        copy = ledger.backup(tmp_path / "copy.db")
    writer = (
        "import sys\n"
        "from compute_broker.ledger import Ledger\n"
        "from compute_broker.ledger.records import NewRequest\n"
        "ledger = Ledger.open(__import__('pathlib').Path(sys.argv[1]))\n"
        "ledger.begin(NewRequest('held', 'cli', 'x'))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", writer, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(PersonError, match=f"in use by process {other.pid}"):
            restore_backup(copy, path, NOW)
        other.communicate("")
    assert restore_backup(copy, path, NOW)
