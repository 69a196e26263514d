"""What a row is held by to be dragged: six dots, and the pointer of a hand."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.theme import Theme

_SIZE = QSize(18, 28)
_DOT = 3
_STEP = 6
_TOP = 8


class Grip(QWidget):
    """Tells of a drag from when the mouse has moved far enough. By keys a row is moved otherwise."""

    lifted = Signal()
    dragged = Signal(QPoint)
    """Where the mouse is now, in pixels of the desktop."""
    dropped = Signal()

    def __init__(self, theme: Theme, label: str) -> None:
        """Build it for the row called ``label``."""
        super().__init__()
        self._theme = theme
        self._pressed: QPoint | None = None
        self._lifted = False
        self.setFixedSize(_SIZE)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName(tr("Drag {label} to another place", label=label))
        self.setToolTip(tr("Drag to another place (Alt+Up, Alt+Down)"))
        theme.changed.connect(self.update)

    def let_go(self) -> None:
        """End a drag that somebody else ended: the mouse may still be pressed, and means nothing more."""
        self._pressed, self._lifted = None, False
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Wait whether it becomes a drag."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed = event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Lift the row once it is meant, then tell where it is."""
        if self._pressed is None:
            return
        at = event.globalPosition().toPoint()
        far = (at - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if not self._lifted and far:
            self._lifted = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.lifted.emit()
        if self._lifted:
            self.dragged.emit(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drop the row where it is."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        lifted = self._lifted
        self.let_go()
        if lifted:
            self.dropped.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and signature
        """Paint two columns of three dots, fainter where there is nowhere to drag to."""
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.muted if self.isEnabled() else colours.border))
        left = (self.width() - _STEP - _DOT) // 2
        for row in range(3):
            for column in range(2):
                painter.drawEllipse(left + column * _STEP, _TOP + row * _STEP, _DOT, _DOT)
        painter.end()
