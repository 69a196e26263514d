"""What the tests of the ledger share: a clock to turn, short ways to write rows, a way to fill a big file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compute_broker.core.price import CostBasis, Price, PriceBand, TokenRates
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.core.usage import Certainty, Usage
from compute_broker.ledger import (
    BudgetLimit,
    Ledger,
    NewAttempt,
    NewRequest,
    Period,
    RequestStatus,
    Reservation,
    Settlement,
    new_request_id,
)
from compute_broker.ledger.owner import this_process
from compute_broker.ledger.periods import to_us

USD = 1_000_000_000
"""Nano-dollars in a dollar."""

PRICE = Price(
    rates=TokenRates(input=USD, output=5 * USD, cache_read=USD // 10),
    basis=CostBasis.METERED,
    source="test list",
    as_of=datetime(2026, 3, 1, tzinfo=UTC),
    bands=(PriceBand(200_000, TokenRates(input=2 * USD, output=10 * USD)),),
)


@dataclass
class TurnableClock:
    """A clock that stands still until it is turned."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 18, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span)


def attempt(ceiling: int | None = USD // 100, tier: str = "haiku", n: int | None = None) -> NewAttempt:
    return NewAttempt(tier, Place.CLOUD, ProviderKind.ANTHROPIC, f"{tier}-model", PRICE, ceiling, n=n)


def exactly(cost: int, usage: Usage | None = None) -> Settlement:
    return Settlement(cost, Certainty.EXACT, usage)


def begun(ledger: Ledger, prompt: str = "hello", *, source: str = "cli", project: str | None = None) -> str:
    request_id = new_request_id()
    ledger.begin(NewRequest(request_id, source, prompt, project=project))
    return request_id


def spent(
    ledger: Ledger, cost: int, *, tier: str = "haiku", source: str = "cli", project: str | None = None
) -> str:
    """Write an answered request that cost so much, and return its id."""
    request_id = begun(ledger, source=source, project=project)
    reservation = ledger.reserve(request_id, attempt(cost, tier))
    ledger.mark_sent(reservation.id)
    ledger.settle(reservation.id, exactly(cost, Usage(1000, 200, cache_read_tokens=400)))
    ledger.finish(request_id, RequestStatus.ANSWERED, answer="yes", answered_by=reservation.id)
    return request_id


def sent(ledger: Ledger, request_id: str, ceiling: int, limits: tuple[BudgetLimit, ...] = ()) -> Reservation:
    reservation = ledger.reserve(request_id, attempt(ceiling), limits)
    ledger.mark_sent(reservation.id)
    return reservation


def hard_day(amount: int) -> BudgetLimit:
    return BudgetLimit(Period.DAY, amount, hard=True, thresholds=())


def dead_owner(name: str = "gone") -> str:
    """Return the name of a process that has ended: our own number, started at another time."""
    return f"{this_process().rpartition('|')[0]}|{name}"


def fill(path: Path, rows: int, *, until: datetime, days: int) -> None:
    """Write ``rows`` answered requests, spread evenly over the ``days`` before ``until``."""
    tiers = ("haiku", "sonnet", "opus", "kimi", "local", "builtin")
    end, span = to_us(until), days * 86_400_000_000
    with Ledger.open(path) as ledger, ledger._store.write() as db:
        db.execute("INSERT INTO owners VALUES (1, 'elsewhere|boot|1|1')")
        db.execute("INSERT INTO prices VALUES (1, '{}', 'test list')")
        for seq in range(1, rows + 1):
            moment, tier = end - span + span * seq // rows, tiers[seq * 7919 % len(tiers)]
            db.execute(
                """INSERT INTO requests (seq, id, source, created_us, finished_us, private, owner, status,
                mode, category, difficulty, stakes, baseline_tier, baseline_cost, tier, cost, saved)
                VALUES (?, ?, 'cli', ?, ?, 0, 1, 'answered', 'balanced', 'chat', 0.5, 'low', 'opus', 5000,
                ?, 1000, 4000)""",
                [seq, f"{seq:022d}", moment, moment, tier],
            )
            db.execute("INSERT INTO texts VALUES (?, ?, ?, NULL)", [seq, "p" * 100, "a" * 150])
            db.execute(
                """INSERT INTO attempts (id, request, n, kind, source, owner, tier, place, provider, model,
                price, cost_basis, state, reserved, cost, certainty, outcome, input_tokens, output_tokens,
                started_us, ended_us, latency_ms) VALUES (?, ?, 1, 'answer', 'cli', 1, ?, 'cloud',
                'anthropic', 'm', 1, 'metered', 'settled', 2000, 1000, 'exact', 'ok', 100, 20, ?, ?, 500)""",
                [seq, seq, tier, moment, moment],
            )
            db.execute("UPDATE requests SET answered_by = ? WHERE seq = ?", [seq, seq])
