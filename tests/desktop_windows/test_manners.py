"""Screens that vanish, languages read from the right, no motion, and what a screen reader is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QStyle,
    QTabBar,
    QWidget,
)

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.glance.bars import TierBars
from compute_broker.desktop.glance.gauge import Gauge
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.glance.switch import Switch
from compute_broker.desktop.glance.words import summary
from compute_broker.desktop.history.window import HistoryWindow
from compute_broker.desktop.placing import bring_back, reachable
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.trial.window import TrialWindow
from compute_broker.desktop.usage.bars import DayBars
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.desktop.welcome.window import WelcomeWindow
from compute_broker.desktop.windows import Windows
from desktop_windows.real import only, services
from desktop_windows.scripted import ScriptedBroker, Step, scripted_services
from desktop_windows.test_usage_window import COST, book
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
WINDOWS = [AskWindow, GlancePanel, UsageWindow, SettingsWindow, TrialWindow, HistoryWindow, WelcomeWindow]
MOVING = (QAbstractButton, QAbstractSlider, QComboBox, QProgressBar, QTabBar)
"""What Qt's style would let glide and fade."""
LEFT, RIGHT = QRect(0, 0, 1000, 800), QRect(1000, 0, 1000, 800)


@pytest.fixture
def from_the_right(qapp: QApplication) -> Iterator[None]:
    """Everything is read from right to left."""
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


# Screens


@pytest.mark.parametrize(
    ("frame", "held"),
    [
        (QRect(1200, 100, 400, 300), True),
        (QRect(2100, 100, 400, 300), False),
        (QRect(1960, 100, 400, 300), False),
        (QRect(1900, 100, 400, 300), True),
        (QRect(100, 790, 400, 300), False),
        (QRect(100, -200, 400, 300), False),
        (QRect(100, 100, 40, 20), True),
    ],
)
def test_a_window_is_reachable_where_its_upper_edge_is(frame: QRect, *, held: bool) -> None:
    assert reachable(frame, [LEFT, RIGHT]) is held


def test_a_window_comes_back_from_a_screen_that_is_gone(
    drive: Drive, theme: Theme, qapp: QApplication
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            windows = Windows(running, theme)
            windows.open_settings()
            await windows.settled()
            window = windows._settings
            assert window is not None
            area = QGuiApplication.primaryScreen().availableGeometry()
            window.move(area.right() + 500, area.bottom() + 500)
            qapp.screenRemoved.emit(QGuiApplication.primaryScreen())
            await until(lambda: reachable(window.frameGeometry(), [area]))
            there = window.pos()
            bring_back(window)
            assert window.pos() == there, "one that can be reached stays"
            window.move(area.right() + 500, area.bottom() + 500)
            windows.open_settings()
            assert reachable(window.frameGeometry(), [area])
            await windows.close()

    drive(work())


# Quitting


def test_quitting_by_hand_asks_once_while_an_answer_is_under_way(
    drive: Drive, theme: Theme, broker: ScriptedBroker
) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        broker.scripts = [[Step(gate=gate)]]
        windows = Windows(scripted_services(broker), theme)
        told: list[bool] = []
        windows.quit_wanted.connect(lambda: told.append(True))
        windows.open_ask()
        await windows.settled()
        window = windows._ask
        assert window is not None
        window.input.set_text("hi")
        window.send()
        await until(lambda: bool(broker.asked))
        window.controls.more.wanted.emit("quit")
        assert told == []
        assert window.advice.text == "An answer is under way: quitting stops it."
        window.controls.more.wanted.emit("quit")
        assert told == [True], "the person has said so again"
        window.advice.press("Quit")
        assert told == [True, True]
        gate.set()
        await window.settled()
        window.controls.more.wanted.emit("quit")
        assert len(told) == 3, "nothing is under way"
        await windows.close()

    drive(work())


# From right to left


def clipped(window: QWidget) -> list[str]:
    """The names of what is cut off: buttons too narrow for their text, parts outside of their parents."""
    found = []
    for each in window.findChildren(QWidget):
        parent = each.parentWidget()
        if not each.isVisible() or parent is None or each.isWindow():
            continue
        inside = parent.rect().adjusted(-3, -3, 3, 3)
        if parent.parent() is not None and parent.objectName() == "qt_scrollarea_viewport":
            inside.setBottom(1 << 20)
            inside.setTop(-(1 << 20))
        whole = isinstance(each, QPushButton | QLabel)
        if whole and not inside.contains(each.geometry()):
            found.append(f"{each.accessibleName()} lies outside of {parent.objectName()}")
        if isinstance(each, QPushButton) and each.width() < each.minimumSizeHint().width():
            found.append(f"{each.text()} is too narrow")
    return found


@pytest.mark.parametrize("make", WINDOWS)
def test_nothing_is_cut_off_from_right_to_left(
    drive: Drive, theme: Theme, from_the_right: None, make: Any
) -> None:
    async def work() -> None:
        async with services() as running:
            book(running, "A prompt", cost=COST, category="chat")
            window = make(running, theme)
            window.open_at_cursor()
            await window.settled()
            QApplication.processEvents()
            assert window.layoutDirection() is Qt.LayoutDirection.RightToLeft
            assert clipped(window) == []
            await ended(window)

    drive(work())


def picture(widget: QWidget, *, from_right: bool) -> QImage:
    direction = Qt.LayoutDirection.RightToLeft if from_right else Qt.LayoutDirection.LeftToRight
    widget.setLayoutDirection(direction)
    image = QImage(widget.size(), QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    widget.render(image)
    return image


def test_gauge_and_switch_are_drawn_the_other_way_round(theme: Theme, qapp: QApplication) -> None:
    gauge, switch = Gauge(theme), Switch(theme, "A tier")
    gauge.resize(200, 16)
    gauge.show_budget(BudgetView("day", 100, hard=False, spent=30), 0.6)
    switch.resize(switch.sizeHint())
    switch.setChecked(True)
    for widget in (gauge, switch):
        there, back = picture(widget, from_right=False), picture(widget, from_right=True)
        assert there != back
        turned = back.flipped(Qt.Orientation.Horizontal)
        off = sum(
            abs(turned.pixelColor(x, y).lightness() - there.pixelColor(x, y).lightness()) > 60
            for x in range(there.width())
            for y in range(there.height())
        )
        assert off <= there.height(), "one is the other's mirror image"


def test_today_stands_at_the_other_end_of_the_bars(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Today", cost=COST, category="chat")
            ledger = running.broker.ledger
            usage, glance = DayBars(theme), TierBars(theme)
            usage.show_days(await ledger.by_day(14))
            glance.show_days(await ledger.by_day_and_tier(14), {"builtin": "Built-in"})
            for bars in (usage, glance):
                bars.resize(420, 100)
            assert usage._bar(13).left() > 380
            assert glance.stack(13)[0][1].left() > 380
            for bars in (usage, glance):
                bars.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            assert usage._bar(13).right() < 40
            assert glance.stack(13)[0][1].right() < 40
            assert usage.point_near(5) == 13
            for bars in (usage, glance):
                bars.deleteLater()

    drive(work())


# Motion


@pytest.mark.parametrize("make", WINDOWS)
def test_nothing_moves_by_itself(drive: Drive, theme: Theme, make: Any) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = make(running, theme)
            window.open_at_cursor()
            await window.settled()
            hint = QStyle.StyleHint.SH_Widget_Animation_Duration
            moving = [
                type(each).__name__
                for each in window.findChildren(QWidget)
                if isinstance(each, MOVING) and each.style().styleHint(hint, None, each)
            ]
            assert moving == []
            await ended(window)

    drive(work())


def test_qt_s_own_effects_are_off(qapp: QApplication) -> None:
    effects = [each for each in Qt.UIEffect if each is not Qt.UIEffect.UI_General]
    assert [each.name for each in effects if QApplication.isEffectEnabled(each)] == []


# The system's colours, and what is read out


def test_a_change_of_the_system_s_colours_reaches_open_windows(drive: Drive, qapp: QApplication) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            theme = Theme("system")
            theme.apply()
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            heard: list[bool] = []
            theme.changed.connect(lambda: heard.append(theme.dark))
            theme._seen = not theme.dark  # as if the other scheme had been in force until now
            qapp.setStyleSheet("")
            QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Unknown)
            assert heard == [theme.dark]
            assert "QPushButton" in qapp.styleSheet(), "the windows are dressed anew"
            await ended(window)

    drive(work())


def test_the_panel_is_told_in_a_sentence_when_it_opens(
    drive: Drive, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: told.append(event.message()))

    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Today", cost=COST, category="chat")
            await running.broker.refresh_spend()
            panel = GlancePanel(running, theme)
            panel.open_at_cursor()
            await panel.settled()
            assert told == ["Today 0.30 ¢ · saved 0.70 ¢. 1 of 1 tiers can take a prompt."]
            await ended(panel)

    drive(work())


def test_a_summary_counts_who_can_be_asked() -> None:
    assert summary(ScriptedBroker().snapshot, Spend()).endswith("4 of 4 tiers can take a prompt.")
