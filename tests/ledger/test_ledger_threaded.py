"""The ledger behind ``await``: one thread, in order, and no money on a cancelled task."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC
from pathlib import Path

import pytest
from ledger_kit import USD, TurnableClock, attempt, exactly, hard_day

from compute_broker.core.errors import LedgerError
from compute_broker.ledger import (
    AsyncLedger,
    BudgetRefusedError,
    Ledger,
    LedgerCorruptError,
    NewRequest,
    Period,
    RequestStatus,
    new_request_id,
)
from support.logfail import LogGuard


async def test_a_request_lives_behind_await(path: Path, clock: TurnableClock, tmp_path: Path) -> None:
    ledger = await AsyncLedger.open(path, clock=clock, zone=UTC)
    request_id = new_request_id()
    await ledger.begin(NewRequest(request_id, "cli", "hello"))
    reservation = await ledger.reserve(request_id, attempt(USD // 2), [hard_day(USD)])
    with pytest.raises(BudgetRefusedError):
        await ledger.reserve(request_id, attempt(USD), [hard_day(USD)])
    await ledger.mark_sent(reservation.id)
    assert await ledger.settle(reservation.id, exactly(7))
    await ledger.finish(request_id, RequestStatus.ANSWERED, answer="hi", answered_by=reservation.id)
    assert (await ledger.spend(Period.DAY)).spent == 7
    assert (await ledger.spend_all()).month.spent == 7
    assert await ledger.export_csv(tmp_path / "usage.csv") == 1
    assert await ledger.backup_daily(tmp_path / "backups") is not None
    assert (await ledger.call(Ledger.verify)).ok
    await ledger.close()
    await ledger.close()
    with Ledger.open(path) as again:
        assert again.exchange(request_id).answer == "hi"


async def test_every_call_runs_on_the_ledgers_own_thread(path: Path) -> None:
    ledger = await AsyncLedger.open(path)
    seen = {await ledger.call(lambda _: threading.current_thread().name) for _ in range(5)}
    assert len(seen) == 1
    assert threading.current_thread().name not in seen
    await ledger.close()
    with pytest.raises(LedgerError, match="has been closed"):
        await ledger.call(Ledger.now)


class Held:
    """Keeps the ledger's thread busy until it is let go."""

    def __init__(self, ledger: AsyncLedger) -> None:
        self._go = threading.Event()
        self.task = asyncio.ensure_future(ledger.call(lambda _: self._go.wait(10)))

    def let_go(self) -> None:
        self._go.set()


async def test_a_cancelled_settlement_is_written_all_the_same(path: Path) -> None:
    ledger = await AsyncLedger.open(path)
    request_id = new_request_id()
    await ledger.begin(NewRequest(request_id, "cli", "hello"))
    reservation = await ledger.reserve(request_id, attempt(USD))
    held = Held(ledger)
    settling = asyncio.ensure_future(ledger.settle(reservation.id, exactly(7)))
    await asyncio.sleep(0)
    settling.cancel()
    held.let_go()
    with pytest.raises(asyncio.CancelledError):
        await settling
    assert (await ledger.spend(Period.DAY)).sums.committed == 7
    await ledger.close()


async def test_a_cancelled_reservation_is_given_back(path: Path) -> None:
    ledger = await AsyncLedger.open(path)
    request_id = new_request_id()
    await ledger.begin(NewRequest(request_id, "cli", "hello"))
    held = Held(ledger)
    reserving = asyncio.ensure_future(ledger.reserve(request_id, attempt(USD)))
    await asyncio.sleep(0)
    reserving.cancel()
    held.let_go()
    with pytest.raises(asyncio.CancelledError):
        await reserving
    assert (await ledger.spend(Period.DAY)).reserved == 0
    found = await ledger.exchange(request_id)
    assert [each.state for each in found.attempts] == ["released"]
    await ledger.close()


async def test_a_write_that_fails_after_its_task_is_gone_is_told(path: Path, logs: LogGuard) -> None:
    logs.expect("a ledger write failed after its task had been cancelled")
    ledger = await AsyncLedger.open(path)
    held = Held(ledger)
    settling = asyncio.ensure_future(ledger.settle(4711, exactly(7)))
    await asyncio.sleep(0)
    settling.cancel()
    held.let_go()
    with pytest.raises(asyncio.CancelledError):
        await settling
    await ledger.close()


@pytest.fixture
def rubbish(path: Path) -> Path:
    path.parent.mkdir()
    path.write_bytes(b"rubbish" * 1000)
    return path


async def test_an_unusable_file_is_told_to_the_one_who_opens_it(rubbish: Path) -> None:
    with pytest.raises(LedgerCorruptError):
        await AsyncLedger.open(rubbish)
