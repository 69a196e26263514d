"""Tiers put in order with the mouse: pressed, moved and released as a hand does, on the real services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from compute_broker.compose import Services
from compute_broker.desktop.settings.row_drag import EDGE, place_at, speed_at
from compute_broker.desktop.settings.tier_row import TierRow
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.real import only
from desktop_windows.test_settings_window import on_disk, opened
from desktop_windows.waiting import looked, until

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

    async def move(self, y: int) -> None:
        """Go to so many pixels below the top of the page's viewport."""
        at = self.window.tiers.viewport().mapToGlobal(QPoint(40, y))
        self._move_to(at)
        await turns()

    def nudge(self, by: QPoint) -> None:
        """Go a little away from where it was pressed."""
        self._move_to(self.grip.mapToGlobal(self.grip.rect().center() + by))

    async def move_over(self, other: TierRow, share: float) -> None:
        """Go to a share of the height of another row."""
        view = self.window.tiers.viewport()
        top = view.mapFromGlobal(other.mapToGlobal(QPoint())).y()
        await self.move(top + int(other.height() * share))

    def _move_to(self, at: QPoint) -> None:
        """Sent as it is: QTest's own move turns the event loop, which no coroutine on that loop may do."""
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(self.grip.mapFromGlobal(at)),
            QPointF(at),
            Qt.MouseButton.NoButton,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self.grip, event)

    def release(self) -> None:
        QTest.mouseRelease(self.grip, LEFT, pos=self.grip.rect().center())


def writes(running: Services) -> list[bytes]:
    """Collect what the settings file is at each change."""
    seen: list[bytes] = []
    running.settings.subscribe(lambda: seen.append(running.settings.path.read_bytes()))
    return seen


def order(running: Services) -> list[str]:
    return [tier["id"] for tier in on_disk(running)["tiers"]]


async def turns() -> None:
    """Let the event loop turn, so that what was asked for is laid out."""
    for _ in range(4):
        await asyncio.sleep(0)


async def sight(window: SettingsWindow) -> None:
    """Have the tiers in sight, away from the edges that scroll."""
    window.resize(760, 1000)
    await turns()


def test_a_tier_is_dragged_before_another_and_written_once(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "opus")) as (window, running):
            await sight(window)
            seen, drag, rows = writes(running), window.tiers.drag, window.tiers.tiers
            hand = Hand(window, "opus")
            await hand.move_over(rows["haiku"], 0.8)
            assert drag.row is rows["opus"]
            assert not drag.line.isVisible(), "it would stay where it is"
            assert drag.veil.geometry().size() == rows["opus"].size()
            await hand.move_over(rows["haiku"], 0.2)
            top = rows["haiku"].mapTo(window.tiers.inside, QPoint()).y()
            assert drag.line.isVisible()
            assert top - 20 < drag.line.y() < top
            await hand.move_over(rows["builtin"], 0.2)
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
            await sight(window)
            hand = Hand(window, "builtin")
            await hand.move_over(window.tiers.tiers["opus"], 0.9)
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
            await sight(window)
            seen = writes(running)
            hand = Hand(window, "opus")
            await hand.move_over(window.tiers.tiers["builtin"], 0.1)
            QTest.keyClick(window, Qt.Key.Key_Escape)
            assert window.isVisible()
            assert window.tiers.drag.row is None
            assert not window.tiers.drag.line.isVisible()
            await hand.move_over(window.tiers.tiers["builtin"], 0.2)
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
            await sight(window)
            seen = writes(running)
            hand = Hand(window, "haiku")
            hand.nudge(QPoint(1, 2))
            assert window.tiers.drag.row is None
            hand.release()
            await window.settled()
            assert seen == []

    drive(work())


def test_a_drag_ends_when_the_tiers_change_below_it(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "opus")) as (window, running):
            await sight(window)
            hand = Hand(window, "opus")
            await hand.move_over(window.tiers.tiers["builtin"], 0.1)
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
            await turns()
            bar, drag = window.tiers.verticalScrollBar(), window.tiers.drag
            window.tiers.ensureWidgetVisible(window.tiers.tiers["builtin"])
            hand = Hand(window, "builtin")
            start = bar.value()
            await hand.move(window.tiers.viewport().height() - 3)
            await until(lambda: bar.value() > start + 200)
            await hand.move(window.tiers.viewport().height() // 2)
            assert not drag._timer.isActive()
            await hand.move(2)
            await until(lambda: bar.value() == bar.minimum())
            await until(lambda: not drag._timer.isActive())
            await hand.move(window.tiers.viewport().height() + 30)
            await until(lambda: bar.value() == bar.maximum())
            hand.release()
            await window.settled()
            assert order(running) == ["haiku", "sonnet", "opus", "builtin"]

    drive(work())


def test_rows_that_a_search_hides_are_passed_over(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "sonnet", "opus")) as (window, running):
            await sight(window)
            window.search.setText("claude")
            await looked(window)
            rows = window.tiers.tiers
            assert not rows["builtin"].isVisible()
            assert rows["opus"].isVisible()
            await turns()
            hand = Hand(window, "opus")
            await hand.move_over(rows["haiku"], 0.1)
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
