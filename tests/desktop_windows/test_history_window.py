"""The history window: found, filtered, read, asked again, rated, deleted for good, exported."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from compute_broker.core.attachment import TextFile, with_texts
from compute_broker.core.money import format_usd
from compute_broker.desktop.history.found_words import MOST
from compute_broker.desktop.history.model import DELETED
from compute_broker.desktop.history.window import PAGE, HistoryWindow
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.windows import Windows
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import DecisionNote, NewRequest, Period, RequestStatus
from desktop_windows.real import only, services
from desktop_windows.test_usage_window import COST, book
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
SECRET = "The canary is called Ångström"


def prompts(window: HistoryWindow) -> list[str]:
    model = window.model
    return [model.index(row, 1).data() for row in range(model.rowCount())]


async def opened(running: Any, theme: Theme) -> HistoryWindow:
    window = HistoryWindow(running, theme)
    window.open_at_cursor()
    await window.settled()
    return window


def test_words_filters_and_their_sum_narrow_the_list(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Cats and dogs", cost=COST, category="chat", days_ago=3)
            book(running, "Cats alone", cost=20 * COST, category="writing", days_ago=40, source="gateway")
            book(running, "Über DOGS", cost=COST, category="writing")
            window = await opened(running, theme)
            assert prompts(window) == ["Über DOGS", "Cats alone", "Cats and dogs"]
            await window.settled()
            spent, saved = format_usd(22 * COST), format_usd(3 * 10_000_000 - 22 * COST)
            assert window.message.text() == f"3 requests. In all {spent} spent, {saved} saved."
            QTest.keyClicks(window.filters.search, "dogs cats")
            await until(lambda: prompts(window) == ["Cats and dogs"])
            window.filters.search.setText('"cats alone"')
            await until(lambda: prompts(window) == ["Cats alone"])
            window.filters.search.setText("über dogs")
            await until(lambda: prompts(window) == ["Über DOGS"])
            window.filters.search.setText("100%")
            await until(lambda: window.list.nothing == "Nothing fits what is looked for.")
            assert prompts(window) == []
            assert window.message.text() == ""
            assert not window.export_button.isEnabled()
            assert not window.detail.ask.isEnabled()
            window.filters.clear.click()
            await until(lambda: len(prompts(window)) == 3)
            window.filters.category.setCurrentIndex(window.filters.category.findData("writing"))
            await until(lambda: prompts(window) == ["Über DOGS", "Cats alone"])
            window.filters.cost.setCurrentIndex(2)
            await until(lambda: prompts(window) == ["Cats alone"])
            window.filters.time.setCurrentIndex(2)
            await until(lambda: prompts(window) == [])
            window.filters.clear.click()
            await until(lambda: len(prompts(window)) == 3)
            assert not window.filters.clear.isVisible()
            assert window.filters.tier.findData("builtin") == 1
            window.filters.source.setCurrentIndex(window.filters.source.findData("experiment"))
            await until(lambda: prompts(window) == [])
            source = window.filters.source
            source.setCurrentIndex(source.findText("Other programs"))
            await until(lambda: prompts(window) == ["Cats alone"])
            await ended(window)

    drive(work())


def marked(window: HistoryWindow) -> list[str]:
    """Return what is marked in the exchange."""
    return [mark.cursor.selectedText() for mark in window.detail.view.extraSelections()]


def test_what_is_looked_for_is_marked_and_in_sight(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            answer = "A sentence. " * 2_000 + "\n\nÄNDERUNG of the **tides**, and tides again."
            book(running, "What moves the sea?", cost=COST, category="chat", answer=answer)
            book(running, "Cats", cost=COST, category="chat")
            window = await opened(running, theme)
            assert marked(window) == []
            window.filters.search.setText('änderung "tides again"')
            await until(lambda: marked(window) == ["ÄNDERUNG", "tides again"], 60)
            view = window.detail.view
            first = view.document().find("ÄNDERUNG")
            await until(lambda: view.viewport().rect().contains(view.cursorRect(first)))
            window.filters.search.setText("tides")
            await until(lambda: marked(window) == ["tides", "tides"])
            window.filters.search.setText("e")
            await until(lambda: len(marked(window)) == MOST)
            window.filters.search.clear()
            await until(lambda: marked(window) == [])
            await ended(window)

    drive(work())


def test_the_chosen_request_is_shown_in_full_and_rated(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "First question", cost=COST, category="chat")
            book(running, "Second question", cost=None, category="coding")
            window = await opened(running, theme)
            await until(lambda: "the answer" in window.detail.view.toPlainText())
            assert "Second question" in window.detail.view.toPlainText()
            assert "–" in window.detail.facts.text()
            QTest.keyClick(window.list, Qt.Key.Key_Down)
            await until(lambda: "First question" in window.detail.view.toPlainText())
            facts = window.detail.facts.text()
            assert format_usd(COST) in facts
            assert "10 tokens in, 20 out" in facts
            assert "Built-in (tiny)" in facts
            window.detail.copy.click()
            assert QGuiApplication.clipboard().text() == "the answer"
            window.detail.up.click()
            await window.settled()
            entry = (await running.broker.history(1))[0]
            assert entry.prompt == "Second question"
            assert entry.rating is None
            shown = window.model.entry(1)
            assert (shown.prompt, shown.rating) == ("First question", 1)
            window.detail.up.click()
            await window.settled()
            assert window.model.entry(1).rating is None
            await ended(window)

    drive(work())


def test_older_requests_come_as_the_person_scrolls(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            for number in range(PAGE + 30):
                book(running, f"Question {number}", cost=COST, category="chat")
            window = await opened(running, theme)
            assert len(prompts(window)) == PAGE
            assert window.message.text().startswith(f"The latest {PAGE} of {PAGE + 30} requests; scroll")
            window.list.scrollToBottom()
            await until(lambda: len(prompts(window)) == PAGE + 30)
            assert prompts(window) == [f"Question {number}" for number in reversed(range(PAGE + 30))]
            await until(lambda: window.message.text().startswith(f"{PAGE + 30} requests. In all"))
            await ended(window)

    drive(work())


def test_what_is_asked_meanwhile_comes_on_top_and_the_person_stays_where_they_read(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            for number in range(PAGE + 30):
                book(running, f"Question {number}", cost=COST, category="chat")
            window = await opened(running, theme)
            window.list.scrollToBottom()
            await until(lambda: len(prompts(window)) == PAGE + 30)
            window.list.selectRow(PAGE + 5)
            window.list.verticalScrollBar().setValue(PAGE)
            await window.settled()
            await until(lambda: not window.detail.view.busy)
            top = prompts(window)[window.list.rowAt(0)]
            await until(lambda: "the answer" in window.detail.view.toPlainText())
            chosen = window.detail.view.toPlainText()
            book(running, "Asked meanwhile", cost=COST, category="chat")
            window.refresh()
            await window.settled()
            assert prompts(window)[:2] == ["Asked meanwhile", f"Question {PAGE + 29}"]
            assert len(prompts(window)) == PAGE + 31, "what was fetched stays"
            assert prompts(window)[window.list.rowAt(0)] == top
            assert window.list.currentIndex().row() == PAGE + 6
            assert window.detail.view.toPlainText() == chosen
            for number in range(PAGE + 1):
                book(running, f"Later {number}", cost=COST, category="chat")
            window.refresh()
            await window.settled()
            assert prompts(window)[:2] == [f"Later {PAGE}", f"Later {PAGE - 1}"], "too many to join: anew"
            assert len(prompts(window)) == PAGE
            await ended(window)

    drive(work())


def test_times_and_amounts_are_not_cut(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "First question", cost=COST + 1, category="chat")
            window = await opened(running, theme)
            for column in (0, 3, 4):
                text = window.model.index(0, column).data()
                needed = window.list.fontMetrics().horizontalAdvance(text)
                assert window.list.columnWidth(column) >= needed + 16, text
            header = window.list.horizontalHeader()
            rest = sum(header.sectionSize(column) for column in (0, 2, 3, 4))
            left = max(header.minimumSectionSize(), window.list.viewport().width() - rest)
            await until(lambda: header.sectionSize(1) == left)  # prompts take what is left, and no more
            await ended(window)

    drive(work())


def test_a_long_exchange_comes_in_parts_and_is_read_from_its_beginning(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            question = "\n".join(f"Line {number} of the question" for number in range(2_000))
            book(running, question, cost=COST, category="chat", answer="A sentence of the answer. " * 2_000)
            window = await opened(running, theme)
            assert window.detail.view.busy, "taken in a bit at a time"
            await until(lambda: not window.detail.view.busy, 60)
            text = window.detail.view.toPlainText()
            assert "Line 1999 of the question\nA sentence of the answer. A sentence" in text
            assert text.count("A sentence of the answer.") == 2_000
            assert text.count("of the question") == 2_000
            assert window.detail.view.verticalScrollBar().value() == 0
            renders = window.detail.view.renders
            window.refresh()
            await window.settled()
            assert window.detail.view.renders == renders, "what has not changed is not shown anew"
            await ended(window)

    drive(work())


def test_the_question_before_deleting_stays_while_the_list_is_read_anew(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "First question", cost=COST, category="chat")
            book(running, "Second question", cost=COST, category="chat")
            window = await opened(running, theme)
            window.detail.delete.click()
            assert window.notice.isVisible()
            book(running, "Asked meanwhile", cost=COST, category="chat")
            await running.broker.rate((await running.broker.history(2))[1].request_id, 1)
            window.refresh()
            await window.settled()
            assert prompts(window)[0] == "Asked meanwhile"
            assert window.notice.isVisible()
            window.list.selectRow(2)
            await window.settled()
            assert not window.notice.isVisible(), "another request is not the one that was asked about"
            await ended(window)

    drive(work())


def test_the_latest_is_chosen_where_lines_are_read_from_the_right(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "First question", cost=COST, category="chat")
            window = HistoryWindow(running, theme)
            window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            window.open_at_cursor()
            await window.settled()
            assert "First question" in window.detail.view.toPlainText()
            assert window.detail.ask.isEnabled()
            await ended(window)

    drive(work())


def test_a_prompt_is_asked_again_of_another_tier_and_what_was_typed_is_kept(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Once more, please", cost=COST, category="chat")
            windows = Windows(running, theme)
            windows.open_ask()
            await windows.settled()
            ask = windows._ask
            assert ask is not None
            await ask.settled()
            ask.input.set_text("half a thought")
            windows.open_history()
            await windows.settled()
            window = windows._history
            assert window is not None
            await until(window.detail.ask.isEnabled)
            window.detail.tier.setCurrentIndex(window.detail.tier.findData("builtin"))
            window.detail.ask.click()
            assert ask.input.text == "@builtin Once more, please"
            ask.remembering.step(1)
            assert ask.input.text == "half a thought"
            await windows.close()

    drive(work())


def test_deleted_is_gone_from_file_and_copies_while_the_cost_stays(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, SECRET, cost=COST, category="chat")
            book(running, "Harmless", cost=COST, category="chat")
            await running.broker.ledger.backup_daily(running.home.backups)
            window = await opened(running, theme)
            QTest.keyClick(window.list, Qt.Key.Key_Down)
            await until(lambda: SECRET in window.detail.view.toPlainText())
            window.detail.delete.click()
            assert "for good" in window.notice.text
            assert prompts(window) == ["Harmless", SECRET]
            window.notice.press("Delete")
            await until(lambda: window.message.text() == "Deleted.")
            assert prompts(window) == ["Harmless", DELETED]
            await window.settled()
            assert "deleted" in window.detail.view.toPlainText()
            assert not window.detail.ask.isEnabled()
            files = [running.home.ledger, *running.home.ledger.parent.glob("*-wal")]
            files += running.home.backups.glob("ledger-*.db")
            assert len(files) >= 2
            for file in files:
                assert SECRET.encode() not in file.read_bytes()
            (copy,) = running.home.backups.glob("ledger-*.db")
            with closing(sqlite3.connect(copy)) as db:
                assert db.execute("SELECT prompt FROM texts").fetchall() == [("Harmless",)]
            assert (await running.broker.ledger.spend(Period.ALL)).spent == 2 * COST
            await ended(window)

    drive(work())


def test_what_is_shown_is_what_is_exported(drive: Drive, theme: Theme, tmp_path: Path) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Cats", cost=COST, category="chat")
            book(running, "Dogs", cost=COST, category="coding")
            window = await opened(running, theme)
            window.filters.search.setText("dogs")
            await until(lambda: prompts(window) == ["Dogs"])
            await window.settled()  # the sum of what is shown is said last
            target = tmp_path / "shown.csv"
            window.export_to(str(target))
            await window.settled()
            assert window.message.text() == f"1 row written to {target}"
            rows = list(csv.DictReader(target.read_text("utf-8-sig").splitlines()))
            assert [row["category"] for row in rows] == ["coding"]
            window.export()
            assert window._dialog is not None
            assert window._dialog.isVisible()
            window._dialog.reject()
            await ended(window)

    drive(work())


def leave_failed(running: Any, prompt: str, reason: str) -> None:
    """Write a request that nobody was asked."""
    with Ledger.open(running.home.ledger) as ledger:
        request_id = new_request_id()
        ledger.begin(NewRequest(request_id, "quick_ask", prompt))
        ledger.decide(request_id, DecisionNote(decision_json=json.dumps({"reason": reason})))
        ledger.finish(request_id, RequestStatus.FAILED, reason=reason)


def test_what_was_not_sent_is_marked_and_says_why_once(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Cats", cost=COST, category="chat")
            leave_failed(running, "Dogs", "The budget is used up.")
            window = await opened(running, theme)
            await until(lambda: prompts(window) == ["Dogs", "Cats"])
            assert window.model.index(0, 2).data() == "not sent"
            why = "It was not sent: The budget is used up."
            await until(lambda: why in window.detail.view.toPlainText())
            assert window.detail.why.isHidden()
            await ended(window)

    drive(work())


def test_a_prompt_with_files_is_listed_by_its_words_and_their_names(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            notes = [TextFile("a.txt", "alpha"), TextFile("b.txt", "beta")]
            book(running, with_texts("", notes), cost=COST, category="chat")
            book(running, with_texts("Compare these", notes), cost=COST, category="chat")
            window = await opened(running, theme)
            assert prompts(window) == ["Compare these (with a.txt, b.txt)", "a.txt, b.txt"]
            await ended(window)

    drive(work())


def test_keys_end_a_search_first_ask_before_deleting_and_close(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            book(running, "Cats", cost=COST, category="chat")
            QApplication.setQuitOnLastWindowClosed(False)  # as the program has it
            windows = Windows(running, theme)
            windows.open_history()
            await windows.settled()
            window = windows._history
            assert window is not None
            await until(lambda: prompts(window) == ["Cats"])
            QTest.keyClicks(window.filters.search, "Cats")
            QTest.keyClick(window.filters.search, Qt.Key.Key_Escape)
            assert window.filters.search.text() == ""
            assert window.isVisible()
            await until(window.detail.delete.isEnabled)
            window.list.setFocus()
            QTest.keyClick(window.list, Qt.Key.Key_Delete)
            assert window.notice.isVisible()
            assert window.notice.actions_offered == ["Delete"]
            await window.settled()
            assert prompts(window) == ["Cats"], "it only asks"
            QTest.keyClick(window.list, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
            assert not window.isVisible()
            await windows.close()

    drive(work())


@pytest.mark.parametrize("width", [1024, 960])
def test_the_choice_of_a_tier_is_not_cut_in_a_narrow_window(drive: Drive, theme: Theme, width: int) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = await opened(running, theme)
            window.resize(width, 600)
            await until(lambda: window.detail.tier.count() > 1)
            choice = window.detail.tier
            await until(lambda: choice.width() >= choice.sizeHint().width())
            room = choice.width() - 24
            assert room >= choice.fontMetrics().horizontalAdvance("any tier") + 8
            assert window.list.columnWidth(1) >= 100, "what was asked has room beside it"
            await ended(window)

    drive(work())
