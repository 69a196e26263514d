"""The first run's steps on the real services: a found server, a key, hotkey and budget, a first answer."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from compute_broker.compose import Services
from compute_broker.desktop.hotkey.hotkey import HotkeyState
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.welcome.window import TITLES, WelcomeWindow
from compute_broker.market.discovery import Found, discover
from desktop_windows.real import only, services
from desktop_windows.waiting import ended, until
from doubles.lmstudio_api import LMStudioDouble

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


@asynccontextmanager
async def opened(
    theme: Theme, *ports: int, tiers: tuple[str, ...] = ("builtin",)
) -> AsyncIterator[tuple[WelcomeWindow, Services]]:
    async def find() -> list[Found]:
        return await discover(ports)

    async with services(only(*tiers)) as running:
        window = WelcomeWindow(running, theme)
        window.servers._finder = find
        window.open_at_cursor()
        await window.settled()
        try:
            yield window, running
        finally:
            await ended(window)


def on_disk(running: Services) -> dict[str, Any]:
    return tomllib.loads(running.settings.path.read_text("utf-8"), parse_float=Decimal)


def test_a_server_that_runs_here_is_a_click_away_from_being_a_tier(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with LMStudioDouble() as studio:
            async with opened(theme, int(studio.url.rsplit(":", 1)[1])) as (window, running):
                (button,) = window.servers.offers
                assert button.accessibleName() == f"Use the server at {studio.url}"
                assert "GB of memory" in window.servers.machine.text()
                button.click()
                await window.settled()
                tier = on_disk(running)["tiers"][-1]
                assert (tier["provider"], tier["base_url"], tier["place"]) == (
                    "lmstudio",
                    studio.url,
                    "personal",
                )
                assert window.servers.offers == []
                assert "Added" in window.servers.verdict.text()
                state = running.broker.snapshot.quotes[tier["id"]].availability.state
                assert state.usable

    drive(work())


def test_without_a_server_it_says_what_to_start(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _):
            assert "Start LM Studio, Ollama" in window.servers.nothing.text()
            assert window.servers.offers == []

    drive(work())


def test_hotkey_budget_and_the_way_through_by_keyboard(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, tiers=("builtin", "haiku")) as (window, running):
            wanted: list[bool] = []
            window.ask_wanted.connect(lambda: wanted.append(True))
            assert not window.back.isEnabled()
            assert TITLES[0] in window.title.text()
            QTest.keyClick(window.next, Qt.Key.Key_Space)
            assert TITLES[1] in window.title.text()
            assert [row.name for row in window.keys] == ["anthropic"]
            assert window.kept.text().startswith("No system keyring was found here"), "there is none"
            running.keys.adopt({}, None)
            window._show_step(1)
            assert window.kept.text() == "Kept in the system keyring, never in a file."
            window.next.click()
            unit = next(each for each in window.findChildren(QLabel) if each.text() == "dollars")
            assert unit.y() < window.amount.geometry().bottom(), "there is room beside the amount"
            assert unit.x() > window.kind.x()
            window.show_hotkey(HotkeyState("Ctrl+Alt+Space"))
            assert "opens the quick ask from anywhere" in window.hotkey_state.text()
            window.show_hotkey(HotkeyState("", "Another program holds Ctrl+Alt+Space."))
            assert "Another program" in window.hotkey_state.text()
            taken = "Ctrl+Alt+Space is taken by another program."
            window.show_hotkey(HotkeyState("", taken, another=True))
            assert window.hotkey_state.text() == f"{taken} Press another one above."
            window.hotkey.setKeySequence(QKeySequence("Q"))
            window.hotkey.editingFinished.emit()
            assert "together with another key" in window.verdict.text()
            window.hotkey.setKeySequence(QKeySequence("Meta+J"))
            window.hotkey.editingFinished.emit()
            window.amount.setText("25")
            window.amount.editingFinished.emit()
            window.kind.setCurrentIndex(1)
            window.kind.activated.emit(1)
            await window.settled()
            file = on_disk(running)
            assert file["desktop"]["hotkey"] == "Meta+J"
            assert file["budget"]["monthly"] == {"amount": Decimal("25.0"), "hard": True}
            window.back.click()
            window.next.click()
            window.next.click()
            assert TITLES[3] in window.title.text()
            assert not running.home.welcomed.exists()
            window.next.click()
            assert wanted == [True]
            assert not window.isVisible()
            assert running.home.welcomed.exists()

    drive(work())


def test_the_first_question_is_answered_by_the_real_built_in_model(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            window._show_step(3)
            assert window.focusWidget() is window.first.ask
            QTest.keyClick(window.first.ask, Qt.Key.Key_Return)
            assert window.isVisible(), "it asks, and skips nothing"
            await until(window.first.ask.isEnabled, 60)
            await window.settled()
            window.first.view.end_answer()
            assert len(window.first.view.toPlainText()) > 5
            assert window.first.verdict.text().startswith("Built-in (tiny) answered in ")
            (entry,) = await running.broker.history(5)
            assert (entry.tier, entry.status) == ("builtin", "answered")
            assert window.focusWidget() is window.next

    drive(work())


def test_a_desktop_without_tray_is_told_the_way_around(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _):
            window.show_tray(there=False)
            assert "no tray icons" in window.tray.text()
            window.show_tray(there=True)
            assert "Click it for a glance" in window.tray.text()
            QTest.keyClick(window, Qt.Key.Key_Escape)
            assert not window.isVisible()

    drive(work())
