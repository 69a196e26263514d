"""The loop is given back in between: windows come up in strips, and what is hidden rests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.loop import own_turn
from compute_broker.desktop.pane import Pane
from compute_broker.desktop.settings.rows import Page
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.market.discovery import Found
from desktop_windows.real import only, services
from desktop_windows.test_history_window import opened, prompts
from desktop_windows.test_usage_window import COST, book
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


class Turns(QObject):
    """Counts the loop's turns, and notes in which of them a widget was painted first."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.turn = 0
        self.painted: dict[QWidget, int] = {}
        for widget in widgets:
            widget.installEventFilter(self)
        self._timer = self.startTimer(0)

    def timerEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self.turn += 1

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Paint and isinstance(watched, QWidget):
            self.painted.setdefault(watched, self.turn)
        return False

    def stop(self) -> None:
        self.killTimer(self._timer)


def test_a_window_is_painted_from_the_top_downwards_over_several_turns(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = UsageWindow(running, theme)
            parts = (window.export_button, window.copy_chart, window.message)
            turns = Turns(*parts)
            window.open_at_cursor()
            assert window.childAt(window.export_button.geometry().center()) is window.export_button
            assert turns.painted == {}
            await window.settled()
            turns.stop()
            when = [turns.painted[part] for part in parts]
            assert when[0] < when[1] < when[2]
            assert window._veil.isHidden()
            await ended(window)

    drive(work())


def test_a_window_that_goes_before_it_came_keeps_nobody_waiting(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        window = Pane("Here and gone")
        window.open_at_cursor()
        window.hide()
        async with asyncio.timeout(5):
            await window.settled()
        window.open_at_cursor()
        await window.settled()
        assert window._veil.isHidden()
        assert window.isVisible()
        await ended(window)

    drive(work())


def test_who_waits_for_a_turn_of_his_own_shares_it_with_no_one(drive: Drive) -> None:
    async def work() -> None:
        turns, mine = Turns(), []

        async def waits() -> None:
            await own_turn()
            mine.append(turns.turn)

        await asyncio.gather(*(waits() for _ in range(4)))
        turns.stop()
        assert len(set(mine)) == 4

    drive(work())


def test_a_page_is_as_wide_whether_it_scrolls_or_not(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        page, tall = Page("Page"), QWidget()
        page.column.addWidget(tall)
        page.resize(400, 300)
        page.show()
        bar = page.verticalScrollBar()
        widths = []
        for height in (50, 2000, 50):
            tall.setFixedHeight(height)
            await until(lambda high=height: (bar.maximum() > 0) is (high > 300))
            assert bar.isEnabled() is (height > 300), "a bar with nothing to scroll is not drawn"
            widths.append(tall.width())
        assert len(set(widths)) == 1
        margins = page.column.contentsMargins()
        assert margins.left() == page.width() - tall.geometry().right() - 1, "as far from both edges"
        page.hide()
        page.deleteLater()

    drive(work())


def test_servers_found_again_stay_the_rows_they_were(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = SettingsWindow(running, theme)
            there = [Found(ProviderKind.OLLAMA, "http://127.0.0.1:11434", ("a",), "Ollama with a")]

            async def finder() -> list[Found]:
                return list(there)

            window.tiers.found._finder = finder
            window.open_at_cursor()
            await window.settled()
            row = window.tiers.found._rows[0]
            window.tiers.found.look()
            await window.settled()
            assert window.tiers.found._rows == [row]
            there.clear()
            window.tiers.found.look()
            await window.settled()
            assert window.tiers.found._rows == []
            assert window.tiers.found.nothing.isVisible()
            await ended(window)

    drive(work())


def test_hidden_settings_learn_the_market_when_they_are_opened(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "haiku")) as running:
            window = SettingsWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            row = window.tiers.tiers["haiku"]
            was_on = row.switch.isChecked()
            window.put_away()
            await running.broker.set_enabled("haiku", not was_on)
            window.open_at_cursor()
            await window.settled()
            assert row.switch.isChecked() is not was_on
            await ended(window)

    drive(work())


def test_a_history_put_away_while_it_was_to_be_read_reads_when_it_comes_back(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Cats", cost=COST, category="chat")
            window = await opened(running, theme)
            asked = window._asked_for
            window.filters.search.setText("dogs")
            window.put_away()
            await until(lambda: not window._timer.isActive())
            await window.settled()
            assert window._asked_for == asked
            assert prompts(window) == ["Cats"]
            window.open_at_cursor()
            await window.settled()
            assert prompts(window) == []
            await ended(window)

    drive(work())
