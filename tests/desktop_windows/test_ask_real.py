"""From a key press to a settled receipt: real services, a provider's double, the built-in engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from compute_broker.compose import Services
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.history.window import HistoryWindow
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import NewRequest, RequestStatus
from desktop_windows.real import only, services
from desktop_windows.waiting import ended, until
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Failure, Gate, Reply

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


def haiku_at(url: str, *others: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        only("haiku", *others)(document)
        for block in document["tiers"]:
            if block["provider"] == "anthropic":
                block.update({"base_url": url, "key": "anthropic", "place": "cloud"})

    return change


@asynccontextmanager
async def opened(theme: Theme, change: Callable[[Any], None]) -> AsyncIterator[tuple[AskWindow, Services]]:
    async with services(change) as running:
        running.keys.set("anthropic", "sk-canary", session_only=True)
        await running.look()
        window = AskWindow(running, theme)
        window.open_at_cursor()
        await window.settled()
        try:
            yield window, running
        finally:
            await ended(window)


async def ask(window: AskWindow, prompt: str) -> None:
    window.input.set_text(prompt)
    QTest.keyClick(window.input, Qt.Key.Key_Return)
    await window.settled()
    window.view.end_answer()


def test_an_answer_streams_and_is_settled(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            gate = Gate()
            double.enqueue(Reply("Hello **there**, this is it.", hold=gate, hold_after=2))
            async with opened(theme, haiku_at(double.url, "opus")) as (window, running):
                window.input.set_text("What is the capital of France?")
                window.update_preview()
                assert window.controls.tier.text() == "Claude Haiku 5.5"
                QTest.keyClick(window.input, Qt.Key.Key_Return)
                await gate.reached()
                await until(lambda: "Hello" in window.view.toPlainText())
                assert "this is it" not in window.view.toPlainText()
                gate.open()
                await window.settled()
                window.view.end_answer()
                assert "Hello there, this is it." in window.view.toPlainText()
                row = (await running.broker.history(1))[0]
                assert row.tier == "haiku"
                assert row.cost is not None
                assert window.footer.text.startswith("Claude Haiku 5.5 · ")
                assert "against Claude Opus 5.5" in window.footer.text
                assert window.footer.better_text.startswith("Ask Claude Opus 5.5 (+")
                window.footer._up.click()
                await window.settled()
                assert (await running.broker.history(1))[0].rating == 1

    drive(work())


def test_a_second_opinion_is_told_below_the_answer(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            gate = Gate()
            models = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
            double.enqueue(Reply("Answer: 398"), model=models[0])
            double.enqueue(Reply("17 x 24. Answer: 408", hold=gate), model=models[1])
            double.enqueue(Reply("Answer: 408"), model=models[2])

            def change(document: Any) -> None:
                haiku_at(double.url, "sonnet", "opus")(document)
                document["cross_check"].update(dict.fromkeys(("thrifty", "balanced", "best"), "always"))

            async with opened(theme, change) as (window, _):
                window.input.set_text("How many eggs are in 17 boxes of 24 eggs each?")
                window.update_preview()
                assert "check each other" in window.controls.line.whole
                QTest.keyClick(window.input, Qt.Key.Key_Return)
                await gate.reached()
                await until(lambda: "being checked by" in window.footer.text)
                gate.open()
                await window.settled()
                window.view.end_answer()
                said = window.view.toPlainText()
                assert said.index("Answer: 398") < said.index("That does not stand. Claude Opus 5.5 answers:")
                assert "Claude Opus 5.5 settled it." in said
                assert window.footer.text.startswith("Claude Opus 5.5 · ")
                window.footer.copy.emit()
                assert QGuiApplication.clipboard().text() == "Answer: 408"

    drive(work())


def test_stop_settles_what_was_used(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            gate = Gate()
            double.enqueue(Reply("One two three four five", hold=gate, hold_after=2))
            async with opened(theme, haiku_at(double.url)) as (window, running):
                window.input.set_text("Count")
                window.send()
                await gate.reached()
                await until(lambda: "One" in window.view.toPlainText())
                window.footer._stop.click()
                await window.settled()
                row = (await running.broker.history(1))[0]
                assert row.status == "cancelled"
                assert row.cost
                assert "stopped" in window.footer.text
                gate.open()

    drive(work())


def test_a_failure_keeps_the_prompt_and_retry_works(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            double.enqueue(Failure(400, "invalid_request_error", "no such thing"))
            async with opened(theme, haiku_at(double.url)) as (window, _):
                await ask(window, "My prompt")
                assert window.trouble.isVisible()
                assert window.input.text == "My prompt"
                double.enqueue(Reply("Fine now."))
                window.trouble.press("Retry")
                await window.settled()
                window.view.end_answer()
                assert "Fine now." in window.view.toPlainText()

    drive(work())


def test_a_private_prompt_never_reaches_the_cloud(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            async with opened(theme, haiku_at(double.url)) as (window, _):
                window.controls.private.click()
                await ask(window, "My secret")
                assert "private" in window.trouble.text
                assert window.input.text == "My secret"
                assert double.chats == []

    drive(work())


def test_a_draft_survives_the_program(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = AskWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            QTest.keyClicks(window.input, "half a thou")
            await window._draft.flush()
            await ended(window)
        async with services() as running:
            again = AskWindow(running, theme)
            await again.settled()
            assert again.input.text == "half a thou"
            await ended(again)

    drive(work())


def test_a_question_that_a_crash_cut_short_comes_back(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            with Ledger.open(running.home.ledger) as ledger:
                ledger.begin(NewRequest("lost-1", "quick_ask", "Asked before the crash", private=True))
                ledger.finish("lost-1", RequestStatus.INTERRUPTED, reason="the program ended")
            window = AskWindow(running, theme)
            await window.settled()
            assert window.input.text == "Asked before the crash"
            assert window.controls.is_private, "private stays private"
            assert "before this was answered" in window.advice.text
            await ended(window)
        async with services() as running:
            again = AskWindow(running, theme)
            await again.settled()
            assert again.advice.isHidden(), "told once"
            await ended(again)

    drive(work())


def test_the_preview_is_quick(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            change = haiku_at(double.url, "builtin", "sonnet", "opus")
            async with opened(theme, change) as (window, _):
                window.input.set_text("Explain the difference between a mutex and a semaphore. " * 20)
                took = []
                for _ in range(30):
                    began = time.thread_time()
                    window.update_preview()
                    took.append(time.thread_time() - began)
                assert sorted(took)[len(took) // 2] < 0.016

    drive(work())


def test_the_built_in_tier_answers_here(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin")) as (window, running):
            gaps: list[float] = []
            beat = asyncio.get_running_loop().create_task(heart(gaps))
            await ask(window, "Say hello in five words.")
            beat.cancel()
            assert window.trouble.isHidden(), window.trouble.text
            assert window.footer.text.startswith("Built-in (tiny) · ")
            assert (await running.broker.history(1))[0].status == "answered"
            assert sorted(gaps)[len(gaps) // 2] < 0.016

    drive(work())


async def heart(gaps: list[float]) -> None:
    """Beat each 5 ms, and note how late each beat is."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        gaps.append(time.perf_counter() - began - 0.005)


def test_a_cut_off_answer_is_gone_on_with_by_another_tier(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            double.enqueue(Reply("One two three four", cut_after=2))
            double.enqueue(Reply("three four five."))
            double.enqueue(Reply("Six."))
            async with opened(theme, haiku_at(double.url, "opus")) as (window, running):
                await ask(window, "Count to five")
                assert "cut off; what came is kept" in window.advice.text
                (label,) = window.advice.actions_offered
                assert label.startswith("Go on with Claude Opus 5.5 (~")
                first = window._talk.last
                assert first is not None
                begun = first.text
                assert begun
                window.advice.press(label)
                await window.settled()
                window.view.end_answer()
                assert "Claude Opus 5.5 goes on:" in window.view.toPlainText()
                window.copying.as_markdown()
                assert QGuiApplication.clipboard().text() == begun + "three four five."
                assert window.advice.isHidden()
                entries = await running.broker.history(5)
                assert [(row.tier, row.status) for row in entries] == [
                    ("opus", "answered"),
                    ("haiku", "cut_off"),
                ]
                await ask(window, "And then?")
                turns = [str(turn["content"]) for turn in double.chats[2].json["messages"]]
                assert len(turns) == 3
                assert "three four five." in turns[1]
                assert begun.strip() in turns[1]

    drive(work())


def test_a_better_answer_and_one_asked_again_from_the_history_come_on_top_of_the_first(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            async with opened(theme, haiku_at(double.url, "opus")) as (window, running):
                await ask(window, "And the sea?")
                QTest.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
                await window.settled()
                beside = window.beside
                assert beside is not None
                assert "saved" in beside.first.about.text()
                assert beside.second.about.text().endswith("on top of the first answer")
                window.comparing.keep(first=False)

                history = HistoryWindow(running, theme)
                history.again_wanted.connect(
                    lambda prompt, tier, private, request: window.bring(
                        prompt, tier, private=private, request_id=request
                    )
                )
                history.open_at_cursor()
                await until(lambda: "on top of the first answer" in history.detail.facts.text())
                window.new_conversation()
                history.detail.ask.click()
                assert window.input.text == "And the sea?"
                QTest.keyClick(window.input, Qt.Key.Key_Return)
                await window.settled()
                assert "on top of the first answer" in window.footer.text
                history.detail.ask.click()
                await ask(window, f"{window.input.text} In short.")
                assert "on top" not in window.footer.text, "that is another question"
                await ended(history)

                rows = await running.broker.history()
                first = rows[-1].request_id
                assert [row.again_of for row in rows] == [None, first, first, None]
                question = rows[1:]
                costs = sum(row.cost or 0 for row in question)
                assert sum(row.saved or 0 for row in question) == (rows[-1].baseline_cost or 0) - costs

    drive(work())


def test_retry_after_a_failure_is_the_same_question(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            double.enqueue(Failure(400, "invalid_request_error", "No."))
            async with opened(theme, haiku_at(double.url)) as (window, running):
                await ask(window, "And the sea?")
                assert not window.trouble.isHidden()
                window.retry()
                await window.settled()
                second, first = await running.broker.history()
                assert (first.status, first.saved) == (RequestStatus.FAILED, None)
                assert (second.again_of, second.again) == (first.request_id, False)
                assert running.broker.spend.answered_today == 1

    drive(work())
