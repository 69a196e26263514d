"""How the latest answers went: of each tier and model, of a fortnight, and quick in a grown ledger."""

from __future__ import annotations

import sqlite3
import statistics
import time
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

from ledger_kit import TurnableClock, attempt, begun, fill

from compute_broker.core.pace import Pace
from compute_broker.core.usage import Certainty, Usage
from compute_broker.ledger import Ledger, Outcome, RequestStatus, Settlement
from compute_broker.ledger.paces import LATELY, MOST


def answered(ledger: Ledger, speed: float | None, *, tier: str = "haiku", **more: object) -> None:
    request_id = begun(ledger)
    reservation = ledger.reserve(request_id, attempt(tier=tier))
    ledger.mark_sent(reservation.id)
    values = {"latency_ms": 2000, "first_word_ms": 500, "usage": Usage(10, 100)} | more
    ledger.settle(reservation.id, Settlement(1, Certainty.EXACT, tokens_per_second=speed, **values))
    ledger.finish(request_id, RequestStatus.ANSWERED, answered_by=reservation.id)


def test_the_latest_answers_of_each_tier_are_told_the_oldest_first(ledger: Ledger) -> None:
    for number in range(MOST + 5):
        answered(ledger, float(number))
    answered(ledger, 7.0, tier="local", milliwatts=90_000)
    answered(ledger, 8.0, outcome=Outcome.FAILED)
    found = ledger.paces()
    assert [each.tokens_per_second for each in found if each.tier == "haiku"] == list(range(5, MOST + 5))
    assert found[-1] == Pace("local", "local-model", "default", 7.0, 500, 90_000)


def test_old_answers_say_nothing(ledger: Ledger, clock: TurnableClock) -> None:
    assert ledger.paces() == []
    answered(ledger, 50.0)
    clock.now += LATELY
    assert len(ledger.paces()) == 1
    clock.now += timedelta(seconds=1)
    assert ledger.paces() == []


def test_what_an_older_program_wrote_tells_a_cautious_speed(path: Path) -> None:
    with Ledger.open(path) as ledger:
        answered(ledger, None, energy_uj=100_000_000)
        answered(ledger, None, latency_ms=100)
        answered(ledger, None, usage=Usage(10, 100, certainty=Certainty.ESTIMATED))
    with closing(sqlite3.connect(path)) as db, db:
        for column in ("tokens_per_second", "milliwatts"):
            db.execute(f"ALTER TABLE attempts DROP COLUMN {column}")
        db.execute("ALTER TABLE price_changes DROP COLUMN terms")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm011_paces'")
    with Ledger.open(path) as ledger:
        assert [(each.tokens_per_second, each.milliwatts) for each in ledger.paces()] == [
            (50.0, 50_000),
            (None, None),
            (None, None),
        ]


def test_a_grown_ledger_tells_them_at_once(path: Path, clock: TurnableClock) -> None:
    fill(path, 20_000, until=clock(), days=28)
    with Ledger.open(path, clock=clock, zone=UTC) as ledger:
        took = []
        for _ in range(9):
            start = time.perf_counter()
            found = ledger.paces()
            took.append((time.perf_counter() - start) * 1000)
        assert len(found) == 6 * MOST
        assert statistics.median(took) < 50, took
