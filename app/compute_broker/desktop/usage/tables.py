"""The tables of the usage window: sums by tier and category, and the requests behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QTableWidget, QTableWidgetItem

from compute_broker.core.money import format_usd
from compute_broker.desktop.ask.words import UNKNOWN, duration
from compute_broker.ledger.views import HistoryEntry

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Index = QModelIndex | QPersistentModelIndex


class SumsTable(QTableWidget):
    """A few rows of sums: a name, then figures."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        """Start empty; ``name`` is its accessible name."""
        super().__init__(0, len(columns))
        self.setAccessibleName(name)
        for column, title in enumerate(columns):
            head = QTableWidgetItem(title)
            head.setTextAlignment(RIGHT if column else LEFT)
            self.setHorizontalHeaderItem(column, head)
        plain(self)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these texts."""
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setTextAlignment(RIGHT if column else LEFT)
                self.setItem(number, column, item)


class HistoryModel(QAbstractTableModel):
    """The requests, the latest first."""

    COLUMNS = ("Time", "Prompt", "Tier", "Cost", "Saved", "Took")
    _FIGURES = (3, 4, 5)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._rows: Sequence[HistoryEntry] = ()
        self._labels: dict[str, str] = {}

    def show_rows(self, rows: Sequence[HistoryEntry], labels: dict[str, str]) -> None:
        """Show these requests; ``labels`` names tiers by id."""
        self.beginResetModel()
        self._rows, self._labels = rows, labels
        self.endResetModel()

    def entry(self, row: int) -> HistoryEntry:
        """Return one request."""
        return self._rows[row]

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        """As many as there are requests."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        """Six."""
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
                return f"{row.created.astimezone():%d %b %H:%M}"
            case 1:
                return " ".join(row.prompt[:200].split())
            case 2:
                return self._labels.get(row.tier or "", row.tier or UNKNOWN)
            case 3:
                mark = "≈ " if row.certainty == "estimated" else ""
                return f"{mark}{format_usd(row.cost)}"
            case 4:
                return format_usd(row.saved)
            case _:
                return duration(row.latency_ms) if row.latency_ms is not None else UNKNOWN


def plain(table: QTableView) -> None:
    """Make a table a quiet list: no grid, no editing, whole rows."""
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(28)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.horizontalHeader().setHighlightSections(False)
    table.setStyleSheet("QTableView::item { padding: 0 5px; }")
