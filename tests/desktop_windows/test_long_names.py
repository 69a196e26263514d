"""Tiers may have names of 60 signs: every window keeps its size, and shows as much of them as fits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabWidget, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from compute_broker.compose import Services
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.elided_check import ElidedCheck
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.history.window import HistoryWindow
from compute_broker.desktop.settings.rows import Choice
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.trial.window import TrialWindow
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.desktop.welcome.window import WelcomeWindow
from compute_broker.desktop.wrapping import Wrapping, kept
from desktop_windows.real import services
from desktop_windows.test_usage_window import COST, book
from desktop_windows.waiting import ended
from support.clipping import cut_off

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
WINDOWS = [AskWindow, GlancePanel, UsageWindow, SettingsWindow, TrialWindow, HistoryWindow, WelcomeWindow]
LONGEST = 60
NAMES = {
    "wide": "W" * LONGEST,
    "narrow": "i" * LONGEST,
    "words": "Qwen 3.6 27B Instruct (Q4_K_M, the office machine, shared) 12",
}
LAPTOP = 1000
"""Pixels that no window may ask for more than in width."""


def named(label: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for number, block in enumerate(document["tiers"]):
            block["label"] = f"{number}{label}"[:LONGEST]
        document["budget"]["daily"]["amount"] = 5.0

    return change


async def opened(running: Services, theme: Theme, make: Any) -> QWidget:
    """Open a window with something in it, as small as it goes."""
    book(running, "A prompt", cost=COST, category="chat")
    await running.broker.refresh_spend()
    window: Any = make(running, theme)
    window.open_at_cursor()
    await window.settled()
    if isinstance(window, AskWindow):
        window.input.set_text("How do I merge two sorted lists?")
        window.update_preview()
        window.controls.why_button.click()
    elif not isinstance(window, GlancePanel):
        window.resize(window.minimumSizeHint())
    await at_rest()
    return window


async def at_rest() -> None:
    """Let the layouts take up what was changed."""
    for _ in range(5):
        await asyncio.sleep(0)


async def every_page(window: QWidget) -> list[str]:
    """What is cut off on any page of the window."""
    found = cut_off(window)
    for pages in window.findChildren(QTabWidget):
        for at in range(pages.count()):
            pages.setCurrentIndex(at)
            await at_rest()
            found += [f"{pages.tabText(at)}: {each}" for each in cut_off(window)]
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", WINDOWS)
def test_long_names_push_nothing_out_of_a_window(drive: Drive, theme: Theme, make: Any, name: str) -> None:
    async def work() -> None:
        async with services(named(NAMES[name])) as running:
            window = await opened(running, theme, make)
            assert await every_page(window) == []
            assert window.width() <= LAPTOP
            await ended(window)  # type: ignore[arg-type] # any of ours

    drive(work())


def test_reasons_keep_their_room_beside_long_names(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(named(NAMES["wide"])) as running:
            window: Any = await opened(running, theme, AskWindow)
            table = window.why
            assert table.columnWidth(table.columnCount() - 1) > 0.2 * table.viewport().width()
            assert table.columnWidth(0) <= 0.25 * table.viewport().width()
            assert NAMES["wide"][:50] in table.item(0, 0).toolTip()
            await ended(window)

    drive(work())


def test_a_check_box_that_is_cut_tells_all_of_it(qtbot: QtBot, theme: Theme) -> None:
    box = ElidedCheck(NAMES["words"])
    box.setToolTip("Whether it takes prompts")
    qtbot.addWidget(box)
    box.resize(120, box.sizeHint().height())
    box.show()
    assert box.is_cut
    assert box.text() == NAMES["words"]
    at = QPoint(5, 5)
    QApplication.sendEvent(box, QHelpEvent(QHelpEvent.Type.ToolTip, at, box.mapToGlobal(at)))
    assert QToolTip.text() == f"{NAMES['words']}\nWhether it takes prompts"
    QToolTip.hideText()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(100, box.height() // 2))
    assert box.isChecked()


def test_a_choice_asks_for_no_more_than_there_is(qtbot: QtBot, theme: Theme) -> None:
    choice = Choice(theme, "Tier")
    qtbot.addWidget(choice)
    choice.addItems([NAMES["wide"], "Haiku"])
    choice.ensurePolished()
    assert choice.sizeHint().width() <= 400
    assert choice.minimumSizeHint().width() < 120
    choice.resize(200, choice.sizeHint().height())
    assert choice.is_cut
    choice.setCurrentIndex(1)
    choice.resize(choice.sizeHint())
    assert not choice.is_cut
    every = Choice(theme, "Second opinions")
    qtbot.addWidget(every)
    every.addItems(["Where they pay", "Off"])
    every.ensurePolished()
    every.resize(every.sizeHint())
    every.show()
    assert not every.is_cut, "what it asks for is enough"


@pytest.mark.parametrize(
    ("text", "torn"),
    [
        ("expected cost (0.0079 ¢), a chance of 96 %", "expected cost (0.0079_¢), a chance of 96_%"),
        ("≈ 0.31 ¢ and <0.001 ¢, 41 tok/s after 12 s", "≈_0.31_¢ and <0.001_¢, 41_tok/s after 12_s"),
        ("12 small prompts", "12 small prompts"),
    ],
)
def test_a_figure_stays_with_its_unit(text: str, torn: str) -> None:
    assert kept(text).replace("\u00a0", "_") == torn


def test_a_label_that_wraps_breaks_long_words_and_gives_back_what_was_set(qtbot: QtBot, theme: Theme) -> None:
    label = Wrapping(f"{NAMES['wide']} costs 0.31 ¢")
    qtbot.addWidget(label)
    assert label.text() == f"{NAMES['wide']} costs 0.31 ¢"
    assert label.minimumSizeHint().width() < label.fontMetrics().horizontalAdvance("W" * 30)
