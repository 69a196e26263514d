"""Many at once at the edge of a hard budget: never a nano-dollar above it, and little of it left unused."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from ledger_kit import USD, attempt, begun, exactly, hard_day

from compute_broker.ledger import BudgetRefusedError, Ledger, NewRequest, Period, new_request_id

MILL = USD // 1000
LIMIT = hard_day(USD)


def test_32_threads_never_pass_a_dollar(ledger: Ledger) -> None:
    start = threading.Barrier(32)

    def ask(worker: int) -> int:
        start.wait(10)
        highest = 0
        for turn in range(1_000):
            try:
                reservation = ledger.reserve(begun(ledger), attempt(4 * MILL), [LIMIT])
            except BudgetRefusedError:
                return highest
            highest = max(highest, ledger.spend(Period.DAY).sums.committed)
            ledger.mark_sent(reservation.id)
            ledger.settle(reservation.id, exactly((24 + (worker + turn) % 17) * MILL // 10))
        raise AssertionError("the budget never stopped this thread")

    with ThreadPoolExecutor(32) as crowd:
        highest = max(crowd.map(ask, range(32)))
    spent = ledger.spend(Period.DAY)
    assert highest <= USD
    assert 9 * USD // 10 <= spent.spent <= USD
    assert spent.reserved == 0


CUSTOMER = """
import sys
from datetime import UTC
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from ledger_kit import USD, attempt, begun, exactly, hard_day
from compute_broker.ledger import BudgetRefusedError, Ledger
ledger = Ledger.open(Path(sys.argv[1]), zone=UTC)
print("ready", flush=True)
sys.stdin.readline()
highest = 0
while True:
    try:
        reservation = ledger.reserve(begun(ledger), attempt(20_000_000), [hard_day(USD)])
    except BudgetRefusedError:
        break
    with ledger.reader() as db:
        highest = max(highest, db.execute("SELECT sum(exact + reserved) FROM balances").fetchone()[0])
    ledger.mark_sent(reservation.id)
    ledger.settle(reservation.id, exactly(13_000_000))
ledger.close()
print(highest)
"""


def test_six_programs_never_pass_a_dollar(path: Path) -> None:
    Ledger.open(path).close()
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", CUSTOMER, str(path), str(Path(__file__).parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for customer in crowd:
        assert customer.stdout is not None
        assert customer.stdout.readline() == "ready\n"
    highest = [int(customer.communicate("go\n", timeout=30)[0]) for customer in crowd]
    assert all(customer.returncode == 0 for customer in crowd)
    assert max(highest) <= USD
    with Ledger.open(path, zone=UTC) as ledger:
        assert 9 * USD // 10 <= ledger.spend(Period.ALL).spent <= USD
        assert ledger.verify().ok


def test_threads_that_bring_the_same_request_make_one(ledger: Ledger) -> None:
    request_id = new_request_id(datetime(2026, 1, 1, tzinfo=UTC))
    start = threading.Barrier(16)

    def ask(_: int) -> int:
        start.wait(10)
        ledger.begin(NewRequest(request_id, "gateway", "the same"))
        return ledger.reserve(request_id, attempt(MILL, n=1), [LIMIT]).id

    with ThreadPoolExecutor(16) as crowd:
        assert len(set(crowd.map(ask, range(16)))) == 1
    assert len(ledger.history()) == 1
    assert ledger.spend(Period.DAY).reserved == MILL
