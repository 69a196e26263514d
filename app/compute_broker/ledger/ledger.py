"""The ledger: the one door through which the house remembers requests, money and drafts.

Synchronous and safe to use from several threads; :mod:`compute_broker.ledger.threaded` puts it behind
``await``. Money is integer nano-dollars. Every write is one transaction: after it returns, the row
survives a kill -9; before, nothing of it is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Self

from compute_broker.core.headroom import PlanStanding
from compute_broker.core.plan import Plan
from compute_broker.ledger import (
    accounts,
    audit,
    backup,
    budget,
    entries,
    forgetting,
    history,
    sums,
)
from compute_broker.ledger import plans as plan_use
from compute_broker.ledger.accounts import Scene
from compute_broker.ledger.forecast import Forecast
from compute_broker.ledger.owner import this_process
from compute_broker.ledger.periods import Calendar, Clock, to_us, utc_now
from compute_broker.ledger.reconcile import left_behind, reconcile
from compute_broker.ledger.records import (
    BudgetLimit,
    DecisionNote,
    NewAttempt,
    NewRequest,
    Period,
    Reconciled,
    RequestStatus,
    Reservation,
    Settlement,
    Verification,
)
from compute_broker.ledger.remembering import Remembering
from compute_broker.ledger.store import WAIT_SECONDS, Store
from compute_broker.ledger.views import (
    DaySpend,
    DayTiers,
    Exchange,
    Found,
    Group,
    GroupSpend,
    HistoryEntry,
    HistoryFilter,
    HourSpend,
    Spend,
    Spending,
    TierSpend,
    Tokens,
)


class Ledger(Remembering):
    """An open ledger. Make one with :meth:`open`; close it, or use it as a context manager."""

    def __init__(self, store: Store, clock: Clock, calendar: Calendar, owner: str) -> None:
        """Wrap an open store; ``owner`` names the process that answers for what is reserved."""
        self._store = store
        self._clock = clock
        self._calendar = calendar
        self._owner = owner

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock = utc_now,
        zone: tzinfo | None = None,
        wait: float = WAIT_SECONDS,
        owner: str | None = None,
    ) -> Ledger:
        """Open the file, made or migrated where needed. Call :meth:`reconcile` next.

        ``zone`` is where the person's days begin (``None``: the system's); ``wait`` is in seconds.

        Raises:
            LedgerNewerError: a later version wrote it; it is untouched.
            LedgerCorruptError: it is damaged; a copy has been set aside.
            LedgerError: it cannot be read or written.
        """
        return cls(Store(path, wait), clock, Calendar(zone), owner or this_process())

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        self._store.close()

    def __enter__(self) -> Self:
        """Return the ledger itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._store.path

    @property
    def calendar(self) -> Calendar:
        """The person's days."""
        return self._calendar

    def now(self) -> datetime:
        """Return the time by the ledger's clock."""
        return self._clock()

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a read-only connection of its own for long work, such as an export."""
        with self._store.reader() as db:
            yield db

    # -- a request's life ---------------------------------------------------------------------

    def begin(self, request: NewRequest) -> None:
        """Record the prompt, on the disk, before anything is sent. The same id again changes nothing."""
        with self._scene(durable=True) as scene:
            entries.begin(scene, request)

    def decide(self, request_id: str, note: DecisionNote) -> None:
        """Add what was decided about a request; fields left ``None`` stay as they are."""
        with self._store.write() as db:
            entries.decide(db, request_id, note)

    def reserve(
        self,
        request_id: str,
        attempt: NewAttempt,
        limits: Sequence[BudgetLimit] = (),
        *,
        override: bool = False,
    ) -> Reservation:
        """Set money aside for one attempt, in one transaction with the look at the budgets.

        Spent plus set aside never passes a hard limit, unless ``override`` allows this one attempt; that
        is recorded. Attempts that cost nothing always pass. Thresholds crossed for the first time in
        their period come back as warnings.

        Raises:
            BudgetRefusedError: a hard limit would be passed; nothing was set aside.
            LookupError: the request was never begun.
            LedgerError: the ledger cannot be written; nothing may be sent.
        """
        with self._scene() as scene:
            return accounts.reserve(scene, request_id, attempt, limits, override=override)

    def mark_sent(self, reservation_id: int) -> None:
        """Note, on the disk, that the attempt is about to leave: call right before sending.

        Raises:
            LedgerError: the money is no longer set aside, so nothing may be sent.
        """
        with self._scene(durable=True) as scene:
            accounts.mark_sent(scene, reservation_id)

    def settle(self, reservation_id: int, settlement: Settlement) -> bool:
        """Write what an attempt really cost. Return whether it was news: the first settlement stands."""
        with self._scene() as scene:
            return accounts.settle(scene, reservation_id, settlement)

    def release(self, reservation_id: int, reason: str) -> bool:
        """Give back the money of an attempt that is known not to be billed. Return whether it was news."""
        with self._scene() as scene:
            return accounts.release(scene, reservation_id, reason)

    def charge(self, request_id: str, attempt: NewAttempt, settlement: Settlement) -> Reservation:
        """Record money that is spent already (a model's fee for classifying), whatever the budgets say."""
        with self._scene() as scene:
            reservation = accounts.reserve(scene, request_id, attempt, (), override=False)
            accounts.settle(scene, reservation.id, settlement)
            return reservation

    def finish(
        self,
        request_id: str,
        status: RequestStatus,
        *,
        answer: str | None = None,
        answered_by: int | None = None,
        baseline_tier: str | None = None,
        baseline_cost: int | None = None,
        baseline_rest: int | None = None,
        reason: str = "",
    ) -> None:
        """Close a request. ``answered_by`` is the reservation whose answer the person sees.

        Saved is the baseline's cost minus the cost of all attempts, unknown if either is. The baseline of a
        question counts once (:mod:`~compute_broker.ledger.questions`); ``baseline_rest`` is its cost for only
        what this request adds to an answer that it goes on with. A request without an answer saves nothing:
        what it cost counts against the savings, and if that is nothing, no saving is known of it.
        """
        with self._scene() as scene:
            entries.finish(
                scene,
                request_id,
                status,
                answer=answer,
                answered_by=answered_by,
                baseline_tier=baseline_tier,
                baseline_cost=baseline_cost,
                baseline_rest=baseline_rest,
                reason=reason,
            )

    def reconcile(self) -> Reconciled:
        """Close what dead processes left: unsent money goes back, sent money counts as unknown."""
        with self._store.read() as db:
            if not left_behind(db, self._owner):
                return Reconciled()
        with self._scene() as scene:
            return reconcile(scene)

    # -- money --------------------------------------------------------------------------------

    def spend(self, period: Period, *, source: str | None = None, project: str | None = None) -> Spend:
        """Return the sums from the start of ``period`` until now."""
        with self._store.read() as db:
            return sums.spend(db, self._calendar, self._clock(), period, source=source, project=project)

    def spend_all(self) -> Spending:
        """Return today, this week and this month, read at one moment."""
        with self._store.read() as db:
            now = self._clock()
            today, week, month = (
                sums.spend(db, self._calendar, now, period)
                for period in (Period.DAY, Period.WEEK, Period.MONTH)
            )
        return Spending(today, week, month)

    def by_tier(self, period: Period) -> list[TierSpend]:
        """Return the sums per tier, the dearest first."""
        with self._store.read() as db:
            return sums.by_tier(db, self._calendar, self._clock(), period)

    def by_group(self, period: Period, group: Group) -> list[GroupSpend]:
        """Return the sums per category, source, place or project, over a connection of its own."""
        with self._store.reader() as db:
            return sums.by_group(db, self._calendar, self._clock(), period, group)

    def tokens_by_tier(self, period: Period) -> dict[str, Tokens]:
        """Return what each tier read and wrote, over a connection of its own."""
        with self._store.reader() as db:
            return sums.tokens_by_tier(db, self._calendar, self._clock(), period)

    def by_day(self, days: int = 14) -> list[DaySpend]:
        """Return the sums of the last ``days`` local days, today last."""
        with self._store.read() as db:
            return sums.by_day(db, self._calendar, self._clock(), days)

    def by_hour(self) -> list[HourSpend]:
        """Return the sums of the hours of today, the present one last."""
        with self._store.read() as db:
            return sums.by_hour(db, self._calendar, self._clock())

    def by_day_and_tier(self, days: int = 14) -> list[DayTiers]:
        """Return the sums of the last ``days`` local days, today last, with those of each tier."""
        with self._store.read() as db:
            return sums.by_day_and_tier(db, self._calendar, self._clock(), days)

    def forecast(self, period: Period) -> Forecast | None:
        """Return what ``period`` will have cost by its end; ``None`` before three whole days are known."""
        with self._store.read() as db:
            return sums.outlook(db, self._calendar, self._clock(), period)

    def left(self, limits: Sequence[BudgetLimit]) -> list[budget.Standing]:
        """Return how each budget stands now, with what is left of it."""
        with self._store.read() as db:
            now = self._clock()
            return [budget.standing(db, self._calendar, now, limit) for limit in limits]

    def plans(self, plans: Mapping[str, Plan]) -> dict[str, PlanStanding]:
        """Return how the plans of these tiers stand now: what was used of each window, and when it resets."""
        with self._store.read() as db:
            return plan_use.standings(db, self._calendar, self._clock(), plans)

    def enter_plan(self, entry: plan_use.PlanEntry) -> None:
        """Keep how a window of a plan stands by the person's word; our own prompts from now on are added."""
        with self._store.write() as db:
            plan_use.enter(db, self._clock(), entry)

    # -- memory -------------------------------------------------------------------------------

    def history(
        self, limit: int = 50, before: str | None = None, wanted: HistoryFilter | None = None
    ) -> list[HistoryEntry]:
        """Return a page of requests, the latest first, of those written before request ``before``."""
        with self._store.read() as db:
            return history.history(db, self._calendar, limit, before, wanted or HistoryFilter())

    def search(
        self, limit: int = 50, before: str | None = None, wanted: HistoryFilter | None = None
    ) -> list[HistoryEntry]:
        """Return what :meth:`history` does, over a connection of its own: nobody waits for a long search."""
        with self._store.reader() as db:
            return history.history(db, self._calendar, limit, before, wanted or HistoryFilter())

    def found(self, wanted: HistoryFilter) -> Found:
        """Return how many requests are ``wanted``, with their sums, over a connection of its own."""
        with self._store.reader() as db:
            return history.found(db, self._calendar, wanted)

    def exchange(self, request_id: str) -> Exchange:
        """Return everything about one request: answer, decision, attempts.

        Raises:
            LookupError: there is no such request.
        """
        with self._store.read() as db:
            return history.exchange(db, request_id)

    def open_requests(self, limit: int = 50) -> list[HistoryEntry]:
        """Return the prompts that failed or were interrupted, to be sent again or dismissed."""
        with self._store.read() as db:
            return history.open_requests(db, limit)

    def dismiss(self, request_id: str) -> None:
        """Take a request off the list of :meth:`open_requests`: sent again, or no longer wanted."""
        with self._store.write() as db:
            entries.dismiss(db, request_id)

    def rate(self, request_id: str, value: int | None) -> None:
        """Keep the person's word on an answer: 1 good, -1 bad, ``None`` taken back."""
        with self._store.write() as db:
            entries.rate(db, request_id, value)

    def forget(self, before: date) -> int:
        """Delete prompts and answers from before the local day ``before``, for good; return how many.

        Sums, costs and counts stay.
        """
        with self._scene() as scene:
            count = forgetting.forget(scene, to_us(self._calendar.start_of_day(before)))
        self._store.empty_log()
        return count

    def forget_requests(self, request_ids: Sequence[str]) -> int:
        """Delete what was said in these requests, for good; return how many. Sums and costs stay."""
        with self._scene() as scene:
            count = forgetting.forget_requests(scene, request_ids)
        self._store.empty_log()
        return count

    def forget_in_copies(self, backups: Path, gone: date | Sequence[str]) -> list[Path]:
        """Delete the same texts from the copies in ``backups``: of before a local day, or of some requests.

        Returns the copies that were left, since only a person can judge them.
        """
        if isinstance(gone, date):
            return forgetting.forget_in_copies(self.path, backups, to_us(self._calendar.start_of_day(gone)))
        return forgetting.forget_in_copies(self.path, backups, gone)

    # -- care ---------------------------------------------------------------------------------

    def backup(self, path: Path) -> Path:
        """Write a whole, consistent copy to ``path``, without holding up writers, and return it."""
        with self._store.reader() as db:
            return backup.copy_to(db, path)

    def backup_daily(self, folder: Path, keep: int = 14) -> Path | None:
        """Write today's copy into ``folder`` if there is none, and drop all but the newest ``keep``."""
        with self._store.reader() as db:
            return backup.daily(db, folder, self._calendar.local(self._clock()).date(), keep)

    def verify(self) -> Verification:
        """Check the whole file: its pages, the sums against the rows, and nothing left by dead processes."""
        with self._store.reader() as db:
            return audit.verify(db, self._clock())

    @contextmanager
    def _scene(self, *, durable: bool = False) -> Iterator[Scene]:
        with self._store.write(durable=durable) as db:
            yield Scene(db, self._clock(), self._calendar, self._owner)
