"""Tiers put in order with the mouse: pressed, moved and released as a hand does, on the real services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from compute_broker.compose import Services
from compute_broker.desktop.settings.row_drag import EDGE, place_at, speed_at
from compute_broker.desktop.settings.tier_row import TierRow
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.real import only
from desktop_windows.test_settings_window import on_disk, opened
from desktop_windows.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
LEFT = Qt.MouseButton.LeftButton


class Hand:
    """Holds a tier by its grip."""

    def __init__(self, window: SettingsWindow, tier_id: str) -> None:
        self.window = window
        self.row = window.tiers.tiers[tier_id]
        self.grip = self.row.grip
        QTest.mousePress(self.grip, LEFT, pos=self.grip.rect().center())

    def move(self, y: int) -> None:
        """Go to so many pixels below the top of the page's viewport."""
        view = self.window.tiers.viewport()
        at = self.grip.mapFromGlobal(view.mapToGlobal(QPoint(40, y)))
        QTest.mouseMove(self.grip, at)
        QApplication.processEvents()

    def move_over(self, other: TierRow, share: float) -> None:
        """Go to a share of the height of another row."""
        view = self.window.tiers.viewport()
        top = view.mapFromGlobal(other.mapToGlobal(QPoint())).y()
        self.move(top + int(other.height() * share))

    def release(self) -> None:
        QTest.mouseRelease(self.grip, LEFT, pos=self.grip.rect().center())


def writes(running: Services) -> list[bytes]:
    """Collect what the settings file is at each change."""
    seen: list[bytes] = []
    running.settings.subscribe(lambda: seen.append(running.settings.path.read_bytes()))
    return seen


def order(running: Services) -> list[str]:
    return [tier["id"] for tier in on_disk(running)["tiers"]]


def sight(window: SettingsWindow) -> None:
    """Have the tiers in sight, away from the edges that scroll."""
    window.resize(760, 1000)
    QApplication.processEvents()


def test_a_tier_is_dragged_before_another_and_written_once(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "opus")) as (window, running):
            sight(window)
            seen, drag, rows = writes(running), window.tiers.drag, window.tiers.tiers
            hand = Hand(window, "opus")
            hand.move_over(rows["haiku"], 0.8)
            assert drag.row is rows["opus"]
            assert not drag.line.isVisible(), "it would stay where it is"
            assert drag.veil.geometry().size() == rows["opus"].size()
            hand.move_over(rows["haiku"], 0.2)
            top = rows["haiku"].mapTo(window.tiers.inside, QPoint()).y()
            assert drag.line.isVisible()
            assert top - 20 < drag.line.y() < top
            hand.move_over(rows["builtin"], 0.2)
            assert seen == [], "nothing is written before the drop"
            hand.release()
            assert drag.row is None
            assert not drag.line.isVisible()
            assert not drag.veil.isVisible()
            await window.settled()
            await until(lambda: list(window.tiers.tiers) == ["opus", "builtin", "haiku"])
            assert order(running) == ["opus", "builtin", "haiku"]
            assert len(seen) == 1
            assert list(running.broker.snapshot.quotes) == ["opus", "builtin", "haiku"]
            assert window.tiers.tiers["opus"] is rows["opus"]

    drive(work())


def test_a_tier_is_dragged_to_the_end(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "opus")) as (window, running):
            sight(window)
            hand = Hand(window, "builtin")
            hand.move_over(window.tiers.tiers["opus"], 0.9)
            last = window.tiers.tiers["opus"]
            bottom = last.mapTo(window.tiers.inside, QPoint(0, last.height())).y()
            assert abs(window.tiers.drag.line.y() - bottom) < 20
            hand.release()
            await window.settled()
            assert order(running) == ["haiku", "opus", "builtin"]

    drive(work())


def test_escape_leaves_a_dragged_tier_where_it_was_and_the_window_open(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "opus")) as (window, running):
            sight(window)
            seen = writes(running)
            hand = Hand(window, "opus")
            hand.move_over(window.tiers.tiers["builtin"], 0.1)
            QTest.keyClick(window, Qt.Key.Key_Escape)
            assert window.isVisible()
            assert window.tiers.drag.row is None
            assert not window.tiers.drag.line.isVisible()
            hand.move_over(window.tiers.tiers["builtin"], 0.2)
            assert window.tiers.drag.row is None, "the same press does not lift it again"
            hand.release()
            await window.settled()
            assert seen == []
            QTest.keyClick(window, Qt.Key.Key_Escape)
            assert not window.isVisible(), "after a drag Escape is the window's again"

    drive(work())


def test_a_press_that_hardly_moves_drags_nothing(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku")) as (window, running):
            sight(window)
            seen = writes(running)
            hand = Hand(window, "haiku")
            QTest.mouseMove(hand.grip, hand.grip.rect().center() + QPoint(1, 2))
            assert window.tiers.drag.row is None
            hand.release()
            await window.settled()
            assert seen == []

    drive(work())


def test_a_drag_ends_when_the_tiers_change_below_it(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "opus")) as (window, running):
            sight(window)
            hand = Hand(window, "opus")
            hand.move_over(window.tiers.tiers["builtin"], 0.1)
            assert window.tiers.drag.row is not None
            window.tiers.remove("haiku")
            await window.settled()
            await until(lambda: "haiku" not in window.tiers.tiers)
            assert window.tiers.drag.row is None
            hand.release()
            await window.settled()
            assert order(running) == ["builtin", "opus"]

    drive(work())


def test_a_drag_at_the_edge_scrolls_as_far_as_it_goes_and_then_rests(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "sonnet", "opus")) as (window, running):
            window.resize(760, 420)
            QApplication.processEvents()
            bar, drag = window.tiers.verticalScrollBar(), window.tiers.drag
            window.tiers.ensureWidgetVisible(window.tiers.tiers["builtin"])
            hand = Hand(window, "builtin")
            start = bar.value()
            hand.move(window.tiers.viewport().height() - 3)
            await until(lambda: bar.value() > start + 200)
            hand.move(window.tiers.viewport().height() // 2)
            assert not drag._timer.isActive()
            hand.move(2)
            await until(lambda: bar.value() == bar.minimum())
            await until(lambda: not drag._timer.isActive())
            hand.move(window.tiers.viewport().height() + 30)
            await until(lambda: bar.value() == bar.maximum())
            hand.release()
            await window.settled()
            assert order(running) == ["haiku", "sonnet", "opus", "builtin"]

    drive(work())


def test_rows_that_a_search_hides_are_passed_over(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "sonnet", "opus")) as (window, running):
            sight(window)
            window.search.setText("claude")
            rows = window.tiers.tiers
            await until(lambda: not rows["builtin"].isVisible() and rows["opus"].isVisible())
            QApplication.processEvents()
            hand = Hand(window, "opus")
            hand.move_over(rows["haiku"], 0.1)
            hand.release()
            await window.settled()
            assert order(running) == ["builtin", "opus", "haiku", "sonnet"]

    drive(work())


def test_a_grip_has_a_name_and_one_tier_alone_goes_nowhere(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku")) as (window, _):
            grip = window.tiers.tiers["haiku"].grip
            assert grip.accessibleName() == "Drag Claude Haiku 5.5 to another place"
            assert grip.isEnabled()
            assert "Alt+Up" in grip.toolTip()
            window.tiers.remove("haiku")
            await window.settled()
            await until(lambda: list(window.tiers.tiers) == ["builtin"])
            assert not window.tiers.tiers["builtin"].grip.isEnabled()

    drive(work())


HEIGHTS = st.lists(st.integers(1, 400), min_size=1, max_size=12)


@given(heights=HEIGHTS, y=st.integers(-500, 6000))
def test_a_row_lands_between_the_middles_that_it_is_between(heights: list[int], y: int) -> None:
    spans, top = [], 0
    for height in heights:
        spans.append((top, top + height - 1))
        top += height
    place = place_at(y, spans)
    middles = [(first + last) / 2 for first, last in spans]
    assert all(middle < y for middle in middles[:place])
    assert all(middle >= y for middle in middles[place:])


@given(y=st.integers(-200, 2200), height=st.integers(30, 2000))
def test_only_the_edges_scroll_and_faster_further_out(y: int, height: int) -> None:
    speed, edge = speed_at(y, height), min(EDGE, height // 3)
    if edge <= y <= height - edge:
        assert speed == 0
    elif y < edge:
        assert speed < 0
        assert speed_at(y - 1, height) <= speed
    else:
        assert speed > 0
        assert speed_at(y + 1, height) >= speed
