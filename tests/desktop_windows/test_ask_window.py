"""The quick ask window against a scripted broker: keys, faults, memory, what must never happen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from compute_broker.broker.events import Attempt, Failed, Failover, Source
from compute_broker.core.price import TokenRates
from compute_broker.core.quote import Quote, Snapshot, State
from compute_broker.core.stream import Role
from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.records import Signal
from desktop_windows.opened_ask import opened
from desktop_windows.scripted import NOW, TIERS, ScriptedBroker, Step, quote, scripted_services
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


async def answered(window: AskWindow) -> None:
    await window.settled()
    window.view.end_answer()


def press(window: AskWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
    QTest.keyClick(window.input, key, modifiers or Qt.KeyboardModifier.NoModifier)


def test_typing_shows_tier_cost_and_reason(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            before = broker.previews
            QTest.keyClicks(window.input, "What is 2 + 2?")
            assert broker.previews == before, "a preview for every key would be wasteful"
            await until(lambda: broker.previews > before)
            decision = broker.preview("What is 2 + 2?")
            assert decision.quote is not None
            assert window.controls.tier.text() == decision.quote.tier.label
            assert "~" in window.controls.line.whole
            assert "¢" in window.controls.line.whole or "$" in window.controls.line.whole
            assert window.controls.send_button.isEnabled()

    drive(work())


def test_the_conversation_is_built_when_the_window_opens_and_not_while_it_is_hidden(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.draft = "A draft"
        window = AskWindow(scripted_services(broker), theme)
        await window.settled()
        window.update_preview()
        await window.settled()
        assert window._view is None
        window.open_at_cursor()
        await window.settled()
        made = window._view
        assert made is not None
        assert made.isHidden()
        window.send()
        await window.settled()
        assert window.view is made
        assert made.isVisible()
        await ended(window)

    drive(work())


def test_what_a_tier_needs_is_loaded_once_while_the_person_types_and_never_while_hidden(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.draft = "@haiku A draft"
        window = AskWindow(scripted_services(broker), theme)
        await window.settled()
        assert window.input.text == "@haiku A draft"
        assert window.input.textCursor().selectedText() == "@haiku A draft"
        window.update_preview()
        await window.settled()
        assert broker.warmed == [], "nobody looks at the draft"
        window.open_at_cursor()
        for text in ("@haiku hi", "@opus hi", "@haiku again"):
            window.input.set_text(text)
            window.update_preview()
        await window.settled()
        assert broker.warmed == [ProviderKind.ANTHROPIC]
        window.input.set_text("@kimi hi")
        window.update_preview()
        await window.settled()
        assert broker.warmed == [ProviderKind.ANTHROPIC, ProviderKind.OPENROUTER]
        assert broker.asked == []
        await ended(window)

    drive(work())


def test_why_lists_every_tier_with_its_reason(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text("Prove that there are infinitely many primes.")
            window.update_preview()
            window.controls.why_button.click()
            labels = {window.why.item(row, 0).text() for row in range(window.why.rowCount())}
            assert labels == {row[1] for row in TIERS}
            for column in range(window.why.columnCount()):
                assert all(window.why.item(row, column).text() for row in range(window.why.rowCount()))
            assert window.why.item(0, 1).text() == "takes it"
            assert window.why.isVisible()
            window.controls.why_button.click()
            assert not window.why.isVisible()

    drive(work())


def test_enter_streams_and_the_footer_tells(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        broker.scripts = [["Hello ", "**world**", Step(gate=gate), " again."]]
        async with opened(broker, theme) as window:
            QTest.keyClicks(window.input, "Say hello")
            press(window, Qt.Key.Key_Return)
            assert window.input.text == ""
            assert window.busy
            await until(lambda: "world" in window.view.toPlainText())
            assert "again" not in window.view.toPlainText()
            assert window.footer._stop.isVisible()
            gate.set()
            await answered(window)
            assert not window.busy
            assert "Hello world again." in window.view.toPlainText()
            assert "Say hello" in window.view.toPlainText()
            tier, cost, saved, took = window.footer.text.split(" · ")
            assert tier in {row[1] for row in TIERS}
            assert "¢" in cost or "$" in cost
            assert "Claude Opus 5.5" in saved
            assert took == "1.2 s"
            assert broker.asked[0][1].source is Source.QUICK_ASK

    drive(work())


def test_shift_enter_is_a_new_line_and_the_input_grows(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            one = window.input.height()
            QTest.keyClicks(window.input, "a")
            press(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
            QTest.keyClicks(window.input, "b")
            assert window.input.text == "a\nb"
            assert broker.asked == []
            assert window.input.height() > one
            window.input.set_text("\n".join("line" for _ in range(40)))
            eight = window.input.height()
            window.input.set_text("\n".join("line" for _ in range(80)))
            assert window.input.height() == eight < one * 10

    drive(work())


def test_a_word_being_composed_keeps_its_keys(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.inputMethodEvent(QInputMethodEvent("にほ", []))
            press(window, Qt.Key.Key_Return)
            assert broker.asked == []
            done = QInputMethodEvent("", [])
            done.setCommitString("日本")
            window.input.inputMethodEvent(done)
            assert "日本" in window.input.text
            window.input.set_text("日本")
            press(window, Qt.Key.Key_Return)
            await answered(window)
            assert [prompt for prompt, _ in broker.asked] == ["日本"]

    drive(work())


def test_stop_ends_the_stream_and_keeps_what_came(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        broker.scripts = [["Half an ", Step(gate=asyncio.Event())]]
        broker.rows = [SimpleNamespace(request_id="r1", cost=1_230_000, prompt="q", source="quick_ask")]
        async with opened(broker, theme) as window:
            window.input.set_text("Long story")
            window.send()
            await until(lambda: "Half" in window.view.toPlainText())
            window.footer._stop.click()
            await answered(window)
            assert broker.closed == 1
            assert not window.busy
            assert "Half an" in window.view.toPlainText()
            assert "0.12 ¢" in window.footer.text
            assert "stopped" in window.footer.text

    drive(work())


def test_a_failure_keeps_the_prompt_and_can_be_retried(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.scripts = [[lambda _: Failed("r1", "No answer: nobody is there.")], ["Now it works."]]
        async with opened(broker, theme) as window:
            window.input.set_text("My careful prompt")
            window.send()
            await answered(window)
            assert window.trouble.isVisible()
            assert window.trouble.text == "No answer: nobody is there."
            assert window.trouble.actions_offered == ["Retry"]
            assert window.input.text == "My careful prompt"
            assert window.view.toPlainText().split("\n")[-2:] == ["My careful prompt", "Not answered."]
            window.trouble.press("Retry")
            await answered(window)
            assert "Not answered.\nAsked again:\n" in window.view.toPlainText()
            assert "Now it works." in window.view.toPlainText()
            assert window.input.text == ""
            assert [prompt for prompt, _ in broker.asked] == ["My careful prompt"] * 2
            assert not window.trouble.isVisible()

    drive(work())


def test_over_budget_can_be_sent_once_anyway(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        broker.scripts = [[lambda _: Failed("r1", "The budget is used up.", over_budget=True)], ["Paid."]]
        async with opened(broker, theme) as window:
            window.input.set_text("Costly")
            window.send()
            await answered(window)
            assert window.trouble.actions_offered == ["Retry", "Send anyway once"]
            window.trouble.press("Send anyway once")
            await answered(window)
            assert [options.override_budget for _, options in broker.asked] == [False, True]
            window.input.set_text("Next")
            window.send()
            await answered(window)
            assert broker.asked[-1][1].override_budget is False

    drive(work())


def test_a_question_that_nobody_was_asked_is_marked(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.snapshot = Snapshot({row[0]: quote(row, State.DOWN) for row in TIERS}, NOW)
        async with opened(broker, theme) as window:
            for text in ("hi", "tell me a joke"):
                window.input.set_text(text)
                window.send()
                await answered(window)
            lines = [line for line in window.view.toPlainText().split("\n") if line]
            assert lines == ["hi", "Not sent.", "tell me a joke", "Not sent."]

    drive(work())


def test_a_failure_does_not_overwrite_what_was_typed_meanwhile(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        broker.scripts = [[Step(gate=gate), lambda _: Failed("r1", "No.")]]
        async with opened(broker, theme) as window:
            window.input.set_text("First")
            window.send()
            window.input.set_text("Second thought")
            gate.set()
            await answered(window)
            assert window.input.text == "Second thought"

    drive(work())


def test_escape_hides_at_once_and_keeps_the_draft(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            told: list[bool] = []
            window.hidden_by_person.connect(lambda: told.append(True))
            QTest.keyClicks(window.input, "Not sent yet")
            press(window, Qt.Key.Key_Escape)
            assert not window.isVisible()
            assert told == [True]
            await window.settled()
            assert broker.draft == "Not sent yet"
            window.open_at_cursor()
            assert window.input.text == "Not sent yet"
        again = AskWindow(scripted_services(broker), theme)
        await again.settled()
        assert again.input.text == "Not sent yet", "the draft survives the program"
        await ended(again)

    drive(work())


def test_a_sent_prompt_is_no_draft(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            QTest.keyClicks(window.input, "Sent")
            await window._draft.flush()
            assert broker.draft == "Sent"
            press(window, Qt.Key.Key_Return)
            await answered(window)
            assert broker.draft == ""

    drive(work())


def test_the_exchange_stays_ten_minutes(
    drive: Drive, broker: ScriptedBroker, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        now = [1000.0]
        monkeypatch.setattr("compute_broker.desktop.ask.coming.time.monotonic", lambda: now[0])
        async with opened(broker, theme) as window:
            window.input.set_text("Q")
            window.send()
            await answered(window)
            window.hide_at_once()
            now[0] += 599
            window.open_at_cursor()
            assert "An answer." in window.view.toPlainText()
            window.hide_at_once()
            now[0] += 601
            window.open_at_cursor()
            assert window.view.is_empty
            assert not window.footer.isVisible()

    drive(work())


def test_an_answer_goes_on_while_hidden(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        broker.scripts = [[Step(gate=gate), "Done in the dark."]]
        async with opened(broker, theme) as window:
            window.input.set_text("Slow one")
            window.send()
            window.hide_at_once()
            gate.set()
            await answered(window)
            window.open_at_cursor()
            assert "Done in the dark." in window.view.toPlainText()

    drive(work())


def test_up_recalls_earlier_prompts(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        rows = [("newest", "quick_ask"), ("from a script", "command_line"), ("oldest", "quick_ask")]
        broker.rows = [SimpleNamespace(prompt=p, source=s, request_id=p, cost=None) for p, s in rows]
        async with opened(broker, theme) as window:
            press(window, Qt.Key.Key_Up)
            assert window.input.text == "newest"
            press(window, Qt.Key.Key_Up)
            assert window.input.text == "oldest"
            press(window, Qt.Key.Key_Up)
            assert window.input.text == "oldest"
            press(window, Qt.Key.Key_Down)
            assert window.input.text == "newest"
            press(window, Qt.Key.Key_Down)
            assert window.input.text == ""
            QTest.keyClicks(window.input, "typed")
            press(window, Qt.Key.Key_Up)
            assert window.input.text == "typed", "arrows move the caret in a text of one's own"

    drive(work())


def test_a_follow_up_passes_the_conversation_on(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        broker.scripts = [["First answer."], ["Second answer."]]
        async with opened(broker, theme) as window:
            for prompt in ("One", "Two"):
                window.input.set_text(prompt)
                window.send()
                await answered(window)
            history = broker.asked[1][1].history
            assert [(turn.role, turn.text) for turn in history] == [
                (Role.USER, "One"),
                (Role.ASSISTANT, "First answer."),
            ]
            window.footer._new.click()
            assert window.view.is_empty
            window.input.set_text("Three")
            window.send()
            await answered(window)
            assert broker.asked[2][1].history == ()

    drive(work())


def test_what_was_said_in_private_is_not_passed_on(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.controls.private.click()
            window.input.set_text("My diagnosis is X")
            window.send()
            await answered(window)
            assert broker.asked[0][1].private is True
            window.input.set_text("And in private")
            window.send()
            await answered(window)
            assert len(broker.asked[1][1].history) == 2
            window.controls.private.click()
            window.input.set_text("Unrelated and public")
            window.send()
            assert window.advice.isVisible()
            await answered(window)
            assert broker.asked[2][1].private is False
            assert broker.asked[2][1].history == ()

    drive(work())


def test_a_failover_is_told_where_it_happened(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        local, haiku = quote(TIERS[0]), quote(TIERS[2])
        broker.scripts = [
            [Step(Failover(local, "the server is gone.")), Step(Attempt(haiku)), "Answer from Haiku."]
        ]
        async with opened(broker, theme) as window:
            window.input.set_text("Hello")
            window.send()
            await answered(window)
            note = "Built-in (tiny) did not answer (the server is gone). Asking Claude Haiku 5.5."
            assert note in window.view.toPlainText()

    drive(work())


def test_a_better_tier_shows_its_price_first(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        broker.snapshot = Snapshot({row[0]: quote(row) for row in TIERS[1:]})
        broker.scripts = [["Cheap answer."], ["Better answer."]]
        async with opened(broker, theme) as window:
            window.input.set_text("What is the capital of France?")
            window.send()
            await answered(window)
            first = broker.asked[0]
            label = window.footer.better_text
            assert label.startswith("Ask Claude")
            assert "(+" in label
            window.footer._better.click()
            await answered(window)
            assert broker.asked[1][0] == first[0]
            assert broker.asked[1][1].better_than is not None
            assert broker.asked[1][1].history == ()
            assert window.comparing.on
            assert window.beside is not None
            assert window.beside.first.text == "Cheap answer."
            assert window.beside.second.text == "Better answer."

    drive(work())


def test_no_tier_is_said_before_and_after(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        broker.snapshot = Snapshot({row[0]: quote(row, State.DOWN) for row in TIERS})
        async with opened(broker, theme) as window:
            assert "no tier is ready" in window.controls.line.whole
            window.input.set_text("Anyone?")
            window.update_preview()
            assert "No tier can take it now" in window.controls.line.whole
            window.send()
            await answered(window)
            assert "No tier can take it now" in window.trouble.text
            assert window.input.text == "Anyone?"

    drive(work())


def test_copy_gives_markdown_and_thumbs_are_kept(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        broker.scripts = [["**bold** and `code`"]]
        async with opened(broker, theme) as window:
            window.input.set_text("Q")
            window.send()
            await answered(window)
            window.footer._copy.click()
            assert QGuiApplication.clipboard().text() == "**bold** and `code`"
            window.footer._up.click()
            window.footer._down.click()
            window.footer._down.click()
            await window.settled()
            assert broker.signals == [("r1", Signal.COPIED)]
            assert broker.rated == [("r1", 1), ("r1", -1), ("r1", None)]
            assert not window.footer._up.isChecked()

    drive(work())


def test_a_link_shows_its_target_before_it_opens(
    drive: Drive, broker: ScriptedBroker, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        went: list[str] = []
        monkeypatch.setattr(
            "compute_broker.desktop.ask.links.QDesktopServices.openUrl",
            lambda url: went.append(url.toString()),
        )
        async with opened(broker, theme) as window:
            window.view.link_chosen.emit("https://evil.example/path")
            assert "https://evil.example/path" in window.advice.text
            assert went == []
            window.advice.press("Open")
            assert went == ["https://evil.example/path"]

    drive(work())


def test_enter_does_nothing_while_an_answer_is_under_way(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        broker.scripts = [[Step(gate=gate), "One."]]
        async with opened(broker, theme) as window:
            window.input.set_text("One")
            window.send()
            window.input.set_text("Two")
            press(window, Qt.Key.Key_Return)
            assert window.input.text == "Two"
            gate.set()
            await answered(window)
            assert len(broker.asked) == 1
            assert window.controls.send_button.isEnabled()

    drive(work())


def test_the_system_may_change_its_colours_at_any_time(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        broker.scripts = [["```python\nx = 1  # one\n", Step(gate=gate), "y = 2\n```\nDone."]]
        async with opened(broker, theme) as window:
            window.input.set_text("Q")
            window.send()
            await until(lambda: "x = 1" in window.view.toPlainText())
            theme.choose("dark")
            gate.set()
            await answered(window)
            image = window.grab().toImage()
            assert image.pixelColor(image.width() // 2, image.height() - 40).lightness() < 80
            assert "y = 2" in window.view.toPlainText()
            assert "Done." in window.view.toPlainText()
            theme.choose("light")

    drive(work())


def test_the_offer_of_a_better_tier_follows_what_can_answer(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text("Say hello")
            press(window, Qt.Key.Key_Return)
            await answered(window)
            assert window.footer.better_text
            quotes = broker.snapshot.quotes
            used = window.footer.text.split(" · ")[0]
            left = {key: each for key, each in quotes.items() if each.tier.label == used}
            broker.become(
                Snapshot(
                    {**quotes, **{key: off(each) for key, each in quotes.items() if key not in left}}, NOW
                )
            )
            assert window.footer.better_text == "", "none of them can answer now"
            press(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
            window.ask_better()
            assert len(broker.asked) == 1
            assert window.advice.text, "it says why"
            window.advice.hide()
            opus = quotes["opus"]
            broker.become(Snapshot({**left, "opus": opus}, NOW))
            assert "Claude Opus 5.5" in window.footer.better_text
            before = window.footer.better_text
            assert opus.price is not None
            dearer = replace(opus, price=replace(opus.price, rates=TokenRates(10**6, 10**7)))
            broker.become(Snapshot({**left, "opus": dearer}, NOW))
            assert window.footer.better_text not in ("", before), "the price is another one"

    drive(work())


def test_a_hidden_window_offers_what_holds_when_it_opens_again(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text("Say hello")
            press(window, Qt.Key.Key_Return)
            await answered(window)
            window.hide_at_once()
            broker.become(Snapshot({"builtin": broker.snapshot.quotes["builtin"]}, NOW))
            window.open_at_cursor()
            assert window.footer.better_text == ""

    drive(work())


def test_the_window_is_as_high_as_what_it_shows_once_an_answer_has_no_better_tier(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    broker.snapshot = Snapshot({"builtin": broker.snapshot.quotes["builtin"]}, NOW)

    async def work() -> None:
        gate = asyncio.Event()
        broker.scripts = [["Hello ", Step(gate=gate), " again."]]
        async with opened(broker, theme) as window:
            window.input.set_text("Say hello")
            press(window, Qt.Key.Key_Return)
            await until(lambda: "Hello" in window.view.toPlainText())
            gate.set()
            await window.settled()
            await until(lambda: window.view.toPlainText().endswith("again."))
            QApplication.processEvents()
            assert window.footer.better_text == ""
            height = window.height()
            window.fit()
            assert window.height() == height

    drive(work())


def test_the_menu_leads_to_every_window_by_keys_that_it_shows(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            more = window.controls.more
            wanted: list[str] = []
            more.wanted.connect(wanted.append)
            assert more.accessibleName()
            assert more.choices.accessibleName()
            window.input.set_text("a draft")
            press(window, Qt.Key.Key_F10)
            assert more.choices.isVisible()
            shown = [action.text() for action in more.choices.actions() if action.text()]
            assert shown == [
                "Today at a glance…",
                "Usage…\tCtrl+G",
                "History…\tCtrl+H",
                "Settings…\tCtrl+,",
                "Try on my prompts…",
                "Welcome…",
                "Quit\tCtrl+Q",
            ]
            QTest.keyClick(more.choices, Qt.Key.Key_Down)
            QTest.keyClick(more.choices, Qt.Key.Key_Down)
            QTest.keyClick(more.choices, Qt.Key.Key_Return)
            assert wanted == ["usage"]
            assert more.choices.isHidden()
            for key in (Qt.Key.Key_G, Qt.Key.Key_H, Qt.Key.Key_Comma):
                press(window, key, Qt.KeyboardModifier.ControlModifier)
            assert wanted == ["usage", "usage", "history", "settings"]
            assert window.input.text == "a draft", "no key of these edits what is typed"
            more.setFocus()
            QTest.keyClick(more, Qt.Key.Key_Space)
            assert more.choices.isVisible()
            for action in more.choices.actions():
                action.trigger()
            more.choices.hide()
            assert wanted[4:] == ["glance", "usage", "history", "settings", "trial", "welcome", "quit"]

    drive(work())


def off(offer: Quote) -> Quote:
    tier = replace(offer.tier, enabled=False)
    return replace(offer, tier=tier, availability=replace(offer.availability, state=State.OFF))
