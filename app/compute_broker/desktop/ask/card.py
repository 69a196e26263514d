"""A frameless card: rounded, with a soft shadow where the screen can blend, movable by its empty parts."""

from __future__ import annotations

import sys

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from compute_broker.desktop.theme import Theme

SHADOW = 22
CORNER = 14
_GRIP = 6
"""How near to a side, in pixels, a drag widens instead of moving."""


class Card(QWidget):
    """A top-level window that paints itself. ``inset`` is the room its layout leaves for the shadow."""

    def __init__(self, theme: Theme) -> None:
        """Choose blending or not; nothing is shown."""
        super().__init__(None, _flags())
        self._theme = theme
        self._blends = screen_blends()
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, self._blends)
        self.setMouseTracking(True)
        theme.changed.connect(self.update)

    @property
    def inset(self) -> int:
        """Pixels between the window's edge and the card's."""
        return SHADOW if self._blends else 0

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint shadow, card and hairline; inside of them, as while text streams, the plain card."""
        painter = QPainter(self)
        card = QRectF(self.rect()).adjusted(self.inset, self.inset, -self.inset, -self.inset)
        if card.adjusted(CORNER, CORNER, -CORNER, -CORNER).contains(QRectF(event.rect())):
            painter.fillRect(event.rect(), QColor(self._theme.colours.surface))
            painter.end()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corner = CORNER if self._blends else 0
        if self._blends:
            self._paint_shadow(painter, card)
        painter.setPen(QPen(QColor(self._theme.colours.border), 1))
        painter.setBrush(QColor(self._theme.colours.surface))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the window by its empty parts, widen it by its sides; the system does both."""
        handle = self.windowHandle()
        if event.button() != Qt.MouseButton.LeftButton or handle is None:
            return
        edge = self._edge(event.position().x())
        if edge is None:
            handle.startSystemMove()
        else:
            handle.startSystemResize(edge)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show that the sides can be dragged."""
        super().mouseMoveEvent(event)
        if self._edge(event.position().x()) is None:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.SizeHorCursor)

    def _edge(self, x: float) -> Qt.Edge | None:
        if abs(x - self.inset) <= _GRIP:
            return Qt.Edge.LeftEdge
        return Qt.Edge.RightEdge if abs(x - (self.width() - self.inset)) <= _GRIP else None

    def _paint_shadow(self, painter: QPainter, card: QRectF) -> None:
        """Paint rings that fade outwards, a little lower than the card."""
        strength = 7 if self._theme.dark else 3
        painter.setPen(Qt.PenStyle.NoPen)
        for ring in range(SHADOW - 4, 0, -2):
            painter.setBrush(QColor(0, 0, 0, strength))
            spread = card.adjusted(-ring, -ring + 4, ring, ring).translated(0, 0)
            painter.drawRoundedRect(spread, CORNER + ring, CORNER + ring)


def screen_blends() -> bool:
    """Return whether a translucent window looks right: always, but on X11 only with a compositor."""
    if QGuiApplication.platformName() != "xcb":
        return True
    from compute_broker.desktop.ask.compositor import compositor_runs  # noqa: PLC0415 - X11 only

    return compositor_runs()


def _flags() -> Qt.WindowType:
    flags = Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
    # A tool window stays out of the task bar; on macOS it would vanish with its application.
    return flags | (Qt.WindowType.Window if sys.platform == "darwin" else Qt.WindowType.Tool)
