"""Why this tier: every tier that was considered, with its verdict, its figures, and the reason.

``Expected`` counts the redo of a failure at the best tier, ``Alone`` does not: the line under the input and
the ticker show the latter. The order is chosen above the table, or by a click on a column's head.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from compute_broker.core.decision import Considered, Decision, Verdict
from compute_broker.core.texts import tr
from compute_broker.desktop.ask.words import VERDICTS, chance, expected, figures, price, speed
from compute_broker.desktop.cells import LEFT, RIGHT
from compute_broker.desktop.mirroring import Apart, mirrored
from compute_broker.desktop.settings.rows import Choice
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.wrapping import foldable, kept

_COLUMNS = (
    tr("Tier"),
    tr("Verdict"),
    tr("Chance"),
    tr("Expected"),
    tr("Alone"),
    tr("Speed"),
    tr("Price per million"),
    tr("Why"),
)
_FIGURES = (2, 3, 4, 5)
_PRICE = 6
_ROOMY = (4, 5, 6)
"""Columns for which a narrow window has no room: the tooltip of each row has their figures."""
_LEAST_WIDTH = 860
_ORDERS = (
    tr("Best choice first"),
    tr("Likeliest first"),
    tr("Cheapest first"),
    tr("Fastest first"),
    tr("By name"),
)
_BY_COLUMN = {0: 4, 1: 0, 2: 1, 3: 2, 4: 2, 5: 3}
"""Which order a click on a column's head chooses."""
_ORDER = (
    Verdict.CHOSEN,
    Verdict.PAIRED,
    Verdict.REFEREE,
    Verdict.DEARER,
    Verdict.BELOW_FLOOR,
)
_NAMES = {0: 0.2, _PRICE: 0.18}
"""The most of the table's width that the names of tiers take, and their prices; longer ones wrap."""
_PADDING = 10
"""Pixels of a cell left and right of its text; half of them above and below."""
_MOST = 260
"""The most pixels of rows before the table scrolls."""
_LEAST = 64
"""The least pixels of rows, where the screen is too low for more."""


class WhyTable(QTableWidget):
    """One row a tier, the best candidates first."""

    grown = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(0, len(_COLUMNS), parent)
        self._theme = theme
        self._decision: Decision | None = None
        self.order = Choice(theme, tr("Order of the tiers"))
        """Which comes first; placed by the window above the table."""
        self.order.addItems(_ORDERS)
        self.order.setFont(theme.font("small"))
        self.order.currentIndexChanged.connect(lambda _index: self.show_decision(self._decision))
        for column, title in enumerate(_COLUMNS):
            head = QTableWidgetItem(title)
            head.setTextAlignment(RIGHT if column in _FIGURES else LEFT)
            self.setHorizontalHeaderItem(column, head)
        self.setAccessibleName(tr("Every tier considered"))
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
        if mirrored(self):
            self.setItemDelegate(Apart(self))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.sectionClicked.connect(lambda column: self.order.setCurrentIndex(_BY_COLUMN.get(column, 0)))
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(_COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        for column in _NAMES:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)

    def show_decision(self, decision: Decision | None) -> None:
        """Fill the table."""
        self._decision = decision
        key = (_rank, _likeliest, _cheapest, _fastest, _name)[max(0, self.order.currentIndex())]
        rows = sorted(decision.considered, key=key) if decision else []
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            self._fill(number, row)
        self._fit_columns()
        self._fit_rows()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Wrap the reasons anew, and say when that takes another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            for column in _ROOMY:
                self.setColumnHidden(column, event.size().width() < _LEAST_WIDTH)
            self._fit_columns()
            self._fit_rows()
            self.updateGeometry()
            self.grown.emit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """High enough for the rows, up to a limit."""
        rows = sum(self.rowHeight(number) for number in range(self.rowCount()))
        return QSize(600, self.horizontalHeader().sizeHint().height() + min(rows, _MOST) + 6)

    @property
    def least_height(self) -> int:
        """Pixels of its head and two rows or so."""
        return min(self.sizeHint().height(), self.horizontalHeader().sizeHint().height() + _LEAST)

    def _fit_columns(self) -> None:
        """Give names the room they need, as far as that leaves some for the reasons."""
        for column, share in _NAMES.items():
            wanted = max(self.sizeHintForColumn(column), self.horizontalHeader().sectionSizeHint(column))
            self.setColumnWidth(column, min(wanted, round(self.viewport().width() * share)))

    def _fit_rows(self) -> None:
        """Give each row the height of its price and its reason: Qt forgets the style sheet's padding."""
        self.resizeRowsToContents()
        wraps = int(Qt.TextFlag.TextWordWrap)
        for column in (_PRICE, self.columnCount() - 1):
            room = QRect(0, 0, self.columnWidth(column) - 2 * _PADDING, 1 << 16)
            for number in range(self.rowCount() if not self.isColumnHidden(column) else 0):
                item = self.item(number, column)
                text = item.text() if item is not None else ""
                high = self.fontMetrics().boundingRect(room, wraps, text).height() + _PADDING
                if high > self.rowHeight(number):
                    self.setRowHeight(number, high)

    def _fill(self, number: int, row: Considered) -> None:
        texts = (
            row.quote.tier.label,
            VERDICTS[row.verdict],
            chance(row),
            expected(row.expected_cost),
            expected(row.direct_cost),
            speed(row.quote),
            price(row.quote),
            row.reason,
        )
        tip = figures(row, self._decision.task) if self._decision is not None else ""
        for column, text in enumerate(texts):
            item = QTableWidgetItem(foldable(kept(text)))
            item.setForeground(QBrush(QColor(self._colour(row, column))))
            item.setToolTip(tip)
            if column in _FIGURES:
                item.setTextAlignment(RIGHT)
            if row.verdict is Verdict.CHOSEN and column == 0:
                font = item.font()
                font.setBold(True)
                item.setFont(font)
            self.setItem(number, column, item)

    def _colour(self, row: Considered, column: int) -> str:
        colours = self._theme.colours
        if row.verdict is Verdict.CHOSEN:
            return colours.good if column == 1 else colours.text
        return colours.text if row.verdict in _ORDER and column in {0, *_FIGURES} else colours.muted


def _likeliest(row: Considered) -> tuple[float, str]:
    return (-(row.p_success or 0.0), row.quote.tier.label)


def _cheapest(row: Considered) -> tuple[int, str]:
    return (row.expected_cost if row.expected_cost is not None else 1 << 62, row.quote.tier.label)


def _fastest(row: Considered) -> tuple[float, str]:
    return (-(row.quote.tokens_per_second or 0.0), row.quote.tier.label)


def _name(row: Considered) -> tuple[str, str]:
    return (row.quote.tier.label.casefold(), row.quote.tier.id)


def _rank(row: Considered) -> tuple[int, int]:
    place = _ORDER.index(row.verdict) if row.verdict in _ORDER else len(_ORDER)
    return (place, row.expected_cost if row.expected_cost is not None else 1 << 62)
