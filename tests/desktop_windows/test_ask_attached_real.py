"""Attachments and dead tiers from the window to the wire: real services, real sockets, doubles that look."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PySide6.QtCore import QByteArray, QMimeData, Qt
from PySide6.QtTest import QTest

from compute_broker.compose import Services
from compute_broker.core.attachment import TextFile
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.real import only, services
from desktop_windows.waiting import ended, until
from doubles.anthropic_api import AnthropicDouble
from doubles.images import images_of
from doubles.script import Reply
from support.dead_ports import silent_port
from support.pictures import png

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


def change_to(url: str, *others: str, dead: str = "", words: tuple[str, ...] = ()) -> Callable[[Any], None]:
    """Leave Haiku at ``url``, the tiers named, and LM Studio at a dead address, cheap and able."""

    def change(document: Any) -> None:
        only("haiku", *others, *(["local"] if dead else []))(document)
        document["privacy"]["words"].extend(words)
        for block in document["tiers"]:
            if block["provider"] == "anthropic":
                block.update({"base_url": url, "key": "anthropic", "place": "cloud"})
                block.update({"price_in": 1.0, "price_out": 5.0})
            elif block["id"] == "local":
                block.update(
                    {"base_url": dead, "model": "claude-opus-5-5", "price_in": 0.01, "price_out": 0.01}
                )

    return change


@asynccontextmanager
async def opened(
    theme: Theme, change: Callable[[Any], None], *, look: bool = True
) -> AsyncIterator[tuple[AskWindow, Services]]:
    async with services(change) as running:
        running.keys.set("anthropic", "sk-canary", session_only=True)
        if look:
            await running.look()
        window = AskWindow(running, theme)
        window.open_at_cursor()
        await window.settled()
        try:
            yield window, running
        finally:
            await ended(window)


async def paste_image(window: AskWindow, data: bytes) -> None:
    mime = QMimeData()
    mime.setData("image/png", QByteArray(data))
    window.input.insertFromMimeData(mime)
    await window.settled()


def test_an_image_is_priced_before_seen_after_and_shown_again_to_the_follow_up(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            double.enqueue(Reply("A grey field."), Reply("Quite grey."))
            async with opened(theme, change_to(double.url, "builtin")) as (window, running):
                window.input.set_text("What is on it?")
                window.update_preview()
                before = window._decision
                await paste_image(window, png(1500, 750))
                after = window._decision
                assert before is not None
                assert after is not None
                assert after.quote is not None
                assert after.quote.tier.id == "haiku", "the built-in tier cannot see"
                assert after.task.prompt_tokens >= before.task.prompt_tokens + 1500
                assert "Haiku" in window.ticker.text
                assert "Built-in" not in window.ticker.text
                QTest.keyClick(window.input, Qt.Key.Key_Return)
                await window.settled()
                window.input.set_text("How grey?")
                window.send()
                await window.settled()
                assert [len(images_of(seen.json)) for seen in double.chats] == [1, 1]
                rows = await running.broker.history(2)
                assert rows[1].prompt == "What is on it?\n\n[image: Pasted image.png, 1500x750]"

    drive(work())


def test_an_attached_text_is_held_against_the_rules_and_stays_here(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble() as double:
            async with opened(theme, change_to(double.url, words=("heron",))) as (window, _):
                window.attaching.put([TextFile("notes.txt", "The code word is heron. " * 500)])
                await window.settled()
                window.input.set_text("Sum it up")
                window.update_preview()
                assert "“heron”" in window.controls.line.whole
                window.send()
                await window.settled()
                assert "private" in window.trouble.text
                assert window.chips.names == ["notes.txt"]
                assert double.chats == []
                await paste_image(window, png())
                assert window.chips.note == "Your privacy rules cannot read images."

    drive(work())


def test_a_tier_that_is_silent_is_named_within_a_second_and_left_by_a_button(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        with AnthropicDouble() as double, silent_port() as url:
            double.enqueue(Reply("Here I am."))
            change = change_to(double.url, dead=url)
            async with opened(theme, change, look=False) as (window, running):
                window.input.set_text("What is the capital of France?")
                window.send()
                await until(lambda: window.footer.text.startswith("Waiting for LM Studio, 1 s"))
                assert window.footer.instead_text == "Ask Claude Haiku 5.5 instead"
                window.footer._instead.click()
                await window.settled()
                window.view.end_answer()
                said = window.view.toPlainText()
                assert "LM Studio did not answer (you did not wait for it). Asking Claude Haiku 5.5." in said
                assert "Here I am." in said
                assert window.footer.text.startswith("Claude Haiku 5.5 · ")
                (row,) = await running.broker.history(1)
                attempts = (await running.broker.ledger.exchange(row.request_id)).attempts
                assert [attempt.tier for attempt in attempts] == ["local", "haiku"]
                assert row.cost == sum(attempt.cost or 0 for attempt in attempts)

    drive(work())
