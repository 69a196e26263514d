"""A layout that fills rows from left to right, as words fill lines; from right to left where that is read."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QStyle, QWidget

from compute_broker.desktop.listed_layout import ListedLayout


class FlowLayout(ListedLayout):
    """Rows of items of their own size, ``gap`` pixels apart."""

    def __init__(self, parent: QWidget, gap: int) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._gap = gap

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height of the rows."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's name
        """Put each in its place."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As small as its largest item."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the largest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        at, high = QPoint(0, 0), 0
        parent = self.parentWidget()
        direction = parent.layoutDirection() if parent else Qt.LayoutDirection.LeftToRight
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if rect.width() > 0:
                size.setWidth(min(size.width(), max(rect.width(), item.minimumSize().width())))
            if at.x() and at.x() + size.width() > rect.width():
                at, high = QPoint(0, at.y() + high + self._gap), 0
            if move:
                place = QRect(rect.topLeft() + at, size)
                item.setGeometry(QStyle.visualRect(direction, rect, place))
            at.setX(at.x() + size.width() + self._gap)
            high = max(high, size.height())
        return at.y() + high
