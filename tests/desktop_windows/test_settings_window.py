"""The settings window on the real services: applied at once, refused with a sentence, keys never shown."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import keyring
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPushButton

from compute_broker.compose import Services
from compute_broker.config.edits import add_budget
from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.newcomers import dismiss, newcomers, offer_text, still_new
from compute_broker.desktop.settings.add_server import free_id
from compute_broker.desktop.settings.rows import Choice
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import DecisionNote, NewAttempt, NewRequest, RequestStatus
from compute_broker.market.discovery import Found, listening
from desktop_windows.real import only, services, texts
from desktop_windows.waiting import ended, until
from doubles.anthropic_api import AnthropicDouble
from doubles.local_servers import VllmDouble
from support.memory_keyring import MemoryKeyring

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
KEY = "sk-ant-canary-0123456789abcdef"


@asynccontextmanager
async def opened(
    theme: Theme, change: Callable[[Any], None] | None = None
) -> AsyncIterator[tuple[SettingsWindow, Services]]:
    async with services(change or only("builtin")) as running:
        window = SettingsWindow(running, theme)
        window.open_at_cursor()
        await window.settled()
        try:
            yield window, running
        finally:
            await ended(window)


def fill(field: QLineEdit, text: str) -> None:
    field.setText(text)
    field.editingFinished.emit()


def on_disk(running: Services) -> dict[str, Any]:
    return tomllib.loads(running.settings.path.read_text("utf-8"), parse_float=Decimal)


def anthropic_at(url: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        only("haiku")(document)
        document["tiers"][0]["base_url"] = url
        document["tiers"][0]["key"] = "anthropic"
        document["tiers"][0]["place"] = "cloud"

    return change


def test_every_setting_is_in_the_file_at_once(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            fill(window.budget.amounts["daily"], "$2.50")
            window.budget.kinds["daily"].setCurrentIndex(1)
            window.budget.kinds["daily"].activated.emit(1)
            window.choosing.modes["best"].click()
            window.choosing.cross_checks["best"].setCurrentIndex(2)
            window.choosing.cross_checks["best"].activated.emit(2)
            fill(window.machine.electricity.tariff, "0,41")
            fill(window.choosing.patience, "20")
            window.desktop.hide_on_blur.click()
            window.desktop.ticker.click()
            window.desktop.hotkey.setKeySequence(QKeySequence("Ctrl+Shift+K"))
            window.desktop.hotkey.editingFinished.emit()
            await window.settled()
            file = on_disk(running)
            assert file["budget"]["daily"] == {"amount": Decimal("2.50"), "hard": True}
            assert file["mode"] == "best"
            assert running.settings.current.most_seconds == 20.0
            assert file["cross_check"] == {"thrifty": "auto", "balanced": "auto", "best": "off"}
            assert file["electricity"]["usd_per_kwh"] == Decimal("0.41")
            assert file["desktop"]["hide_on_blur"] is True
            assert file["desktop"]["ticker"] is False
            assert file["desktop"]["hotkey"] == "Ctrl+Shift+K"
            assert running.settings.current.budget.daily.amount == Decimal("2.50")
            assert "# your tariff" in running.settings.path.read_text("utf-8"), "comments stay"
            fill(window.budget.amounts["daily"], "")
            await window.settled()
            assert "amount" not in on_disk(running)["budget"]["daily"]

    drive(work())


@pytest.mark.parametrize("text", ["much", "-1", "NaN", "1e99", "1 000 000 000"])
def test_a_wrong_amount_is_told_and_not_written(drive: Drive, theme: Theme, text: str) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            before = running.settings.path.read_text("utf-8")
            fill(window.budget.amounts["weekly"], text)
            await window.settled()
            assert "no amount" in window.budget.amounts["weekly"].problem.text()
            assert running.settings.path.read_text("utf-8") == before

    drive(work())


def test_a_bare_key_is_no_hotkey(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            window.desktop.hotkey.setKeySequence(QKeySequence("A"))
            window.desktop.hotkey.editingFinished.emit()
            await window.settled()
            assert "add Ctrl, Alt or Super" in window.desktop.verdict.text()
            assert on_disk(running)["desktop"]["hotkey"] == "Ctrl+Alt+Space"

    drive(work())


def test_what_is_edited_by_hand_shows(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            window.hide()
            path = running.settings.path
            path.write_text(path.read_text("utf-8").replace('mode = "balanced"', 'mode = "thrifty"'), "utf-8")
            window.open_at_cursor()
            await window.settled()
            await until(window.choosing.modes["thrifty"].isChecked)

    drive(work())


def test_what_use_taught_is_said_forgotten_and_brought_back(
    drive: Drive, theme: Theme, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            assert window.learned.sentences.text().startswith("Nothing yet")
            assert not window.learned.export.isEnabled()
            request = NewRequest(new_request_id(), "quick_ask", "A poem")
            ledger = running.broker.ledger
            await ledger.begin(request)
            await ledger.decide(request.id, DecisionNote(category="writing", difficulty=0.0))
            tier = running.broker.snapshot.quotes["builtin"].tier
            attempt = NewAttempt(tier.id, tier.place, tier.provider, tier.model, None, 0)
            reservation = await ledger.reserve(request.id, attempt)
            await ledger.finish(request.id, RequestStatus.ANSWERED, answered_by=reservation.id)
            await running.broker.rate(request.id, 1)
            said = "Built-in (tiny) did better than expected on your writing: 1 of 1."
            assert window.learned.sentences.text() == said
            window.learned.write_to(tmp_path / "lessons.json")
            await window.settled()
            assert "1 lesson written" in window.learned.verdict.text()
            window.learned.reset.click()
            await window.settled()
            assert window.learned.sentences.text().startswith("Nothing yet")
            assert window.learned.reset.text() == "Undo forgetting"
            window.learned.read_from(tmp_path / "lessons.json")
            await window.settled()
            assert "1 lesson read, 0 of them new" in window.learned.verdict.text()
            window.learned.reset.click()
            await window.settled()
            assert window.learned.sentences.text() == said
            (tmp_path / "lessons.json").write_text("{}", encoding="utf-8")
            window.learned.read_from(tmp_path / "lessons.json")
            await window.settled()
            assert "holds no lessons" in window.learned.verdict.text()

    drive(work())


def test_private_words_are_written_as_typed_and_a_bad_one_is_told(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            window.privacy.words.setPlainText("Project Falcon\n\n  INV-####  ")
            window.privacy.write_words()
            window.privacy.presets["emails"].click()
            await window.settled()
            assert on_disk(running)["privacy"] == {
                "words": ["Project Falcon", "INV-####"],
                "presets": ["emails"],
            }
            decision = running.broker.preview("What is wrong with invoice inv-1234?")
            assert decision.task.private
            assert "private by your rule “INV-####”" in decision.reason
            window.privacy.words.setPlainText("*")
            window.privacy.write_words()
            await window.settled()
            assert "at least two letters" in window.privacy.verdict.text()
            assert on_disk(running)["privacy"]["words"] == ["Project Falcon", "INV-####"]

    drive(work())


def test_a_bad_file_is_told_with_line_and_remedy(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            path = running.settings.path
            good = path.read_text("utf-8")
            window.hide()
            path.write_text(good.replace("mode = ", "mod = "), "utf-8")
            window.open_at_cursor()
            await window.settled()
            await until(window.banner.isVisible)
            assert "did you mean 'mode'" in window.banner.text
            assert "line" in window.banner.text
            path.write_text(good, "utf-8")
            window.banner.press("Read it again")
            await window.settled()
            await until(window.banner.isHidden)

    drive(work())


def test_a_switch_takes_effect_at_once(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            row = window.tiers.tiers["builtin"]
            assert row.switch.isChecked()
            row.switch.click()
            await window.settled()
            assert running.broker.snapshot.quotes["builtin"].tier.enabled is False
            await until(lambda: on_disk(running)["tiers"][0].get("enabled") is False)

    drive(work())


def test_a_key_is_tested_stored_and_never_shown(
    drive: Drive, theme: Theme, memory_keyring: MemoryKeyring
) -> None:
    async def work() -> None:
        with AnthropicDouble(key=KEY) as double:
            async with opened(theme, anthropic_at(double.url)) as (window, running):
                row = window.tiers.keys["anthropic"]
                assert "no key yet" in row.status.text()
                row.field.setText("sk-ant-wrong-canary")
                row.test.click()
                await window.settled()
                assert row.verdict.property("kind") == "bad"
                assert "wrong-canary" not in "".join(t for t in texts(window) if t != "sk-ant-wrong-canary")
                QTest.keyClicks(row.field, KEY)
                row.field.setText(KEY)
                assert row.field.displayText() == "●" * len(KEY) or KEY not in row.field.displayText()
                row.test.click()
                await window.settled()
                assert row.verdict.property("kind") == "good", row.verdict.text()
                QTest.keyClick(row.field, Qt.Key.Key_Return)
                await window.settled()
                assert keyring.get_password("compute-broker", "anthropic") == KEY
                assert "stored in the system keyring" in row.status.text()
                row.field.undo()
                assert not any("canary" in text for text in texts(window))
                home = running.home
                for folder in (home.config, home.data):
                    for path in folder.rglob("*"):
                        assert not path.is_file() or b"canary" not in path.read_bytes(), path
                row.forget.click()
                await window.settled()
                assert keyring.get_password("compute-broker", "anthropic") is None
                assert "no key yet" in row.status.text()

    drive(work())


def test_hiding_the_window_forgets_a_typed_key(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("haiku")) as (window, _):
            field = window.tiers.keys["anthropic"].field
            field.setText(KEY)
            QTest.keyClick(window, Qt.Key.Key_Escape)
            assert not window.isVisible()
            assert field.text() == ""

    drive(work())


def test_without_a_keyring_the_person_chooses(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with AnthropicDouble(key=KEY) as double:
            async with opened(theme, anthropic_at(double.url)) as (window, running):
                row = window.tiers.keys["anthropic"]
                row.field.setText(KEY)
                row.save.click()
                await window.settled()
                box = row._choice
                assert isinstance(box, QMessageBox)
                assert (box.text() + box.informativeText()).count("COMPUTE_BROKER_KEY_ANTHROPIC") == 1
                assert KEY not in box.text() + box.informativeText()
                next(b for b in box.buttons() if "session" in b.text()).click()
                await window.settled()
                assert running.keys.get("anthropic") == KEY
                assert "this session only" in row.status.text()
                assert row.field.text() == ""
                assert b"canary" not in running.settings.path.read_bytes()

    drive(work())


def test_a_server_is_tested_for_what_it_is_added_and_removed(
    drive: Drive, theme: Theme, memory_keyring
) -> None:
    async def work() -> None:
        with VllmDouble(key="right") as double:
            async with opened(theme) as (window, running):
                form = window.tiers.add
                form.label.setText("Office GPU")
                form.address.setText("http://127.0.0.1:9")
                form.test.click()
                await window.settled()
                assert form.verdict.property("kind") == "bad"
                assert "Nothing listens at port 9" in form.verdict.text()
                form.address.setText(double.url.removeprefix("http://"))
                form.test.click()
                await window.settled()
                assert "wants a key" in form.verdict.text()
                form.key.setText("right")
                form.test.click()
                await window.settled()
                assert form.verdict.property("kind") == "good", form.verdict.text()
                assert (form.provider, form.address.text()) == (ProviderKind.VLLM, double.url)
                offered = [form.model.itemText(row) for row in range(form.model.count())]
                assert offered == ["whatever is loaded", double.model]
                form.model.setCurrentIndex(1)
                form.add.click()
                await window.settled()
                await until(lambda: "office-gpu" in window.tiers.tiers)
                assert "office-gpu" in window.tiers.keys
                assert running.keys.get("office-gpu") == "right"
                assert form.key.text() == ""
                added = on_disk(running)["tiers"][-1]
                assert (added["provider"], added["model"]) == ("vllm", double.model)
                assert added["base_url"] == double.url
                assert added["label"] == "Office GPU"
                assert b"right" not in running.settings.path.read_bytes()
                window.tiers.remove("office-gpu")
                await window.settled()
                await until(lambda: "office-gpu" not in window.tiers.tiers)
                assert [tier["id"] for tier in on_disk(running)["tiers"]] == ["builtin"]

    drive(work())


def test_without_a_keyring_a_server_is_added_and_its_key_row_asks_what_to_do(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            form = window.tiers.add
            form.label.setText("Office GPU")
            form.address.setText("http://10.0.0.5:8000")
            form.key.setText(KEY)
            form.add.click()
            await window.settled()
            assert "Added without its key" in form.verdict.text()
            await until(lambda: "office-gpu" in window.tiers.keys)
            assert running.keys.get("office-gpu") is None
            assert b"canary" not in running.settings.path.read_bytes()

    drive(work())


def test_a_server_found_here_is_offered_until_it_is_dismissed_or_used(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        one = Found(ProviderKind.OLLAMA, "http://127.0.0.1:9", ("qwen3:4b",), "Ollama with 1 model")
        two = Found(ProviderKind.VLLM, "http://127.0.0.1:8", ("m",), "vLLM with 1 model")

        async def finder() -> list[Found]:
            return [one, two]

        async with opened(theme) as (window, running):
            found = await newcomers(running, finder)
            assert offer_text(found) == "2 model servers run here: use them…"
            await asyncio.to_thread(dismiss, running.home, two)
            assert offer_text(await newcomers(running, finder)) == "Ollama runs here: use it…"
            window.tiers.found._finder = finder
            window.tiers.found.look()
            await window.settled()
            hide = [each for each in window.findChildren(QPushButton) if each.text() == "Not this one"]
            assert [each.accessibleName() for each in hide] == [
                "Do not tell of the server at http://127.0.0.1:9 again"
            ]
            window.tiers.found.offers[0].click()
            await window.settled()
            assert await still_new(running, found) == []
            assert offer_text([]) == ""

    drive(work())


def test_a_port_where_nobody_listens_is_not_asked_who_it_is() -> None:
    with VllmDouble() as double, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        there = int(double.url.rpartition(":")[2])
        assert listening([free.getsockname()[1], there]) == [there]


def test_what_was_used_of_a_plan_elsewhere_is_entered_in_its_row(drive: Drive, theme: Theme) -> None:
    def planned(document: Any) -> None:
        only("opus")(document)
        document["tiers"][0]["plan"] = {"requests": 200}

    async def work() -> None:
        async with opened(theme, planned) as (window, running):
            row = window.tiers.tiers["opus"]
            row.used.setText("much")
            row.enter.click()
            await window.settled()
            assert "neither a share nor a number" in row.verdict.text()
            row.used.setText("38 %")
            row.enter.click()
            await window.settled()
            quote = running.broker.snapshot.quotes["opus"]
            assert quote.plan is not None
            assert quote.plan.windows[0].used == 76
            window.tiers.show_state()
            assert "62 % of this window left, resets" in row.state.text()

    drive(work())


def test_an_address_that_cannot_be_is_refused(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            window.tiers.add.add.click()
            assert "name" in window.tiers.add.verdict.text()
            assert len(on_disk(running)["tiers"]) == 1

    drive(work())


@pytest.mark.parametrize(
    ("label", "taken", "wanted"),
    [
        ("Office GPU", set(), "office-gpu"),
        ("Office GPU", {"office-gpu"}, "office-gpu-2"),
        ("日本", set(), "server"),
        ("-- A/B --", set(), "a-b"),
    ],
)
def test_ids_are_made_of_labels(label: str, taken: set[str], wanted: str) -> None:
    assert free_id(label, taken) == wanted


def test_a_budget_for_a_project_is_added_told_and_removed(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            only_ = window.budget.only
            only_.add.click()
            assert "Name a source or a project" in window.budget.only.problem.text()
            only_.project.setText("thesis")
            only_.add.click()
            assert "Write the amount" in window.budget.only.problem.text()
            fill(only_.amount, "12.5")
            only_.source.setCurrentIndex(only_.source.findData("command_line"))
            only_.kind.setCurrentIndex(1)
            only_.add.click()
            await window.settled()
            (budget,) = on_disk(running)["budget"]["only"]
            assert budget == {
                "source": "command_line",
                "project": "thesis",
                "period": "month",
                "amount": Decimal("12.5"),
                "hard": True,
            }
            assert only_.lines == ["Command line, project thesis: $12.50 a month, stops"]
            assert only_.project.text() == only_.amount.text() == ""
            await until(lambda: [view.project for view in running.broker.spend.budgets] == ["thesis"])
            only_.remove(0)
            await window.settled()
            assert only_.lines == []
            assert "only" not in on_disk(running)["budget"] or on_disk(running)["budget"]["only"] == []

    drive(work())


def test_a_budget_for_other_programs_is_offered_told_and_removed(drive: Drive, theme: Theme) -> None:
    def change(document: Any) -> None:
        only("builtin")(document)
        add_budget({"source": "gateway", "project": None, "period": "day", "amount": 3})(document)

    async def work() -> None:
        async with opened(theme, change) as (window, running):
            source = window.budget.only.source
            assert source.itemText(source.findData("gateway")) == "Other programs"
            assert window.budget.only.lines == ["Other programs: $3.00 a day, only warns"]
            window.budget.only.remove(0)
            await window.settled()
            assert running.settings.current.budget.only == []

    drive(work())


def test_diagnostics_are_copied_without_keys_names_or_prompts(drive: Drive, theme: Theme) -> None:
    def change(document: Any) -> None:
        only("builtin")(document)
        document["privacy"]["words"] = ["Project Falcon"]

    async def work() -> None:
        async with opened(theme, change) as (window, running):
            running.keys.set("anthropic", KEY, session_only=True)
            logging.getLogger("compute_broker.test").info("seen %s and Project Falcon", KEY)
            with Ledger.open(running.home.ledger) as ledger:
                ledger.begin(NewRequest("r-1", "cli", "a very private question"))
            window.data.copy.click()
            await window.settled()
            text = QGuiApplication.clipboard().text()
            assert "lines are on the clipboard" in window.data.verdict.text()
            assert "Compute Broker" in text
            assert "tier builtin" in text
            assert "seen [hidden] and [hidden]" in text
            for secret in (KEY, "Falcon", "private question", str(Path.home())):
                assert secret not in text

    drive(work())


def test_notifications_and_start_at_login_are_switched(drive: Drive, theme: Theme, home: Path) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            page = window.desktop
            assert page.at_budget.isChecked()
            assert page.at_down.isChecked()
            page.at_budget.click()
            page.at_down.click()
            fill(page.quiet, "22:00-07:00")
            await window.settled()
            assert on_disk(running)["notify"] == {"budget": [], "tier_down": False, "quiet": "22:00-07:00"}
            fill(page.quiet, "at night")
            await window.settled()
            assert "are no hours" in page.quiet.problem.text()
            assert on_disk(running)["notify"]["quiet"] == "22:00-07:00"
            page.at_budget.click()
            await window.settled()
            assert on_disk(running)["notify"]["budget"] == [50, 80, 100]
            if sys.platform == "linux":
                entry = home / ".config" / "autostart" / "compute-broker.desktop"
                assert not page.login.isChecked()
                page.login.click()
                assert entry.exists()
                page.login.click()
                assert not entry.exists()

    drive(work())


def test_the_wheel_turns_no_choice_that_is_scrolled_past(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            window.pages.setCurrentWidget(window.choosing)
            before = running.settings.current
            choices = [each for each in window.choosing.findChildren(Choice) if each.isVisible()]
            assert choices
            for choice in choices:
                choice.setFocus()
                middle = QPointF(choice.rect().center())
                wheel = QWheelEvent(
                    middle,
                    choice.mapToGlobal(middle),
                    QPoint(),
                    QPoint(0, -120),
                    Qt.MouseButton.NoButton,
                    Qt.KeyboardModifier.NoModifier,
                    Qt.ScrollPhase.NoScrollPhase,
                    False,  # noqa: FBT003 - Qt's signature
                )
                index = choice.currentIndex()
                QApplication.sendEvent(choice, wheel)
                assert choice.currentIndex() == index, choice.accessibleName()
            await window.settled()
            assert running.settings.current == before

    drive(work())


def test_a_refused_change_shows_what_is_in_force_again_and_says_why(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            path = running.settings.path
            good = path.read_text("utf-8")
            path.write_text(good.replace("usd_per_kwh = 0.30", 'usd_per_kwh = "lots"'), "utf-8")
            window.choosing.modes["thrifty"].click()
            window.desktop.hide_on_blur.click()
            await window.settled()
            assert window.choosing.modes["balanced"].isChecked()
            assert not window.choosing.modes["thrifty"].isChecked()
            assert not window.desktop.hide_on_blur.isChecked()
            await until(window.banner.isVisible)
            assert "usd_per_kwh" in window.banner.text
            assert "Open the file" in window.banner.actions_offered
            path.write_text(good, "utf-8")
            window.banner.press("Read it again")
            await until(window.banner.isHidden)
            window.choosing.modes["thrifty"].click()
            await window.settled()
            assert window.choosing.modes["thrifty"].isChecked()
            assert on_disk(running)["mode"] == "thrifty"

    drive(work())


def test_a_change_that_the_disk_refuses_is_told_in_the_banner(
    drive: Drive, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):

            def full(*_: object) -> None:
                raise EnvironmentFaultError("The disk is full.")

            monkeypatch.setattr("compute_broker.config.store._write", full)
            window.choosing.modes["best"].click()
            await window.settled()
            assert window.choosing.modes["balanced"].isChecked()
            assert window.banner.text == "The disk is full."
            assert window.banner.isVisible()
            assert running.settings.current.mode == "balanced"

    drive(work())


def test_what_was_typed_and_refused_is_gone_when_the_window_is_opened_again(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _running):
            share, amount = window.choosing.own.share, window.budget.amounts["daily"]
            fill(share, "7")
            fill(amount, "much")
            await window.settled()
            assert share.problem.text()
            assert amount.problem.text()
            assert (share.property("kind"), amount.property("kind")) == ("bad", "bad")
            window.hide()
            window.open_at_cursor()
            await window.settled()
            assert (share.text(), share.problem.text()) == ("", "")
            assert (amount.text(), amount.problem.text()) == ("", "")
            assert (share.property("kind"), amount.property("kind")) == ("", "")

    drive(work())


def test_what_is_wrong_with_an_amount_stands_right_below_it(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _running):
            window.pages.setCurrentWidget(window.budget)
            amount = window.budget.amounts["weekly"]
            fill(amount, "much")
            await window.settled()
            QApplication.processEvents()
            below = amount.problem.mapTo(window, QPoint(0, 0)).y() - amount.mapTo(window, QPoint(0, 0)).y()
            assert 0 < below < 2 * amount.height()
            fill(amount, "12")
            await window.settled()
            assert (amount.problem.text(), amount.property("kind")) == ("", "")

    drive(work())


def test_a_choice_that_is_scrolled_past_takes_no_focus(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _running):
            choices = window.findChildren(Choice)
            assert choices
            assert {choice.focusPolicy() for choice in choices} == {Qt.FocusPolicy.StrongFocus}

    drive(work())


def test_a_server_at_a_port_of_its_own_is_found_where_a_tier_speaks_to_it(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        with VllmDouble() as double:
            port = double.url.rpartition(":")[2].partition("/")[0]

            def change(document: Any) -> None:
                only("local")(document)
                document["tiers"][0]["provider"] = "vllm"
                document["tiers"][0]["base_url"] = f"http://localhost:{port}"

            async with opened(theme, change) as (window, _running):
                await window.settled()
                said = texts(window.tiers.found)
                assert "in use as LM Studio" in said
                assert not any("No model server runs on this machine" in text for text in said)
                assert window.tiers.found.offers == []

    drive(work())
