"""Where a window opens: in the middle of the screen that the cursor is on."""

from __future__ import annotations

from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QWidget


def show_at_cursor(window: QWidget) -> None:
    """Show ``window`` in front, no larger than the cursor's screen; an open one stays where it is."""
    if not window.isVisible():
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        area = screen.availableGeometry()
        window.resize(window.size().boundedTo(area.size()))
        frame = window.frameGeometry()
        frame.moveCenter(area.center())
        window.move(frame.topLeft())
    window.show()
    window.raise_()
    window.activateWindow()
