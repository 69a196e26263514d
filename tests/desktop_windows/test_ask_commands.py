"""``@tier`` and ``/mode`` at the start of a prompt: what counts, what is sent, and how it is completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from compute_broker.core.decision import MODES
from compute_broker.desktop.ask.commands import Steered, forced, open_word, steered
from compute_broker.desktop.theme import Theme
from desktop_windows.scripted import ScriptedBroker
from desktop_windows.test_ask_window import answered, opened, press

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
TIERS = ("haiku", "opus")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@haiku Say hello", Steered("Say hello", "haiku")),
        ("  @Opus\nSay hello", Steered("Say hello", "opus")),
        ("/best @haiku /private Say it", Steered("Say it", "haiku", MODES["best"], private=True)),
        ("@nobody Say hello", Steered("@nobody Say hello")),
        ("/etc/hosts is what?", Steered("/etc/hosts is what?")),
        ("/best", Steered("/best")),
        ("Ask @haiku about it", Steered("Ask @haiku about it")),
        ("@haiku @opus Which of you?", Steered("@opus Which of you?", "haiku")),
        ("@haiku: hello", Steered("@haiku: hello")),
    ],
)
def test_only_known_words_at_the_start_steer(text, meant):
    assert steered(text, TIERS) == meant


@given(st.text())
def test_whatever_is_typed_what_is_sent_is_its_end(text):
    found = steered(text, TIERS)
    assert text.endswith(found.prompt)


@given(st.text(alphabet="@/ haikubest"))
def test_steering_never_empties_a_prompt(text):
    assert bool(steered(text, TIERS).prompt.strip()) == bool(text.strip())


@pytest.mark.parametrize(
    ("typed", "word"),
    [("@", "@"), ("@ha", "@ha"), ("/best @o", "@o"), ("say @ha", None), ("@haiku ", None), ("a/b", None)],
)
def test_a_word_is_completed_only_at_the_start(typed, word):
    assert open_word(typed) == word


def test_a_tier_is_completed_shown_and_asked(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            found = window.completer.list
            QTest.keyClicks(window.input, "@")
            assert [found.topLevelItem(row).text(0) for row in range(found.topLevelItemCount())] == [
                "@builtin",
                "@kimi",
                "@haiku",
                "@opus",
            ]
            QTest.keyClicks(window.input, "o")
            assert found.isVisible()
            press(window, Qt.Key.Key_Tab)
            assert window.input.text == "@opus "
            assert found.isHidden()
            assert window.input.hasFocus()
            QTest.keyClicks(window.input, "Say hello")
            window.update_preview()
            assert window.controls.tier.text() == "Claude Opus 5.5"
            press(window, Qt.Key.Key_Return)
            await answered(window)
            prompt, options = broker.asked[0]
            assert (prompt, options.tier_id) == ("Say hello", "opus")

    drive(work())


def test_arrows_choose_and_escape_closes_only_the_list(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            QTest.keyClicks(window.input, "/")
            press(window, Qt.Key.Key_Down)
            assert window.completer.list.currentItem().text(0) == "/balanced"
            press(window, Qt.Key.Key_Escape)
            assert window.completer.list.isHidden()
            assert window.isVisible()
            QTest.keyClicks(window.input, "p")
            press(window, Qt.Key.Key_Return)
            QTest.keyClicks(window.input, "Say hello")
            press(window, Qt.Key.Key_Return)
            await answered(window)
            prompt, options = broker.asked[0]
            assert (prompt, options.private) == ("Say hello", True)

    drive(work())


@pytest.mark.parametrize(
    ("text", "wanted", "after"),
    [
        ("What?", "opus", "@opus What?"),
        ("@haiku What?", "opus", "@opus What?"),
        ("@opus What?", "opus", "What?"),
        ("/best @haiku /private What?", "opus", "@opus /best /private What?"),
        ("@someone hello", "opus", "@opus @someone hello"),
        ("", "opus", "@opus "),
        ("@opus ", "opus", ""),
    ],
)
def test_a_tier_is_forced_in_place_of_another_or_let_go(text: str, wanted: str, after: str) -> None:
    assert forced(text, ["haiku", "opus"], wanted) == after


def test_words_alone_steer_what_is_attached() -> None:
    found = steered("@opus /private", ["opus"], alone=True)
    assert (found.prompt, found.tier_id, found.private) == ("", "opus", True)
    assert steered("@opus", ["opus"]).prompt == "@opus"
