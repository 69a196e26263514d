"""The settings' page of other programs, driven beside a real gateway that real requests come to."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPushButton

from compute_broker.compose import Services
from compute_broker.config.edits import set_value
from compute_broker.desktop.settings.programs_page import ProgramsPage
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.gateway.gateway import Gateway
from desktop_windows.real import only, services, texts
from desktop_windows.test_settings_window import fill, on_disk
from desktop_windows.waiting import ended, looked, until
from support.memory_keyring import MemoryKeyring

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
HIDDEN, SHOWN = QLineEdit.EchoMode.Password, QLineEdit.EchoMode.Normal


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        port: int = holder.getsockname()[1]
        return port


@asynccontextmanager
async def opened(
    theme: Theme, *, enabled: bool = True
) -> AsyncIterator[tuple[SettingsWindow, ProgramsPage, Services]]:
    """Yield the settings on their page of other programs, beside a gateway that has started."""

    def change(document: Any) -> None:
        only("builtin", "haiku")(document)
        document["gateway"]["port"] = free_port()
        document["gateway"]["enabled"] = enabled

    async with services(change) as running:
        gateway = Gateway(running.broker, running.settings, running.keys)
        await gateway.start()
        window = SettingsWindow(running, theme, gateway)
        window.pages.setCurrentWidget(window.programs)
        window.open_at_cursor()
        await window.settled()
        try:
            yield window, window.programs, running
        finally:
            await ended(window)
            await gateway.close()


def listening(page: ProgramsPage) -> bool:
    return page.standing.text().startswith("It listens at")


def copied(button: QPushButton) -> str:
    QGuiApplication.clipboard().clear()
    button.click()
    return QGuiApplication.clipboard().text()


def copy_of(page: ProgramsPage, field: QLineEdit) -> QPushButton:
    buttons = {each.accessibleName(): each for each in page.findChildren(QPushButton)}
    return buttons[f"Copy: {field.accessibleName()}"]


async def models(address: str, token: str) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.get(f"{address}/models", headers={"authorization": f"Bearer {token}"})


def test_a_program_that_is_given_what_is_copied_is_answered_until_it_is_switched_off(
    drive: Drive, theme: Theme, memory_keyring: MemoryKeyring
) -> None:
    async def work() -> None:
        async with opened(theme, enabled=False) as (window, page, running):
            assert page.standing.text() == "Off: nothing listens."
            assert page.token.field.text() == ""
            assert not page.token.copy.isEnabled()
            page.enabled.click()
            await until(lambda: listening(page))
            assert on_disk(running)["gateway"]["enabled"] is True
            address, token = copied(copy_of(page, page.openai)), copied(page.token.copy)
            assert address == f"http://127.0.0.1:{running.settings.current.gateway.port}/v1"
            assert copied(copy_of(page, page.anthropic)) == address.removesuffix("/v1")
            assert copied(copy_of(page, page.auto)) == "auto"
            answer = await models(address, token)
            assert answer.status_code == 200
            listed = [row["id"] for row in answer.json()["data"]]
            assert listed == ["auto", "thrifty", "balanced", "best", "builtin", "haiku"]
            assert page.models.text().startswith("Or thrifty, balanced, best,")
            assert "one tier: builtin, haiku." in page.models.text()
            assert memory_keyring.entries["compute-broker", "gateway/token"] == token
            page.enabled.click()
            await until(lambda: page.standing.text() == "Off: nothing listens.")
            await window.settled()
            with pytest.raises(httpx2.ConnectError):
                await models(address, token)

    drive(work())


def test_a_new_token_is_made_after_asking_and_the_old_one_is_refused_from_then_on(
    drive: Drive, theme: Theme, memory_keyring: MemoryKeyring
) -> None:
    async def work() -> None:
        async with opened(theme) as (window, page, _running):
            address, old = page.openai.text(), page.token.field.text()
            page.token.renew.click()
            assert page.token.question.isVisible()
            assert "refused until" in page.token.question.text
            page.token.question.press("Keep the old one")
            assert not page.token.question.isVisible()
            assert (await models(address, old)).status_code == 200
            page.token.renew.click()
            page.token.question.press("Make a new one")
            await window.settled()
            new = copied(page.token.copy)
            assert new not in {"", old}
            assert page.token.verdict.text() == "There is a new token: give it to your programs."
            assert [(await models(address, each)).status_code for each in (old, new)] == [401, 200]
            assert memory_keyring.entries["compute-broker", "gateway/token"] == new

    drive(work())


def test_the_token_is_dots_until_it_is_wanted_to_be_seen_and_again_once_out_of_sight(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(theme) as (window, page, _running):
            row = page.token
            assert row.field.echoMode() == HIDDEN
            assert row.field.text() not in row.field.displayText()
            row.show_button.click()
            assert row.field.displayText() == row.field.text()
            assert (row.show_button.text(), row.show_button.accessibleName()) == ("Hide", "Hide the API key")
            whole = row.field.fontMetrics().horizontalAdvance(row.field.text())
            assert whole < row.field.width() - 20, "all of it is seen"
            row.show_button.click()
            assert row.field.echoMode() == HIDDEN
            for leave, come_back in (
                (lambda: window.pages.setCurrentIndex(0), lambda: window.pages.setCurrentWidget(page)),
                (window.hide, window.open_at_cursor),
            ):
                row.show_button.click()
                row.renew.click()
                assert row.field.echoMode() == SHOWN
                leave()
                come_back()
                assert row.field.echoMode() == HIDDEN
                assert not row.question.isVisible()

    drive(work())


def test_the_token_is_found_by_no_search_said_by_no_text_and_in_no_log(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, page, running):
            token = page.token.field.text()
            others = [text for text in texts(window) if token in text]
            assert others == [token], "only its field has it, which shows dots"
            page.token.renew.click()
            page.token.question.press("Make a new one")
            await window.settled()
            new = page.token.field.text()
            for part in (new, new[:10], new[3:]):
                window.search.setText(part)
                await looked(window)
                assert sum(window.search.counts) == 0
            window.search.setText("api key")
            await looked(window)
            assert page.token.isVisible()
            log = running.home.log.read_text("utf-8")
            assert "the gateway listens" in log
            assert token not in log
            assert new not in log

    drive(work())


def test_a_clipboard_manager_is_told_that_the_token_is_a_secret(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (_window, page, _running):
            hint = "x-kde-passwordManagerHint"
            copied(page.token.copy)
            assert QGuiApplication.clipboard().mimeData().data(hint) == b"secret"
            assert page.token.copy.text() == "Copied"
            wide = page.token.copy.width()
            await until(lambda: page.token.copy.text() == "Copy")
            assert page.token.copy.width() == wide
            copied(copy_of(page, page.openai))
            assert not QGuiApplication.clipboard().mimeData().hasFormat(hint)

    drive(work())


def test_where_there_is_no_keyring_the_page_says_how_long_the_token_holds(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (_window, page, _running):
            assert page.token.note.isVisible()
            assert "until Compute Broker ends" in page.token.note.text()
            assert "COMPUTE_BROKER_KEY_GATEWAY_TOKEN" in page.token.note.text()

    drive(work())


def test_where_there_is_a_keyring_nothing_is_said_of_it(
    drive: Drive, theme: Theme, memory_keyring: MemoryKeyring
) -> None:
    async def work() -> None:
        async with opened(theme) as (_window, page, _running):
            assert not page.token.note.isVisible()

    drive(work())


def test_a_port_that_is_taken_is_told_and_another_one_mends_it(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, enabled=False) as (window, page, running):
            with closing(socket.create_server(("127.0.0.1", 0))) as holder:
                taken = holder.getsockname()[1]
                fill(page.port, str(taken))
                await window.settled()
                page.enabled.click()
                await until(lambda: "is taken by another program" in page.standing.text())
                assert page.standing.property("kind") == "bad"
                assert (page.openai.text(), page.anthropic.text()) == ("", ""), "that address is another's"
                assert not copy_of(page, page.openai).isEnabled()
                assert copy_of(page, page.auto).isEnabled()
                fill(page.port, str(free_port()))
                await until(lambda: listening(page))
            assert page.standing.property("kind") == "good"
            assert page.openai.text() == f"http://127.0.0.1:{running.settings.current.gateway.port}/v1"

    drive(work())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("80", "80 lies outside 1,024 to 65,535"),
        ("70000", "70000 lies outside"),
        ("http", "http is no whole number"),
        ("44.5", "44.5 is no whole number"),
    ],
)
def test_a_port_that_cannot_be_is_refused_with_a_sentence(
    drive: Drive, theme: Theme, text: str, said: str
) -> None:
    async def work() -> None:
        async with opened(theme) as (window, page, running):
            before = running.settings.path.read_text("utf-8")
            fill(page.port, text)
            await window.settled()
            assert page.port.problem.text().startswith(said)
            assert running.settings.path.read_text("utf-8") == before
            assert listening(page)

    drive(work())


def test_an_empty_port_is_the_usual_one_again(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, enabled=False) as (window, page, running):
            fill(page.port, "")
            await window.settled()
            assert running.settings.current.gateway.port == 4417
            assert page.port.text() == "4417"

    drive(work())


def test_any_model_is_written_and_what_is_edited_by_hand_shows(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, enabled=False) as (window, page, running):
            page.any_model.click()
            await window.settled()
            assert on_disk(running)["gateway"]["any_model"] is True
            for name, value in (("any_model", False), ("enabled", True)):
                running.settings.update(set_value(f"gateway.{name}", value))
            await until(lambda: page.enabled.isChecked() and listening(page))
            assert not page.any_model.isChecked()

    drive(work())


def test_a_budget_for_other_programs_is_a_button_and_an_amount_away(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, enabled=False) as (window, page, running):
            window.search.setText("budgets hold")
            await looked(window)
            assert page.budget.isVisible()
            page.budget.click()
            await window.settled()
            await looked(window)
            assert window.search.text() == ""
            assert window.pages.currentWidget() is window.budget
            new = window.budget.only
            assert new.source.currentText() == "Other programs"
            assert window.focusWidget() is new.amount
            fill(new.amount, "3")
            new.add.click()
            await window.settled()
            (budget,) = on_disk(running)["budget"]["only"]
            assert (budget["source"], budget["amount"]) == ("gateway", Decimal(3))
            assert new.lines == ["Other programs: $3.00 a month, only warns"]

    drive(work())


@pytest.mark.parametrize("words", ["gateway", "OpenAI", "endpoint", "port"])
def test_other_words_for_it_find_the_page(drive: Drive, theme: Theme, words: str) -> None:
    async def work() -> None:
        async with opened(theme, enabled=False) as (window, page, _running):
            window.pages.setCurrentIndex(0)
            window.search.setText(words)
            await looked(window)
            at = window.pages.indexOf(page)
            assert window.search.counts[at] > 0
            assert window.pages.tabText(at).startswith("Programs (")

    drive(work())


def test_settings_that_were_given_no_gateway_have_one_that_listens_to_nobody(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = SettingsWindow(running, theme)
            page = window.programs
            window.open_at_cursor()
            await window.settled()
            page.enabled.click()
            await window.settled()
            assert page.standing.text() == "Starting…"
            with pytest.raises(httpx2.ConnectError):
                await models(page.openai.text(), "any")
            await ended(window)

    drive(work())
