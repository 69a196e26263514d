"""Who holds a hotkey on a real screen."""

from __future__ import annotations

from compute_broker.desktop.xcb import Display, XError

CTRL_ALT, CTRL_SHIFT = 0x0C, 0x05


def is_taken(display: Display, modifiers: int) -> bool:
    """Whether somebody holds the space bar with these modifiers: the program listens."""
    (space,) = display.keycodes(0x20)
    try:
        display.grab(space, modifiers)
    except XError as error:
        return error.taken
    display.ungrab(space, modifiers)
    return False
