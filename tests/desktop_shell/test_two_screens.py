"""Two monitors: a window opens where the cursor is, and comes back from one that is gone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.monitors import two_monitors
from support.program import Program, StartProgram, poll
from support.screen import XScreen

pytestmark = pytest.mark.screen
DOUBLE = (sys.executable, str(Path(__file__).with_name("shell_double.py")))
HOTKEY = "ctrl+alt+space"
HALF = 640

StartShell = Callable[[], Program]


@pytest.fixture
def start_shell(xscreen: XScreen, start_program: StartProgram) -> StartShell:
    """Start the shell on the double's services, on the test's screen."""

    def start() -> Program:
        return start_program(env=xscreen.env, command=DOUBLE)

    return start


def place(screen: XScreen, window: int) -> tuple[int, int]:
    """Return where a window begins and ends from left to right, in pixels."""
    told = screen.xdotool("getwindowgeometry", "--shell", str(window))
    at = {name: int(value) for name, value in (line.split("=") for line in told.splitlines())}
    return at["X"], at["X"] + at["WIDTH"]


def quick_ask_at(screen: XScreen, x: int) -> int:
    """Press the hotkey with the cursor at ``x``; return the window once it is there."""
    screen.xdotool("mousemove", str(x), "400")
    screen.key(HOTKEY)
    return screen.wait_window("[Qq]uick ask")


def test_the_quick_ask_opens_where_the_cursor_is_and_comes_back_from_a_screen_that_is_gone(
    xscreen: XScreen, start_shell: StartShell
) -> None:
    with two_monitors(xscreen.display, HALF) as monitors:
        start_shell().wait_line("market watched")
        xscreen.wait_tray_icons(1)
        window = quick_ask_at(xscreen, HALF + 300)
        assert place(xscreen, window)[0] >= HALF
        xscreen.key("Escape")
        window = quick_ask_at(xscreen, 300)
        assert place(xscreen, window)[1] <= HALF
        xscreen.key("Escape")
        window = quick_ask_at(xscreen, HALF + 300)
        assert place(xscreen, window)[0] >= HALF
        monitors.take_away("right")
        poll(lambda: place(xscreen, window)[1] <= HALF, 15.0)
