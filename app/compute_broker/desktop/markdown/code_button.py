"""A small button over the block of code under the pointer, which copies it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.theme import XS, Theme


class CodeButton(QToolButton):
    """Shown at the upper right corner of a box; the keyboard has the copy menu instead."""

    copied = Signal(str)

    def __init__(self, theme: Theme, viewport: QWidget) -> None:
        """Start hidden, over ``viewport``."""
        super().__init__(viewport)
        self._theme = theme
        self._text = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(tr("Copy this code"))
        self.setToolTip(tr("Copy this code"))
        self.setIconSize(QSize(16, 16))
        self.setStyleSheet("QToolButton { padding: 2px; }")
        self.clicked.connect(lambda: self.copied.emit(self._text))
        theme.changed.connect(self._dress)
        self._dress()
        self.hide()

    def offer(self, text: str, box: QRectF) -> None:
        """Copy ``text`` when pressed; ``box`` is where its code stands in the viewport."""
        self._text = text
        self.adjustSize()
        viewport = self.parentWidget()
        right = viewport.width() if viewport is not None else round(box.right())
        self.move(right - self.width() - XS, max(XS, round(box.top()) + XS))
        self.show()
        self.raise_()

    def _dress(self) -> None:
        self.setIcon(glyph("copy", self._theme.colours.muted))
