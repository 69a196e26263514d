"""The real program on a real screen: hotkey, question, answer of the built-in engine, ledger, quit."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from compute_broker.desktop.xcb import Display
from support.grabs import CTRL_ALT, is_taken
from support.program import StartProgram, poll
from support.screen import XScreen
from support.xlib import root_of

pytestmark = pytest.mark.screen
LEDGER_TIMEOUT = 60.0


def rows(home: Path) -> list[dict[str, str]]:
    """Return the usage as the command line exports it."""
    target = home / "usage.csv"
    command = (sys.executable, "-m", "compute_broker", "export", str(target))
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with target.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def ask_by_hotkey(screen: XScreen, question: str) -> None:
    display = Display(screen.display)
    poll(lambda: is_taken(display, CTRL_ALT), 20.0)
    display.close()
    screen.key("ctrl+alt+space")
    window = screen.wait_window("Quick ask")
    with root_of(screen.display) as root:
        assert root.wait_until(lambda: screen.focused() == window, 10.0), "the focus is elsewhere"
    screen.type(question)
    screen.key("Return")


def test_a_question_is_asked_answered_and_booked(
    xscreen: XScreen, start_program: StartProgram, home: Path
) -> None:
    program = start_program(env=xscreen.env)
    xscreen.wait_tray_icons(1)
    ask_by_hotkey(xscreen, "Say hello to the moon")
    poll(lambda: [row["status"] for row in rows(home)] == ["answered"], LEDGER_TIMEOUT)
    (row,) = rows(home)
    assert (row["source"], row["tier"], row["provider"]) == ("quick_ask", "builtin", "builtin")
    assert int(row["output_tokens"]) > 0
    program.signal(signal.SIGTERM)
    assert program.wait() == 0
    assert program.lines == []


def test_quitting_in_the_middle_of_an_answer_settles_it(
    xscreen: XScreen, start_program: StartProgram, home: Path
) -> None:
    program = start_program(env=xscreen.env)
    ask_by_hotkey(xscreen, "Write a very long story about the sea, with twenty chapters")
    poll(lambda: bool(rows(home)), LEDGER_TIMEOUT)
    program.signal(signal.SIGTERM)
    assert program.wait() == 0
    assert program.lines == []
    (row,) = rows(home)
    assert row["status"] in {"cancelled", "answered"}
    assert row["cost_usd"] != ""
