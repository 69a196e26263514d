"""The settings on a real X server: a tier is dragged with the mouse, and a field is typed into."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from support.program import Program, StartProgram, poll
from support.screen import XScreen

pytestmark = pytest.mark.screen
PROGRAM = (sys.executable, str(Path(__file__).with_name("settings_on_screen.py")))
STEPS = 12


@pytest.fixture
def settings(bare_xscreen: XScreen, start_program: StartProgram) -> Program:
    program = start_program(env=bare_xscreen.env, command=PROGRAM)
    program.wait_line("ready")
    bare_xscreen.xdotool("windowfocus", "--sync", str(bare_xscreen.wait_window("settings")))
    return program


def place(program: Program, name: str) -> tuple[int, int]:
    """Return the middle of a control, once it stays there: what was opened moves the rest down."""
    seen: list[tuple[int, int]] = []

    def at_rest() -> bool:
        program.say(f"where {name}")
        found = program.wait_line(r"at (\d+) (\d+)")
        seen.append((int(found[1]), int(found[2])))
        return len(seen) > 1 and seen[-1] == seen[-2]

    poll(at_rest, 15.0)
    return seen[-1]


def written(program: Program) -> dict[str, Any]:
    return json.loads(program.wait_line("settings (.*)")[1])


def carry(screen: XScreen, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Press at ``start`` and move to ``end`` as a hand does; the button stays pressed."""
    screen.xdotool("mousemove", *map(str, start), "mousedown", "1")
    for step in range(1, STEPS + 1):
        at = [first + (last - first) * step // STEPS for first, last in zip(start, end, strict=True)]
        screen.xdotool("mousemove", *map(str, at))


def test_a_tier_is_carried_by_its_grip_and_put_down_once(bare_xscreen: XScreen, settings: Program) -> None:
    for _ in range(2):  # the second time nothing has to be scrolled into sight any more
        target = place(settings, "Drag LM Studio to another place")
        start = place(settings, "Drag Claude Haiku 5.5 to another place")
    carry(bare_xscreen, start, (target[0], target[1] - 10))
    bare_xscreen.xdotool("mouseup", "1")
    assert written(settings)["order"] == ["builtin", "haiku", "local", "kimi", "sonnet", "opus"]
    start = place(settings, "Drag Claude Haiku 5.5 to another place")
    carry(bare_xscreen, start, (start[0], start[1] + 200))
    bare_xscreen.xdotool("key", "Escape")  # plainly: to clear modifiers it would let go of the mouse
    bare_xscreen.xdotool("mouseup", "1")
    start = place(settings, "Drag Kimi K2.6 to another place")
    target = place(settings, "Drag LM Studio to another place")
    carry(bare_xscreen, start, (target[0], target[1] - 10))
    bare_xscreen.xdotool("mouseup", "1")
    assert written(settings)["order"] == ["builtin", "haiku", "kimi", "local", "sonnet", "opus"], (
        "what Escape ended was never written"
    )


def test_hosts_and_a_plan_are_typed_with_real_keys(bare_xscreen: XScreen, settings: Program) -> None:
    for button in ("Details of Kimi K2.6", "Kimi K2.6, Hosts"):
        bare_xscreen.click(*place(settings, button))
    bare_xscreen.click(*place(settings, "Kimi K2.6, only these"))
    settings.wait_line("focus Kimi K2.6, only these")
    bare_xscreen.type("Novita, moonshotai")
    bare_xscreen.key("Tab")
    assert written(settings)["only"] == ["novita", "moonshotai"]
    bare_xscreen.click(*place(settings, "Kimi K2.6, Plan"))
    bare_xscreen.click(*place(settings, "Kimi K2.6, prompts a window"))
    settings.wait_line("focus Kimi K2.6, prompts a window")
    bare_xscreen.type("200")
    bare_xscreen.key("Return")
    assert written(settings) == {
        "order": ["builtin", "local", "kimi", "haiku", "sonnet", "opus"],
        "only": ["novita", "moonshotai"],
        "requests": 200,
    }
