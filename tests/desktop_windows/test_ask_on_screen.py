"""The quick ask on a real X server: keys, a paste of pixels, a drag from another program, the focus."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.pictures import png
from support.program import Program, StartProgram
from support.screen import XScreen

pytestmark = pytest.mark.screen
PROGRAM = (sys.executable, str(Path(__file__).with_name("ask_on_screen.py")))

Start = Callable[..., Program]


@pytest.fixture
def start(bare_xscreen: XScreen, start_program: StartProgram) -> Start:
    def started(*arguments: str) -> Program:
        return start_program(*arguments, env=bare_xscreen.env, command=PROGRAM)

    return started


def test_pixels_of_another_program_are_pasted_and_sent_by_keys_alone(
    bare_xscreen: XScreen, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "shot.png").write_bytes(png(640, 480))
    start("clip", str(tmp_path / "shot.png")).wait_line("owned")
    ask = start()
    ask.wait_line("ready")
    bare_xscreen.xdotool("windowfocus", "--sync", str(bare_xscreen.wait_window("quick ask")))
    bare_xscreen.key("ctrl+v")
    ask.wait_line(r"chips \['Pasted image.png'\]")
    bare_xscreen.type("What is it")
    ask.wait_line("text 'What is it'")
    bare_xscreen.key("Tab")
    ask.wait_line("focus Remove Pasted image.png")
    bare_xscreen.key("shift+Tab")
    ask.wait_line("focus Question")
    bare_xscreen.key("Return")
    ask.wait_line(r"chips \[\]")
    ask.wait_line(r"asked What is it \['Pasted image.png'\]")


def test_a_file_dragged_from_another_program_is_attached(
    bare_xscreen: XScreen, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    ask = start()
    x, y, width, height = map(int, ask.wait_line(r"ready (\d+) (\d+) (\d+) (\d+)").groups())
    source = start("source", str(tmp_path / "data.csv"))
    window = bare_xscreen.wait_window("drag source")
    place = dict(
        line.split("=")
        for line in bare_xscreen.xdotool("getwindowgeometry", "--shell", str(window)).splitlines()
    )
    left, top = int(place["X"]) + 60, int(place["Y"]) + 60
    bare_xscreen.xdotool("mousemove", str(left), str(top), "mousedown", "1")
    source.wait_line("dragging")
    over_x, over_y = x + width // 2, y + height // 2
    for step in range(1, 11):
        bare_xscreen.xdotool(
            "mousemove", str(left + (over_x - left) * step // 10), str(top + (over_y - top) * step // 10)
        )
    ask.wait_line("drag over")
    bare_xscreen.xdotool("mousemove", str(over_x + 1), str(over_y))
    ask.wait_line("drag over")
    bare_xscreen.xdotool("mouseup", "1")
    ask.wait_line(r"chips \['data.csv'\]")
    source.wait_line("dropped CopyAction")
