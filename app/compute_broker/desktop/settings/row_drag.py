"""Dragging one row of a page to another place: a line where it would land, scrolling at the edge, Escape."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from compute_broker.desktop.settings.rows import Page
from compute_broker.desktop.theme import Theme

EDGE = 48
"""Pixels from the edge of the page within which a drag scrolls it."""
_TICK_MS = 16
_SLOWEST, _FASTEST = 2, 18
"""Pixels scrolled each tick, at the inner and the outer end of the edge."""
_LINE, _ABOVE = 3, 8
"""The line's height, and how far it lies above the row: in the gap between two."""
_VEIL = 170
"""How opaque the veil over the dragged row is, of 255."""

Moved = Callable[[QWidget, QWidget | None], None]
"""Takes the row that was dropped, and the row before which it shall stand; ``None``: after all of them."""


class RowDrag(QObject):
    """One drag at a time. Nothing is changed before the drop; whoever made it hears of it once."""

    def __init__(self, page: Page, theme: Theme, moved: Moved) -> None:
        """Drag rows of ``page``; ``moved`` hears of a drop that changes the order."""
        super().__init__(page)
        self._page, self._theme, self._moved = page, theme, moved
        self._rows: Sequence[QWidget] = ()
        self._row: QWidget | None = None
        self._ended: Callable[[], None] = lambda: None
        self._pointer = QPoint()
        inside = self._inside = page.inside
        self.line = _Bar(inside, theme, "accent")
        self.veil = _Bar(inside, theme, "surface", _VEIL)
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._scroll)

    @property
    def row(self) -> QWidget | None:
        """The row that is being dragged."""
        return self._row

    def lift(self, row: QWidget, rows: Sequence[QWidget], ended: Callable[[], None]) -> None:
        """Begin to drag ``row`` among ``rows``, all of them in order; ``ended`` hears that it is over."""
        self.cancel()
        self._rows = [each for each in rows if each.isVisibleTo(self._page)]
        self._row, self._ended = row, ended
        self.veil.lie_on(self._place_of(row))
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def drag(self, pointer: QPoint) -> None:
        """Follow the mouse, which is at ``pointer`` of the desktop."""
        if self._row is None:
            return
        self._pointer = pointer
        self._show_line()
        if self._speed():
            self._timer.start()
        else:
            self._timer.stop()

    def drop(self) -> None:
        """Put the row where the line is."""
        row = self._row
        if row is None:
            return
        others, target = self._others(), self._target()
        stays = self._stays(target)
        self.cancel()
        if not stays:
            self._moved(row, others[target] if target < len(others) else None)

    def cancel(self) -> None:
        """Leave the row where it was."""
        if self._row is None:
            return
        self._row, self._rows = None, ()
        self._timer.stop()
        self.line.hide()
        self.veil.hide()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._ended()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Escape leaves the row where it was, and does nothing else; so does losing the window."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.cancel()
            return True
        lost = event.type() in {QEvent.Type.WindowDeactivate, QEvent.Type.Hide}
        if lost and watched is self._page.window():
            self.cancel()
        return super().eventFilter(watched, event)

    def _others(self) -> list[QWidget]:
        return [each for each in self._rows if each is not self._row]

    def _target(self) -> int:
        """Return before which of the other rows the dragged one would stand."""
        y = self._inside.mapFromGlobal(self._pointer).y()
        return place_at(y, [(place.top(), place.bottom()) for place in map(self._place_of, self._others())])

    def _stays(self, target: int) -> bool:
        return self._row is not None and list(self._rows).index(self._row) == target

    def _show_line(self) -> None:
        target = self._target()
        if self._stays(target) or self._row is None:
            self.line.hide()
            return
        places = [self._place_of(each) for each in self._others()]
        y = places[target].top() if target < len(places) else places[-1].bottom() + 1
        self.line.lie_on(QRect(places[0].left(), y - _ABOVE, places[0].width(), _LINE))

    def _scroll(self) -> None:
        """Scroll by one tick. The mouse may rest meanwhile, and what is below it moves."""
        bar, speed = self._page.verticalScrollBar(), self._speed()
        before = bar.value()
        bar.setValue(before + speed)
        if bar.value() == before:
            self._timer.stop()
        self._show_line()

    def _speed(self) -> int:
        view = self._page.viewport()
        return speed_at(view.mapFromGlobal(self._pointer).y(), view.height())

    def _place_of(self, row: QWidget) -> QRect:
        return QRect(row.mapTo(self._inside, QPoint()), row.size())


class _Bar(QWidget):
    """A bar of one colour above the rows, which takes no click."""

    def __init__(self, parent: QWidget, theme: Theme, colour: str, opacity: int = 255) -> None:
        super().__init__(parent)
        self._theme, self._colour, self._opacity = theme, colour, opacity
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def lie_on(self, place: QRect) -> None:
        """Show it there."""
        self.setGeometry(place)
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and signature
        """Fill it."""
        colour = QColor(getattr(self._theme.colours, self._colour))
        colour.setAlpha(self._opacity)
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour)
        painter.end()


def place_at(y: int, spans: Sequence[tuple[int, int]]) -> int:
    """Return how many of ``spans``, tops and bottoms in order, have their middle above ``y``."""
    return sum((top + bottom) / 2 < y for top, bottom in spans)


def speed_at(y: int, height: int) -> int:
    """Return the pixels to scroll in a tick, with a pointer at ``y`` of so high a page; up is below zero."""
    edge = min(EDGE, height // 3)
    depth = min(edge, max(edge - y, y - (height - edge)))
    if depth <= 0:
        return 0
    speed = _SLOWEST + (_FASTEST - _SLOWEST) * depth // edge
    return -speed if y < edge else speed
