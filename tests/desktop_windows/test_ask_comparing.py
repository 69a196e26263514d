"""The ticker, a silent tier, two answers side by side, the window's width, copying, on a scripted broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest

from compute_broker.broker.events import Attempt, Failed, Failover
from compute_broker.config.home import Home
from compute_broker.core.quote import Snapshot
from compute_broker.desktop.ask.layout import WIDE, WIDTH
from compute_broker.desktop.ask.sizes import FILE, Sizes
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.markdown.plain import code_blocks, plain
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.records import Signal
from desktop_windows.opened_ask import opened
from desktop_windows.scripted import TIERS, ScriptedBroker, Step, quote
from desktop_windows.waiting import until
from support.ten_tiers import ten_tiers

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
QUESTION = "What is the capital of France?"


async def ask(window: AskWindow, prompt: str = QUESTION) -> None:
    window.input.set_text(prompt)
    window.send()
    await window.settled()
    window.view.end_answer()


@asynccontextmanager
async def compared(broker: ScriptedBroker, theme: Theme) -> AsyncIterator[AskWindow]:
    broker.snapshot = Snapshot({row[0]: quote(row) for row in TIERS[1:]})
    broker.scripts = [["Cheap answer."], ["Better answer."], ["More."]]
    async with opened(broker, theme) as window:
        await ask(window)
        window.ask_better()
        await window.settled()
        yield window


# The ticker


def test_the_ticker_agrees_with_the_line_above_it(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            assert not window.ticker.isVisible()
            window.input.set_text(QUESTION)
            window.update_preview()
            shown = window.ticker.text.split(" · ")
            assert len(shown) == len(TIERS)
            (chosen,) = [each for each in shown if each.startswith("[")]
            cost = window.controls.line.whole.split(" · ")[0].removeprefix("~")
            assert chosen == f"[{window.controls.tier.text()} {cost}]"
            window.input.set_text("")
            window.update_preview()
            assert not window.ticker.isVisible()

    drive(work())


def test_a_click_on_a_tier_forces_it_and_another_lets_go(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text(f"/best {QUESTION}")
            window.update_preview()
            opus = next(each for each in window.ticker._buttons if each.property("tier") == "opus")
            opus.click()
            assert window.input.text == f"@opus /best {QUESTION}"
            assert window.controls.tier.text() == "Claude Opus 5.5"
            assert opus.isChecked()
            window.ticker.press("haiku")
            assert window.input.text == f"@haiku /best {QUESTION}"
            window.ticker.press("haiku")
            assert window.input.text == f"/best {QUESTION}"

    drive(work())


def test_ten_tiers_have_room_in_a_menu_and_arrows_walk_along(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.snapshot = ten_tiers()
        async with opened(broker, theme) as window:
            window.input.set_text(QUESTION)
            window.update_preview()
            shown = window.ticker.text.split(" · ")
            assert shown[-1] == f"+{10 - (len(shown) - 1)}"
            assert any(each.startswith("[") for each in shown)
            window.ticker._menu.aboutToShow.emit()
            assert len(window.ticker._menu.actions()) == 10 - (len(shown) - 1)
            window.activateWindow()
            first, second = (each for each in window.ticker._buttons[:2])
            first.setFocus()
            await until(first.hasFocus)
            QTest.keyClick(first, Qt.Key.Key_Right)
            assert second.hasFocus()
            QTest.keyClick(second, Qt.Key.Key_Left)
            QTest.keyClick(first, Qt.Key.Key_Left)
            assert window.ticker._more.hasFocus()

    drive(work())


def test_the_ticker_can_be_switched_off(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme, ticker=False) as window:
            window.input.set_text(QUESTION)
            window.update_preview()
            assert not window.ticker.isVisible()

    drive(work())


# A silent tier


def test_silence_is_said_within_a_second_and_the_next_tier_is_offered(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        builtin, haiku = broker.snapshot.quotes["builtin"], broker.snapshot.quotes["haiku"]
        broker.scripts = [[Step(Attempt(builtin, haiku)), Step(gate=gate), "Here."]]
        async with opened(broker, theme) as window:
            window.input.set_text(QUESTION)
            window.send()
            await until(lambda: "Waiting for Built-in (tiny), 1 s" in window.footer.text)
            assert window.footer.instead_text == "Ask Claude Haiku 5.5 instead"
            hurried: list[bool] = []
            haste = broker.asked[0][1].haste
            assert haste is not None
            with haste.heard(lambda: hurried.append(True)):
                window.footer._instead.click()
                QTest.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
            assert hurried == [True, True]
            gate.set()
            await window.settled()
            assert window.footer.instead_text == ""
            assert "Waiting" not in window.footer.text

    drive(work())


def test_the_first_word_ends_the_waiting(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        broker.scripts = [["One", Step(gate=gate)]]
        async with opened(broker, theme) as window:
            window.input.set_text(QUESTION)
            window.send()
            await until(lambda: "One" in window.view.toPlainText())
            assert window.footer._waiting is None
            gate.set()
            await window.settled()

    drive(work())


# Two answers


def test_a_better_answer_stands_beside_the_first(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with compared(broker, theme) as window:
            beside = window.beside
            assert beside is not None
            assert beside.isVisible()
            assert not window.view.isVisible()
            assert (beside.first.text, beside.second.text) == ("Cheap answer.", "Better answer.")
            assert beside.first.who.text() != beside.second.who.text()
            assert "(+" in beside.second.about.text()
            assert "1.2 s" in beside.first.about.text()
            assert beside.second.keep.accessibleName() == f"Keep {beside.second.who.text()}'s answer"
            beside.first.copy.click()
            assert QGuiApplication.clipboard().text() == "Cheap answer."
            assert not window.footer.isVisible()

    drive(work())


def test_keeping_the_first_answer_makes_it_the_conversation_and_teaches(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with compared(broker, theme) as window:
            other = window._talk.last
            assert other is not None
            assert window.beside is not None
            window.beside.first.keep.click()
            await window.settled()
            window.view.end_answer()
            assert not window.comparing.on
            assert broker.rated == [("r1", 1)]
            assert f"{other.label} was asked too; this answer was kept." in window.view.toPlainText()
            assert window.footer.isVisible()
            assert window.footer.better_text
            await ask(window, "Go on")
            assert [turn.text for turn in broker.asked[2][1].history] == [QUESTION, "Cheap answer."]

    drive(work())


def test_keeping_the_better_answer_puts_it_into_the_column(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with compared(broker, theme) as window:
            QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
            await window.settled()
            window.view.end_answer()
            assert broker.rated == [("r2", 1)]
            assert ("r1", Signal.ASKED_BETTER) in broker.signals
            assert "Better answer." in window.view.toPlainText()
            window.copying.as_markdown()
            assert QGuiApplication.clipboard().text() == "Better answer."

    drive(work())


def test_a_follow_up_without_a_choice_goes_on_from_the_better_answer(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with compared(broker, theme) as window:
            await ask(window, "Go on")
            assert not window.comparing.on
            assert broker.rated == []
            assert [turn.text for turn in broker.asked[2][1].history] == [QUESTION, "Better answer."]

    drive(work())


def test_a_better_tier_that_fails_leaves_the_first_answer_standing(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.snapshot = Snapshot({row[0]: quote(row) for row in TIERS[1:]})
        broker.scripts = [["Cheap answer."], [lambda _: Failed("r2", "It is down.")]]
        async with opened(broker, theme) as window:
            await ask(window)
            window.ask_better()
            await window.settled()
            assert not window.comparing.on
            assert window.trouble.text == "It is down."
            assert window.input.text == ""
            last = window._talk.last
            assert last is not None
            assert last.text == "Cheap answer."
            assert window.footer.better_text

    drive(work())


def test_a_stopped_better_answer_can_still_be_kept(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        broker.snapshot = Snapshot({row[0]: quote(row) for row in TIERS[1:]})
        haiku = broker.snapshot.quotes["haiku"]
        broker.scripts = [["Cheap answer."], [Step(Failover(haiku, "gone")), "Half an", Step(gate=gate)]]
        async with opened(broker, theme) as window:
            await ask(window)
            window.ask_better()
            await until(lambda: window.beside is not None and window.beside.second.text == "Half an")
            assert window.beside is not None
            assert not window.beside.second.keep.isEnabled()
            window.stop()
            await window.settled()
            assert window.beside.second.about.text() == "stopped"
            assert window.beside.second.keep.isEnabled()
            window.new_conversation()
            assert not window.comparing.on

    drive(work())


def test_two_columns_widen_the_window_and_stand_above_each_other_where_it_is_narrow(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with compared(broker, theme) as window:
            area = window.screen().availableGeometry().width()
            inset = 2 * window.inset
            assert window.width() == min(WIDE + inset, area)
            assert window.beside is not None
            window.resize(600, window.height())
            await until(lambda: window.beside is not None and window.beside.stacked)
            window.comparing.keep(first=True)
            assert window.width() == min(WIDTH + inset, area)

    drive(work())


# The width between starts


def test_the_width_is_remembered_between_starts_and_kept_within_the_screen(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        area = QGuiApplication.primaryScreen().availableGeometry().width()
        async with opened(broker, theme) as window:
            window.resize(560 + 2 * window.inset, window.height())
            await until(window.remembering._timer.isActive)
        kept = json.loads((Home.find().data / FILE).read_text())
        assert list(kept["ask"].values()) == [560]
        async with opened(broker, theme) as window:
            assert window.width() == 560 + 2 * window.inset
        kept["ask"] = dict.fromkeys(kept["ask"], 3900)
        (Home.find().data / FILE).write_text(json.dumps(kept))
        async with opened(broker, theme) as window:
            assert window.width() == area

    drive(work())


@pytest.mark.parametrize("content", ["", "[]", '{"ask": 3}', '{"ask": {"a": "b", "c": 5, "d": -9}}', "\x00"])
def test_a_file_of_sizes_that_makes_no_sense_is_as_good_as_none(content: str) -> None:
    folder = Home.find().data
    (folder / FILE).write_text(content)
    sizes = Sizes(folder, "ask")
    sizes.load()
    assert sizes.width_on("any") is None
    sizes.note("a screen", 700)
    sizes.save()
    again = Sizes(folder, "ask")
    again.load()
    assert again.width_on("a screen") == 700
    assert again.width_on("a screen that is gone") == 700


# Copying


MARKDOWN = """# Title

Some **bold**, `code_with_marks` and a [link](https://example.org/x), 2 * 3 * 4.

- one
- two
  - deeper

3. three
4. four

```python
def f(x):
    return x  # **not bold**
```

| way | time |
|---|---|
| `a` | **1** |
"""


def test_plain_text_has_no_marks_and_loses_no_word(drive: Drive) -> None:
    async def work() -> None:
        assert await plain(MARKDOWN) == (
            "Title\n\n"
            "Some bold, code_with_marks and a link (https://example.org/x), 2 * 3 * 4.\n\n"
            "- one\n- two\n  - deeper\n\n"
            "3. three\n4. four\n\n"
            "def f(x):\n    return x  # **not bold**\n\n"
            "way\ttime\na\t1"
        )
        table = "| a | b |\n|---|---|\n" + "".join(f"| {n} | word {n} |\n" for n in range(300))
        assert (await plain(table)).split("\n") == ["a\tb", *(f"{n}\tword {n}" for n in range(300))]

    drive(work())


def test_the_latest_answer_is_copied_as_markdown_as_text_and_by_block(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.scripts = [[MARKDOWN]]
        async with opened(broker, theme) as window:
            await ask(window)
            QTest.keyClick(
                window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            )
            await window.settled()
            assert QGuiApplication.clipboard().text().startswith("Title\n\nSome bold, ")
            QTest.keyClick(
                window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            )
            assert QGuiApplication.clipboard().text() == MARKDOWN
            window.footer.copy_menu.aboutToShow.emit()
            titles = [action.text() for action in window.footer.copy_menu.actions()]
            assert titles[0] == "Copy as Markdown\tCtrl+Shift+C"
            assert titles[1] == "Copy as text\tCtrl+Alt+C"
            assert titles[-1] == "Copy code 1: def f(x):"
            window.footer.copy_menu.actions()[-1].trigger()
            assert QGuiApplication.clipboard().text() == "def f(x):\n    return x  # **not bold**"

    drive(work())


def test_a_block_under_the_pointer_has_a_button_that_copies_it(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.scripts = [["Before.\n\n```python\na = 1\n\nb = 2\n```\n\nBetween.\n\n```\nother\n```\n"]]
        async with opened(broker, theme) as window:
            await ask(window)
            boxes: list[QRectF] = []

            def both_visible() -> bool:
                boxes[:] = [box for kind, box in window.view._visible_boxes() if kind == "code"]
                return len(boxes) == 2  # as soon as the window has grown

            await until(both_visible)
            window.view._offer_code(boxes[0].center())
            assert window.view._offered().isVisible()
            window.view._offered().click()
            assert QGuiApplication.clipboard().text() == "a = 1\n\nb = 2"
            window.view._offer_code(boxes[1].center())
            window.view._offered().click()
            assert QGuiApplication.clipboard().text() == "other"
            window.view._offer_code(QPointF(5, 1))
            assert not window.view._offered().isVisible()

    drive(work())


def test_code_blocks_are_found_by_their_fences() -> None:
    text = "```py\na\n```\n\n~~~\nb ``` c\n~~~\n\n````md\n```\ninner\n```\n````\n\n```\nunclosed"
    assert [(code.language, code.text) for code in code_blocks(text)] == [
        ("py", "a"),
        ("", "b ``` c"),
        ("md", "```\ninner\n```"),
        ("", "unclosed"),
    ]


# Why, and input methods


def test_every_tier_considered_can_be_put_in_five_orders(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text(QUESTION)
            window.update_preview()
            window.controls.why_button.click()
            assert window.why.order.isVisible()

            def labels() -> list[str]:
                return [window.why.item(row, 0).text() for row in range(window.why.rowCount())]

            best = labels()
            window.why.order.setCurrentText("By name")
            assert labels() == sorted(best, key=str.casefold)
            window.why.horizontalHeader().sectionClicked.emit(3)
            assert window.why.order.currentText() == "Cheapest first"
            tip = window.why.item(0, 0).toolTip()
            assert "Chance of a good answer:" in tip
            assert "Price per million tokens: $" in tip
            assert "(list, " in tip
            assert "Speed seen: –" in tip

    drive(work())


def test_what_an_input_method_composes_is_neither_sent_nor_changed_by_enter(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text("Typed ")
            window.input.inputMethodEvent(QInputMethodEvent("にほ", []))
            assert window.input.text == "Typed "
            window.send()
            assert broker.asked == []
            QTest.keyClick(window.input, Qt.Key.Key_Return)
            assert broker.asked == []
            assert window.input.text == "Typed "
            done = QInputMethodEvent("", [])
            done.setCommitString("日本")
            window.input.inputMethodEvent(done)
            assert window.input.text == "Typed 日本"

    drive(work())
