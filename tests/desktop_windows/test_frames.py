"""A window and its frame are no larger than the screen, whatever frame the system puts around it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMargins, QRect, QSize

from compute_broker.desktop.placing import drawn_in, framed
from support.program import Program, StartProgram, poll
from support.screen import XScreen, real_screen

PROGRAM = (sys.executable, str(Path(__file__).with_name("window_on_screen.py")))
WIDE, HIGH = 1024, 640

AREAS = st.builds(QRect, *[st.integers(-2000, 2000)] * 2, *[st.integers(300, 4000)] * 2)
SIZES = st.builds(QSize, st.integers(1, 5000), st.integers(1, 5000))
MARGINS = st.builds(QMargins, *[st.integers(0, 80)] * 4)

Open = Callable[..., Program]


@pytest.fixture
def low_screen() -> Iterator[XScreen]:
    if sys.platform != "linux":
        pytest.skip("an X server is only tested on Linux")
    with real_screen(f"{WIDE}x{HIGH}x24") as screen:
        yield screen


@pytest.fixture
def opened(low_screen: XScreen, start_program: StartProgram) -> Iterator[Open]:
    """Return a way to open a window, which ends in order."""
    running: list[Program] = []

    def started(*arguments: str) -> Program:
        running.append(start_program(*arguments, env=low_screen.env, command=PROGRAM))
        running[-1].wait_line("ready")
        return running[-1]

    yield started
    for each in running:
        each.signal()
        assert each.wait() == 0


def frame_of(program: Program) -> tuple[str, tuple[int, ...]]:
    program.say("frame")
    found = program.wait_line(r"(titled|bare) (-?\d+) (-?\d+) (\d+) (\d+)").groups()
    return found[0], tuple(map(int, found[1:]))


def on_screen(program: Program) -> bool:
    titled, (left, top, right, bottom) = frame_of(program)
    return titled == "titled" and left >= 0 and top >= 0 and right <= WIDE and bottom <= HIGH


@pytest.mark.screen
@pytest.mark.parametrize("which", ["history", "usage", "settings", "trial", "welcome"])
def test_a_low_screen_shows_the_whole_window_with_its_frame(opened: Open, which: str) -> None:
    program = opened(which)
    poll(lambda: on_screen(program), 15.0)


@pytest.mark.screen
def test_a_title_bar_higher_than_thought_draws_the_window_in(opened: Open) -> None:
    program = opened("history", "guess", "1")
    poll(lambda: on_screen(program), 15.0)
    program.say("where Export what is shown as CSV")
    assert int(program.wait_line(r"at \d+ (\d+)")[1]) < HIGH - 10


@given(SIZES, MARGINS, AREAS)
def test_a_frame_fits_the_middle_of_its_screen(size: QSize, margins: QMargins, area: QRect) -> None:
    frame = framed(size, margins, area)
    assert area.contains(frame)
    inside = frame.size().shrunkBy(margins)
    assert inside.width() <= size.width()
    assert inside.height() <= size.height()
    if area.width() >= size.width() + margins.left() + margins.right():
        assert inside.width() == size.width()
    assert abs(frame.center().y() - area.center().y()) <= 1


@given(st.builds(QRect, *[st.integers(-3000, 3000)] * 2, *[st.integers(1, 5000)] * 2), AREAS)
def test_a_window_is_drawn_in_by_no_more_than_it_must(frame: QRect, area: QRect) -> None:
    found = drawn_in(frame, area)
    assert area.contains(found)
    if area.contains(frame):
        assert found == frame
    if frame.height() <= area.height():
        assert found.height() == frame.height()
