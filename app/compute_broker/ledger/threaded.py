"""The ledger for an event loop: every call runs on one thread of its own, in the order it was made.

``await ledger.settle(...)`` has the signature of :meth:`Ledger.settle`. A write that was asked for is
carried out even when the task that asked is cancelled meanwhile: money must not hang on a lost task.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, tzinfo
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from compute_broker.core.errors import LedgerError, PersonError
from compute_broker.core.texts import tr
from compute_broker.ledger.export import export_csv
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.periods import Clock, utc_now
from compute_broker.ledger.records import BudgetLimit, NewAttempt, Period, Reservation
from compute_broker.ledger.views import Group, GroupSpend, HistoryEntry, HistoryFilter, Tokens

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)


def _threaded(
    method: Callable[Concatenate[Ledger, P], T],
) -> Callable[Concatenate[AsyncLedger, P], Coroutine[Any, Any, T]]:
    async def call(self: AsyncLedger, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.call(method, *args, **kwargs)

    call.__name__ = method.__name__
    call.__doc__ = method.__doc__
    return call


class AsyncLedger:
    """A ledger behind ``await``. Make one with :meth:`open`."""

    begin = _threaded(Ledger.begin)
    decide = _threaded(Ledger.decide)
    mark_sent = _threaded(Ledger.mark_sent)
    settle = _threaded(Ledger.settle)
    release = _threaded(Ledger.release)
    charge = _threaded(Ledger.charge)
    finish = _threaded(Ledger.finish)
    reconcile = _threaded(Ledger.reconcile)
    spend = _threaded(Ledger.spend)
    spend_all = _threaded(Ledger.spend_all)
    by_tier = _threaded(Ledger.by_tier)
    by_day = _threaded(Ledger.by_day)
    by_hour = _threaded(Ledger.by_hour)
    by_day_and_tier = _threaded(Ledger.by_day_and_tier)
    forecast = _threaded(Ledger.forecast)
    left = _threaded(Ledger.left)
    plans = _threaded(Ledger.plans)
    enter_plan = _threaded(Ledger.enter_plan)
    history = _threaded(Ledger.history)
    exchange = _threaded(Ledger.exchange)
    open_requests = _threaded(Ledger.open_requests)
    dismiss = _threaded(Ledger.dismiss)
    rate = _threaded(Ledger.rate)
    note_signal = _threaded(Ledger.note_signal)
    lessons = _threaded(Ledger.lessons)
    lengths = _threaded(Ledger.lengths)
    paces = _threaded(Ledger.paces)
    forget_lessons = _threaded(Ledger.forget_lessons)
    remember_lessons = _threaded(Ledger.remember_lessons)
    import_lessons = _threaded(Ledger.import_lessons)
    forget = _threaded(Ledger.forget)
    forget_requests = _threaded(Ledger.forget_requests)
    note_prices = _threaded(Ledger.note_prices)
    price_changes = _threaded(Ledger.price_changes)
    price_standing = _threaded(Ledger.price_standing)
    believe_price = _threaded(Ledger.believe_price)
    save_draft = _threaded(Ledger.save_draft)
    load_draft = _threaded(Ledger.load_draft)

    def __init__(self, ledger: Ledger, thread: ThreadPoolExecutor) -> None:
        """Wrap an open ledger; ``thread`` must have exactly one worker."""
        self._ledger = ledger
        self._thread = thread

    @classmethod
    async def open(cls, path: Path, *, clock: Clock = utc_now, zone: tzinfo | None = None) -> AsyncLedger:
        """Open the file on the ledger's own thread; see :meth:`Ledger.open` for what it raises."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        opening = thread.submit(lambda: Ledger.open(path, clock=clock, zone=zone))
        try:
            ledger = await _settled(opening)
        except BaseException:
            opening.add_done_callback(_close_unwanted)
            thread.shutdown(wait=False)
            raise
        return cls(ledger, thread)

    async def call(self, method: Callable[Concatenate[Ledger, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run any method of :class:`Ledger`, or a function that takes one, on the ledger's thread."""
        return await _settled(self._submit(method, self._ledger, *args, **kwargs))

    async def reserve(
        self,
        request_id: str,
        attempt: NewAttempt,
        limits: Sequence[BudgetLimit] = (),
        *,
        override: bool = False,
    ) -> Reservation:
        """Set money aside, as :meth:`Ledger.reserve`; given back if the task is cancelled meanwhile."""
        ledger = self._ledger
        asked = self._submit(ledger.reserve, request_id, attempt, limits, override=override)
        try:
            return await _settled(asked)
        except asyncio.CancelledError:
            given_back = asyncio.wrap_future(self._thread.submit(_give_back, ledger, asked))
            given_back.add_done_callback(_log_failure)
            raise

    async def export_csv(self, path: Path, wanted: HistoryFilter | None = None) -> int:
        """Write the CSV file on another thread, so that settlements do not wait for it; return its rows."""
        return await asyncio.to_thread(export_csv, self._ledger, path, wanted)

    async def by_group(self, period: Period, group: Group) -> list[GroupSpend]:
        """Return the sums per group, read on another thread: every request of the period is looked at."""
        return await asyncio.to_thread(self._ledger.by_group, period, group)

    async def tokens_by_tier(self, period: Period) -> dict[str, Tokens]:
        """Return what each tier read and wrote, read on another thread."""
        return await asyncio.to_thread(self._ledger.tokens_by_tier, period)

    async def apart(self, work: Callable[[Ledger], T]) -> T:
        """Run long work on another thread; it may use only what reads over a connection of its own."""
        return await asyncio.to_thread(work, self._ledger)

    async def search(
        self, limit: int, before: str | None = None, wanted: HistoryFilter | None = None
    ) -> list[HistoryEntry]:
        """Return a page of history read on another thread: a search may go through the whole file."""
        return await asyncio.to_thread(self._ledger.search, limit, before, wanted)

    async def forget_in_copies(self, backups: Path, gone: date | Sequence[str]) -> list[Path]:
        """Delete texts from the copies, on another thread; see :meth:`Ledger.forget_in_copies`."""
        return await asyncio.to_thread(self._ledger.forget_in_copies, backups, gone)

    async def backup_daily(self, folder: Path, keep: int = 14) -> Path | None:
        """Write today's backup on another thread, so that settlements do not wait for it."""
        return await asyncio.to_thread(self._ledger.backup_daily, folder, keep)

    def _submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have ``work`` done on the ledger's thread.

        Raises:
            LedgerError: the ledger has been closed.
        """
        try:
            return self._thread.submit(work, *args, **kwargs)
        except RuntimeError as error:
            raise LedgerError(tr("The ledger has been closed. Start the program again.")) from error

    async def close(self) -> None:
        """Finish what was asked for, close the file, end the thread. Closing twice does nothing."""
        try:
            closing = self._thread.submit(self._ledger.close)
        except RuntimeError:
            return
        self._thread.shutdown(wait=False)
        await _settled(closing)


async def _settled(asked: Future[T]) -> T:
    """Wait for work on the ledger's thread. Cancelling the wait does not cancel the work."""
    work = asyncio.wrap_future(asked)
    try:
        await asyncio.wait([work])
    except asyncio.CancelledError:
        work.add_done_callback(_log_failure)
        raise
    return work.result()


def _give_back(ledger: Ledger, asked: Future[Reservation]) -> None:
    if asked.exception() is None:
        ledger.release(asked.result().id, tr("cancelled before it was sent"))


def _close_unwanted(opening: Future[Ledger]) -> None:
    if opening.exception() is None:
        opening.result().close()


def _log_failure(work: asyncio.Future[T]) -> None:
    error = work.exception()
    if error is not None and not isinstance(error, PersonError):
        _log.warning("a ledger write failed after its task had been cancelled: %s", error)
