"""Which handler is taken, and what is said when none fits."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtWidgets import QApplication

from compute_broker.desktop.hotkey.base import HotkeyError, Pressed
from compute_broker.desktop.hotkey.hotkey import Hotkey
from compute_broker.desktop.hotkey.keys import Combination


class Scripted:
    def __init__(self, name: str, unfit: str | None = None, refusal: str | None = None) -> None:
        self.name = name
        self.editable = name != "portal"
        self.reason = unfit
        self.refusal = refusal
        self.held = ""
        self.pressed: Pressed | None = None
        self.closed = 0

    def unfit(self) -> str | None:
        return self.reason

    async def grab(self, combination: Combination, pressed: Pressed) -> str:
        if self.refusal:
            raise HotkeyError(self.refusal)
        self.held, self.pressed = str(combination), pressed
        return self.held

    async def close(self) -> None:
        self.closed += 1


async def test_the_first_that_fits_is_taken(qapp: QApplication) -> None:
    first, second, third = Scripted("one", unfit="not here"), Scripted("portal"), Scripted("three")
    hotkey = Hotkey([first, second, third])
    state = await hotkey.use("ctrl+alt+j")
    assert (state.text, state.problem, state.editable) == ("Ctrl+Alt+J", None, False)
    assert (first.held, second.held, third.held) == ("", "Ctrl+Alt+J", "")
    times: list[int] = []
    hotkey.pressed.connect(times.append)
    assert second.pressed is not None
    second.pressed(77)
    assert times == [77]
    await hotkey.close()
    assert [handler.closed for handler in (first, second, third)] == [1, 1, 1]


async def test_a_refusal_keeps_what_was_held_and_says_why(qapp: QApplication) -> None:
    handler = Scripted("one")
    hotkey = Hotkey([handler])
    await hotkey.use("Ctrl+Alt+Space")
    handler.refusal = "Ctrl+Alt+K is taken by another program."
    state = await hotkey.use("Ctrl+Alt+K")
    assert (state.text, state.problem) == ("Ctrl+Alt+Space", "Ctrl+Alt+K is taken by another program.")
    bad = await hotkey.use("K")
    assert bad.text == "Ctrl+Alt+Space"
    assert "type with" in str(bad.problem)


@pytest.mark.skipif(sys.platform != "linux", reason="the reasons are those of an offscreen Linux")
async def test_where_nothing_fits_every_reason_and_the_way_out_are_told(qapp: QApplication) -> None:
    state = await Hotkey().use("Ctrl+Alt+Space")
    assert state.text == ""
    for part in (
        "Windows: this is not Windows",
        "portal: this is no Wayland",
        "X11: this is no X11",
        "compute-broker",
    ):
        assert part in str(state.problem)
