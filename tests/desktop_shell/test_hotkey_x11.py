"""The grab on a real X server: pressed once, with any lock on, taken by somebody else, moved at run time."""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from compute_broker.desktop.hotkey.base import HotkeyError
from compute_broker.desktop.hotkey.hotkey import Hotkey
from compute_broker.desktop.hotkey.keys import parse_combination
from compute_broker.desktop.hotkey.x11 import X11Hotkey
from compute_broker.desktop.xcb import Display, XError
from support.screen import XScreen

pytestmark = pytest.mark.screen
F7 = 0xFFC4
SPARE_KEY = 248


class OnThisScreen(X11Hotkey):
    """Fits although the test's Qt itself is offscreen."""

    def unfit(self) -> str | None:
        return None


@pytest.fixture
def screen(bare_xscreen: XScreen, monkeypatch: pytest.MonkeyPatch) -> XScreen:
    monkeypatch.setenv("DISPLAY", bare_xscreen.display)
    return bare_xscreen


@pytest.fixture
def hotkey(screen: XScreen, qapp: QApplication) -> Iterator[Hotkey]:
    hotkey = Hotkey([OnThisScreen()])
    yield hotkey
    asyncio.run(hotkey.close())


def test_a_press_arrives_with_its_time(screen: XScreen, hotkey: Hotkey, qtbot: QtBot) -> None:
    state = asyncio.run(hotkey.use("ctrl+alt+space"))
    assert (state.text, state.problem, state.editable) == ("Ctrl+Alt+Space", None, True)
    with qtbot.waitSignal(hotkey.pressed) as pressed:
        screen.key("ctrl+alt+space")
    assert pressed.args[0] > 0


@pytest.mark.parametrize("lock", ["Caps_Lock", "Num_Lock"])
def test_it_works_with_a_lock_on(screen: XScreen, hotkey: Hotkey, qtbot: QtBot, lock: str) -> None:
    asyncio.run(hotkey.use("Ctrl+Alt+Space"))
    screen.xdotool("key", lock)
    with qtbot.waitSignal(hotkey.pressed):
        screen.xdotool("key", "ctrl+alt+space")


def test_a_held_key_is_one_press(screen: XScreen, hotkey: Hotkey, qtbot: QtBot) -> None:
    asyncio.run(hotkey.use("Ctrl+Alt+Space"))
    times: list[int] = []
    hotkey.pressed.connect(times.append)
    screen.xdotool("keydown", "ctrl", "keydown", "alt", "keydown", "space", "sleep", "1.2")
    screen.xdotool("keyup", "space", "keyup", "alt", "keyup", "ctrl")
    with qtbot.waitSignal(hotkey.pressed):
        screen.key("ctrl+alt+space")
    assert len(times) == 2, "the X server's repeats of a held key came through"


def test_it_can_be_changed_while_running(screen: XScreen, hotkey: Hotkey, qtbot: QtBot) -> None:
    asyncio.run(hotkey.use("Ctrl+Alt+Space"))
    with qtbot.waitSignal(hotkey.changed):
        asyncio.run(hotkey.use("Meta+F9"))
    former = Display(screen.display)
    (code,) = former.keycodes(0x20)
    former.grab(code, 0x0C)  # free again
    former.close()
    with qtbot.waitSignal(hotkey.pressed):
        screen.key("super+F9")


def test_a_taken_combination_is_told_and_the_former_one_stays(
    screen: XScreen, hotkey: Hotkey, qtbot: QtBot
) -> None:
    asyncio.run(hotkey.use("Ctrl+Alt+Space"))
    other = X11Hotkey()
    asyncio.run(other.grab(parse_combination("Ctrl+Alt+K"), lambda _time: None))
    state = asyncio.run(hotkey.use("Ctrl+Alt+K"))
    assert state.text == "Ctrl+Alt+Space"
    assert state.problem == "Ctrl+Alt+K is taken by another program."
    assert state.another
    with qtbot.waitSignal(hotkey.pressed):
        screen.key("ctrl+alt+space")
    with pytest.raises(HotkeyError, match="taken"):
        asyncio.run(other.grab(parse_combination("Ctrl+Alt+Space"), lambda _time: None))
    asyncio.run(other.close())


def put_key(display: str, keycode: int, keysym: int) -> None:
    """Give a key another meaning, as a change of the layout does."""
    xlib = ctypes.CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    link = ctypes.c_void_p(xlib.XOpenDisplay(display.encode()))
    xlib.XChangeKeyboardMapping(link, keycode, 1, (ctypes.c_ulong * 1)(keysym), 1)
    xlib.XCloseDisplay(link)


def test_a_new_keyboard_layout_moves_the_grab(screen: XScreen, hotkey: Hotkey, qtbot: QtBot) -> None:
    asyncio.run(hotkey.use("Ctrl+Alt+F7"))
    display = Display(screen.display)
    (before,) = display.keycodes(F7)
    handler = hotkey._handlers[0]
    assert isinstance(handler, X11Hotkey)
    put_key(screen.display, SPARE_KEY, F7)
    put_key(screen.display, before, F7 + 1)
    qtbot.waitUntil(lambda: {code for code, _ in handler._held} == {SPARE_KEY})
    display.grab(before, 0x0C)  # free again
    display.close()
    with qtbot.waitSignal(hotkey.pressed):
        screen.xdotool("key", "ctrl+alt+F7")


def test_without_an_x_server_it_says_so(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    with pytest.raises(XError, match="cannot be reached"):
        Display(":987")
    monkeypatch.setenv("DISPLAY", ":987")
    state = asyncio.run(Hotkey([OnThisScreen()]).use("Ctrl+Alt+Space"))
    assert state.text == ""
    assert "cannot be reached" in str(state.problem)
