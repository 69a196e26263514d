"""``@tier`` and ``/mode`` at the start of a prompt: what counts, what is sent, and how it is completed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from compute_broker.core.decision import MODES
from compute_broker.core.quote import Snapshot
from compute_broker.desktop.ask.commands import Steered, forced, open_word, steered
from compute_broker.desktop.ask.naming import meant, name_of
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.scripted import LM_STUDIO, NOW, ScriptedBroker, quote
from desktop_windows.scripted import TIERS as ROWS
from desktop_windows.test_ask_window import answered, opened, press

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
TIERS = tuple(quote(row).tier for row in (*ROWS, LM_STUDIO))
BY_ID = {tier.id: tier for tier in TIERS}
CLAUDES = (BY_ID["haiku"], BY_ID["opus"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@haiku Say hello", Steered("Say hello", "haiku")),
        ("  @Opus\nSay hello", Steered("Say hello", "opus")),
        ("/best @haiku /private Say it", Steered("Say it", "haiku", MODES["best"], private=True)),
        ("@Claude-Haiku-5.5 Say hello", Steered("Say hello", "haiku")),
        ("@lmstudio Say hello", Steered("Say hello", "local")),
        ("@LM-Studio Say hello", Steered("Say hello", "local")),
        ("@studio, say hello", Steered("say hello", "local")),
        ("@openrouter Say hello", Steered("Say hello", "kimi")),
        ("@built-in Say hello", Steered("Say hello", "builtin")),
        ("@nobody Say hello", Steered("@nobody Say hello", unclear="@nobody")),
        ("/best @nobody Hello", Steered("@nobody Hello", None, MODES["best"], unclear="@nobody")),
        ("@nobody", Steered("@nobody", unclear="@nobody")),
        ("@claude Say hello", Steered("@claude Say hello", unclear="@claude", maybe=CLAUDES)),
        ("@anthropic Say hello", Steered("@anthropic Say hello", unclear="@anthropic", maybe=CLAUDES)),
        ("@ noon", Steered("@ noon")),
        ("/etc/hosts is what?", Steered("/etc/hosts is what?")),
        ("/best", Steered("/best")),
        ("Ask @haiku about it", Steered("Ask @haiku about it")),
        ("@haiku @opus Which of you?", Steered("@opus Which of you?", "haiku")),
        ("@haiku: hello", Steered("hello", "haiku")),
        ("@app.route(x)", Steered("@app.route(x)")),
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


def offered(window: AskWindow, column: int = 0) -> list[str]:
    """What the list shows, in this column."""
    found = window.completer.list
    return [found.topLevelItem(row).text(column) for row in range(found.topLevelItemCount())]


def with_lm_studio(broker: ScriptedBroker) -> None:
    broker.snapshot = Snapshot({row[0]: quote(row) for row in (*ROWS, LM_STUDIO)}, NOW)


def test_a_tier_that_is_off_gives_its_name_to_one_that_is_on() -> None:
    off = replace(BY_ID["opus"], enabled=False)
    assert meant("claude", [BY_ID["haiku"], off]) == (BY_ID["haiku"],)
    assert meant("opus", [BY_ID["haiku"], off]) == (off,)


def test_ids_that_differ_in_a_dash_alone_are_told_apart() -> None:
    twins = [replace(TIERS[0], id=name, label="Same") for name in ("a-b", "ab")]
    assert [meant(tier.id, twins) for tier in twins] == [(tier,) for tier in twins]


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=5))
def test_whatever_tiers_are_called_the_word_for_each_means_it_alone(labels: list[str]) -> None:
    tiers = [replace(TIERS[0], id=f"t{place}", label=label) for place, label in enumerate(labels)]
    for tier in tiers:
        assert meant(name_of(tier, tiers), tiers) == (tier,)


def test_a_tier_is_completed_by_its_label_which_is_what_a_person_sees(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    with_lm_studio(broker)

    async def work() -> None:
        async with opened(broker, theme) as window:
            for typed in ("lm", "stu", "lmst", "local"):
                window.input.set_text("")
                QTest.keyClicks(window.input, f"@{typed}")
                assert offered(window) == ["@lm-studio"]
                assert offered(window, 1) == ["LM Studio"]
            press(window, Qt.Key.Key_Tab)
            assert window.input.text == "@lm-studio "
            QTest.keyClicks(window.input, "Say hello")
            press(window, Qt.Key.Key_Return)
            await answered(window)
            prompt, options = broker.asked[0]
            assert (prompt, options.tier_id) == ("Say hello", "local")

    drive(work())


def test_a_word_that_names_no_tier_is_told_and_nothing_is_sent_or_lost(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text("@lmstudio Write about the sun")
            press(window, Qt.Key.Key_Return)
            press(window, Qt.Key.Key_Return)
            await window.settled()
            assert broker.asked == []
            assert window.input.text == "@lmstudio Write about the sun"
            assert window.advice.text == "There is no tier @lmstudio, so nothing is sent."
            QTest.keyClicks(window.input, ".")
            assert window.advice.isHidden(), "what is typed now is another thing"
            press(window, Qt.Key.Key_Return)
            window.advice.press("Send as text")
            await answered(window)
            assert [prompt for prompt, _ in broker.asked] == ["@lmstudio Write about the sun."]
            assert window.input.text == ""

    drive(work())


def test_a_word_that_names_several_tiers_says_which_and_a_press_on_one_takes_its_place(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text("@claude Say hello")
            press(window, Qt.Key.Key_Return)
            await window.settled()
            assert broker.asked == []
            assert window.advice.text == (
                "@claude may be Claude Haiku 5.5 or Claude Opus 5.5, so nothing is sent: "
                "write more of the name."
            )
            window.tier_wanted.emit("opus")
            assert window.input.text == "@opus Say hello"
            assert window.advice.isHidden()
            press(window, Qt.Key.Key_Return)
            await answered(window)
            assert [(prompt, options.tier_id) for prompt, options in broker.asked] == [("Say hello", "opus")]

    drive(work())


def test_asking_again_says_when_the_tier_is_gone_and_keeps_the_prompt(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    with_lm_studio(broker)

    async def work() -> None:
        async with opened(broker, theme) as window:
            window.bring("Say hi", "local")
            assert window.input.text == "@lm-studio Say hi"
            assert window.advice.isHidden()
            broker.become(Snapshot({row[0]: quote(row) for row in ROWS}, NOW))
            window.bring("Say hi", "local")
            assert window.input.text == "Say hi"
            assert window.advice.text.startswith("The tier local is no longer there,")

    drive(work())


def test_a_tier_is_completed_shown_and_asked(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            found = window.completer.list
            QTest.keyClicks(window.input, "@")
            assert offered(window) == ["@builtin", "@kimi", "@haiku", "@opus"]
            QTest.keyClicks(window.input, "o")
            assert offered(window) == ["@opus", "@kimi"], "the one at OpenRouter comes after"
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
        ("@claude hello", "opus", "@opus hello"),
        ("@anthropic hello", "local", "@lm-studio hello"),
        ("@lmstudio hello", "local", "hello"),
        ("", "opus", "@opus "),
        ("@opus ", "opus", ""),
    ],
)
def test_a_tier_is_forced_in_place_of_another_or_let_go(text: str, wanted: str, after: str) -> None:
    assert forced(text, TIERS, BY_ID[wanted]) == after


def test_words_alone_steer_what_is_attached() -> None:
    found = steered("@opus /private", TIERS, alone=True)
    assert (found.prompt, found.tier_id, found.private) == ("", "opus", True)
    assert steered("@opus", TIERS).prompt == "@opus"


def test_the_preview_says_what_enter_would_say(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            for text in ("@nobody hi", "@claude hi"):
                window.input.set_text(text)
                window.update_preview()
                said = window.controls.line.whole
                assert window.controls.tier.isHidden()
                assert "[" not in window.ticker.text, "no tier stands out: none would be asked"
                press(window, Qt.Key.Key_Return)
                assert window.advice.text == said
            window.input.set_text("@opus hi")
            window.update_preview()
            assert window.controls.tier.text() == "Claude Opus 5.5"
            assert "[Claude Opus" in window.ticker.text
            assert broker.asked == []

    drive(work())


def test_lock_and_mode_follow_the_words_at_the_start_and_go_back_with_them(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            controls = window.controls
            window.input.set_text("/private /best hi")
            window.update_preview()
            assert controls.shown_private
            assert controls.mode_button.text() == "Best"
            assert not controls.is_private, "a word is no press on the button"
            assert controls.mode is None
            assert "word at the start" in controls.private.accessibleDescription()
            window.input.set_text("hi")
            window.update_preview()
            assert not controls.shown_private
            assert controls.mode_button.text() == "Balanced"

            controls.private.click()
            controls.choose_mode("thrifty")
            window.input.set_text("/private /best hi")
            window.update_preview()
            assert controls.mode_button.text() == "Best"
            window.input.set_text("hi")
            window.update_preview()
            assert controls.shown_private
            assert controls.mode_button.text() == "Thrifty"

    drive(work())
