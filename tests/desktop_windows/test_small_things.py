"""Colours that can be seen, keys that explain them, short reasons, amounts with cents, hints with room."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from compute_broker.compose import Services
from compute_broker.core.money import rough_usd
from compute_broker.core.tier import Place
from compute_broker.desktop.colours import DARK, LIGHT
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.menu import TrayMenu
from compute_broker.desktop.settings.amount import AmountEdit
from compute_broker.desktop.settings.rows import Choice, Section, text_label
from compute_broker.desktop.settings.setting_row import SettingRow
from compute_broker.desktop.theme import Theme
from desktop_windows.real import only, services
from desktop_windows.test_usage_window import COST, book
from desktop_windows.waiting import ended

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


def luminance(colour: QColor) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", [QCheckBox, QRadioButton])
@pytest.mark.parametrize("checked", [False, True])
def test_a_box_can_be_seen_checked_or_not(
    qtbot: QtBot,
    qapp: QApplication,
    scheme: Any,
    make: Any,
    checked: bool,  # noqa: FBT001 - a parameter
) -> None:
    theme = Theme(scheme)
    theme.apply()
    ground = QWidget()
    ground.setProperty("kind", "window")
    qtbot.addWidget(ground)
    box = make("", ground)
    box.setAutoExclusive(False)
    box.setChecked(checked)
    box.move(10, 10)
    ground.resize(60, 40)
    ground.show()
    QTest.qWaitForWindowExposed(ground)
    image = ground.grab().toImage()
    behind = image.pixelColor(2, 2)
    assert behind == QColor((DARK if scheme == "dark" else LIGHT).window)
    line = [image.pixelColor(x, 10 + box.height() // 2) for x in range(10, 30)]
    assert max(contrast(each, behind) for each in line) >= 3
    box.setChecked(not checked)
    assert ground.grab().toImage() != image
    Theme("light").apply()


def test_every_colour_of_the_bars_has_a_row_that_tells_it(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "opus")) as running:
            book(running, "Days ago", cost=COST, category="chat", days_ago=4)
            panel = GlancePanel(running, theme)
            panel.open_at_cursor()
            await panel.settled()
            shown = {row.tier_id: not row.swatch.isHidden() for row in panel.rows}
            assert [row.share.text() for row in panel.rows] == ["–", "–"], "nothing was asked today"
            assert shown == {"builtin": True, "opus": False}
            await ended(panel)

    drive(work())


def test_a_row_says_in_short_why_a_tier_cannot_be_used(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "opus")) as running:
            panel = GlancePanel(running, theme)
            panel.open_at_cursor()
            await panel.settled()
            row = next(each for each in panel.rows if each.tier_id == "opus")
            assert row.detail.whole == "cloud · needs a key"
            assert "enter the one for anthropic in Settings" in row.toolTip()
            await ended(panel)

    drive(work())


def test_the_panel_leads_to_the_history(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            panel = GlancePanel(running, theme)
            wanted: list[None] = []
            panel.history_wanted.connect(lambda: wanted.append(None))
            panel.open_at_cursor()
            await panel.settled()
            panel.footer.history.click()
            assert panel.isHidden()
            assert wanted == [None]
            await ended(panel)

    drive(work())


def test_the_menu_says_which_mode_is_in_force(qapp: QApplication) -> None:
    menu = TrayMenu()
    menu.show_mode("thrifty")
    assert "Mode: thrifty" in [action.text() for action in menu.actions()]
    menu.deleteLater()


def test_a_model_of_many_hosts_stands_where_the_documents_say() -> None:
    tiers = {tier.id: tier for tier in Services().settings.current.tiers}
    assert tiers["kimi"].where is Place.DISTRIBUTED


def test_an_amount_below_all_digits_is_rough_by_itself() -> None:
    assert rough_usd("~", 100) == "<0.001 ¢"
    assert rough_usd("≈ ", -100) == ">-0.001 ¢", "a loss too small to show"
    assert rough_usd("≈ ", 3_100_000) == "≈ 0.31 ¢"
    assert rough_usd("~", None) == "–"


@pytest.mark.parametrize(
    ("amount", "places", "shown"),
    [
        ("60.0", 2, "60.00"),
        ("2.5", 2, "2.50"),
        ("2.555", 2, "2.555"),
        ("60.0", None, "60"),
        ("0.30", None, "0.3"),
    ],
)
def test_an_amount_is_shown_as_money_is_written(
    qtbot: QtBot, amount: str, places: int | None, shown: str
) -> None:
    field = AmountEdit("Amount", lambda _amount: None, lambda _wrong: None, empty="none", places=places)
    qtbot.addWidget(field)
    field.show_amount(Decimal(amount))
    assert field.text() == shown


def test_parts_of_a_cent_are_no_budget(qtbot: QtBot) -> None:
    told: list[Decimal | None] = []
    wrong: list[str] = []
    field = AmountEdit("Amount", told.append, wrong.append, empty="none", places=2)
    qtbot.addWidget(field)
    field.setText("5.555555555555")
    field.editingFinished.emit()
    assert told == []
    assert wrong == ["5.555555555555 has more than 2 decimals: write dollars such as 2.50."]
    field.setText("5.550")
    field.editingFinished.emit()
    assert told == [Decimal("5.550")]


@pytest.mark.parametrize(("wide", "below"), [(400, True), (90, False)])
def test_a_hint_stands_where_it_has_room(qtbot: QtBot, theme: Theme, *, wide: int, below: bool) -> None:
    section = Section(theme, "Reading the prompt")
    qtbot.addWidget(section)
    choice = Choice(theme, "Reader")
    choice.setFixedWidth(wide)
    section.add_row("Reader", choice, hint="who reads a prompt: here, for nothing, or a tier, where it pays")
    section.resize(680, section.heightForWidth(680))
    section.show()
    hint = next(each for each in section.findChildren(QLabel) if each.accessibleName() == "Reader, hint")
    assert hint.width() >= 200
    under = hint.mapTo(section, QPoint(0, 0)).y() >= choice.mapTo(section, QPoint(0, choice.height())).y()
    assert under is below


def test_a_row_without_room_takes_it_from_its_controls(qtbot: QtBot, theme: Theme) -> None:
    room = QWidget()
    qtbot.addWidget(room)
    choice = Choice(theme, "Tier")
    choice.addItem("W" * 60)
    row = SettingRow(text_label("Tier", "Tier, label"), [choice])
    room.setLayout(row)
    room.resize(340, 60)
    room.show()
    assert choice.geometry().right() < 340
    assert choice.width() < choice.sizeHint().width()
