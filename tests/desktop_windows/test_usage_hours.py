"""The usage of today: hours from the ledger, in chart, table and what-if alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QGuiApplication

from compute_broker.core.money import format_usd
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.usage.bars import DayBars
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.ledger.periods import Calendar
from compute_broker.ledger.records import Period
from compute_broker.ledger.views import HourSpend, Sums
from desktop_windows.real import only, services
from desktop_windows.test_usage_window import COST, asked, book, cells, label, opus_and_haiku, usable
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


def test_the_chart_of_today_adds_up_to_its_table(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Today", cost=COST, category="chat")
            book(running, "Three days ago", cost=5 * COST, category="chat", days_ago=3)
            window = UsageWindow(running, theme)
            window.tabs.setCurrentIndex(0)
            window.open_at_cursor()
            await window.settled()
            spent = sum(hour.sums.spent for hour in window.bars._days)
            assert spent == COST
            assert label(window, "spent", "figure") == format_usd(spent)
            assert [row[4] for row in cells(window.table)] == [format_usd(spent)]
            assert window.bars.accessibleName() == "Spend by hour"
            assert 23 <= window.bars._columns() <= 25
            await ended(window)

    drive(work())


def test_a_what_if_of_today_is_drawn_by_the_hour(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(opus_and_haiku) as running:
            await usable(running)
            await asked(running, 2)
            window = UsageWindow(running, theme)
            window.tabs.setCurrentIndex(0)
            window.open_at_cursor()
            await window.settled()
            window.what_if.all_on.click()
            await until(lambda: window._found is not None)
            found = window._found
            assert found is not None
            assert found.would > found.spent
            bars = range(len(window.bars._days))
            assert sum(window.bars.would(bar) or 0 for bar in bars) == found.would
            await ended(window)

    drive(work())


def test_a_copied_chart_says_its_period_and_an_empty_table_that_it_is(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            assert window.table.rowCount() == 0
            assert window.table.accessibleDescription() == "Nothing was asked today."
            shown = window.table.viewport().grab().toImage()
            middle = [shown.pixel(x, shown.height() // 2) for x in range(shown.width())]
            assert len(set(middle)) > 1, "the sentence stands in the middle"
            window.copy_chart.click()
            assert QGuiApplication.clipboard().image().height() > window.bars.height()
            book(running, "Today", cost=COST, category="chat")
            window.refresh()
            await window.settled()
            assert window.table.accessibleDescription() == ""
            await ended(window)

    drive(work())


def test_a_period_longer_than_the_chart_says_so(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Long ago", cost=COST, category="chat", days_ago=200)
            window = UsageWindow(running, theme)
            window.tabs.setCurrentIndex(4)
            window.open_at_cursor()
            await window.settled()
            assert window.caption.isVisible()
            assert "last 92 days" in window.caption.text()
            window.tabs.setCurrentIndex(3)
            await window.settled()
            assert window.caption.isHidden()
            await ended(window)

    drive(work())


def test_a_low_ghost_is_filled_and_a_high_one_outlined(theme: Theme) -> None:
    bars = DayBars(theme)
    bars.resize(300, 120)
    start = datetime(2026, 11, 23, 0, tzinfo=UTC)
    spends = (1_000_000, 1_000_000)
    hours = [
        HourSpend(start + timedelta(hours=number), Sums(exact=spent)) for number, spent in enumerate(spends)
    ]
    bars.show_days(hours)
    bars.show_ghost({hours[0].start: -970_000, hours[1].start: 1_000_000})
    image = bars.grab().toImage()
    low, high = bars._ghost_bar(0), bars._ghost_bar(1)
    assert low.height() < 12 < high.height()
    colours = theme.colours
    assert image.pixelColor(low.center().toPoint()).name() == colours.series[1]
    assert image.pixelColor(high.center().toPoint()).name() == colours.accent_soft
    bars.deleteLater()


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_has_as_many_hours_as_the_clocks_make_it(day: str, hours: int) -> None:
    calendar = Calendar(ZoneInfo("Europe/Berlin"))
    date = datetime.fromisoformat(day).date()
    last = calendar.start_of_day(date + timedelta(days=1)) - timedelta(seconds=1)
    found = calendar.hours(last)
    assert len(found) == hours
    assert found[0] == calendar.start(Period.DAY, last)
    assert calendar.hours(found[0]) == found[:1]
