"""What is seldom done with a tier's row: move it by a place, take it out."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton

from compute_broker.core.texts import tr
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.theme import Theme

UP_KEY, DOWN_KEY = "Alt+Up", "Alt+Down"
"""What moves the row whose switch or buttons have the focus."""


class TierMenu(QToolButton):
    """The menu is made when it is opened: of a dozen rows hardly one ever is."""

    move_wanted = Signal(int)
    """Places down, or up when below zero."""
    removal_wanted = Signal()

    def __init__(self, theme: Theme, label: str, *, removable: bool) -> None:
        """Build the button for the tier called ``label``; the built-in one is not ``removable``."""
        super().__init__()
        self._theme, self._removable = theme, removable
        self._name = (
            tr("Move or remove {label}", label=label) if removable else tr("Move {label}", label=label)
        )
        self._first = self._last = False
        self.setProperty("kind", "quiet")
        self.setAccessibleName(self._name)
        self.setToolTip(self._name)
        self.setIconSize(QSize(16, 16))
        self.clicked.connect(lambda _checked: self.open())
        theme.changed.connect(self._dress)
        self._dress()

    def show_place(self, *, first: bool, last: bool) -> None:
        """Say which ways the row can be moved; there is nothing to offer where nothing can be done."""
        self._first, self._last = first, last
        self.setEnabled(self._removable or not (first and last))

    def open(self) -> QMenu:
        """Open the menu under the button, and return it."""
        menu = self.made()
        at = self.mapToGlobal(self.rect().bottomLeft())
        if self.layoutDirection() is Qt.LayoutDirection.LeftToRight:  # it ends where the button does
            at -= QPoint(menu.sizeHint().width() - self.width(), 0)
        menu.popup(at)
        return menu

    def made(self) -> QMenu:
        """Return the menu as it is now; it goes when it is closed."""
        menu = QMenu(self)
        menu.setAccessibleName(self._name)
        # The keys are shown only: the row has them, so that they work while the menu is closed.
        for title, keys, places, possible in (
            (tr("Move up"), UP_KEY, -1, not self._first),
            (tr("Move down"), DOWN_KEY, 1, not self._last),
        ):
            action = menu.addAction(f"{title}\t{_shown(keys)}")
            action.setEnabled(possible)
            action.triggered.connect(lambda _checked=False, step=places: self.move_wanted.emit(step))
        if self._removable:
            menu.addSeparator()
            menu.addAction(tr("Remove…")).triggered.connect(lambda _checked=False: self.removal_wanted.emit())
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _dress(self) -> None:
        self.setIcon(glyph("more", self._theme.colours.muted))


def _shown(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
