"""The hotkey as the program sees it: which handler fits, what is in force, and why none is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from compute_broker.core.errors import BrokerError, PersonError
from compute_broker.core.texts import ENGLISH, spoken, tr
from compute_broker.desktop.hotkey.base import CombinationError, HotkeyHandler
from compute_broker.desktop.hotkey.keys import parse_combination
from compute_broker.desktop.hotkey.macos import MacHotkey
from compute_broker.desktop.hotkey.portal import PortalHotkey
from compute_broker.desktop.hotkey.windows import WindowsHotkey
from compute_broker.desktop.hotkey.x11 import X11Hotkey

WAY_OUT = tr(
    "Bind the command “compute-broker” to a shortcut in your system's keyboard "
    "settings instead: started again, it opens the quick ask."
)


@dataclass(frozen=True, slots=True)
class HotkeyState:
    """What a person may know. ``text`` is the combination in force, empty when there is none."""

    text: str = ""
    problem: str | None = None
    """Why there is no hotkey, or why the wished one was refused; a whole sentence."""
    editable: bool = True
    another: bool = False
    """Whether the way out is another combination; where one is chosen is for whoever shows it to say."""


def _native(text: str) -> str:
    """Return a combination with the names that keys have in the person's language: ``Strg+Leertaste``."""
    native = QKeySequence(text).toString(QKeySequence.SequenceFormat.NativeText)
    return native if native and sys.platform != "darwin" and spoken() != ENGLISH else text


class Hotkey(QObject):
    """Holds at most one combination. ``pressed`` carries the X server's time, 0 elsewhere."""

    pressed = Signal(int)
    changed = Signal()

    def __init__(self, handlers: Sequence[HotkeyHandler] | None = None) -> None:
        """Choose among ``handlers`` in order, by default all that we have."""
        super().__init__()
        own: tuple[HotkeyHandler, ...] = (WindowsHotkey(), MacHotkey(), PortalHotkey(), X11Hotkey())
        self._handlers = own if handlers is None else tuple(handlers)
        self._state = HotkeyState()
        self.wish = ""
        """The text last asked for, had or not."""

    @property
    def state(self) -> HotkeyState:
        """What is in force."""
        return self._state

    async def use(self, text: str) -> HotkeyState:
        """Hold ``text`` from now on; when it cannot be had, keep the former one and say why."""
        self.wish = text
        try:
            combination = parse_combination(text)
            handler = self._fitting()
            shown = await handler.grab(combination, self.pressed.emit)
            if shown == str(combination):
                shown = _native(shown)
        except BrokerError as error:
            another = isinstance(error, CombinationError | PersonError)
            self._become(replace(self._state, problem=str(error), another=another))
        else:
            self._become(HotkeyState(shown, None, handler.editable))
        return self._state

    async def close(self) -> None:
        """Give the combination back."""
        for handler in self._handlers:
            await handler.close()
        self._state = HotkeyState()

    def _fitting(self) -> HotkeyHandler:
        for handler in self._handlers:
            if handler.unfit() is None:
                return handler
        reasons = "; ".join(f"{handler.name}: {handler.unfit()}" for handler in self._handlers)
        raise BrokerError(
            tr("No global hotkey can be had here ({reasons}). {way_out}", reasons=reasons, way_out=WAY_OUT)
        )

    def _become(self, state: HotkeyState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
