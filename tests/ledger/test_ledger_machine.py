"""The ledger against a simple model of it, over random orders of begin, reserve, settle, crash, and time."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledger_kit import TurnableClock, attempt, begun, dead_owner

from compute_broker.core.errors import LedgerError
from compute_broker.core.usage import Certainty
from compute_broker.ledger import (
    BudgetLimit,
    BudgetRefusedError,
    Ledger,
    Outcome,
    Period,
    RequestStatus,
    Settlement,
)

LIMITS = (
    BudgetLimit(Period.DAY, 100, hard=True, thresholds=()),
    BudgetLimit(Period.MONTH, 250, hard=True, thresholds=()),
)
COSTS = st.integers(0, 60)


@dataclass
class Tried:
    """What the model knows of an attempt."""

    request: str
    reserved: int
    day: int
    state: str = "reserved"
    cost: int | None = None
    orphan: bool = False

    @property
    def counted(self) -> int:
        if self.state == "released":
            return 0
        return self.reserved if self.cost is None else self.cost


class LedgerMachine(RuleBasedStateMachine):
    """Time only goes forward, within one month of two local days a turn."""

    requests = Bundle("requests")
    attempts = Bundle("attempts")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = TurnableClock()
        self.lives = 0
        self.tried: dict[int, Tried] = {}
        self.finished: dict[str, int | None] = {}
        self.interrupted: set[str] = set()
        self.begun: set[str] = set()
        self.ledger = self.open()

    def open(self) -> Ledger:
        self.lives += 1
        path = Path(self.folder.name) / "ledger.db"
        return Ledger.open(path, clock=self.clock, zone=UTC, owner=dead_owner(f"life {self.lives}"))

    @property
    def today(self) -> int:
        return self.clock.now.date().toordinal()

    def committed(self, since: int) -> int:
        return sum(each.counted for each in self.tried.values() if each.day >= since)

    def overrides(self) -> int:
        with self.ledger.reader() as db:
            found = db.execute("SELECT COUNT(*) FROM events WHERE kind = 'budget_override'").fetchone()
        return int(found[0])

    @initialize(target=requests)
    def first(self) -> str:
        return self.begin()

    @rule(target=requests)
    def begin(self) -> str:
        request = begun(self.ledger)
        self.begun.add(request)
        return request

    @rule(target=attempts, request=requests, ceiling=COSTS, override=st.booleans())
    def reserve(self, request: str, ceiling: int, override: bool) -> int:  # noqa: FBT001 - hypothesis calls it
        fits = ceiling == 0 or (
            self.committed(self.today) + ceiling <= 100 and self.committed(0) + ceiling <= 250
        )
        if not fits and not override:
            with pytest.raises(BudgetRefusedError):
                self.ledger.reserve(request, attempt(ceiling), LIMITS)
            return 0
        before = self.overrides()
        reservation = self.ledger.reserve(request, attempt(ceiling), LIMITS, override=override)
        assert (self.overrides() == before) is fits
        self.tried[reservation.id] = Tried(request, ceiling, self.today)
        return reservation.id

    @rule(which=attempts)
    def send(self, which: int) -> None:
        if which == 0:
            return
        known = self.tried[which]
        if known.state in {"reserved", "sent"}:
            self.ledger.mark_sent(which)
            known.state = "sent"
        else:
            with pytest.raises(LedgerError):
                self.ledger.mark_sent(which)

    @rule(which=attempts, cost=st.none() | COSTS, certain=st.booleans())
    def settle(self, which: int, cost: int | None, certain: bool) -> None:  # noqa: FBT001 - hypothesis calls it
        if which == 0:
            return
        certainty = Certainty.EXACT if certain else Certainty.ESTIMATED
        settlement = Settlement(cost, Certainty.UNKNOWN if cost is None else certainty, outcome=Outcome.OK)
        known = self.tried[which]
        news = known.state != "settled" or known.orphan
        assert self.ledger.settle(which, settlement) is news
        if news:
            known.state, known.cost, known.orphan = "settled", cost, False

    @rule(which=attempts)
    def release(self, which: int) -> None:
        if which == 0:
            return
        known = self.tried[which]
        news = known.state in {"reserved", "sent"} or (known.state == "settled" and known.orphan)
        assert self.ledger.release(which, "not billed") is news
        if news:
            known.state, known.orphan = "released", False

    @rule(request=requests, baseline=st.none() | COSTS)
    def finish(self, request: str, baseline: int | None) -> None:
        self.ledger.finish(request, RequestStatus.ANSWERED, baseline_cost=baseline)
        self.finished[request] = baseline if baseline is not None else self.finished.get(request)
        self.interrupted.discard(request)

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        if (self.clock.now + timedelta(hours=hours)).month == 3:
            self.clock.turn(hours=hours)

    @precondition(lambda self: self.tried)
    @rule()
    def crash(self) -> None:
        """End without a word, as kill -9 does, and start again."""
        self.ledger._store._db.close()
        self.ledger = self.open()
        done = self.ledger.reconcile()
        unsent = [each for each in self.tried.values() if each.state == "reserved"]
        flying = [each for each in self.tried.values() if each.state == "sent"]
        for each in unsent:
            each.state = "released"
        for each in flying:
            each.state, each.orphan = "settled", True
        left = self.begun - set(self.finished) - self.interrupted
        assert (done.released, done.unknown, set(done.interrupted)) == (len(unsent), len(flying), left)
        self.interrupted |= left

    @invariant()
    def sums_are_right(self) -> None:
        today, month = self.ledger.spend(Period.DAY).sums, self.ledger.spend(Period.MONTH).sums
        assert today.committed == self.committed(self.today)
        assert month.committed == self.committed(0)
        open_now = [each.reserved for each in self.tried.values() if each.state in {"reserved", "sent"}]
        assert month.reserved == sum(open_now)
        unknown = [each for each in self.tried.values() if each.state == "settled" and each.cost is None]
        assert (month.unknown_attempts, month.unknown) == (len(unknown), sum(e.reserved for e in unknown))
        assert (month.requests, month.answered) == (len(self.begun), len(self.finished))

    @invariant()
    def savings_are_right(self) -> None:
        saved = []
        for request, baseline in self.finished.items():
            tried = [each for each in self.tried.values() if each.request == request]
            known = all(each.cost is not None for each in tried if each.state != "released")
            if baseline is not None and known:
                saved.append(baseline - sum(each.counted for each in tried))
        sums = self.ledger.spend(Period.MONTH).sums
        assert (sums.saved, sums.saved_requests) == (sum(saved), len(saved))

    def teardown(self) -> None:
        report = self.ledger.verify()
        self.ledger.close()
        self.folder.cleanup()
        alive = f"{sum(each.state in {'reserved', 'sent'} for each in self.tried.values())} reservations"
        assert all(problem.startswith(alive) for problem in report.problems)


LedgerMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLedgerMachine = LedgerMachine.TestCase
