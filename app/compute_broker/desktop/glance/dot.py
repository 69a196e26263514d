"""A tier's state as a shape, so that colour is not needed to read it: full, half, ring, cross, dash."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from compute_broker.core.quote import State
from compute_broker.desktop.glance.words import STATES
from compute_broker.desktop.theme import Theme

_SIZE = 14
_ROUND = 5.0
_BELOW = 180 * 16
"""Half a circle, in Qt's sixteenths of a degree."""


class Dot(QWidget):
    """Shows one state."""

    def __init__(self, theme: Theme) -> None:
        """Start not knowing."""
        super().__init__()
        self._theme = theme
        self.state = State.UNKNOWN
        self.setFixedSize(QSize(_SIZE, _SIZE))
        theme.changed.connect(self.update)

    def show_state(self, state: State) -> None:
        """Show ``state``."""
        if state is not self.state or not self.accessibleName():
            self.state = state
            self.setAccessibleName(STATES[state])
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Paint the state's shape in its colour."""
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(_SIZE / 2, _SIZE / 2)
        disc = QRectF(middle.x() - _ROUND, middle.y() - _ROUND, 2 * _ROUND, 2 * _ROUND)
        if self.state is State.READY:
            self._pen(painter, colours.good, filled=True)
            painter.drawEllipse(disc)
        elif self.state in {State.BUSY, State.LOADING}:
            self._pen(painter, colours.warn)
            painter.drawEllipse(disc)
            painter.setBrush(QColor(colours.warn))
            painter.drawPie(disc, 90 * 16, _BELOW)
        elif self.state in {State.COLD, State.UNKNOWN}:
            self._pen(painter, colours.good if self.state is State.COLD else colours.muted)
            painter.drawEllipse(disc)
        elif self.state is State.OFF:
            self._pen(painter, colours.muted)
            painter.drawLine(QPointF(disc.left() + 1, middle.y()), QPointF(disc.right() - 1, middle.y()))
        else:
            self._pen(painter, colours.bad)
            box = disc.adjusted(1, 1, -1, -1)
            painter.drawLine(box.topLeft(), box.bottomRight())
            painter.drawLine(box.bottomLeft(), box.topRight())
        painter.end()

    @staticmethod
    def _pen(painter: QPainter, colour: str, *, filled: bool = False) -> None:
        painter.setPen(QPen(QColor(colour), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(QColor(colour) if filled else Qt.BrushStyle.NoBrush)
