"""How the quick ask window comes and goes: on the cursor's screen, hidden by Escape, by closing, on blur."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QApplication

from compute_broker.desktop.ask.entry import Entry
from compute_broker.desktop.theme import Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services

KEEP_SECONDS = 600.0  # how long a hidden exchange stays before the window opens empty
BLUR_MS = 250
"""Tiling window managers blur a new window at once: a short grace before hiding on blur."""


class Coming(Entry):
    """The window as a guest on the screen. What is asked in it is the window's."""

    hidden_by_person = QtSignal()

    def __init__(self, services: Services, theme: Theme) -> None:
        """Begin hidden."""
        super().__init__(services, theme)
        self._hidden_at: float | None = None
        self._ended = False
        self._blur_timer = QTimer(self, singleShot=True, interval=BLUR_MS)
        self._blur_timer.timeout.connect(self._blurred)

    def open_at_cursor(self) -> None:
        """Show the window on the cursor's screen with the caret in the input."""
        self._blur_timer.stop()
        if not self.isVisible():
            if self._hidden_at is not None and time.monotonic() - self._hidden_at > KEEP_SECONDS:
                self.forget_if_done()
            self.look_around()
            self.update_preview()
            self.fit()
            self.place()
            self.remembering.fit_screen()
        self.show()
        self.raise_()
        self.activateWindow()
        self.input.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        if self._view is None:
            self._tasks.run(self.make_view_ahead())

    def hide_at_once(self) -> None:
        """Hide as the person wishes; what is typed is kept."""
        self._put_away()
        self.hidden_by_person.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape hides at once."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide_at_once()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing is hiding."""
        event.ignore()
        self.hide_at_once()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Hide on blur if the person wants that."""
        super().changeEvent(event)
        if event.type() is not QEvent.Type.ActivationChange:
            return
        if self.isActiveWindow():
            self._blur_timer.stop()
        elif self.isVisible() and self._settings.current.desktop.hide_on_blur:
            self._blur_timer.start()

    def make_room(self) -> None:
        """Hide for another window of ours, which would lie under this one."""
        self._put_away()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """A right click on an empty part opens the menu that the button opens."""
        self.controls.more.open(event.globalPos())

    def look_around(self) -> None:
        """See what the world has become meanwhile."""
        raise NotImplementedError

    def forget_if_done(self) -> None:
        """Begin anew, unless an answer is under way: it was hidden for long."""
        raise NotImplementedError

    def _blurred(self) -> None:
        popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if not self.isActiveWindow() and popup is None:
            self._put_away()

    def _put_away(self) -> None:
        if not self._ended:
            self._tasks.run(self._draft.flush())
        self._hidden_at = time.monotonic()
        self.hide()
