"""Windows and pages are built in turns of the loop, once, whatever is wished or ended meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimerEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from compute_broker.config.edits import remove_tier, set_value
from compute_broker.desktop import building
from compute_broker.desktop.building import Building, InParts, dressed
from compute_broker.desktop.settings.late_pages import LatePages
from compute_broker.desktop.settings.rows import Page
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.windows import Windows
from desktop_windows.real import only, services
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
Ours = Callable[[], list[QWidget]]
NAMES = ["ask", "glance", "usage", "history", "settings", "trial", "welcome"]
LEAST_TURNS = 10
"""Turns that every window takes when each part has one of its own."""


class Turns(QObject):
    """Counts the loop's turns."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._timer = self.startTimer(0)

    def timerEvent(self, event: QTimerEvent) -> None:  # noqa: N802 - Qt's name
        self.count += 1

    def stop(self) -> int:
        self.killTimer(self._timer)
        return self.count


class Dressing(QObject):
    """Notes which widgets of a window are dressed from now on."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.dressed: list[QObject] = []
        for widget in (window, *window.findChildren(QWidget)):
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Polish:
            self.dressed.append(watched)
        return False


@pytest.fixture
def each_part_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every part built in a turn of its own, however little it takes."""
    monkeypatch.setattr(building, "SLICE", 0.0)


@pytest.fixture
def ours(theme: Theme) -> Ours:
    """Return the windows that have come since, shown or not."""
    before = set(QApplication.topLevelWidgets())
    return lambda: [
        each for each in QApplication.topLevelWidgets() if each.windowTitle() and each not in before
    ]


@pytest.mark.usefixtures("each_part_a_turn")
@pytest.mark.parametrize("name", NAMES)
def test_a_window_is_built_in_turns_and_once_however_often_it_is_wanted(
    drive: Drive, theme: Theme, ours: Ours, name: str
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            windows = Windows(running, theme)
            turns = Turns()
            for _ in range(3):
                windows.open(name)
            await windows.settled()
            assert turns.stop() > LEAST_TURNS
            window = getattr(windows, f"_{name}")
            assert window.isVisible()
            assert window.stands
            assert ours() == [window]
            await window.settled()
            await windows.close()

    drive(work())


@pytest.mark.usefixtures("each_part_a_turn")
@pytest.mark.parametrize("turns", [0, 2, 5])
@pytest.mark.parametrize("name", NAMES)
def test_a_window_that_is_being_built_ends_with_the_program(
    drive: Drive, theme: Theme, ours: Ours, name: str, turns: int
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            windows = Windows(running, theme)
            windows.open(name)
            while not ours():  # noqa: ASYNC110 - a turn later it may stand already
                await asyncio.sleep(0)
            for _ in range(turns):
                await asyncio.sleep(0)
            assert getattr(windows, f"_{name}") is None, "it stands already: no case for this test"
            await windows.close()
            assert ours() == []

    drive(work())


def test_a_window_that_is_built_ahead_opens_when_it_is_wanted_meanwhile(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            windows = Windows(running, theme)
            windows.prepare()
            windows.open_ask()
            windows.prepare()
            await windows.settled()
            assert windows._ask is not None
            assert windows._ask.isVisible()
            await windows.close()

    drive(work())


def test_a_second_click_on_the_icon_while_the_panel_is_built_does_not_hide_it(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            windows = Windows(running, theme)
            windows.toggle_glance(QRect())
            windows.toggle_glance(QRect())
            await windows.settled()
            assert windows._glance is not None
            assert windows._glance.isVisible()
            await windows._glance.settled()
            await windows.close()

    drive(work())


def test_a_window_that_cannot_be_built_is_told_of_and_tried_again_when_wanted_again(
    drive: Drive, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    built: list[str] = []

    def broken() -> Iterator[None]:
        yield
        message = "no such sign"
        raise RuntimeError(message)

    def good() -> Iterator[None]:
        yield
        built.append("good")

    async def work() -> None:
        tasks = Tasks(told.append)
        builds = Building(tasks)
        with caplog.at_level(logging.CRITICAL, "compute_broker.desktop.tasks"):
            builds.build("veil", broken, lambda: built.append("never"))
            await tasks.settled()
        assert len(told) == 1
        assert not builds.builds("veil")
        builds.build("veil", good, lambda: built.append("done"))
        assert builds.builds("veil")
        await tasks.settled()
        assert built == ["good", "done"]

    drive(work())


def test_what_is_built_at_once_needs_no_turns(theme: Theme) -> None:
    class Small(QWidget, InParts):
        def __init__(self, *, whole: bool) -> None:
            super().__init__()
            self.line: QLineEdit | None = None
            self.begin(whole=whole)

        def build(self) -> Iterator[None]:
            self.line = QLineEdit()
            yield

    whole, begun = Small(whole=True), Small(whole=False)
    assert whole.stands
    assert whole.line is not None
    assert not begun.stands
    assert begun.line is None
    assert list(begun.parts) == [None]
    assert begun.stands
    for each in (whole, begun):
        each.deleteLater()


def test_a_window_that_was_dressed_has_nothing_left_to_dress_when_it_is_shown(
    theme: Theme, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    for number in range(3):
        column.addWidget(QPushButton(str(number)))
    for parts, _ in enumerate(dressed(window), 1):
        assert not window.isVisible()
        assert window.testAttribute(Qt.WidgetAttribute.WA_WState_Polished) == (parts > column.count())
    dressing = Dressing(window)
    window.show()
    assert dressing.dressed == []


@pytest.mark.usefixtures("each_part_a_turn")
def test_a_page_of_the_settings_shows_once_it_is_whole(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = SettingsWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            turns = Turns()
            window.pages.setCurrentIndex(1)
            await until(lambda: window.pages.currentWidget() is window.pages._rising.get("budget"))
            page = window.pages.currentWidget()
            assert page.isVisible()
            assert page.inside.isHidden()
            window.pages.setCurrentIndex(2)
            window.pages.setCurrentIndex(1)
            await window.settled()
            assert turns.stop() > LEAST_TURNS
            assert window.pages.currentWidget() is page is window.budget
            assert page.inside.isVisible()
            assert page.updatesEnabled()
            assert window.budget.amounts["daily"].isVisible()
            await ended(window)

    drive(work())


@pytest.mark.usefixtures("each_part_a_turn")
def test_a_page_that_is_wanted_whole_while_it_is_built_is_there(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = SettingsWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            window.pages.setCurrentIndex(1)
            await until(lambda: "budget" in window.pages._rising)
            assert window.budget.only.project.isVisible()
            await window.settled()
            assert window.pages.currentWidget() is window.budget
            await ended(window)

    drive(work())


@pytest.mark.usefixtures("each_part_a_turn")
def test_a_window_ends_while_a_page_of_it_is_built(drive: Drive, theme: Theme, ours: Ours) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = SettingsWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            window.pages.setCurrentIndex(3)
            await until(lambda: "machine" in window.pages._rising)
            await ended(window)
            assert ours() == []

    drive(work())


@pytest.mark.usefixtures("each_part_a_turn")
def test_details_that_are_folded_again_while_they_are_built_stay_folded(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = SettingsWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            row = window.tiers.tiers["builtin"]
            row.more.click()
            await until(lambda: row._details is not None)
            row.more.click()
            await window.settled()
            assert row.details.stands
            assert not row.details.isVisible()
            row.more.click()
            assert row.details.isVisible()
            assert not window.tiers._tier_section.updatesEnabled()
            await window.settled()
            assert window.tiers._tier_section.updatesEnabled()
            await ended(window)

    drive(work())


@pytest.mark.usefixtures("each_part_a_turn")
def test_a_tier_may_go_while_its_details_are_built(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "haiku")) as running:
            window = SettingsWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            row = window.tiers.tiers["haiku"]
            row.more.click()
            await until(lambda: row._details is not None)
            window.tiers.remove("haiku")
            await window.settled()
            assert list(window.tiers.tiers) == ["builtin"]
            assert window.banner.isHidden()
            await ended(window)

    drive(work())


def test_a_page_that_could_not_be_made_is_made_anew_when_it_is_wanted_again(
    theme: Theme, qtbot: QtBot
) -> None:
    class Fragile(Page):
        tries = 0

        def build(self) -> Iterator[None]:
            yield
            Fragile.tries += 1
            if Fragile.tries == 1:
                message = "no such sign"
                raise RuntimeError(message)
            self.column.addWidget(QPushButton("Whole"))

    pages = LatePages(Tasks(pytest.fail))
    qtbot.addWidget(pages)
    pages.add("power", "Power", Page.__module__, lambda: Fragile("Power"))
    with pytest.raises(RuntimeError, match="no such sign"):
        pages.made("power")
    assert pages.there == []
    page = pages.made("power")
    assert page.findChild(QPushButton).text() == "Whole"
    assert pages.there == [page]
    assert pages.count() == 1


@pytest.mark.usefixtures("each_part_a_turn")
def test_a_page_takes_up_what_changes_after_it_was_filled_and_before_it_is_seen(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin")) as running:
            window = SettingsWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            window.pages.setCurrentIndex(1)
            await rising(window, "budget")
            running.settings.update(set_value("budget.daily.amount", Decimal("7.5")))
            assert "budget" not in window.pages._made
            await window.settled()
            assert window.budget.amounts["daily"].text() == "7.50"
            await ended(window)

    drive(work())


@pytest.mark.usefixtures("each_part_a_turn")
def test_a_tier_may_go_while_the_settings_are_built(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services(only("builtin", "haiku")) as running:
            windows = Windows(running, theme)
            made: list[SettingsWindow] = []
            whole = windows._building.whole

            def watched(window: Any, parts: Iterator[None], *, dress: bool) -> Iterator[None]:
                made.append(window)
                return whole(window, parts, dress=dress)

            windows._building.whole = watched  # type: ignore[method-assign] # to see the window before it opens
            windows.open_settings()
            while not made or not hasattr(made[0], "pages"):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)
            await rising(made[0], "tiers")
            running.settings.update(remove_tier("haiku"))
            await windows.settled()
            assert made[0].isVisible()
            await made[0].settled()
            assert list(made[0].tiers.tiers) == ["builtin"]
            await windows.close()

    drive(work())


async def rising(window: SettingsWindow, name: str) -> None:
    """Wait until a page is filled, and not whole."""
    while not (name in window.pages._rising and window.pages._rising[name].stands):  # noqa: ASYNC110 - likewise
        await asyncio.sleep(0)


def test_details_show_what_came_while_they_were_built_and_are_found_meanwhile(
    drive: Drive, theme: Theme
) -> None:
    async def work() -> None:
        async with services(only("builtin", "haiku")) as running:
            window = SettingsWindow(running, theme)
            row = window.tiers.tiers["haiku"]
            number = 0
            for number, _ in enumerate(row.unfolding()):
                row.show_tier(msgspec.structs.replace(row.tier, label=f"Name {number}"))
                assert any("Effort" in each for each in row.tucked_words())
            assert row._details is not None
            assert row._details.fields["label"].text() == f"Name {number}"
            await ended(window)

    drive(work())


@pytest.mark.usefixtures("each_part_a_turn")
@pytest.mark.parametrize("tries", [0, 1])
def test_a_window_that_cannot_be_built_does_not_keep_the_program_from_ending(
    drive: Drive,
    theme: Theme,
    ours: Ours,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tries: int,
) -> None:
    def broken(*_: Any) -> None:
        message = "no such sign"
        raise RuntimeError(message)

    async def work() -> None:
        async with services(only("builtin")) as running:
            windows = Windows(running, theme)
            windows.open_glance(QRect())
            await windows.settled()
            monkeypatch.setattr("compute_broker.desktop.ask.layout.Controls", broken)
            windows.open_ask()
            if tries:
                await windows.settled()  # else it is given up while it is built
            else:
                while len(ours()) < 2:  # noqa: ASYNC110 - a turn later it may have failed already
                    await asyncio.sleep(0)
            assert windows._ask is None
            await windows.close()
            assert ours() == []

    with caplog.at_level(logging.CRITICAL, "compute_broker.desktop"):
        drive(work())
