"""A switch: a check box that looks like what it does, with a ring when the keyboard is on it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from compute_broker.desktop.mirroring import mirror
from compute_broker.desktop.theme import Theme

_WIDE, _HIGH, _RING = 30, 18, 3


class Switch(QCheckBox):
    """On or off; Space and click turn it."""

    def __init__(self, theme: Theme, name: str) -> None:
        """Start off; ``name`` is its accessible name."""
        super().__init__()
        self._theme = theme
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As large as the switch with its ring."""
        return QSize(_WIDE + 2 * _RING, _HIGH + 2 * _RING)

    def hitButton(self, pos: QPoint) -> bool:  # noqa: N802 - Qt's name
        """All of it can be clicked."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Paint track, knob and ring."""
        colours, on = self._theme.colours, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mirror(painter, self)
        track = QRectF((self.width() - _WIDE) / 2, (self.height() - _HIGH) / 2, _WIDE, _HIGH)
        painter.setPen(QPen(QColor(colours.accent if on else colours.muted), 1.2))
        painter.setBrush(QColor(colours.accent if on else colours.surface))
        painter.drawRoundedRect(track.adjusted(0.6, 0.6, -0.6, -0.6), _HIGH / 2, _HIGH / 2)
        left = track.right() - _HIGH + 4 if on else track.left() + 4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.on_accent if on else colours.muted))
        painter.drawEllipse(QRectF(left, track.top() + 4, _HIGH - 8, _HIGH - 8))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 1.5))
            ring = track.adjusted(-2.2, -2.2, 2.2, 2.2)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)
        painter.end()
