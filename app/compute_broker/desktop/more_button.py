"""The quiet ``⋯`` button that opens a menu below itself."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton

from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.theme import Theme


class MoreButton(QToolButton):
    """What the menu holds is for a subclass to say; it opens with :meth:`drop_down`."""

    def __init__(self, theme: Theme, name: str, tip: str) -> None:
        """Build the button, called ``name`` for screen readers."""
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "quiet")
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setIconSize(QSize(16, 16))
        theme.changed.connect(self._dress)
        self._dress()

    def drop_down(self, menu: QMenu) -> None:
        """Open a menu under the button, so that it ends where the button does."""
        at = self.mapToGlobal(self.rect().bottomLeft())
        if self.layoutDirection() is Qt.LayoutDirection.LeftToRight:
            at -= QPoint(menu.sizeHint().width() - self.width(), 0)
        menu.popup(at)

    def _dress(self) -> None:
        self.setIcon(glyph("more", self._theme.colours.muted))


def shown_keys(keys: str) -> str:
    """Return keys as the system writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
