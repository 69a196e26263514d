"""The running program follows the settings file: however it is written, and whoever writes it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tomllib
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from compute_broker.compose import Services
from compute_broker.config.edits import set_value
from compute_broker.config.home import Home
from compute_broker.desktop.app import make_loop
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.menu import TrayMenu
from compute_broker.desktop.settings_watch import SettingsWatch
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.xcb import Display
from support.grabs import CTRL_ALT, CTRL_SHIFT, is_taken
from support.program import StartProgram, poll
from support.screen import XScreen

Drive = Callable[[Coroutine[Any, Any, Any]], Any]
LONG = 10.0
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def drive(qapp: QApplication) -> Drive:
    def run(work: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=lambda: make_loop(qapp)) as runner:
            return runner.run(work)

    return run


class Follower:
    """Reads what the file says whenever it is to be followed."""

    def __init__(self, path: Path) -> None:
        self.path, self.seen = path, []
        self._news = asyncio.Event()

    async def __call__(self) -> None:
        self.seen.append(self.path.read_text("utf-8") if self.path.exists() else None)
        self._news.set()

    async def until(self, text: str) -> None:
        async with asyncio.timeout(LONG):
            while text not in self.seen:
                self._news.clear()
                await self._news.wait()


def rename(path: Path, text: str) -> None:
    scratch = path.with_name(f".{path.name}.new")
    scratch.write_text(text, "utf-8")
    scratch.replace(path)


def in_place(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def by_a_copy(path: Path, text: str) -> None:
    """Save as an editor that keeps what was before beside it."""
    if path.exists():
        path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text, "utf-8")


WAYS = (rename, in_place, by_a_copy)


def watched(path: Path, there: Callable[[Follower], Awaitable[None]]) -> Coroutine[Any, Any, None]:
    async def work() -> None:
        follower = Follower(path)
        trouble: list[str] = []
        tasks = Tasks(trouble.append)
        watch = SettingsWatch(path, follower, tasks)
        try:
            await there(follower)
        finally:
            watch.stop()
            await tasks.settled()
        assert trouble == []

    return work()


def test_each_way_of_saving_is_followed_after_each_other(drive: Drive, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"

    async def there(follower: Follower) -> None:
        for number, (first, second) in enumerate((one, other) for one in WAYS for other in WAYS):
            first(path, f"{number} a")
            await follower.until(f"{number} a")
            second(path, f"{number} b")
            await follower.until(f"{number} b")

    drive(watched(path, there))


def test_a_link_is_followed_to_where_it_leads(drive: Drive, tmp_path: Path) -> None:
    real, folder = tmp_path / "dotfiles", tmp_path / "linked"
    real.mkdir()
    (real / "mine.toml").write_text("old", "utf-8")
    (real / "settings.toml").symlink_to(real / "mine.toml")
    folder.symlink_to(real, target_is_directory=True)

    async def there(follower: Follower) -> None:
        for way in WAYS:
            way(real / "mine.toml", way.__name__)
            await follower.until(way.__name__)

    drive(watched(folder / "settings.toml", there))


def test_a_burst_is_read_once_or_twice_and_its_end_is_never_missed(drive: Drive, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("old", "utf-8")

    async def there(follower: Follower) -> None:
        for number in range(200):
            WAYS[number % 2](path, str(number))
        await follower.until("199")
        assert len(follower.seen) <= 2

    drive(watched(path, there))


def test_what_changes_while_it_is_read_is_read_afterwards(drive: Drive, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"

    async def work() -> None:
        begun, go_on, seen = asyncio.Event(), asyncio.Event(), []

        async def slow() -> None:
            seen.append(path.read_text("utf-8"))
            begun.set()
            await go_on.wait()

        path.write_text("old", "utf-8")
        tasks = Tasks(seen.append)
        watch = SettingsWatch(path, slow, tasks)
        watch.look()
        await asyncio.wait_for(begun.wait(), LONG)
        path.write_text("new", "utf-8")
        watch.look()
        go_on.set()
        await asyncio.wait_for(tasks.settled(), LONG)
        assert seen == ["old", "new"]
        watch.stop()

    drive(work())


def test_panel_and_menu_show_within_a_second_what_the_command_line_switched(
    qapp: QApplication, drive: Drive
) -> None:
    async def work() -> None:
        services = Services()
        await services.start(probe=False)
        tasks = Tasks(pytest.fail)
        watch = SettingsWatch(services.settings.path, services.follow, tasks)
        theme, menu = Theme("light"), TrayMenu()
        panel = GlancePanel(services, theme)
        panel.open_at_cursor()
        await panel.settled()
        services.broker.subscribe(lambda: menu.show_state(services.broker.snapshot, services.broker.spend))
        row = next(row for row in panel.rows if row.tier_id == "kimi")
        assert row.switch.isChecked()
        off = asyncio.Event()
        services.broker.subscribe(lambda: None if row.switch.isChecked() else off.set())
        await asyncio.to_thread(_disable_kimi)
        async with asyncio.timeout(1.0):
            await off.wait()
        item = next(action for action in menu.actions() if action.objectName() == "tier:kimi")
        assert not item.isChecked()
        watch.stop()
        await tasks.settled()
        await panel.shut()
        panel.hide()
        panel.deleteLater()
        menu.deleteLater()
        await services.close()

    drive(work())


def _disable_kimi() -> None:
    subprocess.run((sys.executable, "-m", "compute_broker", "tiers", "disable", "kimi"), check=True)


def test_what_the_program_writes_itself_is_not_read_again(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        services = Services()
        await services.start(probe=False)
        read: list[bool] = []
        take_in = services.settings._take_in
        monkeypatch.setattr(services.settings, "_take_in", lambda: read.append(True) or take_in())
        tasks, followed = Tasks(pytest.fail), asyncio.Event()

        async def follow() -> None:
            await services.follow()
            followed.set()

        watch = SettingsWatch(services.settings.path, follow, tasks)
        await asyncio.to_thread(services.settings.update, set_value("mode", "best"))
        await asyncio.wait_for(followed.wait(), LONG)
        assert read == []
        watch.stop()
        await tasks.settled()
        await services.close()

    drive(work())


@pytest.mark.screen
def test_a_hotkey_written_by_hand_is_in_force_in_the_real_program(
    xscreen: XScreen, start_program: StartProgram
) -> None:
    start_program(env=xscreen.env)
    xscreen.wait_tray_icons(1)
    display = Display(xscreen.display)
    poll(lambda: is_taken(display, CTRL_ALT), 20.0)
    path = Home.find().settings
    text = path.read_text("utf-8")
    assert tomllib.loads(text)["desktop"]["hotkey"] == "Ctrl+Alt+Space"
    rename(path, text.replace('"Ctrl+Alt+Space"', '"Ctrl+Shift+Space"'))
    poll(lambda: is_taken(display, CTRL_SHIFT) and not is_taken(display, CTRL_ALT), LONG)
    display.close()
