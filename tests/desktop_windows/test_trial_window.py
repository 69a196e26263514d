"""Trying the broker on one's own prompts: the price first, the real broker, the page, one's blind word."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from broker.world import cloud, write_settings
from compute_broker.broker.events import Source
from compute_broker.compose import Services, opened
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.trial.layout import CHOOSING, DONE, RUNNING
from compute_broker.desktop.trial.window import TrialWindow
from compute_broker.experiment.judge.rating import read_ratings
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import NewRequest, RequestStatus
from desktop_windows.waiting import ended, until
from doubles.anthropic_api import AnthropicDouble
from experiment import lab

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
KEY = "sk-canary-trial-window"
PROMPTS = ("Name three rivers of Spain.", "Why is the sky blue?", "Write two lines about the autumn.")


@pytest.fixture
def claude(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicDouble]:
    with AnthropicDouble() as double:
        double.key = KEY
        numbers = itertools.count(1)  # equal words would need no judge
        double.answer = lambda prompt: (
            "TIE" if "first_answer" in prompt else f"An answer to: {prompt[:30]} ({next(numbers)})"
        )
        monkeypatch.setenv("COMPUTE_BROKER_KEY_ANTHROPIC", KEY)
        yield double


@asynccontextmanager
async def trial(
    claude: AnthropicDouble, theme: Theme, *prompts: str
) -> AsyncIterator[tuple[Services, TrialWindow]]:
    """The window, open, with these prompts in the history."""
    write_settings(*(cloud(name, claude.url) for name in ("haiku", "sonnet", "opus")))
    async with opened() as running:
        with Ledger.open(running.home.ledger) as ledger:
            for prompt in prompts:
                request_id = new_request_id()
                ledger.begin(NewRequest(request_id, Source.QUICK_ASK.value, prompt))
                ledger.finish(request_id, RequestStatus.CANCELLED)
        window = TrialWindow(running, theme)
        window.open_at_cursor()
        yield running, window
        await ended(window)


async def priced(window: TrialWindow) -> None:
    await until(window.send.isEnabled)


def folders(running: Services) -> list[Path]:
    return sorted((running.home.data / "experiments").glob("*"))


def cell(window: TrialWindow, name: str, column: int) -> str:
    table = window.outcome.table
    rows = {table.item(row, 0).text(): row for row in range(table.rowCount())}
    return table.item(rows[name], column).text()


def test_the_price_comes_before_anything_is_sent_and_follows_the_choices(
    drive: Drive, theme: Theme, claude: AnthropicDouble
) -> None:
    async def work() -> None:
        async with trial(claude, theme, *PROMPTS) as (running, window):
            await priced(window)
            assert window.send.text().startswith("Send 3 prompts, about $")
            assert "3 prompts, 3 tiers, 3 modes" in window.price.text()
            few = "Your history has 3 different prompts; the same ones count once."
            assert window.price.text().splitlines()[0] == few
            assert "at most $" in window.price.text()
            assert Decimal(window.budget.text()) > 0
            dear = window.price.text()
            window.form.judge.setCurrentIndex(0)
            window.form.judge.activated.emit(0)
            await until(lambda: window.price.text() != dear)
            await priced(window)
            sonnet = window.findChildren(QCheckBox)
            next(box for box in sonnet if box.accessibleName().endswith("onnet")).click()
            await until(lambda: "2 tiers" in window.price.text())
            window.form.source.setCurrentIndex(window.form.source.count() - 1)
            await until(lambda: "100 prompts, 2 tiers" in window.price.text())
            QTest.keyClicks(window.budget, "x")
            QTest.keyClick(window.budget, Qt.Key.Key_Return)
            assert "is no amount" in window.verdict.text()
            assert claude.chats == []
            assert folders(running) == []

    drive(work())


def test_without_history_it_says_what_to_do_and_offers_our_own_set(
    drive: Drive, theme: Theme, claude: AnthropicDouble
) -> None:
    async def work() -> None:
        async with trial(claude, theme) as (_, window):
            await until(lambda: "no prompt in your history" in window.price.text())
            assert not window.send.isEnabled()
            window.form.source.setCurrentIndex(window.form.source.count() - 1)
            await priced(window)
            assert "Send 100 prompts" in window.send.text()
            assert window.form.code.isVisible()

    drive(work())


def test_the_whole_way_to_figures_that_are_the_reports_and_to_a_blind_word_that_counts(
    drive: Drive, theme: Theme, claude: AnthropicDouble
) -> None:
    async def work() -> None:
        async with trial(claude, theme, *PROMPTS) as (running, window):
            await priced(window)
            window.send.click()
            assert window.stack.currentIndex() == RUNNING
            assert window.busy
            await until(lambda: window.stack.currentIndex() == DONE, 60)
            assert not window.busy
            (folder,) = folders(running)
            report = json.loads((folder / "report.json").read_text("utf-8"))
            arms = {arm["id"]: arm for arm in report["arms"]}
            assert report["prompts"] == 3
            assert window.outcome.heading.text().startswith("3 prompts, against always ")
            saved = f"{arms['@balanced']['saved']['value'] * 100:.1f} %".replace("-", "−")
            assert cell(window, "Broker, balanced", 2).startswith(saved)
            assert "too few prompts for a claim (3)" in window.outcome.sentences.text()
            assert window.verdict.isHidden()
            used = await running.broker.ledger.history(100)
            assert sum(entry.cost or 0 for entry in used) == pytest.approx(report["spent_usd"] * 1e9)
            before = len(claude.chats)

            assert window.rate.text().startswith("Rate ")
            window.rate.click()
            rating = window.rating
            assert rating.isVisible()
            shown = rating.question.toPlainText()
            assert shown in PROMPTS
            QTest.keyClick(rating, Qt.Key.Key_S)
            assert rating.question.toPlainText() in PROMPTS
            QTest.keyClick(rating, Qt.Key.Key_1)
            await rating.settled()
            QTest.keyClick(rating, Qt.Key.Key_2)
            await rating.settled()
            verdicts = [verdict.value for verdict in read_ratings(folder).values()]
            assert len(verdicts) == 2
            assert "equal" in verdicts
            assert {"better", "worse"} & set(verdicts)
            assert rating.progress.text().startswith("2 rated")
            QTest.keyClick(rating, Qt.Key.Key_Escape)
            await window.settled()
            again = json.loads((folder / "report.json").read_text("utf-8"))
            assert any(
                row["outcomes"][arm]["scored_by"] == "person"
                for row in again["rows"]
                for arm in row["outcomes"]
            )
            assert len(claude.chats) == before

    drive(work())


def test_nothing_in_the_rating_window_says_whose_answer_it_is(
    drive: Drive, theme: Theme, claude: AnthropicDouble
) -> None:
    async def work() -> None:
        async with trial(claude, theme, *PROMPTS) as (_, window):
            await priced(window)
            window.form.judge.setCurrentIndex(0)
            window.form.judge.activated.emit(0)
            await until(lambda: not window.send.isEnabled())
            await priced(window)
            window.send.click()
            await until(lambda: window.stack.currentIndex() == DONE, 60)
            assert "nobody could tell" in window.outcome.notes.text()
            window.rate.click()
            seen = []
            while window.rating.skip.isEnabled() and len(seen) < 200:
                await until(lambda: all(view.toPlainText() for view in window.rating.answers))
                seen += [view.toPlainText() for view in window.rating.answers]
                seen += [window.rating.windowTitle(), window.rating.progress.text()]
                window.rating.neither.click()
                await window.rating.settled()
            said = " ".join(seen).lower()
            assert "an answer to" in said
            assert not [name for name in ("haiku", "sonnet", "opus", "claude") if name in said]
            assert "That was the last one" in window.rating.verdict.text()
            window.rating.close()
            await window.settled()
            assert window.rate.text() == "Nothing to rate"

    drive(work())


def test_stopped_and_closed_it_goes_on_later_without_paying_twice(
    drive: Drive, theme: Theme, claude: AnthropicDouble
) -> None:
    async def work() -> None:
        async with trial(claude, theme, *PROMPTS) as (_, window):
            await priced(window)
            window.send.click()
            await until(lambda: window.bar.value() >= 2, 60)
            window.stop.click()
            await until(lambda: window.stack.currentIndex() != RUNNING, 60)
            await window.settled()
        async with trial(claude, theme) as (running, window):
            await until(window.go_on.isVisible)
            assert window.go_on.text().startswith("Go on with 3 prompts of ")
            (folder,) = folders(running)
            paid = {line["key"]: line["cost"] for line in lab.journal_lines(folder, "answer")}
            window.go_on.click()
            await until(lambda: window.stack.currentIndex() == DONE, 60)
            lines = lab.journal_lines(folder, "answer")
            assert len({line["key"] for line in lines}) == len(lines)
            assert paid.items() <= {line["key"]: line["cost"] for line in lines}.items()
            assert folders(running) == [folder]
            assert window.outcome.heading.text().startswith("3 prompts")
            window.again.click()
            assert window.stack.currentIndex() == CHOOSING
            await window.settled()
            assert not window.go_on.isVisible()

    drive(work())


def test_a_budget_too_small_ends_with_figures_of_what_there_is_and_says_so(
    drive: Drive, theme: Theme, claude: AnthropicDouble
) -> None:
    async def work() -> None:
        async with trial(claude, theme, *PROMPTS) as (running, window):
            await priced(window)
            window.budget.setText("0.0001")
            window.budget.editingFinished.emit()
            assert "It may stop before the end" in window.price.text()
            window.send.click()
            await until(lambda: window.stack.currentIndex() != RUNNING, 60)
            await window.settled()
            assert window.verdict.text()
            spent = [entry.cost or 0 for entry in await running.broker.ledger.history(100)]
            assert sum(spent) <= 100_000

    drive(work())
