"""The usage window agrees with the ledger, searches it, and exports it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from compute_broker.broker.attempts import model_of
from compute_broker.broker.noting import note_of
from compute_broker.broker.policy import Rules
from compute_broker.broker.settling import baseline_counterfactual
from compute_broker.compose import Services
from compute_broker.core.decision import CrossCheck
from compute_broker.core.money import NANOS_PER_USD as USD
from compute_broker.core.money import format_usd
from compute_broker.core.usage import Certainty, Usage
from compute_broker.desktop.glance.words import count
from compute_broker.desktop.menu_words import saved_line, spend_line
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.usage.bars import DayBars
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import (
    DecisionNote,
    NewAttempt,
    NewRequest,
    Outcome,
    Period,
    RequestStatus,
    Settlement,
)
from compute_broker.ledger.views import DaySpend, Sums
from desktop_windows.real import only, services
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
COST = 3_000_000


def book(
    running: Services,
    prompt: str,
    *,
    cost: int | None,
    category: str,
    days_ago: int = 0,
    answer: str = "the answer",
    source: str = "quick_ask",
) -> None:
    when = datetime.now(UTC) - timedelta(days=days_ago)
    quote = running.broker.snapshot.quotes["builtin"]
    with Ledger.open(running.home.ledger, clock=lambda: when) as ledger:
        request_id = new_request_id()
        ledger.begin(NewRequest(request_id, source, prompt))
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
            answer=answer,
            answered_by=reservation.id,
            baseline_tier="builtin",
            baseline_cost=10_000_000,
        )


def label(window: UsageWindow, card: str, name: str) -> str:
    found = getattr(getattr(window, card), name)
    assert isinstance(found, QLabel)
    return found.text()


def cells(table: Any) -> list[list[str]]:
    return [
        [
            table.item(row, column).text()
            for column in range(table.columnCount())
            if not table.isColumnHidden(column)
        ]
        for row in range(table.rowCount())
    ]


def lined(table: Any, row: int) -> bool:
    """Return whether a line is drawn above a row."""
    picture = table.viewport().grab().toImage()
    top, middle = table.rowViewportPosition(row), picture.width() // 2
    return bool(picture.pixel(middle, top) != picture.pixel(middle, top + 3))


def by(window: UsageWindow, group: str) -> None:
    window.grouping.setCurrentIndex(window.grouping.findData(group))
    window.grouping.activated.emit(0)


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
            assert cells(window.table) == [["Built-in (tiny)", "2", "20", "40", "0.60 ¢", "$0.01"]]
            by(window, "category")
            await window.settled()
            *groups, whole = cells(window.table)
            assert [row[0] for row in groups] == ["Coding", "Writing"]
            assert whole == ["Total", "2", "20", "40", "0.60 ¢", "$0.01"]
            assert [lined(window.table, row) for row in range(3)] == [False, False, True]
            window.tabs.setCurrentIndex(4)
            await window.settled()
            assert label(window, "requests", "figure") == "3"
            await ended(window)

    drive(work())


def failed(running: Services, *, cost: int = 0) -> None:
    """Write a request that got no answer; with a ``cost`` it was sent and billed all the same."""
    quote, request_id = running.broker.snapshot.quotes["builtin"], new_request_id()
    tier = quote.tier
    with Ledger.open(running.home.ledger) as ledger:
        ledger.begin(NewRequest(request_id, "quick_ask", "Hello?"))
        ledger.decide(request_id, DecisionNote(category="chat", baseline_tier="builtin", baseline_cost=COST))
        if cost:
            attempt = NewAttempt(tier.id, tier.place, tier.provider, model_of(quote), quote.price, cost)
            reservation = ledger.reserve(request_id, attempt)
            ledger.settle(reservation.id, Settlement(cost, Certainty.EXACT, outcome=Outcome.FAILED))
        ledger.finish(request_id, RequestStatus.FAILED, reason="not private")


def test_what_was_not_answered_is_in_no_count_and_what_it_cost_in_every_sum(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            failed(running)
            await running.broker.refresh_spend()
            assert spend_line(running.broker.spend) == "Today $0.00 for 0 requests"
            assert saved_line(running.broker.spend) == ""
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            assert (label(window, "requests", "figure"), label(window, "requests", "note")) == (
                "0",
                "1 more not answered",
            )
            assert label(window, "saved", "figure") == "–"
            assert cells(window.table) == []

            for number in range(12):
                book(running, f"Question {number}", cost=COST, category="coding")
            failed(running, cost=COST)
            window.refresh()
            await window.settled()
            await running.broker.refresh_spend()
            spend = running.broker.spend
            assert spend_line(spend).endswith("for 12 requests")
            assert count(spend) == "12 requests"
            assert (label(window, "requests", "figure"), label(window, "requests", "note")) == (
                "12",
                "2 more not answered",
            )
            assert window.bars.accessibleDescription().endswith("12 requests")
            assert label(window, "spent", "figure") == format_usd(13 * COST)
            assert label(window, "saved", "figure") == format_usd(12 * (10_000_000 - COST) - COST)
            for group in ("", "category", "source", "project", "place"):
                by(window, group)
                await window.settled()
                total = cells(window.table)[-1]
                cards = [label(window, card, "figure") for card in ("requests", "spent", "saved")]
                assert [total[1], *total[4:6]] == cards
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
            window.tabs.setCurrentIndex(4)
            window.open_at_cursor()
            await window.settled()
            assert "0.30 ¢ spent" in window.bars.accessibleDescription()
            assert "0.60 ¢ spent" in window.bars.accessibleDescription()
            today, before = window.bars._bar(1), window.bars._bar(0)
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


def test_the_table_sums_by_what_is_chosen_and_is_copied_with_the_chart(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Fix the bug", cost=COST, category="coding")
            book(running, "Write a poem", cost=None, category="writing")
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            window.tabs.setCurrentIndex(3)
            for group, expected in (
                ("source", "Quick ask"),
                ("place", "Personal"),
                ("project", "No project"),
            ):
                by(window, group)
                await window.settled()
                assert cells(window.table) == [
                    [expected, "2", "20", "40", "0.30 ¢ + 1 unknown", "0.70 ¢"],
                ]
            window.copy_figures.click()
            lines = list(csv.reader(QGuiApplication.clipboard().text().splitlines()))
            assert lines[0] == ["This quarter"]
            assert lines[1] == ["Project", "Requests", "Tokens in", "Tokens out", "Spent", "Saved"]
            assert lines[2][:2] == ["No project", "2"]
            window.copy_chart.click()
            image = QGuiApplication.clipboard().image()
            assert image.width() == window.bars.width()
            assert image.height() > window.bars.height(), "the period stands below"
            assert len({image.pixel(x, y) for x in range(image.width()) for y in (60, 100)}) >= 2
            await ended(window)

    drive(work())


@pytest.mark.parametrize(("number", "least"), [(1, 7), (2, 28), (3, 90)])
def test_the_chart_has_the_days_of_its_period_and_adds_up_to_what_was_spent(
    drive: Drive, theme: Theme, number: int, least: int
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            for back in (0, 1, 3, 9, 40):
                book(running, "A prompt", cost=COST, category="chat", days_ago=back)
            window = UsageWindow(running, theme)
            window.tabs.setCurrentIndex(number)
            window.open_at_cursor()
            await window.settled()
            assert window.bars._columns() >= least
            spent = sum(day.sums.spent for day in window.bars._days)
            assert label(window, "spent", "figure") == format_usd(spent)
            assert window.bars._days[-1].day == datetime.now().astimezone().date()
            await ended(window)

    drive(work())


def test_the_forecast_says_what_the_period_will_have_cost_with_its_band(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = UsageWindow(running, theme)
            window.tabs.setCurrentIndex(2)
            window.open_at_cursor()
            await window.settled()
            assert label(window, "forecast", "figure") == "–"
            assert "three whole days" in label(window, "forecast", "note")
            for back in range(1, 9):
                book(running, "A prompt", cost=COST * (1 + back % 3), category="chat", days_ago=back)
            window.refresh()
            await window.settled()
            found = await running.broker.ledger.forecast(Period.MONTH)
            assert label(window, "forecast", "figure") == format_usd(found.likely)
            window.tabs.setCurrentIndex(4)
            await window.settled()
            assert label(window, "forecast", "figure") == "–"
            await ended(window)

    drive(work())


# What if


def opus_and_haiku(document: Any) -> None:
    only("haiku", "opus")(document)
    document["baseline"] = "opus"


async def asked(running: Services, prompts: int) -> None:
    """Book requests as the broker would have: decided by the policy, answered by its choice."""
    broker = running.broker
    for number in range(prompts):
        decision = broker.preview("What is the capital of Peru?")
        rules = Rules(decision.mode, "opus", cross_check=CrossCheck.OFF)
        quote = decision.quote
        usage, request_id = Usage(1000 + number, 400), new_request_id()
        with Ledger.open(running.home.ledger) as ledger:
            ledger.begin(NewRequest(request_id, "quick_ask", "What is the capital of Peru?"))
            ledger.decide(request_id, note_of(decision, rules))
            tier = quote.tier
            reservation = ledger.reserve(
                request_id, NewAttempt(tier.id, tier.place, tier.provider, tier.model, quote.price, USD)
            )
            ledger.mark_sent(reservation.id)
            cost = quote.price.cost(usage)
            ledger.settle(reservation.id, Settlement(cost, Certainty.EXACT, usage=usage))
            ledger.finish(
                request_id,
                RequestStatus.ANSWERED,
                answer="Lima",
                answered_by=reservation.id,
                baseline_tier="opus",
                baseline_cost=baseline_counterfactual(usage, quote, decision.baseline),
            )


async def usable(running: Services) -> None:
    """Have prices read; the tiers count as not looked at yet, which may be tried."""
    running.keys.set("anthropic", "sk-test", session_only=True)
    await running.market.load_prices()


def test_what_if_is_the_same_in_sentence_chart_table_and_ledger(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(opus_and_haiku) as running:
            await usable(running)
            await asked(running, 3)
            window = UsageWindow(running, theme)
            window.tabs.setCurrentIndex(2)
            window.open_at_cursor()
            await window.settled()
            assert not window.table.isColumnHidden(5)
            assert window.table.isColumnHidden(7)
            assert window.bars.would(len(window.bars._days) - 1) is None
            window.what_if.tiers["haiku"].setFocus()
            QTest.keyClick(window.what_if.tiers["haiku"], Qt.Key.Key_Space)
            await until(lambda: window.what_if.sentence.text().startswith("Without"))
            found = window._found
            assert found is not None
            sums = (await running.broker.ledger.spend(Period.MONTH)).sums
            assert found.would == sums.spent + sums.saved
            assert f"would have cost {format_usd(found.would)} instead of" in window.what_if.sentence.text()
            assert "3 of 3 requests would have gone elsewhere" in window.what_if.sentence.text()
            days = range(len(window.bars._days))
            assert sum(window.bars.would(day) or 0 for day in days) == found.would
            assert [row[6:] for row in cells(window.table)] == [
                ["0", "$0.00"],
                ["3", format_usd(found.would)],
                ["3", format_usd(found.would)],
            ]
            by(window, "place")
            await until(lambda: cells(window.table)[0][0] == "Cloud")
            await window.settled()
            assert cells(window.table)[0][6:] == ["3", format_usd(found.would)]
            window.copy_figures.click()
            lines = list(csv.reader(QGuiApplication.clipboard().text().splitlines()))
            assert lines[1] == [window.what_if.sentence.text()]
            assert lines[2][-2:] == ["Requests, what if", "Spent, what if"]
            window.copy_chart.click()
            assert QGuiApplication.clipboard().image().height() > window.bars.grab().height()
            assert "under the what-if" in window.bars.accessibleDescription()
            window.what_if.reset.click()
            await until(lambda: window.table.isColumnHidden(7))
            assert "under the what-if" not in window.bars.accessibleDescription()
            await ended(window)

    drive(work())


def test_the_slider_asks_for_floors_and_the_baseline_for_everything(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(opus_and_haiku) as running:
            await usable(running)
            await asked(running, 2)
            window = UsageWindow(running, theme)
            window.tabs.setCurrentIndex(2)
            window.open_at_cursor()
            await window.settled()
            bar = window.what_if
            assert not bar.question.asks
            QTest.keyClick(bar.slider, Qt.Key.Key_End)
            assert bar.figure.text() == "Best: 100 % of the best"
            await until(lambda: bar.sentence.text().startswith("Best, this month would have cost"))
            QTest.keyClick(bar.slider, Qt.Key.Key_Left)
            assert bar.figure.text() == "99.5 % of the best"
            bar.all_on.click()
            assert not bar.slider.isEnabled()
            await until(lambda: bar.sentence.text().startswith("Everything on Claude Opus"))
            window.tabs.setCurrentIndex(0)
            await until(lambda: "today would have cost" in bar.sentence.text())
            assert "reckon" not in bar.remainder.text()
            await ended(window)

    drive(work())


def test_a_figure_lies_on_no_bar_and_the_two_kinds_of_bars_are_told(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        bars = DayBars(theme)
        bars.resize(560, 140)
        days = [DaySpend(date(2026, 11, day), Sums(exact=day * USD, requests=1)) for day in range(1, 29)]
        bars.show_days(days)
        alone = bars.grab().toImage()
        bars.show_ghost({day.day: 40 * USD for day in days})
        every = [bars._bar(number) for number in range(28)] + [
            bars._ghost_bar(number) for number in range(28)
        ]
        for number in (0, 13, 27):
            head = bars._head(number, 50)
            assert not any(head.intersects(bar) for bar in every)
            assert head.top() >= 0
        legend = QRect(0, 0, 200, 14)
        assert bars.grab().toImage().copy(legend) != alone.copy(legend)
        assert min(bar.top() for bar in every) > legend.bottom(), "the bars make room for it"

    drive(work())


def test_nothing_below_the_cards_moves_with_the_period(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            for day in range(6):
                book(running, f"Cats {day}", cost=COST * (day + 1), category="chat", days_ago=day)
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            places = set()
            for index in range(window.tabs.count()):
                window.tabs.setCurrentIndex(index)
                await window.settled()
                layout = window.layout()
                assert layout is not None
                layout.activate()
                places.add(window.bars.mapTo(window, window.bars.rect().topLeft()).y())
            assert len(places) == 1
            await ended(window)

    drive(work())
