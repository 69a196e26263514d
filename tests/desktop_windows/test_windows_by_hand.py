"""History and usage on a real X server, by keys and by the mouse, on the real services and a real ledger."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from compute_broker.config.home import Home
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.views import HistoryEntry
from desktop_windows.real import only, services
from desktop_windows.test_usage_window import COST, book
from support.program import Program, StartProgram, poll
from support.screen import XScreen

pytestmark = pytest.mark.screen
PROGRAM = (sys.executable, str(Path(__file__).with_name("window_on_screen.py")))
MOST_KEYS = 40

Drive = Callable[[Any], Any]
Start = Callable[[str], Program]


@pytest.fixture
def start(bare_xscreen: XScreen, start_program: StartProgram) -> Iterator[Start]:
    """Return a way to open a window, which ends in order and without a fault."""
    running: list[Program] = []

    def started(which: str) -> Program:
        running.append(start_program(which, env=bare_xscreen.env, command=PROGRAM))
        running[-1].wait_line("ready")
        return running[-1]

    yield started
    for each in running:
        each.signal()
        assert each.wait() == 0
        assert [line for line in each.lines if "Error" in line or "Traceback" in line] == []


def walk(screen: XScreen, program: Program, name: str, key: str = "Tab") -> None:
    """Press ``key`` until the focus is on the control of that name."""
    for _ in range(MOST_KEYS):
        screen.key(key)
        if program.wait_line("focus (.*)")[1] == name:
            return
    pytest.fail(f"{name} is not reached by {MOST_KEYS} presses of {key}")


def point(screen: XScreen, program: Program, name: str, dy: int = 0) -> None:
    """Click on the control of that name, ``dy`` pixels below its middle."""
    program.say(f"where {name}")
    x, y = map(int, program.wait_line(r"at (\d+) (\d+)").groups())
    screen.click(x, y + dy)


def wait_listed(program: Program, *prompts: str) -> None:
    """Wait until the list shows these and no others."""

    def so() -> bool:
        program.say("listed")
        return program.wait_line(r"listed (.*)")[1] == str(list(prompts))

    poll(so, 15.0)


def name_the_file(screen: XScreen, path: Path) -> None:
    """Type the whole path into the dialog that asks for a file, and accept it."""
    screen.wait_window("as CSV")
    screen.key("ctrl+a")
    screen.type(str(path))
    screen.key("Return")
    poll(path.exists, 15.0)


def booked() -> list[HistoryEntry]:
    with Ledger.open(Home.find().ledger) as ledger:
        return ledger.history(50)


async def three_requests() -> None:
    async with services(only("builtin")) as running:
        book(running, "Name a river in Europe", cost=COST, category="chat", days_ago=2)
        book(running, "Say hello to the moon", cost=2 * COST, category="chat")
        book(running, "Name a river in Asia", cost=3 * COST, category="writing")


def test_a_request_is_found_rated_asked_again_exported_and_deleted(
    drive: Drive, bare_xscreen: XScreen, start: Start, tmp_path: Path
) -> None:
    drive(three_requests())
    history = start("history")
    bare_xscreen.xdotool("windowfocus", "--sync", str(bare_xscreen.wait_window("[Hh]istory")))
    bare_xscreen.type("river europe")
    wait_listed(history, "Name a river in Europe")

    walk(bare_xscreen, history, "Good answer")
    bare_xscreen.key("space")
    poll(lambda: [row.rating for row in booked()] == [None, None, 1], 15.0)

    point(bare_xscreen, history, "Export what is shown as CSV")
    name_the_file(bare_xscreen, tmp_path / "shown.csv")
    with (tmp_path / "shown.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 1, "what is shown, and no more"

    point(bare_xscreen, history, "Delete")
    history.wait_line("focus Delete")
    walk(bare_xscreen, history, "Delete")
    bare_xscreen.key("space")
    poll(lambda: [row.prompt for row in booked()][-1] == "", 15.0)
    assert [row.prompt for row in booked()][:2] == ["Name a river in Asia", "Say hello to the moon"]


def test_a_request_is_asked_again_of_the_built_in_model(
    drive: Drive, bare_xscreen: XScreen, start: Start
) -> None:
    drive(three_requests())
    history = start("history")
    bare_xscreen.xdotool("windowfocus", "--sync", str(bare_xscreen.wait_window("[Hh]istory")))
    bare_xscreen.type("moon")
    wait_listed(history, "Say hello to the moon")
    walk(bare_xscreen, history, "Ask again")
    bare_xscreen.key("space")
    bare_xscreen.wait_window("[Qq]uick ask")
    history.wait_line("focus Question")
    bare_xscreen.key("Return")
    poll(lambda: len(booked()) == 4 and booked()[0].status == "answered", 60.0)
    assert (booked()[0].prompt, booked()[0].tier) == ("Say hello to the moon", "builtin")


def test_the_past_is_asked_and_copied_by_keys_and_chart_table_and_file_agree(
    drive: Drive, bare_xscreen: XScreen, start: Start, tmp_path: Path
) -> None:
    drive(three_requests())
    usage = start("usage")
    bare_xscreen.xdotool("windowfocus", "--sync", str(bare_xscreen.wait_window("[Uu]sage")))
    if "focus Period" not in usage.lines[: usage.lines.index("ready")]:
        usage.wait_line("focus Period")
    bare_xscreen.key("Right")

    walk(bare_xscreen, usage, "Copy the table as CSV")
    bare_xscreen.key("space")
    text = usage.wait_line("clipboard text '(.*)'")[1].replace("\\n", "\n")
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["This week"]
    assert "Built-in (tiny)" in text

    walk(bare_xscreen, usage, "Copy the chart as an image", "shift+Tab")
    bare_xscreen.key("space")
    width, height = map(int, usage.wait_line(r"clipboard image (\d+) (\d+)").groups())
    assert width > 400
    assert height > 80

    walk(bare_xscreen, usage, "What if: quality floor, from thrifty to best", "shift+Tab")
    bare_xscreen.key("Right")
    usage.wait_line("asked 9")

    point(bare_xscreen, usage, "Export the period as CSV")
    name_the_file(bare_xscreen, tmp_path / "week.csv")
    with (tmp_path / "week.csv").open(encoding="utf-8", newline="") as file:
        exported = list(csv.DictReader(file))
    assert len(exported) == int(re.search(r"(\d+)", rows[-1][1])[1])
