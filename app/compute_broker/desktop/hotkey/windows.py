"""The hotkey on Windows: ``RegisterHotKey``, which needs no permission and consumes the key.

Known from its documents, not yet tried on Windows.
"""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication

from compute_broker.core.texts import tr
from compute_broker.desktop.hotkey.base import CombinationError, Pressed
from compute_broker.desktop.hotkey.keys import Combination, Modifier

if TYPE_CHECKING:
    from ctypes import wintypes

_WM_HOTKEY = 0x0312
_NO_REPEAT = 0x4000
_ALREADY_REGISTERED = 1409
_MASKS = {Modifier.ALT: 1, Modifier.CTRL: 2, Modifier.SHIFT: 4, Modifier.META: 8}


class _Filter(QAbstractNativeEventFilter):
    """Sees the thread's messages and picks ours out."""

    def __init__(self, handler: WindowsHotkey) -> None:
        super().__init__()
        self._handler = handler

    def nativeEventFilter(  # noqa: N802 - Qt's name
        self, kind: QByteArray | bytes | bytearray | memoryview[int], message: int
    ) -> tuple[bool, int]:
        if QByteArray(kind).data() == b"windows_generic_MSG":
            seen = _message(message)
            if seen.message == _WM_HOTKEY and seen.wParam == self._handler.number:
                self._handler.pressed(0)
        return False, 0


class WindowsHotkey:
    """Registers the combination for this thread; Qt's message loop delivers it."""

    name = tr("Windows")
    editable = True

    def __init__(self) -> None:
        """Hold nothing yet."""
        self.number = 0
        self.pressed: Pressed = lambda _time: None
        self._filter: _Filter | None = None

    def unfit(self) -> str | None:
        """Return why not."""
        return None if sys.platform == "win32" else tr("this is not Windows")

    async def grab(self, combination: Combination, pressed: Pressed) -> str:
        """Take ``combination`` under a new number; the former one goes once the new one is ours."""
        mask = sum(_MASKS[modifier] for modifier in combination.modifiers) | _NO_REPEAT
        number = self.number + 1
        user = _user32()
        if not user.RegisterHotKey(None, number, mask, combination.key.windows):
            raise CombinationError(_explain(ctypes.get_last_error(), combination))  # type: ignore[attr-defined,unused-ignore]
        self._listen()
        if self.number:
            user.UnregisterHotKey(None, self.number)
        self.number, self.pressed = number, pressed
        return str(combination)

    async def close(self) -> None:
        """Give the combination back."""
        app = QCoreApplication.instance()
        if self._filter is not None and app is not None:
            app.removeNativeEventFilter(self._filter)
        self._filter = None
        if self.number:
            _user32().UnregisterHotKey(None, self.number)
            self.number = 0

    def _listen(self) -> None:
        app = QCoreApplication.instance()
        if self._filter is None and app is not None:
            self._filter = _Filter(self)
            app.installNativeEventFilter(self._filter)


def _user32() -> Any:
    return ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]


def _message(address: int) -> wintypes.MSG:
    from ctypes import wintypes  # noqa: PLC0415 - exists in full on Windows only

    return wintypes.MSG.from_address(int(address))


def _explain(code: int, combination: Combination) -> str:
    if code == _ALREADY_REGISTERED:
        return tr("{combination} is taken by another program.", combination=combination)
    return tr(
        "{combination} cannot be used as a hotkey (Windows error {code}).",
        combination=combination,
        code=code,
    )
