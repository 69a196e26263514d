"""What is seldom done with a tier's row: move it by a place, take it out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu

from compute_broker.core.texts import tr
from compute_broker.desktop.more_button import MoreButton, shown_keys
from compute_broker.desktop.theme import Theme

UP_KEY, DOWN_KEY = "Alt+Up", "Alt+Down"
"""What moves the row whose switch or buttons have the focus."""


class TierMenu(MoreButton):
    """The menu is made when it is opened: of a dozen rows hardly one ever is."""

    move_wanted = Signal(int)
    """Places down, or up when below zero."""
    removal_wanted = Signal()

    def __init__(self, theme: Theme, label: str, *, removable: bool) -> None:
        """Build the button for the tier called ``label``; the built-in one is not ``removable``."""
        name = tr("Move or remove {label}", label=label) if removable else tr("Move {label}", label=label)
        super().__init__(theme, name, name)
        self._removable = removable
        self._first = self._last = False
        self.clicked.connect(lambda _checked: self.drop_down(self.made()))

    def show_place(self, *, first: bool, last: bool) -> None:
        """Say which ways the row can be moved; there is nothing to offer where nothing can be done."""
        self._first, self._last = first, last
        self.setEnabled(self._removable or not (first and last))

    def made(self) -> QMenu:
        """Return the menu as it is now; it goes when it is closed."""
        menu = QMenu(self)
        menu.setAccessibleName(self.accessibleName())
        # The keys are shown only: the row has them, so that they work while the menu is closed.
        for title, keys, places, possible in (
            (tr("Move up"), UP_KEY, -1, not self._first),
            (tr("Move down"), DOWN_KEY, 1, not self._last),
        ):
            action = menu.addAction(f"{title}\t{shown_keys(keys)}")
            action.setEnabled(possible)
            action.triggered.connect(lambda _checked=False, step=places: self.move_wanted.emit(step))
        if self._removable:
            menu.addSeparator()
            menu.addAction(tr("Remove…")).triggered.connect(lambda _checked=False: self.removal_wanted.emit())
        menu.aboutToHide.connect(menu.deleteLater)
        return menu
