"""The hotkey on X11: a passive key grab on the root window, which also consumes the key."""

from __future__ import annotations

from itertools import product

from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QGuiApplication

from compute_broker.core.texts import tr
from compute_broker.desktop.hotkey.base import CombinationError, Pressed
from compute_broker.desktop.hotkey.keys import Combination, Modifier
from compute_broker.desktop.xcb import Display, KeyEvent, XError

_LOCK = 0x02
_NUM_LOCK_KEYSYM = 0xFF7F
_MASKS = {Modifier.SHIFT: 0x01, Modifier.CTRL: 0x04, Modifier.ALT: 0x08, Modifier.META: 0x40}

Grab = tuple[int, int]
"""Key code and modifier mask."""


class X11Hotkey:
    """Grabs the combination with and without CapsLock and NumLock, on a connection of its own."""

    name = "X11"
    editable = True

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._display: Display | None = None
        self._notifier: QSocketNotifier | None = None
        self._combination: Combination | None = None
        self._held: list[Grab] = []
        self._pressed: Pressed = lambda _time: None
        self._released_at = -1

    def unfit(self) -> str | None:
        """Return why not: only Qt's X11 platform is an X11 session of ours."""
        return None if QGuiApplication.platformName() == "xcb" else tr("this is no X11 session")

    async def grab(self, combination: Combination, pressed: Pressed) -> str:
        """Take ``combination``; the former one goes once the new one is ours."""
        try:
            display = self._connected()
            wanted = _grabs(display, combination)
            self._take(display, [grab for grab in wanted if grab not in self._held])
        except XError as error:
            raise CombinationError(_explain(error, combination)) from error
        for former in self._held:
            if former not in wanted:
                display.ungrab(*former)
        self._held, self._combination, self._pressed = wanted, combination, pressed
        return str(combination)

    async def close(self) -> None:
        """Leave the X server; the grabs go with the connection."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if self._display is not None:
            self._display.close()
            self._display = None
        self._held = []

    def _connected(self) -> Display:
        if self._display is None:
            self._display = Display()
            self._notifier = QSocketNotifier(self._display.descriptor, QSocketNotifier.Type.Read)
            self._notifier.activated.connect(self._read)
        return self._display

    @staticmethod
    def _take(display: Display, grabs: list[Grab]) -> None:
        """Grab all or none."""
        for index, grab in enumerate(grabs):
            try:
                display.grab(*grab)
            except XError:
                for undone in grabs[:index]:
                    display.ungrab(*undone)
                raise

    def _read(self) -> None:
        if self._display is not None:
            self._display.pending(self._key, self._remapped)

    def _key(self, event: KeyEvent) -> None:
        """Pass a press on. A held key repeats as a release and a press of the same time: not passed on."""
        if not event.pressed:
            self._released_at = event.time
        elif event.time != self._released_at:
            self._pressed(event.time)

    def _remapped(self) -> None:
        """Move the grabs to where the keys are on the new layout; where one is taken, it stays ungrabbed."""
        if self._display is None or self._combination is None:
            return
        wanted = _grabs(self._display, self._combination)
        if wanted == self._held:
            return
        for former in self._held:
            self._display.ungrab(*former)
        self._held = []
        for grab in wanted:
            self._display.grab(*grab)
            self._held.append(grab)


def _grabs(display: Display, combination: Combination) -> list[Grab]:
    """Return every key code and modifier mask that ``combination`` may arrive as."""
    codes = display.keycodes(combination.key.keysym)
    if not codes:
        raise XError(tr("your keyboard layout has no key {key}", key=combination.key.name))
    mask = sum(_MASKS[modifier] for modifier in combination.modifiers)
    num_lock = display.modifier_of(_NUM_LOCK_KEYSYM)
    locks = {caps | num for caps in (0, _LOCK) for num in (0, num_lock)}
    return sorted(product(codes, (mask | lock for lock in locks)))


def _explain(error: XError, combination: Combination) -> str:
    if error.taken:
        return tr("{combination} is taken by another program.", combination=combination)
    return tr("{combination} cannot be used as a hotkey: {error}.", combination=combination, error=error)
