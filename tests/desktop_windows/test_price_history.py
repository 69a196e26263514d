"""A tier's prices in Settings, Tiers: what is held, the word on it, and how the price moved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from compute_broker.compose import Services
from compute_broker.core.money import format_rate, nanos_from_usd
from compute_broker.core.price import TokenRates
from compute_broker.core.price_origin import PriceKind
from compute_broker.desktop.menu_words import tier_hint
from compute_broker.desktop.settings.price_chart import PriceChart, change_text
from compute_broker.desktop.settings.tier_row import TierRow
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.price_changes import ChangeState, PriceChange
from desktop_windows.real import only, services
from desktop_windows.waiting import ended
from doubles.openrouter_api import KIMI, OpenRouterDouble, endpoint_row

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@asynccontextmanager
async def opened(theme: Theme, double: OpenRouterDouble) -> AsyncIterator[tuple[TierRow, Services]]:
    def change(document: Any) -> None:
        only("kimi")(document)
        document["tiers"][0].update({"base_url": double.url, "place": "distributed"})

    async with services(change) as running:
        window = SettingsWindow(running, theme)
        window.open_at_cursor()
        await window.settled()
        try:
            yield window.tiers.tiers["kimi"], running
        finally:
            await ended(window)


async def priced(running: Services, double: OpenRouterDouble, prompt: str, completion: str) -> None:
    double.endpoints = {KIMI: [endpoint_row(KIMI, "Novita", prompt, completion)]}
    running.market._prices._read_at.clear()
    await running.look()
    await running.prices.note()


def shown(row: TierRow) -> list[list[str]]:
    return row.prices.history.table.texts()[1:]


def test_a_held_price_is_told_with_both_figures_and_believed_at_a_press(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with OpenRouterDouble() as double:
            async with opened(theme, double) as (row, running):
                await priced(running, double, "0.000003", "0.000015")
                assert not row.prices.bar.isVisible()
                assert "$3.00 in, $15.00 out /M (OpenRouter's hosts, just now)" in row.state.text()
                assert "Novita, the cheapest (1 of 1 up), just now" in row.state.toolTip()
                await priced(running, double, "0", "0")
                assert row.prices.bar.isVisible()
                told = "the price fell from $3.00 in, $15.00 out to $0.00 in, $0.00 out at once: believe it?"
                assert told in row.prices.held.text()
                assert "it waits in Settings" in tier_hint(running.broker.snapshot.quotes["kimi"])
                QTest.keyClick(row.prices.believe, Qt.Key.Key_Space)
                await row._tasks.settled()
                assert not row.prices.bar.isVisible()
                assert "$0.00 in, $0.00 out" in row.state.text()

    drive(work())


def test_chart_and_table_of_the_history_agree_and_follow(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with OpenRouterDouble() as double:
            async with opened(theme, double) as (row, running):
                await priced(running, double, "0.000001", "0.000004")
                assert not row.prices.history.isVisible()
                row.prices.toggle.click()
                await row._tasks.settled()
                assert [cells[2:] for cells in shown(row)] == [["$1.00", "$4.00", "in force"]]
                await priced(running, double, "0.000002", "0.000005")
                await row._tasks.settled()
                assert [cells[2:4] for cells in shown(row)] == [["$2.00", "$5.00"], ["$1.00", "$4.00"]]
                changes = await running.prices.changes("kimi")
                described = row.prices.history.chart.accessibleDescription()
                assert described == "; ".join(map(change_text, changes))
                for cells in shown(row):
                    assert f"{cells[2]} in, {cells[3]} out, {cells[4]}" in described
                row.prices.toggle.click()
                assert not row.prices.isVisible()

    drive(work())


def change(hours: float, in_: str | None, out: str | None, state: ChangeState = ChangeState.IN_FORCE) -> Any:
    at = NOON + timedelta(hours=hours)
    rates = [None if each is None else nanos_from_usd(each) for each in (in_, out)]
    return PriceChange(round(hours * 10), at, "t", "m", state, PriceKind.SPOT, "spot feed", at, *rates)


HISTORY = [
    change(9, "0", "0", ChangeState.DROPPED),
    change(8, "1", "3"),
    change(6, None, None, ChangeState.UNPRICED),
    change(2, "2", "8"),
    change(0, "1", "4"),
]
"""The newest first, as the ledger gives them."""


@pytest.fixture
def chart(theme: Theme, qtbot: Any) -> PriceChart:
    chart = PriceChart(theme, "Edge, price history, chart")
    qtbot.addWidget(chart)
    chart.resize(500, 132)
    chart.show_changes(HISTORY, NOON + timedelta(hours=10))
    return chart


def test_the_line_steps_at_each_change_and_breaks_where_nobody_knew_the_price(chart: PriceChart) -> None:
    before, after = chart.steps("output")
    assert [round(point.x() - before[0].x()) for point in before] == [0, 83, 83, 248]
    assert before[0].y() == before[1].y() > before[2].y() == before[3].y()
    assert len(after) == 2
    assert round(after[1].x() - after[0].x()) == 83, "the last price holds until now"
    assert after[0].y() > before[0].y(), "three dollars stand lower than four"
    assert len(chart.steps("input")) == 2


def test_the_keyboard_walks_through_the_changes_and_each_is_read_out(chart: PriceChart) -> None:
    chart.show()
    heard = []
    for _ in range(6):
        QTest.keyClick(chart, Qt.Key.Key_Left)
        heard.append(chart.accessibleDescription())
    assert heard[:5] == [change_text(each) for each in HISTORY]
    assert heard[5] == heard[4]
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.accessibleDescription() == change_text(HISTORY[3])
    assert "24 November 20:00: $1.00 in, $3.00 out, in force" in heard
    assert "24 November 18:00: no price, spot feed" in heard


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_lines_are_drawn_in_light_and_dark(chart: PriceChart, theme: Theme, scheme: Any) -> None:
    theme.choose(scheme)
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    image.fill(theme.colours.surface)
    chart.render(image, QPoint())
    drawn = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert set(theme.colours.series[:2]) <= drawn
    theme.choose("light")


def test_a_lie_that_was_held_does_not_flatten_the_lines(chart: PriceChart) -> None:
    top = chart.steps("output")[0][2].y()
    chart.show_changes([change(9.5, "900", "9000", ChangeState.HELD), *HISTORY], NOON + timedelta(hours=10))
    assert chart.steps("output")[0][2].y() == top
    assert format_rate(TokenRates(0, nanos_from_usd("9000")).output) in chart.accessibleDescription()


def test_without_a_change_the_chart_says_so(chart: PriceChart) -> None:
    chart.show_changes([], NOON)
    assert chart.accessibleDescription() == "No change yet"
    chart.render(QImage(chart.size(), QImage.Format.Format_RGB32), QPoint())
    QTest.keyClick(chart, Qt.Key.Key_Left)
