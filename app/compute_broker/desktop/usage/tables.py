"""Quiet tables: a few rows of sums, and how every table of ours looks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QTableWidget, QTableWidgetItem

from compute_broker.desktop.cells import LEFT, RIGHT, Cells

ROWS_MEASURED = 30
"""Rows whose texts say how wide a column is: all of a long list would hold the loop for too long."""


class SumsTable(QTableWidget):
    """A few rows of sums: a name, then figures."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        """Start empty; ``name`` is its accessible name."""
        super().__init__(0, len(columns))
        self.setAccessibleName(name)
        self._nothing = ""
        self._summed = False
        """Whether the last row sums the others."""
        for column, title in enumerate(columns):
            head = QTableWidgetItem(title)
            head.setTextAlignment(RIGHT if column else LEFT)
            self.setHorizontalHeaderItem(column, head)
        plain(self)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(ROWS_MEASURED)

    def name_first_column(self, title: str) -> None:
        """Say what the rows are."""
        head = self.horizontalHeaderItem(0)
        if head is not None:
            head.setText(title)

    def say_nothing(self, text: str) -> None:
        """Have ``text`` stand where rows would, as long as there are none."""
        self._nothing = text
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the rows, or that there are none; above what sums them, the line of a bill."""
        super().paintEvent(event)
        if not self.rowCount():
            paint_nothing(self, self._nothing)
        elif self._summed:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            top = self.rowViewportPosition(self.rowCount() - 1)
            painter.drawLine(0, top, self.viewport().width(), top)
            painter.end()

    def texts(self) -> list[list[str]]:
        """Return what is shown, the titles first; hidden columns are left out."""
        shown = [column for column in range(self.columnCount()) if not self.isColumnHidden(column)]
        titles = [_text(self.horizontalHeaderItem(column)) for column in shown]
        return [titles, *([_text(self.item(row, at)) for at in shown] for row in range(self.rowCount()))]

    def show_rows(self, rows: Sequence[Sequence[str]], total: Sequence[str] | None = None) -> None:
        """Show these texts, and below them, under a line, what sums them."""
        self._summed = total is not None
        every = [*rows, total] if total is not None else rows
        self.setRowCount(len(every))
        self.setAccessibleDescription("" if every else self._nothing)
        model = self.model()
        model.blockSignals(True)  # noqa: FBT003 - Qt's signature; each change would have its column measured
        changed = [
            self._put(number, at, text) for number, row in enumerate(every) for at, text in enumerate(row)
        ]
        model.blockSignals(False)  # noqa: FBT003 - Qt's signature
        if any(changed):
            model.dataChanged.emit(model.index(0, 0), model.index(len(every) - 1, self.columnCount() - 1))
        self._give_names_room()

    def _put(self, row: int, column: int, text: str) -> bool:
        """Show a text in a cell; return whether it is another one."""
        item = self.item(row, column)
        if item is not None and item.text() == text:
            return False
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(RIGHT if column else LEFT)
            self.setItem(row, column, item)
        item.setText(text)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """See that the names keep their room."""
        super().resizeEvent(event)
        self._give_names_room()

    def _give_names_room(self) -> None:
        """Let the names take what the figures leave; where that is too little, the figures scroll instead."""
        header, names = self.horizontalHeader(), self.sizeHintForColumn(0)
        left = self.viewport().width() - sum(header.sectionSize(at) for at in range(1, self.columnCount()))
        fits = left >= max(names, header.sectionSizeHint(0))
        mode = QHeaderView.ResizeMode
        header.setSectionResizeMode(0, mode.Stretch if fits else mode.ResizeToContents)


def _text(item: QTableWidgetItem | None) -> str:
    return item.text() if item is not None else ""


class Listing(QTableView):
    """A long list over a model; says in its middle that nothing is there."""

    def __init__(self, name: str) -> None:
        """Show no model yet; ``name`` is its accessible name."""
        super().__init__()
        self.setAccessibleName(name)
        self._nothing = ""

    def say_nothing(self, text: str) -> None:
        """Have ``text`` stand where rows would; empty where there are some."""
        if text != self._nothing:
            self._nothing = text
            self.setAccessibleDescription(text)
            self.viewport().update()

    @property
    def nothing(self) -> str:
        """What stands where rows would."""
        return self._nothing

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the rows, or that there are none."""
        super().paintEvent(event)
        paint_nothing(self, self._nothing)


def paint_nothing(table: QTableView, text: str) -> None:
    """Paint ``text`` into the middle of a table without rows."""
    if text:
        painter = QPainter(table.viewport())
        painter.setPen(table.palette().color(QPalette.ColorRole.PlaceholderText))
        wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(table.viewport().rect(), wrapped, text)
        painter.end()


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
    table.setStyleSheet("QTableView::item { padding: 0 5px; }")  # counts when columns are measured
    table.setItemDelegate(Cells(table))
