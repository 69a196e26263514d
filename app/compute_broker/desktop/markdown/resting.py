"""A text browser that wraps a long text anew once its width rests, not at each step of a drag."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTextBrowser, QWidget

LONG = 20_000
"""Signs that Qt takes more than a frame to wrap."""
REST_MS = 120


class RestingBrowser(QTextBrowser):
    """Until then the text stands as it was wrapped before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._wrap)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Wrap the text anew, a long one in a moment."""
        other_width = event.size().width() != event.oldSize().width()
        if other_width and self.isVisible() and self.document().characterCount() > LONG:
            self._rest.start()
        elif not self._rest.isActive():
            super().resizeEvent(event)

    def _wrap(self) -> None:
        super().resizeEvent(QResizeEvent(self.viewport().size(), QSize()))
