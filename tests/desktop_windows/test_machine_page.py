"""This machine in settings and glance panel: live while visible, and from the one snapshot."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from compute_broker.compose import Services
from compute_broker.config.edits import set_value
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.menu_words import tier_text
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.market.conditions import ConditionReader
from compute_broker.market.hardware.base import Found
from compute_broker.market.hardware.nvidia import Nvml
from compute_broker.market.survey import Survey
from desktop_windows.real import only, services, texts
from desktop_windows.test_settings_window import fill
from desktop_windows.waiting import ended, until
from doubles.kernel_tree import KernelTree, everything
from doubles.nvml import Card, NvmlDouble

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
GIB = 2**30


@pytest.fixture
def tree(tmp_path: Path) -> KernelTree:
    tree = everything(tmp_path / "root")
    tree.add_nvidia_card()
    return tree


@asynccontextmanager
async def opened(
    theme: Theme, tree: KernelTree, card: Card | None = None
) -> AsyncIterator[tuple[SettingsWindow, Services]]:
    async with services(only("builtin")) as running:
        library = NvmlDouble(card or Card(free=24 * GIB, busy=42, milliwatts=182_000))
        running.machine = Survey(tree.root, Nvml(tree.root, lambda: library))
        window = SettingsWindow(running, theme)
        window.pages.setCurrentWidget(window.machine)
        window.open_at_cursor()
        await window.settled()
        try:
            yield window, running
        finally:
            await ended(window)


def test_devices_loads_battery_sentence_and_reasons_are_shown(
    drive: Drive, theme: Theme, tree: KernelTree
) -> None:
    async def work() -> None:
        async with opened(theme, tree) as (window, _running):
            view = window.machine.view
            assert view.could_run.text().startswith("24 GB free on NVIDIA GeForce RTX 3090: a 27B model")
            nvidia = view.devices[0]
            assert (nvidia.name.text(), nvidia.bar.value()) == ("NVIDIA GeForce RTX 3090", 42)
            assert nvidia.figure.text() == "42 %"
            assert nvidia.rest.text() == "24 of 24 GB free, 182 W, nvidia 580.95"
            (unknown,) = [row for row in view.devices if row.name.text() == "AMD NPU (XDNA)"]
            assert unknown.figure.text() == "–"
            assert view.power.text() == "Power: on battery at 80 %."
            assert "NVML" in view.electricity.text()
            assert not view.absent.isVisible()
            QTest.keyClick(view.more, Qt.Key.Key_Space)
            assert "Apple graphics: not a Mac" in view.absent.text()
            assert view.absent.isVisible()

    drive(work())


def test_it_is_live_while_visible_and_still_when_not(drive: Drive, theme: Theme, tree: KernelTree) -> None:
    async def work() -> None:
        card = Card(free=24 * GIB, busy=42)
        async with opened(theme, tree, card) as (window, _running):
            view = window.machine.view
            assert view.live
            card.busy = 97
            await until(lambda: view.devices[0].bar.value() == 97)
            window.pages.setCurrentWidget(window.budget)
            assert not view.live
            window.pages.setCurrentWidget(window.machine)
            assert view.live
            window.hide()
            assert not view.live

    drive(work())


def test_a_device_that_goes_takes_its_row_along(drive: Drive, theme: Theme, tree: KernelTree) -> None:
    async def work() -> None:
        async with opened(theme, tree) as (window, _running):
            view = window.machine.view
            before = len(view.devices)
            (tree.root / "sys/class/accel/accel1/device").unlink()
            await until(lambda: len(view.devices) == before - 1)

    drive(work())


def test_hours_are_added_removed_and_refused_with_one_sentence(
    drive: Drive, theme: Theme, tree: KernelTree
) -> None:
    async def work() -> None:
        async with opened(theme, tree) as (window, running):
            section, verdict = window.machine.electricity, window.machine.electricity.problem
            section.first.setText("25:00")
            section.last.setText("06:00")
            section.add.click()
            assert verdict.text() == "From: '25:00' is no time of day; write \"22:00\"."
            section.first.setText("22:00")
            section.add.click()
            assert "price in these hours" in verdict.text()
            fill(section.amount, "0.18")
            section.days.setCurrentIndex(2)
            section.add.click()
            await window.settled()
            assert section.lines == ["22:00 to 06:00, Saturday and Sunday: $0.18 per kWh"]
            assert not verdict.text()
            file = tomllib.loads(running.settings.path.read_text("utf-8"), parse_float=Decimal)
            assert file["electricity"]["hours"][0]["days"] == ["sat", "sun"]
            section.remove(0)
            await window.settled()
            assert section.lines == []

    drive(work())


def test_the_price_shows_its_working_from_the_snapshot(drive: Drive, theme: Theme, tree: KernelTree) -> None:
    async def work() -> None:
        async with opened(theme, tree) as (window, running):
            source = running.broker.snapshot.quotes["builtin"].price.source
            assert source in window.machine.electricity.prices.text()
            fill(window.machine.electricity.tariff, "0.60")
            await window.settled()
            await until(lambda: "0.60 USD/kWh" in window.machine.electricity.prices.text())
            fill(window.machine.hardware.amounts["paid"], "900")
            await window.settled()
            assert running.settings.current.hardware.paid == 900

    drive(work())


def test_a_battery_rule_is_seen_alike_in_settings_panel_and_menu(
    drive: Drive, theme: Theme, tree: KernelTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConditionReader.__init__, "__defaults__", (tree.root, None))

    async def work() -> None:
        async with opened(theme, tree) as (window, running):
            rules = window.machine.rules
            rules.on_battery.setCurrentIndex(rules.on_battery.findData("above 80 %"))
            rules.on_battery.activated.emit(rules.on_battery.currentIndex())
            await window.settled()
            await running.market.refresh()
            reason = "on battery at 80 %, and your rule asks for more than 80 %"
            await until(lambda: reason in rules.now.text())
            panel = GlancePanel(running, theme)
            panel.open_at_cursor()
            await panel.settled()
            assert any(reason in text for text in texts(panel))
            assert "on battery at 80 %" in tier_text(running.broker.snapshot.quotes["builtin"])
            await ended(panel)

    drive(work())


def test_a_rule_that_only_the_file_can_say_is_shown_as_it_stands(
    drive: Drive, theme: Theme, tree: KernelTree
) -> None:
    async def work() -> None:
        async with opened(theme, tree) as (window, running):
            running.settings.update(set_value("local.on_battery", "above 35 %"))
            await until(lambda: window.machine.rules.on_battery.currentText() == "above 35 %")
            window.machine.rules.hours.setText("sometimes")
            window.machine.rules.hours.editingFinished.emit()
            await window.settled()
            assert "local.hours: 'sometimes' are no hours" in window.machine.rules.hours.problem.text()

    drive(work())


class Slow:
    """A handler that takes as long as the test says."""

    name = "slow"

    def __init__(self) -> None:
        self.go = threading.Event()

    def look(self) -> Found:
        self.go.wait(30)
        return Found(absent="nothing")


def test_the_panel_opens_before_the_machine_is_read_and_then_says_what_could_run(
    drive: Drive, theme: Theme, tree: KernelTree
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            slow = Slow()
            running.machine = Survey(tree.root, ask=[slow])
            panel = GlancePanel(running, theme)
            panel.open_at_cursor()
            assert panel.isVisible()
            height = panel.height()
            assert panel.machine.whole == "–"
            slow.go.set()
            await panel.settled()
            assert "at 4 bits fits" in panel.machine.whole or "too little" in panel.machine.whole
            assert panel.height() == height, "nothing jumps"
            await ended(panel)

    drive(work())
