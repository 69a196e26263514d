"""Every window of the real program on a real screen: neither blank nor cut off, in both colour schemes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from support.program import Program, StartProgram, poll
from support.screen import XScreen
from support.xlib import Box, Root, root_of

pytestmark = [pytest.mark.screen, pytest.mark.usefixtures("qapp")]
COMMAND = (sys.executable, "-m", "compute_broker")
QUESTIONS = ("Say hello to the moon", "Name a river in Europe")
EDGE = 3
"""Pixels at a window's sides that hold nothing but its ground."""

WAYS: dict[str, int | tuple[str, ...]] = {
    "^Today": 1,
    "Quick ask": 2,
    "Settings": ("Quit", "Settings"),
    "try on my prompts": ("Quit", "Settings", "Try"),
    "Usage": ("Quit", "Settings", "Try", "Export", "Usage"),
    "history": ("Quit", "Settings", "Try", "Export", "Usage", "History"),
}
"""How a person opens each window at the tray icon: by a mouse button, or by keys in its menu from below."""


def command_line(*arguments: str) -> str:
    """Run one command of the program and return what it says."""
    done = subprocess.run((*COMMAND, *arguments), capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


@pytest.fixture
def program(xscreen: XScreen, start_program: StartProgram) -> Iterator[Callable[[], Program]]:
    """Return a way to start the program, which ends in order and without a word."""
    running: list[Program] = []

    def start() -> Program:
        running.append(start_program(env=xscreen.env))
        return running[-1]

    yield start
    for each in running:
        each.signal()
        assert each.wait() == 0
        assert each.lines == []


def open_window(screen: XScreen, title: str) -> int:
    """Open a window at the tray icon as a person does; return its id once it has the focus."""
    (icon,) = screen.wait_tray_icons(1)
    way = WAYS[title]
    with root_of(screen.display) as root:
        before = root.shown()
        # On a machine with no time to spare a click is lost now and then, as a person's would be: once more.
        assert any(_opens(root, screen, icon, way, before) for _ in range(3)), f"{title}: nothing opened"
        if not isinstance(way, int):
            screen.xdotool("mousemove", "20", "780")
            for key in (*["Up"] * len(way), "Return"):
                screen.key(key)
        window = screen.wait_window(title)
        assert root.wait_until(lambda: root.focused() == window, 15.0), "the focus is elsewhere"
    return window


def _opens(root: Root, screen: XScreen, icon: Box, way: int | tuple[str, ...], before: set[int]) -> bool:
    screen.click(*icon.middle, button=way if isinstance(way, int) else 3)
    return root.wait_until(lambda: bool(root.shown() - before), 10.0)


def close_window(screen: XScreen, window: int) -> None:
    """Press Escape, and wait until the window is gone."""
    screen.key("Escape")
    with root_of(screen.display) as root:
        assert root.wait_until(lambda: root.focused() != window, 15.0), "it is still there"


def ask_on_the_command_line() -> None:
    """Have two questions answered by the built-in model, so that there is something to show."""
    for question in QUESTIONS:
        assert command_line("ask", question, "--tier", "builtin").strip()


def picture(screen: XScreen, window: int, path: Path) -> QImage:
    """Return what the screen shows where ``window`` is."""
    told = screen.xdotool("getwindowgeometry", "--shell", str(window))
    place = {name: int(value) for name, value in (line.split("=") for line in told.splitlines())}
    whole = QImage(str(screen.screenshot(path)))
    return whole.copy(place["X"], place["Y"], place["WIDTH"], place["HEIGHT"])


def colours(image: QImage, columns: range) -> set[int]:
    """Return the colours in these columns."""
    return {image.pixel(x, y) for x in columns for y in range(0, image.height(), 2)}


def look_for_faults(image: QImage) -> None:
    """What is cut off has text at its very edge, where there is nothing but ground."""
    left, right = range(EDGE), range(image.width() - EDGE, image.width())
    assert len(colours(image, left) | colours(image, right)) <= 12, "something reaches the edge"


def wait_drawn(screen: XScreen, window: int, path: Path) -> QImage:
    """Return the window's picture once something is drawn in it."""
    seen: list[QImage] = []

    def drawn() -> bool:
        seen.append(picture(screen, window, path))
        return len(colours(seen[-1], range(EDGE, seen[-1].width() - EDGE, 3))) > 30

    poll(drawn, 15.0)
    return seen[-1]


def wait_changed(screen: XScreen, window: int, before: QImage, path: Path) -> QImage:
    """Return the window's picture as soon as it is another one than ``before``."""
    seen = [before]

    def other() -> bool:
        seen.append(picture(screen, window, path))
        return bool(seen[-1] != before)

    poll(other, 15.0)
    return seen[-1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_window_is_blank_or_cut_off(
    xscreen: XScreen, program: Callable[[], Program], home: Path, tmp_path: Path, theme: str
) -> None:
    ask_on_the_command_line()
    settings = home / "compute-broker" / "settings.toml"
    text = settings.read_text("utf-8").replace('theme = "system"', f'theme = "{theme}"')
    settings.write_text(text, "utf-8")
    program()
    for title in WAYS:
        window = open_window(xscreen, title)
        assert xscreen.xdotool("getwindowname", str(window)).count("Compute Broker") == 1
        image = wait_drawn(xscreen, window, tmp_path / f"{title.strip('^')}.png")
        look_for_faults(image)
        ground = image.pixelColor(image.width() // 2, image.height() // 2)
        assert (ground.lightness() < 128) is (theme == "dark"), title
        close_window(xscreen, window)


def test_the_history_is_searched_by_typing(
    xscreen: XScreen, program: Callable[[], Program], tmp_path: Path
) -> None:
    ask_on_the_command_line()
    program()
    window = open_window(xscreen, "history")
    every = wait_drawn(xscreen, window, tmp_path / "every.png")
    xscreen.type("zeppelin")
    none = wait_changed(xscreen, window, every, tmp_path / "none.png")
    xscreen.key("ctrl+a")
    xscreen.type("river")
    wait_changed(xscreen, window, none, tmp_path / "one.png")
    xscreen.key("Escape")  # ends the search
    close_window(xscreen, window)


def test_the_welcome_is_walked_through_by_keys_and_ends_in_the_quick_ask(
    xscreen: XScreen, program: Callable[[], Program], home: Path, tmp_path: Path
) -> None:
    (home / "compute-broker" / "welcomed").unlink()
    program()
    window = xscreen.wait_window("welcome")
    seen = wait_drawn(xscreen, window, tmp_path / "step.png")
    with root_of(xscreen.display) as root:
        assert root.wait_until(lambda: root.focused() == window, 15.0), "the focus is elsewhere"
    for _ in range(3):
        look_for_faults(seen)
        xscreen.key("Return")
        seen = wait_changed(xscreen, window, seen, tmp_path / "step.png")
    xscreen.key("Return")  # asks the first question; what leads on has the focus after its answer
    seen = wait_changed(xscreen, window, seen, tmp_path / "step.png")

    def led_on() -> bool:
        xscreen.key("Return")
        return xscreen.find_window("Quick ask", 1.0) is not None

    poll(led_on, 60.0)
    poll((home / "compute-broker" / "welcomed").exists, 15.0)


def test_the_usage_windows_period_is_chosen_by_keys(
    xscreen: XScreen, program: Callable[[], Program], tmp_path: Path
) -> None:
    ask_on_the_command_line()
    program()
    window = open_window(xscreen, "Usage")
    seen = wait_drawn(xscreen, window, tmp_path / "today.png")
    xscreen.key("Right")
    seen = wait_changed(xscreen, window, seen, tmp_path / "week.png")
    look_for_faults(seen)
    close_window(xscreen, window)
