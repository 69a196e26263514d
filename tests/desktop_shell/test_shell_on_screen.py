"""The shell on a real X server with a real tray host: clicks, keys, focus, late trays, second starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from support.program import Program, StartProgram, poll
from support.screen import XScreen
from support.xlib import Box, root_of

pytestmark = pytest.mark.screen
DOUBLE = (sys.executable, str(Path(__file__).with_name("shell_double.py")))
ASK = "Quick ask"
GLANCE = "^Today"
TIER_STEPS = 4
"""Down presses from the top of the menu to the first tier: spent, budget, quick ask, tier."""
IMPATIENT = {"COMPUTE_BROKER_TEST_PATIENCE": "0.5"}
NOTEPAD = """
import sys
from PySide6.QtWidgets import QApplication, QLineEdit
app = QApplication([])
edit = QLineEdit()
edit.setWindowTitle("notepad")
edit.textChanged.connect(lambda text: print("typed", text, flush=True))
edit.show()
sys.exit(app.exec())
"""

StartShell = Callable[..., Program]


@pytest.fixture
def start_shell(bare_xscreen: XScreen, start_program: StartProgram) -> StartShell:
    """Start the shell on the double's services, on the test's screen."""

    def start(*arguments: str, **env: str) -> Program:
        return start_program(*arguments, env={**bare_xscreen.env, **env}, command=DOUBLE)

    return start


def open_menu(screen: XScreen, icon: Box) -> None:
    screen.click(*icon.middle, button=3)
    screen.xdotool("mousemove", "20", "780")


def windows(screen: XScreen, name: str) -> list[str]:
    done = subprocess.run(
        ("xdotool", "search", "--onlyvisible", "--name", name),
        env={**os.environ, **screen.env},
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    return done.stdout.split()


def wait_gone(screen: XScreen, name: str) -> None:
    with root_of(screen.display) as root:
        assert root.wait_until(lambda: not windows(screen, name), 10.0), f"{name} is still there"


def wait_focus(screen: XScreen, window: int) -> None:
    with root_of(screen.display) as root:
        assert root.wait_until(lambda: screen.focused() == window, 10.0), "the focus is elsewhere"


def test_the_icon_docks_and_shows_the_spend(
    xscreen: XScreen, start_shell: StartShell, qapp: QApplication, tmp_path: Path
) -> None:
    shell = start_shell()
    (icon,) = xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    image = QImage(str(xscreen.screenshot(tmp_path / "screen.png")))
    seen = {
        image.pixelColor(x, y).name()
        for x in range(icon.x, icon.x + icon.width)
        for y in range(icon.y, icon.y + icon.height)
    }
    assert {"#0b6e69", "#ffffff"} <= seen


def test_a_tier_is_switched_while_the_menu_stays_open(xscreen: XScreen, start_shell: StartShell) -> None:
    shell = start_shell()
    (icon,) = xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    open_menu(xscreen, icon)
    shell.wait_line("market refreshed")
    for _ in range(TIER_STEPS):
        xscreen.key("Down")
    xscreen.key("space")
    shell.wait_line("tier builtin off")
    xscreen.key("space")
    shell.wait_line("tier builtin on")
    xscreen.key("Down")
    xscreen.key("Return")
    shell.wait_line("tier local off")


def test_a_click_opens_the_glance_panel_by_the_icon_and_another_closes_it(
    xscreen: XScreen, start_shell: StartShell, start_program: StartProgram
) -> None:
    start_program(command=(sys.executable, "-c", NOTEPAD), env=xscreen.env)
    before = xscreen.wait_window("notepad")
    wait_focus(xscreen, before)
    shell = start_shell()
    (icon,) = xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    xscreen.click(*icon.middle)
    panel = xscreen.wait_window(GLANCE)
    shell.wait_line("market refreshed")
    wait_focus(xscreen, panel)
    xscreen.click(icon.x + 2, icon.y + 2)  # not where the first was: that would be a double click
    wait_gone(xscreen, GLANCE)
    wait_focus(xscreen, before)
    assert windows(xscreen, "notepad")
    xscreen.click(icon.x + icon.width - 2, icon.y + icon.height - 2)
    wait_focus(xscreen, xscreen.wait_window(GLANCE))
    xscreen.key("space")
    xscreen.key("Down")
    xscreen.key("Down")
    xscreen.key("space")
    shell.wait_line("tier .* off")
    assert "tier local off" in shell.lines
    xscreen.key("Escape")
    wait_gone(xscreen, GLANCE)
    wait_focus(xscreen, before)


def test_the_middle_button_opens_the_quick_ask(xscreen: XScreen, start_shell: StartShell) -> None:
    shell = start_shell()
    (icon,) = xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    xscreen.click(*icon.middle, button=2)
    xscreen.wait_window(ASK)


def test_the_hotkey_opens_and_escape_gives_the_focus_back(
    xscreen: XScreen, start_shell: StartShell, start_program: StartProgram
) -> None:
    notepad = start_program(command=(sys.executable, "-c", NOTEPAD), env=xscreen.env)
    before = xscreen.wait_window("notepad")
    wait_focus(xscreen, before)
    shell = start_shell()
    xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    xscreen.key("ctrl+alt+space")
    window = xscreen.wait_window(ASK)
    wait_focus(xscreen, window)
    xscreen.key("Escape")
    wait_gone(xscreen, ASK)
    wait_focus(xscreen, before)
    xscreen.type("x")
    notepad.wait_line("typed x")


def test_the_hotkey_pressed_again_hides(xscreen: XScreen, start_shell: StartShell) -> None:
    shell = start_shell()
    shell.wait_line("market watched")
    for _ in range(2):
        xscreen.key("ctrl+alt+space")
        wait_focus(xscreen, xscreen.wait_window(ASK))
        xscreen.key("ctrl+alt+space")
        wait_gone(xscreen, ASK)


def test_a_tray_host_that_comes_late_gets_the_icon(bare_xscreen: XScreen, start_shell: StartShell) -> None:
    shell = start_shell()
    shell.wait_line("market watched")
    bare_xscreen.start_tray()
    bare_xscreen.wait_tray_icons(1)


def test_a_tray_host_that_starts_anew_gets_the_icon_again(xscreen: XScreen, start_shell: StartShell) -> None:
    start_shell()
    xscreen.wait_tray_icons(1)
    xscreen.stop_tray()
    xscreen.start_tray()
    xscreen.wait_tray_icons(1)


def test_without_a_tray_the_window_opens_and_the_reason_is_said_once(
    bare_xscreen: XScreen, start_shell: StartShell
) -> None:
    shell = start_shell(**IMPATIENT)
    box = bare_xscreen.wait_window("No tray on this desktop")
    bare_xscreen.wait_window(ASK)
    wait_focus(bare_xscreen, box)
    shell.signal(signal.SIGTERM)
    assert shell.wait() == 0
    again = start_shell(**IMPATIENT)
    bare_xscreen.wait_window(ASK)
    assert windows(bare_xscreen, "No tray on this desktop") == []
    bare_xscreen.start_tray()
    bare_xscreen.wait_tray_icons(1)
    assert again.running()


def test_without_a_tray_the_first_start_shows_the_welcome_alone_and_then_the_quick_ask(
    bare_xscreen: XScreen, start_shell: StartShell, home: Path
) -> None:
    (home / "compute-broker" / "welcomed").unlink()
    start_shell(**IMPATIENT)
    window = bare_xscreen.wait_window("welcome")
    wait_focus(bare_xscreen, window)
    poll((home / "compute-broker" / "told-about-no-tray").exists, 15.0)
    assert windows(bare_xscreen, f"{ASK}|No tray|hotkey") == [], "the welcome says all of that"
    assert bare_xscreen.focused() == window
    bare_xscreen.key("Escape")
    wait_gone(bare_xscreen, "welcome")
    wait_focus(bare_xscreen, bare_xscreen.wait_window(ASK))
    assert windows(bare_xscreen, "No tray on this desktop") == []


def test_without_a_tray_every_window_opens_from_the_quick_ask_which_makes_room_and_comes_back(
    bare_xscreen: XScreen, start_shell: StartShell, home: Path
) -> None:
    (home / "compute-broker" / "told-about-no-tray").touch()
    shell = start_shell(**IMPATIENT)
    ask = bare_xscreen.wait_window(ASK)
    wait_focus(bare_xscreen, ask)
    for keys, title in (
        (("ctrl+g",), "^Usage"),
        (("ctrl+h",), "^History"),
        (("ctrl+comma",), "^Settings"),
        (("F10", "Down", "Return"), GLANCE),
        (("F10", *["Down"] * 5, "Return"), "^Try on my prompts"),
        (("F10", *["Up"] * 2, "Return"), "^Welcome"),
    ):
        for key in keys:
            bare_xscreen.key(key)
        wait_focus(bare_xscreen, bare_xscreen.wait_window(title))
        # The panel stands in a corner, and is gone with the next click: there the quick ask stays.
        assert title == GLANCE or windows(bare_xscreen, ASK) == [], "it would lie over the other one"
        bare_xscreen.key("Escape")
        wait_gone(bare_xscreen, title)
        wait_focus(bare_xscreen, bare_xscreen.wait_window(ASK))
    bare_xscreen.key("F10")
    bare_xscreen.key("Up")
    bare_xscreen.key("Return")
    assert shell.wait() == 0
    assert shell.lines[-1] == "services closed"


def test_a_window_opened_from_the_quick_ask_gives_the_focus_to_who_had_it_before_both(
    xscreen: XScreen, start_shell: StartShell, start_program: StartProgram
) -> None:
    start_program(command=(sys.executable, "-c", NOTEPAD), env=xscreen.env)
    before = xscreen.wait_window("notepad")
    wait_focus(xscreen, before)
    shell = start_shell()
    shell.wait_line("market watched")
    xscreen.key("ctrl+alt+space")
    wait_focus(xscreen, xscreen.wait_window(ASK))
    xscreen.key("ctrl+g")
    wait_focus(xscreen, xscreen.wait_window("^Usage"))
    xscreen.key("Escape")
    wait_focus(xscreen, xscreen.wait_window(ASK))
    xscreen.key("Escape")
    wait_gone(xscreen, ASK)
    wait_focus(xscreen, before)


@pytest.mark.parametrize(("name", "title"), [("history", "^History"), ("welcome", "^Welcome")])
def test_the_command_line_opens_a_window_in_the_program_that_runs(
    xscreen: XScreen, start_program: StartProgram, name: str, title: str
) -> None:
    program = start_program(env=xscreen.env)
    xscreen.wait_tray_icons(1)
    for wanted, shown in (("ask", ASK), (name, title)):
        second = start_program("open", wanted, env=xscreen.env)
        assert second.wait() == 0
        assert second.lines == []
        wait_focus(xscreen, xscreen.wait_window(shown))
    assert windows(xscreen, ASK) == [], "it made room"
    assert program.running()


def test_a_second_start_hands_over_and_ends(xscreen: XScreen, start_shell: StartShell) -> None:
    first = start_shell()
    first.wait_line("market watched")
    second = start_shell("ask")
    assert second.wait() == 0
    assert second.lines == []
    xscreen.wait_window(ASK)
    assert first.running()
    assert start_shell("quit").wait() == 0
    first.wait_line("services closed")
    assert first.wait() == 0


def test_a_start_during_a_start_waits_for_the_first(xscreen: XScreen, start_shell: StartShell) -> None:
    starts = [start_shell("ask") for _ in range(3)]
    xscreen.wait_window(ASK)
    (icon,) = xscreen.wait_tray_icons(1)
    assert icon
    ended = [program for program in starts if not program.running() or program.lines == []]
    assert [program.wait() for program in ended if "services started" not in program.lines] == [0, 0]


def test_a_killed_program_does_not_block_the_next(xscreen: XScreen, start_shell: StartShell) -> None:
    first = start_shell()
    first.wait_line("market watched")
    first.signal(signal.SIGKILL)
    first.wait()
    start_shell().wait_line("market watched")
    xscreen.wait_tray_icons(1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_in_order_and_silently(
    xscreen: XScreen, start_shell: StartShell, number: signal.Signals
) -> None:
    shell = start_shell()
    shell.wait_line("market watched")
    shell.signal(number)
    assert shell.wait() == 0
    assert shell.lines == ["services started", "market watched", "market stopped", "services closed"]


def test_the_end_of_the_session_ends_it_in_order_too(xscreen: XScreen, start_shell: StartShell) -> None:
    shell = start_shell(COMPUTE_BROKER_TEST_SESSION_ENDS="1")
    assert shell.wait() == 0
    assert shell.lines == ["services started", "market watched", "market stopped", "services closed"]


def test_what_hinders_the_start_is_said_before_the_end(xscreen: XScreen, start_shell: StartShell) -> None:
    shell = start_shell(COMPUTE_BROKER_TEST_FAILS="1")
    wait_focus(xscreen, xscreen.wait_window("cannot start"))
    xscreen.key("Return")
    assert shell.wait() == 1
    assert shell.lines == ["services closed"]


@pytest.mark.parametrize(
    ("command", "title"),
    [
        ("usage", "Usage"),
        ("settings", "Settings"),
        ("glance", GLANCE),
        ("trial", "try on my prompts"),
        ("history", "history"),
        ("welcome", "^Welcome"),
    ],
)
def test_a_start_with_a_command_opens_that_window(
    xscreen: XScreen, start_shell: StartShell, command: str, title: str
) -> None:
    start_shell(command)
    window = xscreen.wait_window(title)
    wait_focus(xscreen, window)
    xscreen.key("Escape")
    wait_gone(xscreen, title)


def test_a_hotkey_changed_in_the_settings_works_at_once(xscreen: XScreen, start_shell: StartShell) -> None:
    shell = start_shell(COMPUTE_BROKER_TEST_HOTKEY="Meta+F9")
    (icon,) = xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    open_menu(xscreen, icon)  # by then the queued change was taken over
    shell.wait_line("market refreshed")
    xscreen.key("Escape")
    xscreen.key("super+F9")
    wait_focus(xscreen, xscreen.wait_window(ASK))


def test_the_mode_is_chosen_in_the_menu_and_kept(
    xscreen: XScreen, start_shell: StartShell, home: Path
) -> None:
    shell = start_shell()
    (icon,) = xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    open_menu(xscreen, icon)
    shell.wait_line("market refreshed")
    for key in (*["Up"] * 8, "Right", "Return"):  # Quit to Mode
        xscreen.key(key)
    shell.signal()
    assert shell.wait() == 0
    assert 'mode = "thrifty"' in (home / "compute-broker" / "settings.toml").read_text("utf-8")


def test_usage_is_exported_from_the_menu(xscreen: XScreen, start_shell: StartShell, home: Path) -> None:
    shell = start_shell()
    (icon,) = xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    open_menu(xscreen, icon)
    shell.wait_line("market refreshed")
    for key in ("Up", "Up", "Up", "Up", "Return"):  # Quit, Settings, Try, Export
        xscreen.key(key)
    wait_focus(xscreen, xscreen.wait_window("Export usage as CSV"))
    xscreen.key("ctrl+a")
    xscreen.type(str(home / "out.csv"))
    xscreen.key("Return")
    wait_gone(xscreen, "Export usage as CSV")
    shell.signal()
    assert shell.wait() == 0
    assert (home / "out.csv").read_text("utf-8-sig").startswith("time_utc,time_local,request_id,source,")


def test_quit_in_the_menu_ends_it(xscreen: XScreen, start_shell: StartShell) -> None:
    shell = start_shell()
    (icon,) = xscreen.wait_tray_icons(1)
    shell.wait_line("market watched")
    open_menu(xscreen, icon)
    shell.wait_line("market refreshed")
    xscreen.key("Up")
    xscreen.key("Return")
    assert shell.wait() == 0
    assert shell.lines[-1] == "services closed"
    xscreen.wait_tray_icons(0)


def test_the_first_start_welcomes_and_the_second_does_not(
    xscreen: XScreen, start_shell: StartShell, home: Path
) -> None:
    (home / "compute-broker" / "welcomed").unlink()
    shell = start_shell()
    window = xscreen.wait_window("welcome")
    wait_focus(xscreen, window)
    xscreen.key("Escape")
    wait_gone(xscreen, "welcome")
    shell.signal()
    assert shell.wait() == 0
    assert (home / "compute-broker" / "welcomed").exists()
    again = start_shell("usage")
    xscreen.wait_window("Usage")
    again.wait_line("market watched")
    assert not windows(xscreen, "welcome")
