"""The windows in German: figures, dates, names of keys, and room for longer words."""

from __future__ import annotations

import gettext
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from compute_broker.config.tier_settings import TierSettings
from compute_broker.core import texts
from compute_broker.core.task import Category
from compute_broker.core.texts import speak, tr
from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.ask.elided import Elided
from compute_broker.desktop.dates import said
from compute_broker.desktop.glance.layout import WIDTH
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.settings import (
    desktop_page,
    learned_page,
    machine_page,
    pages,
    privacy_page,
    programs_page,
)
from compute_broker.desktop.settings.amount import CENTS, AmountEdit
from compute_broker.desktop.settings.own_mode import OwnMode
from compute_broker.desktop.settings.tier_abilities import TierAbilities
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.usage.tables import SumsTable
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.resources_path import resource
from desktop_windows.real import only, services
from desktop_windows.test_settings_search import COUNTED_PADDING
from desktop_windows.waiting import ended, looked, whole

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
READ_BEFORE = (desktop_page, learned_page, machine_page, pages, privacy_page, programs_page)
"""Imported with a window's page: what they say once and for all would be German for the tests to come."""

HOTKEY = """
import asyncio
from types import SimpleNamespace
from compute_broker.core.texts import speak
from compute_broker.resources_path import resource
speak(resource("translations"), ["de"])
from compute_broker.desktop.app import make_application
from compute_broker.desktop.hotkey.hotkey import Hotkey
app = make_application("de")
asked = []
async def grab(combination, pressed):
    asked.append(str(combination))
    return str(combination)
handler = SimpleNamespace(name="", editable=True, unfit=lambda: None, grab=grab)
state = asyncio.run(Hotkey([handler]).use("ctrl+alt+space"))
print(asked[0], state.text)
"""


@pytest.fixture
def german() -> Iterator[None]:
    assert speak(resource("translations"), ["de"]) == "de"
    yield
    texts.use(gettext.NullTranslations())


@pytest.mark.usefixtures("german")
def test_a_date_has_the_names_the_order_and_the_dots_of_the_language() -> None:
    assert said(date(2026, 11, 30), tr("ddd d MMMM")) == "Mo. 30. November"
    assert said(datetime(2026, 3, 1, 9, 5), tr("d MMMM HH:mm")) == "1. März 09:05"  # noqa: DTZ001 - as a clock shows it


def test_in_english_a_date_is_written_as_ever() -> None:
    assert said(date(2026, 11, 30), tr("ddd d MMMM")) == "Mon 30 November"


@pytest.mark.usefixtures("german", "qapp")
@pytest.mark.parametrize("typed", ["3,75", "3.75", "3,75 $"])
def test_an_amount_is_shown_with_a_comma_and_typed_as_one_likes(typed: str) -> None:
    told: list[Decimal | None] = []
    wrong: list[str] = []
    field = AmountEdit("Betrag", told.append, wrong.append, empty="", places=CENTS)
    field.show_amount(Decimal("2.50"))
    assert (field.text(), field.amount) == ("2,50", Decimal("2.50"))
    field.editingFinished.emit()
    assert told == []  # nothing was changed
    field.clear()
    QTest.keyClicks(field, typed)
    field.editingFinished.emit()
    assert (told, wrong) == ([Decimal("3.75")], [])


def test_a_hotkey_is_shown_by_the_names_of_the_keys_and_kept_as_the_file_has_it() -> None:
    done = subprocess.run([sys.executable, "-c", HOTKEY], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Ctrl+Alt+Space", "Strg+Alt+Leertaste"]


@pytest.mark.usefixtures("german")
def test_the_glance_panel_grows_with_longer_lines_and_cuts_none(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "opus")) as running:
            panel = GlancePanel(running, theme)
            panel.open_at_cursor()
            await panel.settled()
            panel.fit()  # as the next opening does: what was asked meanwhile is known by now
            await panel.settled()
            cut = [line.whole for line in panel.findChildren(Elided) if line.is_cut]
            wide = panel.width() - 2 * panel.inset
            await ended(panel)
            assert (cut, wide > WIDTH) == ([], True)

    drive(work())


@pytest.mark.usefixtures("qapp")
def test_names_keep_their_room_beside_figures_with_long_titles(theme: Theme) -> None:
    table = SumsTable("Summen", ["Stufe", *["Ausgegeben, was wäre, wenn"] * 4])
    table.setFont(theme.font("body"))
    table.resize(500, 200)
    table.show_rows([["Claude Sonnet 5.5", *["0,00 $"] * 4]])
    table.show()
    assert table.columnWidth(0) >= QLabel("Claude Sonnet 5.5").sizeHint().width()
    table.resize(1600, 200)
    assert table.horizontalHeader().length() == table.viewport().width()


@pytest.mark.usefixtures("german")
def test_what_if_everything_went_to_the_baseline_is_read_whole(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services() as running:
            window = UsageWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            window.resize(940, 760)  # as it opens on a screen that has the room
            box = window.what_if.all_on
            said_and_cut = (box.text(), box.is_cut)
            await ended(window)
            assert said_and_cut == ("Alles auf Claude Opus 5.5", False)

    drive(work())


@pytest.mark.usefixtures("german")
def test_the_settings_file_itself_is_opened_and_the_folder_of_the_log(
    drive: Drive, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        went: list[str] = []
        monkeypatch.setattr(
            "compute_broker.desktop.settings.pages.QDesktopServices.openUrl",
            lambda url: went.append(url.toLocalFile()),
        )
        async with services() as running:
            window = whole(SettingsWindow(running, theme))
            buttons = {each.accessibleName(): each for each in window.findChildren(QPushButton)}
            buttons["Öffnen: Einstellungsdatei"].click()
            buttons["Ordner öffnen: Protokoll"].click()
            home = running.home
            await ended(window)
            assert went == [str(home.settings), str(home.log.parent)]

    drive(work())


@pytest.mark.usefixtures("german")
def test_all_pages_stay_in_sight_and_whole_whether_or_not_a_search_counts(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services() as running:
            window = SettingsWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            bar = window.pages.tabBar()
            for words, padding in (("", 14), ("e", COUNTED_PADDING)):
                window.search.setText(words)
                await looked(window)
                for at in range(bar.count()):
                    wide = bar.fontMetrics().horizontalAdvance(bar.tabText(at))
                    assert bar.tabRect(at).width() >= wide + 2 * padding, bar.tabText(at)
                assert bar.tabRect(bar.count() - 1).right() <= bar.width()
            assert sum(window.search.counts) > 20
            await ended(window)

    drive(work())


@pytest.mark.usefixtures("german", "qapp")
def test_an_own_share_is_shown_with_a_comma_and_kept_with_a_point() -> None:
    kept: list[tuple[str, Any]] = []
    row = OwnMode(lambda setting, value, _answer: kept.append((setting, value)))
    row.show_mode("0.93")
    assert (row.share.text(), row.share.placeholderText()) == ("0,93", "0,95")
    row.share.setFocus()
    row.share.selectAll()
    QTest.keyClicks(row.share, "0,91")
    row.share.editingFinished.emit()
    assert kept == [("mode", "0.91")]


@pytest.mark.usefixtures("german", "qapp")
def test_what_a_tier_can_do_is_shown_with_a_comma(theme: Theme) -> None:
    tier = TierSettings(
        id="haiku", label="Haiku", provider=ProviderKind.ANTHROPIC, model="x", ability={Category.CODING: 4.25}
    )
    part = TierAbilities(theme, tier, lambda *_: None)
    part.head.setChecked(True)
    assert part.told.text().endswith(" 4,25")
    assert part.fields["coding"].text() == "4,25"
    assert re.fullmatch(r"-?\d+,\d laut Tabelle", part.fields["coding"].placeholderText())
