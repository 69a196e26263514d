"""Why this tier: every tier that was considered, with its verdict, chance, expected cost and reason."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from compute_broker.core.decision import Considered, Decision, Verdict
from compute_broker.desktop.ask.words import VERDICTS, chance, expected
from compute_broker.desktop.theme import Theme

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_FIGURES = (2, 3)
_COLUMNS = ("Tier", "Verdict", "Chance", "Expected", "Why")
_ORDER = (
    Verdict.CHOSEN,
    Verdict.PAIRED,
    Verdict.REFEREE,
    Verdict.DEARER,
    Verdict.BELOW_FLOOR,
)
_MOST = 260
"""The most pixels of rows before the table scrolls."""


class WhyTable(QTableWidget):
    """One row a tier, the best candidates first."""

    grown = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(0, len(_COLUMNS), parent)
        self._theme = theme
        for column, title in enumerate(_COLUMNS):
            head = QTableWidgetItem(title)
            head.setTextAlignment(_RIGHT if column in _FIGURES else _LEFT)
            self.setHorizontalHeaderItem(column, head)
        self.setAccessibleName("Every tier considered")
        self.setFont(theme.font("small"))
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(26)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setStyleSheet("QTableView::item { padding: 3px 6px; }")
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(_COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)

    def show_decision(self, decision: Decision | None) -> None:
        """Fill the table."""
        rows = sorted(decision.considered, key=_rank) if decision else []
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            self._fill(number, row)
        self.resizeRowsToContents()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Wrap the reasons anew, and say when that takes another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.resizeRowsToContents()
            self.updateGeometry()
            self.grown.emit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """High enough for the rows, up to a limit."""
        rows = sum(self.rowHeight(number) for number in range(self.rowCount()))
        return QSize(600, self.horizontalHeader().sizeHint().height() + min(rows, _MOST) + 6)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Never squeezed."""
        return self.sizeHint()

    def _fill(self, number: int, row: Considered) -> None:
        texts = (
            row.quote.tier.label,
            VERDICTS[row.verdict],
            chance(row),
            expected(row.expected_cost),
            row.reason,
        )
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setForeground(QBrush(QColor(self._colour(row, column))))
            item.setToolTip(row.reason)
            if column in _FIGURES:
                item.setTextAlignment(_RIGHT)
            if row.verdict is Verdict.CHOSEN and column == 0:
                font = item.font()
                font.setBold(True)
                item.setFont(font)
            self.setItem(number, column, item)

    def _colour(self, row: Considered, column: int) -> str:
        colours = self._theme.colours
        if row.verdict is Verdict.CHOSEN:
            return colours.good if column == 1 else colours.text
        return colours.text if row.verdict in _ORDER and column in {0, 2, 3} else colours.muted


def _rank(row: Considered) -> tuple[int, int]:
    place = _ORDER.index(row.verdict) if row.verdict in _ORDER else len(_ORDER)
    return (place, row.expected_cost if row.expected_cost is not None else 1 << 62)
