"""How the cells of our tables are painted: one line of text, laid out once and kept.

Qt lays out a text each time it paints it, about 40 µs each: a table that is painted whole, as whenever its
window comes to the front, would take a third of a frame for that alone.
"""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPointF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPalette, QStaticText, QTransform
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from compute_broker.desktop.mirroring import isolated, mirrored

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_PADDING = 8
"""Pixels left and right of a text."""
_KEPT = 1000
"""Texts kept at most: some windows full."""
_DRESSED = {
    QEvent.Type.FontChange,
    QEvent.Type.PaletteChange,
    QEvent.Type.StyleChange,
    QEvent.Type.LayoutDirectionChange,
}


class Cells(QStyledItemDelegate):
    """Paints text on the row's ground; what its item aligns right stands at the end of the line."""

    def __init__(self, table: QTableView) -> None:
        """Paint the cells of ``table``, in its font and colours."""
        super().__init__(table)
        self._dress(table)
        table.installEventFilter(self)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        x, y, wide, high = cast("tuple[int, int, int, int]", option.rect.getRect())
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(x, y, wide, high, self._ground)
        text = index.data()
        if not text:
            return
        laid, width, height = self._line(text, wide - 2 * _PADDING)
        left: float = x + _PADDING
        if (index.data(Qt.ItemDataRole.TextAlignmentRole) == RIGHT) is not self._mirrored:
            left = x + wide - _PADDING - width
        painter.setPen(self._ink)
        painter.drawStaticText(QPointF(left, y + (high - height) / 2), laid)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take up another font, other colours, the other side."""
        if not isinstance(watched, QTableView):
            return super().eventFilter(watched, event)
        if event.type() in _DRESSED:
            self._dress(watched)
        return False  # to Qt's own filter it would be an editor of a cell

    def _dress(self, table: QTableView) -> None:
        palette = table.palette()
        self._ground = palette.color(QPalette.ColorRole.Highlight)
        self._ink = palette.color(QPalette.ColorRole.Text)
        self._font = table.font()
        self._mirrored = mirrored(table)
        self._laid: dict[tuple[str, int], tuple[QStaticText, float, float]] = {}

    def _line(self, text: str, width: int) -> tuple[QStaticText, float, float]:
        """Return ``text`` laid out, as much of it as fits ``width`` pixels, and how large it is."""
        found = self._laid.get((text, width))
        if found is None:
            cut = QFontMetrics(self._font).elidedText(text, Qt.TextElideMode.ElideRight, width)
            laid = QStaticText(isolated(cut) if self._mirrored else cut)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            laid.prepare(QTransform(), self._font)
            if len(self._laid) >= _KEPT:
                self._laid.clear()
            found = self._laid[text, width] = (laid, laid.size().width(), laid.size().height())
        return found
