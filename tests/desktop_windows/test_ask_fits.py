"""The quick ask is never larger than its screen: what scrolls gives way, and the window moves up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from compute_broker.core.attachment import text_file
from compute_broker.core.quote import Snapshot
from compute_broker.desktop.ask.fitting import Part, heights, top_of
from compute_broker.desktop.ask.layout import AskLayout
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.opened_ask import opened
from desktop_windows.scripted import NOW, TIERS, ScriptedBroker, quote
from desktop_windows.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
LONG = "\n\n".join(f"Paragraph {number} of a long answer." for number in range(80))
PARTS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 200)).map(lambda p: Part(p[0] + p[1], p[1])), max_size=4
)


def on_screen(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())


def card(window: AskWindow) -> QRect:
    """Return where the window is, without its shadow."""
    edge = window.inset
    return window.geometry().adjusted(edge, edge, -edge, -edge)


def fill(window: AskWindow) -> None:
    """Have everything at once: attachments, a long question, all tiers, a problem, a notice."""
    window.attaching.put([text_file(f"notes{number}.txt", b"hello") for number in range(3)])
    window.input.set_text("\n".join(f"line {number}" for number in range(12)))
    window.update_preview()
    window.controls.why_button.setChecked(True)
    window.trouble.say("Something went wrong, and it takes a sentence to say what it was and what to do.")
    window.say_advice("There is something else that you should know.")


@pytest.mark.parametrize("size", [(800, 800), (1280, 800), (1024, 640)])
def test_everything_at_once_stays_on_the_screen(
    drive: Drive,
    broker: ScriptedBroker,
    theme: Theme,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    area = QRect(0, 0, *size)
    monkeypatch.setattr(AskLayout, "_area", lambda _self: area)

    async def work() -> None:
        broker.scripts = [[LONG]]
        async with opened(broker, theme) as window:
            low = window.y()
            window.input.set_text("Tell me much")
            window.send()
            await window.settled()
            await until(lambda: not window.view.busy)
            window.fit()
            narrow = window.height()
            assert area.contains(card(window))
            fill(window)
            await window.settled()
            await until(lambda: window.chips.isVisible() and window.why.rowCount() > 0)
            window.fit()
            assert area.contains(card(window)), f"{card(window)} is not in {area}"
            for part in (window.footer, window.view, window.why, window.input, window.chips, window.trouble):
                assert card(window).contains(on_screen(part)), part.accessibleName()
            assert window.view.height() >= 80
            assert window.view.verticalScrollBar().maximum() > 0

            window.controls.why_button.setChecked(False)
            window.new_conversation()
            window.input.set_text("Tell me much")
            window.attaching.clear()
            await window.settled()
            window.fit()
            assert window.height() < narrow
            assert window.y() == low, "with less to show it goes back to where it was"

    drive(work())


def test_where_the_person_moved_it_the_window_stays_while_it_has_the_room(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.scripts = [[LONG]]
        async with opened(broker, theme) as window:
            window.move(window.x(), 600)
            window.input.set_text("two\nlines")
            window.fit()
            assert window.y() == 600
            window.send()
            await window.settled()
            await until(lambda: not window.view.busy)
            window.fit()
            assert window.y() < 600
            assert window.screen().availableGeometry().contains(card(window))
            QTest.keyClick(window.input, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
            window.fit()
            assert window.y() == 600

    drive(work())


@given(PARTS, st.integers(0, 2000))
def test_parts_share_the_room_the_first_gives_first(parts: list[Part], room: int) -> None:
    found = heights(parts, room)
    for part, height in zip(parts, found, strict=True):
        assert part.least <= height <= part.wanted
    cut = [height < part.wanted for part, height in zip(parts, found, strict=True)]
    at_least = [height == part.least for part, height in zip(parts, found, strict=True)]
    if any(cut):
        assert sum(found) == max(room, sum(part.least for part in parts))
        assert all(at_least[: max(n for n, each in enumerate(cut) if each)])
    else:
        assert sum(found) <= room or all(at_least)


@given(st.integers(-500, 2000), st.integers(1, 2000), st.integers(-100, 100), st.integers(300, 1500))
def test_the_top_is_where_it_was_unless_that_reaches_beyond_the_end(
    home: int, height: int, first: int, end: int
) -> None:
    top = top_of(home, height, first, end)
    assert top >= first
    if height <= end - first:
        assert top + height <= end
    assert top == home or home < first or home + height > end


def test_a_warning_shows_all_of_what_to_do(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        broker.snapshot = Snapshot({"builtin": quote(TIERS[0])}, NOW)
        async with opened(broker, theme) as window:
            window.input.set_text("Prove that there are infinitely many primes of the form 4n + 3.")
            window.update_preview()
            assert window.controls.line.is_cut
            assert "a local server in Settings would help" in window.reason.text()
            assert window.reason.isVisible()
            window.input.set_text("")
            window.update_preview()
            assert window.reason.isHidden()

    drive(work())


def test_nothing_is_cut_of_two_answers_prices_and_their_length(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text("@kimi hi")
            window.send()
            await window.settled()
            window.ask_better()
            await window.settled()
            assert window.beside is not None
            for side in (window.beside.first, window.beside.second):
                about = side.about
                assert about.height() >= about.heightForWidth(about.width())
                assert "against" in about.text() or "same as" in about.text() or "more than" in about.text()
            window.comparing.settle()
            window.input.set_text("Prove that there are infinitely many primes.")
            window.update_preview()
            window.controls.why_button.setChecked(True)
            await window.settled()
            table = window.why
            for row in range(table.rowCount()):
                price = table.item(row, 6)
                assert price is not None
                width = table.columnWidth(6) - 20
                wraps = int(Qt.TextFlag.TextWordWrap)
                needed = table.fontMetrics().boundingRect(QRect(0, 0, width, 999), wraps, price.text())
                assert table.isColumnHidden(6) or table.rowHeight(row) >= needed.height()
                assert "Expected answer: about " in price.toolTip()

    drive(work())
