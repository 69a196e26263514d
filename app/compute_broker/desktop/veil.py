"""A window comes up from the top downwards, a strip in each turn of the loop.

Qt paints all of a window that is shown anew in one turn. With what comes before and after it, that is more
than a frame, for which a key that is pressed meanwhile has to wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from compute_broker.desktop.loop import own_turn

STRIP = 180
"""Pixels that come to light in one turn: two to three milliseconds of a full window."""


class Veil(QWidget):
    """Lies over a window in the colour of its ground until the window is on the screen, then goes down.

    It is opaque, so that Qt paints nothing below it; mouse and keys go to what is there.
    """

    def __init__(self, window: QWidget, ground: QPalette.ColorRole = QPalette.ColorRole.Window) -> None:
        """Lie over ``window``, whose ground has the colour of that role, once :meth:`come_up` says so."""
        super().__init__(window)
        self._ground = ground
        self._on_screen = asyncio.Event()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def come_up(self, margin: int = 0) -> Coroutine[Any, Any, None]:
        """Lie over the window, which is about to be shown, but for ``margin`` pixels at its edges.

        What is returned shows it strip by strip, from when it is on the screen; at once when it is hidden.
        """
        self._on_screen.clear()
        self.setGeometry(self.window().rect().adjusted(margin, margin, -margin, -margin))
        self.raise_()
        self.show()
        return self._go_down()

    async def _go_down(self) -> None:
        await self._on_screen.wait()
        while self.isVisible() and self.height() > STRIP:
            await own_turn()  # what came to light before is painted
            self.setGeometry(self.geometry().adjusted(0, STRIP, 0, 0))
        await own_turn()
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the ground: this is the first of the window that is on the screen."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().brush(self._ground))
        painter.end()
        self._on_screen.set()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Keep nobody waiting for a window that went before it came."""
        super().hideEvent(event)
        self._on_screen.set()
