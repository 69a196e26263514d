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
_FRONT_OR_BACK = {QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate}
_VIEWPORT = "qt_scrollarea_viewport"
"""What Qt calls the part of a table that is scrolled."""


class Cells(QStyledItemDelegate):
    """Paints text on the row's ground; what its item aligns right stands at the end of the line."""

    def __init__(self, table: QTableView) -> None:
        """Paint the cells of ``table``, in its font and colours."""
        super().__init__(table)
        self._laid: dict[tuple[str, int], tuple[QStaticText, float, float]] = {}
        self._font, self._mirrored = table.font(), mirrored(table)
        self._dress(table)
        table.installEventFilter(self)
        table.viewport().installEventFilter(self)

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
        """Take up another font, other colours, the other side.

        A table looks the same in a window in front and in one behind, but Qt paints it anew for each change.
        """
        if isinstance(watched, QTableView):
            if event.type() in _DRESSED:
                self._dress(watched)
            return False  # to Qt's own filter it would be an editor of a cell
        if watched.objectName() == _VIEWPORT:
            return event.type() in _FRONT_OR_BACK
        return super().eventFilter(watched, event)

    def _dress(self, table: QTableView) -> None:
        palette = table.palette()
        self._ground = palette.color(QPalette.ColorRole.Highlight)
        self._ink = palette.color(QPalette.ColorRole.Text)
        font, side = table.font(), mirrored(table)
        if (font, side) != (self._font, self._mirrored):  # told of a change, it often has what it had before
            self._font, self._mirrored, self._laid = font, side, {}

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
