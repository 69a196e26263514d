"""What every hotkey handler offers, and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from compute_broker.core.errors import BrokerError
from compute_broker.desktop.hotkey.keys import Combination

Pressed = Callable[[int], None]
"""Called on the loop at each press, with the X server's time in milliseconds where there is one, else 0."""


class HotkeyError(BrokerError):
    """The combination cannot be had; the text says why and what to do."""


class CombinationError(HotkeyError):
    """This one cannot be had, another may: the text says why, and who shows it where to choose."""


class HotkeyHandler(Protocol):
    """One system's way to a global hotkey.

    ``editable`` is false where the system owns the binding: our own editor is hidden there.
    """

    name: str
    editable: bool

    def unfit(self) -> str | None:
        """Return why this handler cannot work here, as the end of a sentence; ``None`` when it may."""
        ...

    async def grab(self, combination: Combination, pressed: Pressed) -> str:
        """Take the combination instead of the one held before, and return what is in force.

        Raises:
            HotkeyError: it cannot be had; the one held before stays in force.
        """
        ...

    async def close(self) -> None:
        """Give everything back. May be called twice."""
        ...
