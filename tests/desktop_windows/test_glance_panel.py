"""The glance panel: agrees with snapshot and ledger, switches tiers, and is worked by keyboard alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.compose import Services
from compute_broker.config.edits import set_value
from compute_broker.core.money import format_usd
from compute_broker.core.quote import State
from compute_broker.desktop.glance import words
from compute_broker.desktop.glance.gauge import Gauge
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.glance.row import GlanceRow
from compute_broker.desktop.placing import beside, corner
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.forecast import Forecast
from desktop_windows.real import only, services, texts
from desktop_windows.test_usage_window import COST, book
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
AREA = QRect(0, 30, 1280, 770)
sides = st.integers(-3000, 5000)


async def opened(running: Services, theme: Theme) -> GlancePanel:
    panel = GlancePanel(running, theme)
    panel.open_at_cursor()
    await panel.settled()
    return panel


def row(panel: GlancePanel, tier_id: str) -> GlanceRow:
    return next(each for each in panel.rows if each.tier_id == tier_id)


def test_the_panel_agrees_with_the_ledger(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "opus")) as running:
            for days_ago in range(6):
                book(running, "Fix the bug", cost=COST, category="coding", days_ago=days_ago)
            running.settings.update(set_value("budget.monthly.amount", 50.0))
            running.broker.settings_changed()
            await running.broker.refresh_spend()
            panel = await opened(running, theme)
            assert panel.head.spent.text() == format_usd(COST)
            assert panel.head.saved.text() == format_usd(10_000_000 - COST)
            assert panel.head.spent_note.text() == "for 1 request"
            assert row(panel, "builtin").share.text() == format_usd(COST)
            assert row(panel, "opus").share.text() == "–"
            parts = [panel.bars.stack(number) for number in range(14)]
            assert [len(each) for each in parts] == [0] * 8 + [1] * 6
            assert {part[0] for each in parts for part in each} == {"builtin"}
            assert panel.outlook.whole.startswith(format_usd(running_forecast(running).likely))
            await ended(panel)

    drive(work())


def running_forecast(running: Services) -> Forecast:
    from compute_broker.ledger.ledger import Ledger  # noqa: PLC0415 - for this only
    from compute_broker.ledger.records import Period  # noqa: PLC0415 - likewise

    with Ledger.open(running.home.ledger) as ledger:
        found = ledger.forecast(Period.MONTH)
    assert found is not None
    return found


def test_what_nobody_knows_is_a_dash(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "lmstudio", "opus")) as running:
            panel = await opened(running, theme)
            assert panel.head.saved.text() == "–"
            assert panel.head.left.text() == "No budget set"
            assert panel.head.gauge.isHidden()
            assert [each.share.text() for each in panel.rows] == ["–"] * len(panel.rows)
            assert "– tok/s" in row(panel, "builtin").detail.whole
            assert panel.outlook.whole == "A forecast needs three whole days of use."
            assert [said for said in texts(panel) if said == "$0.00"] == ["$0.00"]  # spent: that is known
            await ended(panel)

    drive(work())


@pytest.mark.parametrize("how", ["click", "space"])
def test_a_switch_switches_the_tier(drive: Drive, theme: Theme, how: str) -> None:
    async def work() -> None:
        async with services(only("builtin", "opus")) as running:
            panel = await opened(running, theme)
            switch = row(panel, "builtin").switch
            assert switch.isChecked()
            if how == "click":
                QTest.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
            else:
                switch.setFocus()
                QTest.keyClick(switch, Qt.Key.Key_Space)
            await panel.settled()
            await until(lambda: not running.broker.snapshot.quotes["builtin"].tier.enabled)
            await until(lambda: row(panel, "builtin").dot.state is State.OFF)
            assert not row(panel, "builtin").switch.isChecked()
            assert row(panel, "builtin").switch is switch
            await ended(panel)

    drive(work())


def test_the_keyboard_reaches_everything_and_escape_closes(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "opus")) as running:
            panel = await opened(running, theme)
            gone: list[None] = []
            panel.hidden_by_person.connect(lambda: gone.append(None))
            assert panel.focusWidget() in {panel, None}
            QTest.keyClick(panel, Qt.Key.Key_Down)
            seen = []
            for _ in range(7):
                at = QApplication.focusWidget() or panel.focusWidget()
                assert at is not None
                seen.append(at.accessibleName())
                QTest.keyClick(at, Qt.Key.Key_Down if len(seen) < 2 else Qt.Key.Key_Tab)
            assert seen == [
                "Built-in (tiny), on or off",
                f"{panel.rows[1].label.text()}, on or off",
                "Spend of the last 14 days, by tier",
                "Open the quick ask",
                "Open the history",
                "Open the usage window",
                "Open the settings",
            ]
            QTest.keyClick(panel, Qt.Key.Key_Escape)
            assert panel.isHidden()
            assert len(gone) == 1
            await ended(panel)

    drive(work())


def test_it_reads_nothing_while_hidden_and_follows_while_open(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "opus")) as running:
            panel = GlancePanel(running, theme)
            book(running, "Hello", cost=COST, category="chat")
            await running.broker.refresh_spend()
            assert panel.outlook.whole == ""
            assert not panel._read_timer.isActive()
            panel.open_at_cursor()
            await panel.settled()
            book(running, "Hello again", cost=COST, category="chat")
            await running.broker.refresh_spend()
            await until(lambda: panel.head.spent.text() == format_usd(2 * COST))
            panel.put_away()
            book(running, "And again", cost=COST, category="chat")
            await running.broker.refresh_spend()
            await panel.settled()
            assert panel.head.spent.text() == format_usd(2 * COST)
            await ended(panel)

    drive(work())


def test_it_closes_when_something_else_comes_to_the_front(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            panel = await opened(running, theme)
            assert not panel.was_just_left()
            other = QWidget()
            other.show()
            other.activateWindow()
            QApplication.sendEvent(panel, QEvent(QEvent.Type.ActivationChange))
            await until(panel.isHidden)
            assert panel.was_just_left()
            other.hide()
            await ended(panel)

    drive(work())


def test_opening_waits_for_no_server_and_is_quick(
    drive: Drive, theme: Theme, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        async with services() as running:
            panel = GlancePanel(running, theme)
            asked = running.market.refresh
            calls: list[None] = []

            async def refresh(**keywords: Any) -> None:
                calls.append(None)
                await asked(**keywords)

            running.market.refresh = refresh  # type: ignore[method-assign]
            panel.open_at_cursor()
            assert panel.isVisible()
            assert panel.head.spent.text()
            assert len(panel.rows) == len(running.broker.snapshot.quotes)
            assert calls == []
            await panel.settled()
            assert calls == [None]
            await ended(panel)

    with caplog.at_level(logging.WARNING):
        drive(work())


@given(sides, sides, st.integers(1, 64), st.integers(50, 1200), st.integers(50, 700))
def test_a_panel_stays_on_its_screen(x: int, y: int, icon: int, wide: int, high: int) -> None:
    at = QRect(beside(QRect(x, y, icon, icon), AREA, QSize(wide, high)), QSize(wide, high))
    assert AREA.contains(at)


def test_a_panel_opens_under_a_bar_above_and_over_a_bar_below() -> None:
    size = QSize(400, 500)
    under = beside(QRect(1000, 5, 22, 22), AREA, size)
    assert under == QPoint(810, 5 + 22 + 6)
    over = beside(QRect(1000, 775, 22, 22), QRect(0, 0, 1280, 770), size)
    assert over.y() + 500 <= 775
    screen = QRect(0, 0, 1280, 800)
    assert corner(screen, AREA, size).y() == AREA.top() + 6
    assert corner(screen, QRect(0, 0, 1280, 760), size) == QPoint(1280 - 406, 760 - 506)


def test_budget_and_pace_are_told() -> None:
    cent = 10_000_000
    view = BudgetView("day", 500 * cent, hard=True, spent=300 * cent)
    assert words.budget(view, 0.5) == ("$2.00 of $5.00 left today", "$0.50 ahead of the day's pace")
    assert words.budget(view, 0.75)[1] == "within the day's pace"
    assert words.budget(replace(view, spent=600 * cent), 0.5)[1] == ""
    assert words.budget(None, 0.5) == ("No budget set", "")


def test_the_gauge_is_full_at_most(theme: Theme) -> None:
    gauge = Gauge(theme)
    gauge.show_budget(BudgetView("day", 100, hard=True, spent=250), 0.25)
    assert (gauge.filled, gauge.pace) == (1.0, 0.25)
    assert gauge.accessibleDescription() == "250 % of the budget is used; 25 % of its time is over"
    gauge.show_budget(BudgetView("day", 0, hard=True, spent=0), 0.25)
    assert gauge.filled == 1.0


def test_forecast_and_doubt_in_words() -> None:
    usd = 1_000_000_000
    day = datetime(2026, 11, 30, tzinfo=UTC).date()
    found = Forecast(day, 26 * usd, 31 * usd, 38 * usd)
    monthly = BudgetView("month", 60 * usd, hard=False, spent=0)
    told = words.outlook(found, monthly)
    assert told == "$31.00 by 30 November (likely $26.00 to $38.00), budget $60.00"
    assert words.outlook(found, replace(monthly, limit=30 * usd)).endswith(", over the $30.00")
    assert words.outlook(replace(found, low=31 * usd, high=31 * usd), None) == "$31.00 by 30 November"
    assert words.saved(Spend(saved_today=-20_000_000, compared_today=1)) == ("$0.02 more", "warn")
    doubt = words.uncertain(Spend(estimated_today=20_000_000, unknown_today=1))
    assert doubt == "$0.02 of it estimated · 1 answer of unknown cost"


def test_a_settings_file_with_a_mistake_shows_quietly_and_leads_to_the_settings(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            panel = await opened(running, theme)
            assert panel.mistake.isHidden()
            before = panel.height()
            good = running.settings.path.read_text("utf-8")
            running.settings.path.write_text(good.replace("mode = ", "mod = "), "utf-8")
            await running.follow()
            await until(panel.mistake.isVisible)
            assert "did you mean 'mode'" in panel.mistake.toolTip()
            assert panel.height() > before
            wanted: list[bool] = []
            panel.settings_wanted.connect(lambda: wanted.append(True))
            panel.mistake.click()
            assert wanted == [True]
            panel.open_at_cursor()
            running.settings.path.write_text(good, "utf-8")
            await running.follow()
            await until(panel.mistake.isHidden)
            assert panel.height() == before
            await ended(panel)

    drive(work())
