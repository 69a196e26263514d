"""The usage window agrees with the ledger, searches it, and exports it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from compute_broker.broker.attempts import model_of
from compute_broker.compose import Services
from compute_broker.core.money import format_usd
from compute_broker.core.usage import Certainty, Usage
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import (
    DecisionNote,
    NewAttempt,
    NewRequest,
    RequestStatus,
    Settlement,
)
from desktop_windows.real import only, services
from desktop_windows.waiting import ended

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
COST = 3_000_000


def book(running: Services, prompt: str, *, cost: int | None, category: str, days_ago: int = 0) -> None:
    when = datetime.now(UTC) - timedelta(days=days_ago)
    quote = running.broker.snapshot.quotes["builtin"]
    with Ledger.open(running.home.ledger, clock=lambda: when) as ledger:
        request_id = new_request_id()
        ledger.begin(NewRequest(request_id, "quick_ask", prompt))
        ledger.decide(request_id, DecisionNote(category=category))
        tier = quote.tier
        attempt = NewAttempt(tier.id, tier.place, tier.provider, model_of(quote), quote.price, 5_000_000)
        reservation = ledger.reserve(request_id, attempt)
        ledger.mark_sent(reservation.id)
        certainty = Certainty.EXACT if cost is not None else Certainty.UNKNOWN
        ledger.settle(reservation.id, Settlement(cost, certainty, usage=Usage(10, 20), latency_ms=1500))
        ledger.finish(
            request_id,
            RequestStatus.ANSWERED,
            answer="the answer",
            answered_by=reservation.id,
            baseline_tier="builtin",
            baseline_cost=10_000_000,
        )


def label(window: UsageWindow, card: str, name: str) -> str:
    found = getattr(window, card).findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text()


def cells(table: Any) -> list[list[str]]:
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def test_totals_and_tables_agree_with_the_ledger(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Fix the bug", cost=COST, category="coding")
            book(running, "Write a poem", cost=COST, category="writing")
            book(running, "Old question", cost=COST, category="writing", days_ago=60)
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            assert label(window, "spent", "figure") == format_usd(2 * COST)
            assert label(window, "saved", "figure") == format_usd(2 * (10_000_000 - COST))
            assert label(window, "requests", "figure") == "2"
            assert cells(window.by_tier) == [["Built-in (tiny)", "2", "0.60 ¢", "$0.01"]]
            assert [row[0] for row in cells(window.by_group)] == ["Coding", "Writing"]
            window.tabs.setCurrentIndex(4)
            await window.settled()
            assert label(window, "requests", "figure") == "3"
            await ended(window)

    drive(work())


def test_what_nobody_knows_is_a_dash(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            assert label(window, "saved", "figure") == "–"
            book(running, "Unpriced", cost=None, category="coding")
            window.refresh()
            await window.settled()
            assert "unknown" in label(window, "spent", "note")
            await ended(window)

    drive(work())


def test_bars_tell_each_day(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Today", cost=COST, category="chat")
            book(running, "Yesterday", cost=2 * COST, category="chat", days_ago=1)
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            assert "0.30 ¢ spent" in window.bars.accessibleDescription()
            assert "0.60 ¢ spent" in window.bars.accessibleDescription()
            today, before = window.bars._bar(13), window.bars._bar(12)
            assert before.height() == pytest.approx(2 * today.height())
            QTest.keyClick(window.bars, Qt.Key.Key_Left)
            QTest.keyClick(window.bars, Qt.Key.Key_Left)
            assert "0.60 ¢ spent" in window.bars.accessibleDescription()
            assert "0.30 ¢ spent" not in window.bars.accessibleDescription()
            await ended(window)

    drive(work())


def test_the_period_is_exported(drive: Drive, theme: Theme, tmp_path: Path) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Today", cost=COST, category="chat")
            book(running, "Long ago", cost=COST, category="chat", days_ago=60)
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            target = tmp_path / "usage.csv"
            window.export_to(str(target))
            await window.settled()
            assert window.message.text() == f"1 row written to {target}"
            rows = list(csv.DictReader(target.read_text("utf-8-sig").splitlines()))
            assert [row["category"] for row in rows] == ["chat"]
            window.export_to(str(tmp_path / "no" / "such" / "folder" / "usage.csv"))
            await window.settled()
            assert "usage.csv" in window.message.text() or "cannot" in window.message.text()
            window.export()
            assert window._dialog is not None
            assert window._dialog.isVisible()
            window._dialog.reject()
            await ended(window)

    drive(work())


def test_the_second_table_sums_by_what_is_chosen_and_both_are_copied(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Fix the bug", cost=COST, category="coding")
            book(running, "Write a poem", cost=None, category="writing")
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            window.tabs.setCurrentIndex(3)
            await window.settled()
            assert [row[0] for row in cells(window.by_group)] == ["Coding", "Writing"]
            for group, expected in (
                ("source", "Quick ask"),
                ("place", "Personal"),
                ("project", "No project"),
            ):
                window.grouping.setCurrentIndex(window.grouping.findData(group))
                window.grouping.activated.emit(0)
                await window.settled()
                assert cells(window.by_group) == [[expected, "2", "0.30 ¢ + 1 unknown", "0.70 ¢"]]
            window.copy_figures.click()
            lines = list(csv.reader(QGuiApplication.clipboard().text().splitlines()))
            assert lines[0] == ["This quarter"]
            assert lines[1] == ["Tier", "Requests", "Spent", "Saved"]
            assert lines[2][:2] == ["Built-in (tiny)", "2"]
            assert lines[4] == ["Project", "Requests", "Spent", "Saved"]
            window.copy_chart.click()
            image = QGuiApplication.clipboard().image()
            assert image.size() == window.bars.grab().size()
            assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) >= 2
            await ended(window)

    drive(work())
