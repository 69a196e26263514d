"""How much room the system's frame takes around a window: title bar and borders.

On X11 the window manager puts the frame around a window after that was shown; until then what an earlier
window had is the best guess, and before the first one a usual frame.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMargins, QObject, Qt
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QWidget

USUAL = QMargins(4, 36, 4, 4)
"""Pixels: a title bar of a common size, and thin borders."""


class _Seen:
    """The latest frame that a window of ours had."""

    margins: QMargins | None = None


def margins_of(widget: QWidget) -> QMargins:
    """Return what the frame of the widget's window takes, as far as it is known."""
    window = widget.window()
    if window.windowFlags() & Qt.WindowType.FramelessWindowHint:
        return QMargins()
    handle = window.windowHandle()
    known = handle.frameMargins() if handle is not None else QMargins()
    if not known.isNull():
        _Seen.margins = known
    return _Seen.margins or USUAL


class WhenFramed(QObject):
    """Calls ``act`` once, when a window has come to the screen: its frame is known then."""

    def __init__(self, window: QWindow, act: Callable[[], None]) -> None:
        """Watch ``window``, and belong to it."""
        super().__init__(window)
        self._act = act
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See it come."""
        if event.type() is QEvent.Type.Expose and isinstance(watched, QWindow) and watched.isExposed():
            watched.removeEventFilter(self)
            self.deleteLater()
            self._act()
        return super().eventFilter(watched, event)
