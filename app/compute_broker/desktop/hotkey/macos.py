"""The hotkey on macOS: Carbon's hot keys through quickmachotkey, which need no Accessibility permission.

Known from its source, not yet tried on macOS. Carbon does not tell when another program has the keys.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from compute_broker.core.texts import tr
from compute_broker.desktop.hotkey.base import CombinationError, HotkeyError, Pressed
from compute_broker.desktop.hotkey.keys import Combination, Modifier

_MASKS = {Modifier.META: 0x100, Modifier.SHIFT: 0x200, Modifier.ALT: 0x800, Modifier.CTRL: 0x1000}


class MacHotkey:
    """Registers the combination; the system's event loop, which Qt runs, delivers it."""

    name = "macOS"
    editable = True

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._registered: Any = None

    def unfit(self) -> str | None:
        """Return why not."""
        return None if sys.platform == "darwin" else tr("this is not macOS")

    async def grab(self, combination: Combination, pressed: Pressed) -> str:
        """Take ``combination``; the former one goes."""
        if combination.key.mac is None:
            raise CombinationError(tr("Mac keyboards have no {key}.", key=combination.key.name))
        try:
            library = importlib.import_module("quickmachotkey")
        except ImportError as error:
            raise HotkeyError(
                tr("The package quickmachotkey is missing; install the program again.")
            ) from error
        mask = sum(_MASKS[modifier] for modifier in combination.modifiers)

        def fired() -> None:
            pressed(0)

        former = self._registered
        decorate = library.quickHotKey(virtualKey=combination.key.mac, modifierMask=mask)
        self._registered = decorate(fired)
        if former is not None:
            former.unregister()
        return str(combination)

    async def close(self) -> None:
        """Give the combination back."""
        if self._registered is not None:
            self._registered.unregister()
            self._registered = None
