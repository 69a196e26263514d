"""The layout of a setting: its title, its controls, and what it means, beside them where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLabel, QLayoutItem, QStyle, QVBoxLayout, QWidget

from compute_broker.desktop.listed_layout import ListedLayout
from compute_broker.desktop.theme import XS, M, S

TITLE_WIDTH = 170
"""Pixels of the title, so that the controls of a section stand in one line."""
_HINT_BESIDE = 200
"""Pixels that a hint needs beside its controls; with fewer it stands below them, rather than in a column."""


class SettingRow(ListedLayout):
    """A title, then controls at the width they ask for, then the hint."""

    def __init__(self, title: QWidget, controls: Sequence[QWidget], hint: QWidget | None = None) -> None:
        """Lay these out."""
        super().__init__()
        self._many = len(controls)
        for widget in (title, *controls, *([hint] if hint is not None else [])):
            self.addWidget(widget)

    def invalidate(self) -> None:
        """Forget what was reckoned: something in the row has changed, or it is just being made."""
        self._known: dict[int, list[tuple[QLayoutItem, QRect]]] = {}
        super().invalidate()

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's name
        """Take the width there is."""
        return Qt.Orientation.Horizontal

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height of the row."""
        return max((place.bottom() + 1 for _, place in self._places(width)), default=0)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for everything beside one another."""
        wide = TITLE_WIDTH + sum(M + item.sizeHint().width() for item in self._controls())
        return QSize(wide + M + _HINT_BESIDE, self.heightForWidth(wide + M + _HINT_BESIDE))

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the title and the controls at their narrowest."""
        items = self._controls()
        wide = TITLE_WIDTH + sum(M + item.minimumSize().width() for item in items)
        return QSize(wide, max((item.minimumSize().height() for item in items), default=0))

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's name
        """Put each in its place."""
        super().setGeometry(rect)
        parent = self.parentWidget()
        direction = parent.layoutDirection() if parent else Qt.LayoutDirection.LeftToRight
        for item, place in self._places(rect.width()):
            item.setGeometry(QStyle.visualRect(direction, rect, place.translated(rect.topLeft())))

    def _controls(self) -> list[QLayoutItem]:
        return [item for item in self._items[1 : 1 + self._many] if not item.isEmpty()]

    def _places(self, width: int) -> list[tuple[QLayoutItem, QRect]]:
        """Return where everything goes in a row of so many pixels, from the left."""
        if width not in self._known:
            self._known[width] = self._reckon(width)
        return self._known[width]

    def _reckon(self, width: int) -> list[tuple[QLayoutItem, QRect]]:
        if not self._items or self._items[0].isEmpty():
            return []
        left = TITLE_WIDTH + M
        line = [(self._items[0], 0, TITLE_WIDTH), *self._in_line(left, width)]
        at = line[-1][1] + line[-1][2] + M
        hints = [item for item in self._items[1 + self._many :] if not item.isEmpty()]
        needed = max((min(_HINT_BESIDE, _in_one_line(hint)) for hint in hints), default=0)
        below = [] if width - at >= needed else hints
        line += [(hint, at, width - at) for hint in hints if not below]
        heights = [_height(item, wide) for item, _, wide in line]
        high = max(heights)
        placed = [
            (item, QRect(x, (high - each) // 2, wide, each))
            for (item, x, wide), each in zip(line, heights, strict=True)
        ]
        room = width - left
        return placed + [(hint, QRect(left, high + XS, room, _height(hint, room))) for hint in below]

    def _in_line(self, left: int, width: int) -> list[tuple[QLayoutItem, int, int]]:
        """Return the controls beside one another, narrower than they ask for where room is short."""
        line, at = [], left
        over = sum(item.sizeHint().width() + M for item in self._controls()) - M + left - width
        for item in self._controls():
            wide = item.sizeHint().width()
            given = max(0, min(over, wide - item.minimumSize().width()))
            over -= given
            line.append((item, at, wide - given))
            at += wide - given + M
        return line


def below_controls(*widgets: QWidget) -> QVBoxLayout:
    """Return a layout that puts widgets below the controls of a row above, one below the other."""
    column = QVBoxLayout()
    column.setContentsMargins(TITLE_WIDTH + M, 0, 0, 0)
    column.setSpacing(S)
    for widget in widgets:
        column.addWidget(widget)
    return column


def _in_one_line(item: QLayoutItem) -> int:
    """Return the width of a text that is not wrapped; what is no text has the width that it asks for."""
    label = item.widget()
    if isinstance(label, QLabel):
        return label.fontMetrics().horizontalAdvance(label.text()) + M
    return item.sizeHint().width()


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
