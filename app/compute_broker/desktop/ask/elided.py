"""A line of text that ends in an ellipsis where its room ends."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from compute_broker.desktop.mirroring import line_up


class Elided(QLabel):
    """A line that ends in an ellipsis where the room ends; its whole text is the tooltip."""

    def __init__(self, name: str) -> None:
        """Start empty; ``name`` is its accessible name."""
        super().__init__()
        self._whole = ""
        self.setAccessibleName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        line_up(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def whole(self) -> str:
        """The text without the ellipsis."""
        return self._whole

    @property
    def is_cut(self) -> bool:
        """Whether some of the text is not shown."""
        return self.text() != self._whole

    @property
    def needed(self) -> int:
        """How many pixels the whole text takes."""
        return self.fontMetrics().horizontalAdvance(self._whole) + 1

    def set_whole(self, text: str) -> None:
        """Show ``text``, as much of it as there is room for."""
        self._whole = text
        self.setAccessibleDescription(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Elide anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(0, self.width()))
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")
