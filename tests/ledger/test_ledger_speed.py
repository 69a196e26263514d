"""The ledger stays quick as it grows. By hand: ``LEDGER_ROWS=1000000``, with ``--log-cli-level=INFO``."""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import pytest
from ledger_kit import USD, TurnableClock, attempt, begun, exactly, fill, hard_day

from compute_broker.ledger import BudgetLimit, Ledger, Period, RequestStatus

ROWS = int(os.environ.get("LEDGER_ROWS", "20000"))


def milliseconds(work: Callable[[], object], times: int = 9) -> float:
    """Return the median time of ``work`` in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


@pytest.fixture
def grown(path: Path, clock: TurnableClock) -> Iterator[Ledger]:
    fill(path, ROWS, until=clock(), days=365)
    with Ledger.open(path, clock=clock, zone=UTC) as ledger:
        yield ledger


def test_a_grown_ledger_answers_within_20_ms(grown: Ledger, path: Path) -> None:
    limits = [hard_day(USD), BudgetLimit(Period.MONTH, 100 * USD, hard=True)]
    settles: list[float] = []

    def request() -> None:
        request_id = begun(grown)
        reservation = grown.reserve(request_id, attempt(1_000), limits)
        grown.mark_sent(reservation.id)
        start = time.perf_counter()
        grown.settle(reservation.id, exactly(900))
        settles.append((time.perf_counter() - start) * 1000)
        grown.finish(request_id, RequestStatus.ANSWERED, answered_by=reservation.id)

    figures = {
        "today": milliseconds(lambda: grown.spend(Period.DAY)),
        "today, week and month": milliseconds(grown.spend_all),
        "month by tier": milliseconds(lambda: grown.by_tier(Period.MONTH)),
        "page of history": milliseconds(grown.history),
        "open again": milliseconds(lambda: Ledger.open(path).close()),
    }
    for _ in range(51):
        request()
    logging.getLogger(__name__).info("%d rows: %s, settle %.2f ms", ROWS, figures, statistics.median(settles))
    assert {name: figure for name, figure in figures.items() if figure > 20} == {}
    assert statistics.median(settles) < 3
    assert grown.spend(Period.ALL).sums.requests == ROWS + 51
