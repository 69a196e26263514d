"""Searching the settings, ordering and describing tiers, and how long prompts are kept."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from compute_broker.config.described import description, descriptions
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.settings.late_pages import LatePages
from compute_broker.desktop.settings.rows import Page, Section
from compute_broker.desktop.settings.search import SearchField
from compute_broker.desktop.settings.search_words import meanings
from compute_broker.desktop.settings.tier_details import privacy_words
from compute_broker.desktop.settings.tier_row import TierRow
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme
from desktop_windows.real import only
from desktop_windows.test_settings_window import fill, on_disk, opened
from desktop_windows.waiting import looked, until, whole

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
COUNTED_PADDING = 4
"""Pixels at either end of a tab that says how much was found: the style sheet's."""


def shown(page: QWidget) -> list[str]:
    """The labels, boxes and buttons of a page that are in sight."""
    every = [*page.findChildren(QLabel), *page.findChildren(QCheckBox)]
    return [each.text() for each in every if each.isVisibleTo(page) and each.text()]


def in_sight(page: QWidget) -> list[QWidget]:
    """All widgets on a page that are shown, whatever they say by now and whether or not it scrolls."""
    assert isinstance(page, QScrollArea)
    return [each for each in page.widget().findChildren(QWidget) if each.isVisibleTo(page)]


def test_only_what_fits_is_shown_and_everything_again_afterwards(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _):
            pages = [window.pages.made_at(at) for at in range(window.pages.count())]
            before = [in_sight(page) for page in pages]
            QTest.keyClicks(window.search, "quiet hours")
            await looked(window)
            assert window.pages.currentWidget() is window.desktop
            assert window.pages.tabText(window.pages.indexOf(window.desktop)) == "Desktop (1)"
            assert not window.pages.isTabEnabled(1)
            assert "Quiet hours" in shown(window.desktop)
            assert "Hotkey" not in shown(window.desktop)
            assert window.desktop.quiet.isVisible()
            assert window.search.accessibleDescription() == "1 setting fits, on 1 page"
            QTest.keyClick(window.search, Qt.Key.Key_Down)
            assert QApplication.focusWidget() in {window.desktop.quiet, None}
            QTest.keyClick(window, Qt.Key.Key_Escape)
            assert window.isVisible(), "the first Escape ends the search"
            assert window.search.text() == ""
            await looked(window)
            assert [in_sight(page) for page in pages] == before
            assert all(window.pages.isTabEnabled(at) for at in range(window.pages.count()))
            assert window.pages.tabText(window.pages.indexOf(window.desktop)) == "Desktop"
            QTest.keyClick(window.search, Qt.Key.Key_Escape)
            assert not window.isVisible()

    drive(work())


@pytest.mark.parametrize(
    ("words", "page", "sight"),
    [
        ("shortcut", "Desktop", "Hotkey"),
        ("dark", "Desktop", "Colours"),
        ("autostart", "Desktop", "Start at login"),
        ("money", "Budget", "Each day"),
        ("kwh", "This machine", "Price"),
        ("retention", "Data", "Keep for days"),
        ("confidential", "Privacy", "E-mail addresses"),
        ("SECOND opinion", "Choosing", "Balanced"),
        ("longest answer", "Tiers", "Longest answer"),
        ("thinking", "Tiers", "Effort"),
    ],
)
def test_other_words_for_a_setting_find_it_too(
    drive: Drive, theme: Theme, words: str, page: str, sight: str
) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _):
            window.search.setText(words)
            await looked(window)
            titles = [window.pages.tabText(at) for at in range(window.pages.count())]
            at = next(at for at, title in enumerate(titles) if title.startswith(f"{page} ("))
            await until(lambda: sight in shown(window.pages.widget(at)))

    drive(work())


def test_a_search_without_a_find_says_so_and_return_walks_the_pages(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _):
            front = window.pages.currentIndex()
            window.search.setText("zebra crossing")
            await looked(window)
            assert window.search.accessibleDescription() == "No setting fits"
            assert sum(window.search.counts) == 0
            assert window.nothing.isVisible()
            assert "zebra crossing" in window.nothing.text()
            assert not window.pages.isVisible()
            assert window.pages.currentIndex() == front
            window.search.setText("tier")
            await looked(window)
            found = [at for at, count in enumerate(window.search.counts) if count]
            assert len(found) >= 2
            assert window.pages.isVisible()
            assert not window.nothing.isVisible()
            seen = []
            for _ in found:
                seen.append(window.pages.currentIndex())
                QTest.keyClick(window.search, Qt.Key.Key_Return)
            assert sorted(seen) == found

    drive(work())


def test_a_search_goes_to_the_page_with_most_finds(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _):
            window.pages.setCurrentWidget(window.budget)
            window.search.setText("confidential")
            await looked(window)
            counts = window.search.counts
            assert counts[window.pages.currentIndex()] == max(counts)

    drive(work())


def test_a_page_of_somebody_else_is_searched_without_registering(theme: Theme, qtbot: QtBot) -> None:
    tabs = LatePages(Tasks(pytest.fail))
    page = Page("Power")
    section = Section(theme, "Night rates")
    section.add_row("From", QCheckBox("At eleven"), hint="local time")
    section.add_check(QCheckBox("On weekends too"), "data.keep_prompts_days")
    page.column.addWidget(section)
    tabs.add("power", "Power", page.__module__, lambda: page)
    search = SearchField(tabs)
    for words, count in (
        ("eleven", 1),
        ("weekends", 1),
        ("night", 2),
        ("local time", 1),
        ("older prompts", 1),
    ):
        with qtbot.waitSignal(search.found):
            search.setText(words)
        assert search.counts == [count], words
    tabs.deleteLater()
    search.deleteLater()


def test_what_a_row_keeps_folded_is_shown_as_far_as_it_fits(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, _):
            row = window.tiers.tiers["builtin"]
            window.search.setText("watts")
            await until(row.details.isVisible)
            assert row.details.folds[""].fields["watts"].isVisible()
            assert not row.details.folds[""].fields["spot"].isVisible()
            assert not row.details.fields["label"].isVisible()
            assert not row.details.folds["ability"].isVisible()
            window.search.clear()
            await looked(window)
            assert not row.details.isVisible()
            row.more.click()
            assert row.details.fields["label"].isVisible()
            assert not row.details.folds[""].fields["watts"].isVisible(), "a part is folded as it was"
            assert row.details.folds["ability"].isVisible()

    drive(work())


def test_what_is_typed_into_a_field_is_not_found(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("haiku")) as (window, _):
            window.tiers.keys["anthropic"].field.setText("canary-key")
            window.search.setText("canary")
            await looked(window)
            assert sum(window.search.counts) == 0

    drive(work())


def test_words_mean_their_kin() -> None:
    assert "hotkey" in meanings("shortcut")[0]
    assert meanings("  ") == []
    assert meanings("Zebra  Stripes") == [["zebra"], ["stripes"]]


def test_every_control_of_a_setting_is_described_in_the_words_of_the_file(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "local", "kimi")) as (window, _):
            for row in whole(window).tiers.tiers.values():
                row.unfold()
                for part in row.details.folds.values():
                    part.head.click()
            said = {
                each.accessibleDescription()
                for each in window.findChildren(QWidget)
                if each.accessibleDescription()
            }
            missing = {path for path, words in descriptions().items() if words not in said}
            headings = {"budget.only", "cross_check", "privacy", "tiers", "tiers.hosts", "tiers.plan"}
            headings |= {"local", "hardware", "electricity.hours", "gateway"}
            assert missing - headings == set()

    drive(work())


# Tiers


def offered(row: TierRow) -> dict[str, bool]:
    """What a row's menu offers, and whether it can be chosen."""
    actions = [action for action in row.menu.made().actions() if not action.isSeparator()]
    return {action.text().split("\t")[0]: action.isEnabled() for action in actions}


def test_tiers_are_ordered_by_menu_and_key_and_keep_their_fields(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", "haiku", "opus")) as (window, running):
            rows = window.tiers.tiers
            assert offered(rows["builtin"]) == {"Move up": False, "Move down": True}
            assert offered(rows["opus"]) == {"Move up": True, "Move down": False, "Remove…": True}
            haiku = rows["haiku"]
            haiku.unfold()
            next(action for action in haiku.menu.made().actions() if "up" in action.text()).trigger()
            await window.settled()
            await until(lambda: list(window.tiers.tiers) == ["haiku", "builtin", "opus"])
            assert [tier["id"] for tier in on_disk(running)["tiers"]] == ["haiku", "builtin", "opus"]
            assert list(running.broker.snapshot.quotes) == ["haiku", "builtin", "opus"]
            assert window.tiers.tiers["haiku"] is haiku, "the row stays itself"
            assert haiku.details.isVisible()
            QTest.keyClick(haiku.switch, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
            await window.settled()
            await until(lambda: list(window.tiers.tiers) == ["builtin", "haiku", "opus"])
            column = window.tiers._tier_section.column
            assert column.indexOf(rows["builtin"]) < column.indexOf(haiku)

    drive(work())


def test_what_is_said_of_a_tier_holds_at_once(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            row = window.tiers.tiers["builtin"]
            row.more.click()
            fields = row.details.fields
            price = row.details.folds[""]
            price.head.click()
            fill(fields["label"], "Mine")
            fill(price.fields["watts"], "35")
            fill(fields["max_output_tokens"], "2,048")
            fill(fields["context_tokens"], "8192")
            await window.settled()
            assert running.broker.snapshot.quotes["builtin"].tier.label == "Mine"
            assert window.tiers.tiers["builtin"] is row
            assert row.switch.text() == "Mine"
            fill(price.fields["price_in"], "0.5")
            assert "Give the other price too" in price.fields["price_in"].problem.text()
            fill(price.fields["price_out"], "$1,5")
            await window.settled()
            assert price.fields["price_in"].problem.text() == ""
            assert price.told.text() == "$0.50 in, $1.50 out per million tokens, 35 W"
            row.details.effort.setCurrentIndex(row.details.effort.findData("low"))
            row.details.effort.activated.emit(0)
            row.details.place.setCurrentIndex(3)
            row.details.place.activated.emit(3)
            await window.settled()
            block = on_disk(running)["tiers"][0]
            assert block["label"] == "Mine"
            assert (block["price_in"], block["price_out"]) == (Decimal("0.5"), Decimal("1.5"))
            assert (block["watts"], block["max_output_tokens"], block["context_tokens"]) == (35, 2048, 8192)
            assert (block["effort"], block["place"]) == ("low", "edge")
            longest, watts = fields["max_output_tokens"], price.fields["watts"]
            for field, text in ((longest, "many"), (watts, "x"), (longest, "0")):
                fill(field, text)
                await window.settled()
                assert field.problem.text().startswith(text)
                assert on_disk(running)["tiers"][0] == block
            fill(longest, "2048")
            assert longest.problem.text() == ""
            for name in ("price_in", "price_out"):
                fill(price.fields[name], "")
            await window.settled()
            assert "price_in" not in on_disk(running)["tiers"][0]

    drive(work())


@pytest.mark.parametrize(
    ("tier", "words"),
    [
        (TierSettings(id="a", provider=ProviderKind.BUILTIN), "may go here"),
        (TierSettings(id="a", provider=ProviderKind.LMSTUDIO), "may go here"),
        (TierSettings(id="a", provider=ProviderKind.ANTHROPIC), "No private prompts: cloud"),
        (
            TierSettings(id="a", provider=ProviderKind.VLLM, base_url="http://10.0.0.5:8000"),
            "No private prompts: office",
        ),
        (
            TierSettings(id="a", provider=ProviderKind.OLLAMA, model="glm:cloud"),
            "may leave this machine",
        ),
    ],
)
def test_a_tier_says_whether_private_prompts_may_go_there(tier: TierSettings, words: str) -> None:
    assert words in privacy_words(tier)


# Data


def test_fewer_days_are_kept_only_after_asking_back(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            part = window.data.retention
            fill(part.field, "90")
            box = part._box
            assert box is not None
            assert "older than 90 days" in box.text()
            next(button for button in box.buttons() if "Keep" in button.text()).click()
            await window.settled()
            assert part.field.text() == ""
            assert running.settings.current.data.keep_prompts_days is None
            fill(part.field, "90")
            assert part._box is not None
            next(button for button in part._box.buttons() if "Delete" in button.text()).click()
            await window.settled()
            assert on_disk(running)["data"]["keep_prompts_days"] == 90
            fill(part.field, "365")
            await window.settled()
            assert part._box is None, "more days delete nothing"
            assert running.settings.current.data.keep_prompts_days == 365
            for text in ("soon", "0", "-3", "99999999"):
                fill(part.field, text)
                assert "are no days" in part.verdict.text()
            fill(part.field, "")
            await window.settled()
            assert running.settings.current.data.keep_prompts_days is None

    drive(work())


@pytest.mark.parametrize("words", ["price", "e"])
def test_no_page_is_out_of_sight_while_a_search_counts(drive: Drive, theme: Theme, words: str) -> None:
    async def work() -> None:
        async with opened(theme, lambda _document: None) as (window, _running):
            window.search.setText(words)
            await until(lambda: not window.search.looking and bool(window.search.counts))
            bar = window.pages.tabBar()
            last = bar.tabRect(bar.count() - 1)
            assert last.right() <= bar.width()
            assert not [each for each in bar.findChildren(QToolButton) if each.isVisible()]
            wanted = [bar.fontMetrics().horizontalAdvance(bar.tabText(at)) for at in range(bar.count())]
            room = [bar.tabRect(at).width() - 2 * COUNTED_PADDING for at in range(bar.count())]
            assert all(there >= wide for there, wide in zip(room, wanted, strict=True)), "none is cut"
            window.search.clear()

    drive(work())


def test_labels_beside_choices_name_no_values_of_the_file() -> None:
    written_only = ("learned (", "such as “de”", 'such as "de"', "docs/", "true ", "false ", "hybrid")
    said = [text for text in descriptions().values() for word in written_only if word in f"{text} "]
    assert said == []
    assert description("desktop.language") == "from the next start on"
