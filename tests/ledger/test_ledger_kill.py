"""kill -9 at random moments under load: the file stays sound, and what was acknowledged stays written."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest
from ledger_kit import USD

from compute_broker.ledger import Ledger, Period

KILLS = int(os.environ.get("LEDGER_KILLS", "20"))
"""In CI a short run; ``LEDGER_KILLS=500`` by hand for a soak."""

WORKER = """
import itertools, os, sys, threading
from datetime import UTC
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from ledger_kit import USD, attempt, begun, exactly, hard_day
from compute_broker.ledger import Ledger, RequestStatus, Settlement
from compute_broker.core.usage import Certainty
ledger = Ledger.open(Path(sys.argv[1]), zone=UTC)
ledger.reconcile()
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
def work(worker):
    for turn in itertools.count(1):
        request_id = begun(ledger, f"prompt {worker} {turn}")
        say("begun", request_id)
        reservation = ledger.reserve(request_id, attempt(9_000 + turn), [hard_day(1000 * USD)])
        say("reserved", request_id, 9_000 + turn)
        if turn % 5 == 0:
            ledger.release(reservation.id, "not today")
            say("released", request_id)
            continue
        ledger.mark_sent(reservation.id)
        say("sent", request_id, 9_000 + turn)
        if turn % 7 == 0:
            ledger.settle(reservation.id, Settlement(None, Certainty.UNKNOWN))
            say("unknown", request_id, 9_000 + turn)
        else:
            ledger.settle(reservation.id, exactly(1_000 + turn))
            say("settled", request_id, 1_000 + turn)
        ledger.finish(request_id, RequestStatus.ANSWERED, answer="yes", answered_by=reservation.id)
        say("finished", request_id)
say("ready")
threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in range(3)]
for thread in threads:
    thread.start()
threads[0].join()
"""


def acknowledged(path: Path, seconds: float) -> list[list[str]]:
    """Run the worker, kill it after so many seconds of work, and return what it had been told was done."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(path), str(Path(__file__).parent)], stdout=subprocess.PIPE
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(seconds)
    os.kill(worker.pid, signal.SIGKILL)
    said = worker.stdout.read()
    worker.stdout.close()
    assert worker.wait() == -signal.SIGKILL
    return [line.decode().split() for line in said.splitlines(keepends=True) if line.endswith(b"\n")]


def test_no_acknowledged_row_is_lost_to_kill_9(path: Path) -> None:
    chance = random.Random(20260329)  # noqa: S311 - moments of death, no secrets
    Ledger.open(path).close()
    settled: dict[str, int] = {}
    finished: set[str] = set()
    begun: set[str] = set()
    for _ in range(KILLS):
        told = acknowledged(path, chance.uniform(0.0, 0.12))
        last: dict[str, list[str]] = {}
        for what, request_id, *figure in told:
            last[request_id] = [what, *figure]
            begun.add(request_id)
            if what == "settled":
                settled[request_id] = int(figure[0])
            if what == "finished":
                finished.add(request_id)
        with Ledger.open(path, zone=UTC) as ledger:
            check_after_death(ledger, last)
    assert len(finished) > KILLS
    with Ledger.open(path, zone=UTC) as ledger, ledger.reader() as db:
        assert begun <= {row["id"] for row in db.execute("SELECT id FROM requests")}
        costs = dict(
            db.execute(
                """SELECT r.id, a.cost FROM requests r JOIN attempts a ON a.request = r.seq
                WHERE a.certainty = 'exact'"""
            ).fetchall()
        )
        assert settled.items() <= costs.items()
        assert finished <= {
            row["id"] for row in db.execute("SELECT id FROM requests WHERE status = 'answered'")
        }
        total = db.execute(
            "SELECT sum(coalesce(cost, reserved)) FROM attempts WHERE state = 'settled'"
        ).fetchone()[0]
        assert ledger.spend(Period.ALL).spent == total < USD


def check_after_death(ledger: Ledger, last: dict[str, list[str]]) -> None:
    """Reconcile, then hold every request of the dead to the last word it had been given."""
    ledger.reconcile()
    report = ledger.verify()
    assert report.problems == ()
    assert ledger.spend(Period.ALL).reserved == 0
    for request_id, (what, *figure) in last.items():
        found = ledger.exchange(request_id)
        states = [(each.state, each.certainty, each.cost, each.reserved) for each in found.attempts]
        if what == "sent":
            # It may have been billed: settled a moment before death, or counted as unknown since.
            assert states[0][0] == "settled"
            assert states[0][3] == int(figure[0])
        if what == "settled":
            assert states[0][:3] == ("settled", "exact", int(figure[0]))
        if what in {"released", "reserved"}:
            assert states[0][0] in ({"released"} if what == "released" else {"released", "settled"})
        assert found.entry.status in {"answered", "interrupted"}
