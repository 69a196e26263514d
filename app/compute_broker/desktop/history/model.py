"""The requests as a table, the latest first, older ones fetched as the person scrolls.

The cells are Qt's own items: a view asks for some 700 of their properties to paint itself, and asking Python
for them holds the loop for a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel

from compute_broker.core.attachment import may_have_files, parted
from compute_broker.core.money import format_usd, rough_usd
from compute_broker.core.texts import tr
from compute_broker.desktop.ask.words import UNKNOWN
from compute_broker.desktop.cells import LEFT, RIGHT
from compute_broker.desktop.dates import said
from compute_broker.ledger.records import RequestStatus
from compute_broker.ledger.views import HistoryEntry

DELETED = tr("(deleted)")
_Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QStandardItemModel):
    """The requests, the latest first."""

    more_wanted = Signal()
    COLUMNS = (tr("Time"), tr("Prompt"), tr("Tier"), tr("Cost"), tr("Saved"))
    _FIGURES = (3, 4)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(0, len(self.COLUMNS))
        self._rows: list[HistoryEntry] = []
        self._more = False
        self._labels: dict[str, str] = {}
        for column, title in enumerate(self.COLUMNS):
            head = QStandardItem(title)
            head.setTextAlignment(RIGHT if column in self._FIGURES else LEFT)
            self.setHorizontalHeaderItem(column, head)

    def show_rows(self, rows: Sequence[HistoryEntry], labels: dict[str, str], *, more: bool = False) -> None:
        """Show these requests; ``labels`` names tiers by id, ``more`` says that there are older ones."""
        self.setRowCount(0)
        self._rows, self._labels = [], labels
        self.add_rows(rows, more=more)

    def add_rows(self, rows: Sequence[HistoryEntry], *, more: bool) -> None:
        """Show older requests below."""
        self._more = more
        for entry in rows:
            self._rows.append(entry)
            self.appendRow(self._items(entry))

    def merge(self, rows: Sequence[HistoryEntry], labels: dict[str, str]) -> int | None:
        """Show the latest requests as they are now, above and among those that stay where they are.

        Returns how many are new; ``None``, and changes nothing, when they do not join what is shown.
        """
        here = [entry.request_id for entry in self._rows]
        ids = [entry.request_id for entry in rows]
        fresh = next((number for number, each in enumerate(ids) if here and each == here[0]), None)
        if fresh is None or labels != self._labels or ids[fresh:] != here[: len(ids) - fresh]:
            return None
        for entry in reversed(rows[:fresh]):
            self._rows.insert(0, entry)
            self.insertRow(0, self._items(entry))
        for number, entry in enumerate(rows[fresh:], fresh):
            self._replace(number, entry)
        return fresh

    def put(self, entry: HistoryEntry) -> None:
        """Show a request that is there as it is now."""
        for number, row in enumerate(self._rows):
            if row.request_id == entry.request_id:
                self._replace(number, entry)

    @property
    def rows(self) -> Sequence[HistoryEntry]:
        """The requests that are shown."""
        return self._rows

    def canFetchMore(self, parent: _Index) -> bool:  # noqa: ARG002, N802 - Qt's signature
        """Whether there are older requests."""
        return self._more

    def fetchMore(self, parent: _Index) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Ask for them once; they come with :meth:`add_rows`."""
        if self._more:
            self._more = False
            self.more_wanted.emit()

    def entry(self, row: int) -> HistoryEntry:
        """Return one request."""
        return self._rows[row]

    def _replace(self, number: int, entry: HistoryEntry) -> None:
        if self._rows[number] != entry:
            self._rows[number] = entry
            for column, item in enumerate(self._items(entry)):
                self.setItem(number, column, item)

    def _who(self, row: HistoryEntry) -> str:
        """Return the tier, after what became of the request where it was not answered."""
        label = self._labels.get(row.tier or "", row.tier or "")
        return ": ".join(part for part in (outcome(row), label) if part) or UNKNOWN

    def _items(self, row: HistoryEntry) -> list[QStandardItem]:
        """Return a row's cells: text, side, tooltip."""
        texts = (
            moment(row.created),
            " ".join(asked(row.prompt)[:200].split()) or DELETED,
            self._who(row),
            rough_usd("≈ ", row.cost) if row.certainty == "estimated" else format_usd(row.cost),
            format_usd(row.saved) if row.saved or row.status == RequestStatus.ANSWERED else UNKNOWN,
        )
        items = [QStandardItem(text) for text in texts]
        for item in items:
            item.setToolTip(row.reason)
        items[1].setToolTip(row.prompt[:500])
        for column in self._FIGURES:
            items[column].setTextAlignment(RIGHT)
        return items


def outcome(row: HistoryEntry) -> str:
    """Return in a word what became of a request that was not answered; empty where it was."""
    if row.status == RequestStatus.FAILED:
        return tr("failed") if row.tier else tr("not sent")
    return {
        RequestStatus.CANCELLED: tr("stopped"),
        RequestStatus.INTERRUPTED: tr("interrupted"),
        RequestStatus.CUT_OFF: tr("cut off"),
    }.get(row.status, "")


def asked(stored: str) -> str:
    """Return a stored prompt in short: what was typed, and the names of the files that came along."""
    if not may_have_files(stored):
        return stored
    typed, files, _ = parted(stored)
    names = ", ".join(file.name for file in files)
    return tr("{typed} (with {names})", typed=typed, names=names) if typed and names else typed or names


def moment(when: datetime) -> str:
    """Return a local time as short as it can be: the year only where it is another."""
    local, now = when.astimezone(), datetime.now(UTC).astimezone()
    return said(local, tr("dd MMM HH:mm") if local.year == now.year else tr("dd MMM yyyy"))
