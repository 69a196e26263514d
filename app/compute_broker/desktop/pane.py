"""What our ordinary windows share: their ground, their tasks, Escape, and a clean end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from compute_broker.desktop.building import InParts
from compute_broker.desktop.placing import show_at_cursor
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.veil import Veil
from compute_broker.desktop.wrapping import keep_room


class Pane(QWidget, InParts):
    """A window that hides rather than ends; :meth:`shut` is its end."""

    hidden_by_person = Signal()

    def __init__(self, title: str) -> None:
        """Build it hidden; ``title`` names it to all, and Qt adds the program's name to it."""
        super().__init__()
        self._tasks = Tasks(self._say)
        self._unsubscribe: list[Callable[[], None]] = []
        """Ways to hear no more; empty once the window has ended."""
        self.setProperty("kind", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self._veil = Veil(self)

    def open_at_cursor(self) -> None:
        """Show the window on the cursor's screen."""
        if not self.isVisible():
            self._tasks.run(self._veil.come_up())
        show_at_cursor(self)

    async def settled(self) -> None:
        """Wait until nothing of this window is under way."""
        await self._tasks.settled()

    async def shut(self) -> None:
        """Hear no more, and end what runs."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        await self._tasks.cancel()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Be no lower than what is in it needs at this width."""
        super().resizeEvent(event)
        keep_room(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape hides; what runs goes on."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing is putting away."""
        super().closeEvent(event)
        self.put_away()

    def put_away(self) -> None:
        """Hide it as the person wishes."""
        self.hide()
        self.hidden_by_person.emit()

    def _say(self, sentence: str) -> None:
        """Show a sentence about what went wrong."""
        raise NotImplementedError
