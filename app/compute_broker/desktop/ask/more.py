"""The quiet button that leads from the quick ask to every other window: where no tray is, the only one."""

from __future__ import annotations

import sys

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu

from compute_broker.core.texts import tr
from compute_broker.desktop.more_button import MoreButton, shown_keys
from compute_broker.desktop.theme import Theme

KEYS = {
    "usage": "Ctrl+G",
    "history": "Meta+H" if sys.platform == "darwin" else "Ctrl+H",
    "settings": "Ctrl+,",
}
"""What opens a window from the quick ask. Not Ctrl+U, which empties a text field on X11; nor Command+H on
macOS, which hides the program."""
OPEN_KEY = "F10"
_QUIT = "Ctrl+Q"
_WAYS = (
    ("glance", tr("Today at a glance…")),
    ("usage", tr("Usage…")),
    ("history", tr("History…")),
    ("settings", tr("Settings…")),
    ("trial", tr("Try on my prompts…")),
    ("welcome", tr("Welcome…")),
)


class More(MoreButton):
    """Emits the name of the window that is wanted, or ``quit``."""

    wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        """Build button and menu."""
        tip = tr("Usage, history, settings and more ({key})", key=shown_keys(OPEN_KEY))
        super().__init__(theme, tr("Other windows"), tip)
        self.setStyleSheet("padding: 4px;")
        self.setFixedSize(30, 28)  # as wide as the button to send, which stands above it
        self.choices = QMenu(self)
        self.choices.setAccessibleName(tr("Other windows"))
        self._fill()
        self.clicked.connect(lambda _checked: self.open())

    def open(self, at: QPoint | None = None) -> None:
        """Open the menu at a place of the screen, by default under the button."""
        if at is None:
            self.drop_down(self.choices)
        else:
            self.choices.popup(at)

    def _fill(self) -> None:
        for name, text in _WAYS:
            self._add(name, text, KEYS.get(name, ""))
        self.choices.addSeparator()
        self._add("quit", tr("Quit"), _QUIT)

    def _add(self, name: str, text: str, keys: str) -> None:
        # The keys are shown only: the window has them, so that they work while the menu is closed.
        action = self.choices.addAction(f"{text}\t{shown_keys(keys)}" if keys else text)
        action.triggered.connect(lambda _checked=False: self.wanted.emit(name))
