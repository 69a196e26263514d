"""The requests as a table, the latest first, older ones fetched as the person scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.desktop.ask.words import UNKNOWN
from compute_broker.desktop.dates import said
from compute_broker.desktop.usage.tables import LEFT, RIGHT
from compute_broker.ledger.views import HistoryEntry

DELETED = "(deleted)"
_Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractTableModel):
    """The requests, the latest first."""

    more_wanted = Signal()
    COLUMNS = (tr("Time"), tr("Prompt"), tr("Tier"), tr("Cost"), tr("Saved"))
    _FIGURES = (3, 4)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._rows: list[HistoryEntry] = []
        self._more = False
        self._labels: dict[str, str] = {}

    def show_rows(self, rows: Sequence[HistoryEntry], labels: dict[str, str], *, more: bool = False) -> None:
        """Show these requests; ``labels`` names tiers by id, ``more`` says that there are older ones."""
        self.beginResetModel()
        self._rows, self._labels, self._more = list(rows), labels, more
        self.endResetModel()

    def add_rows(self, rows: Sequence[HistoryEntry], *, more: bool) -> None:
        """Show older requests below."""
        self._more = more
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows += rows
            self.endInsertRows()

    def put(self, entry: HistoryEntry) -> None:
        """Show a request that is there as it is now."""
        for number, row in enumerate(self._rows):
            if row.request_id == entry.request_id:
                self._rows[number] = entry
                last = self.index(number, len(self.COLUMNS) - 1)
                self.dataChanged.emit(self.index(number, 0), last)

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

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        """As many as there are requests."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        """Five."""
        return 0 if parent is not None and parent.isValid() else len(self.COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title or its side."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section in self._FIGURES else LEFT
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, side or tooltip."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if index.column() in self._FIGURES else LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.prompt[:500] if index.column() == 1 else row.reason or None
        return None

    def _text(self, row: HistoryEntry, column: int) -> str:
        match column:
            case 0:
                return moment(row.created)
            case 1:
                return " ".join(row.prompt[:200].split()) or DELETED
            case 2:
                return self._labels.get(row.tier or "", row.tier or UNKNOWN)
            case 3:
                mark = "≈ " if row.certainty == "estimated" else ""
                return f"{mark}{format_usd(row.cost)}"
            case _:
                return format_usd(row.saved)


def moment(when: datetime) -> str:
    """Return a local time as short as it can be: the year only where it is another."""
    local, now = when.astimezone(), datetime.now(UTC).astimezone()
    return said(local, tr("dd MMM HH:mm") if local.year == now.year else tr("dd MMM yyyy"))
