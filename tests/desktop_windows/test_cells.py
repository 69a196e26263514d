"""Cells of tables: text at its side, cut with an ellipsis, on the ground of the row that is chosen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from compute_broker.desktop.theme import Theme
from compute_broker.desktop.usage.tables import SumsTable

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def table(qtbot: QtBot, rows: list[list[str]]) -> SumsTable:
    made = SumsTable("Sums", ["Tier", "Spent"])
    qtbot.addWidget(made)
    made.show_rows(rows)
    made.resize(400, 160)
    made.show()
    QTest.qWaitForWindowExposed(made)
    return made


def ink(shown: SumsTable, row: int, column: int) -> tuple[int, int]:
    """The first and the last column of pixels in a cell that are not of its ground."""
    room: QRect = shown.visualItemRect(shown.item(row, column))
    image: QImage = shown.viewport().grab(room).toImage()
    ground = image.pixelColor(1, 1)
    inked = [
        x
        for x in range(image.width())
        if any(image.pixelColor(x, y) != ground for y in range(image.height()))
    ]
    assert inked, "nothing is written"
    return inked[0], image.width() - 1 - inked[-1]


@pytest.mark.parametrize("side", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_names_begin_their_column_and_figures_end_it(
    qtbot: QtBot, theme: Theme, side: Qt.LayoutDirection
) -> None:
    shown = table(qtbot, [["Haiku", "$1.20"]])
    shown.setLayoutDirection(side)
    name, figure = ink(shown, 0, 0), ink(shown, 0, 1)
    if side is Qt.LayoutDirection.RightToLeft:
        name, figure = name[::-1], figure[::-1]
    assert name[0] < 14 < name[1]
    assert figure[1] < 14


def test_what_is_too_long_ends_before_the_next_column(qtbot: QtBot, theme: Theme) -> None:
    shown = table(qtbot, [["A tier with a name that is far too long for any table " * 3, "$1.20"]])
    assert min(ink(shown, 0, 0)) >= 4


def test_cells_follow_the_choice_and_the_scheme(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("light")
    theme.apply()
    shown = table(qtbot, [["Haiku", "$1.20"], ["Sonnet", "$2.40"]])

    def ground(row: int) -> QColor:
        return shown.viewport().grab(shown.visualItemRect(shown.item(row, 0))).toImage().pixelColor(1, 1)

    shown.selectRow(1)
    assert ground(1) == QColor(theme.colours.accent_soft)
    assert ground(0) == QColor(theme.colours.surface)
    theme.choose("dark")
    assert ground(1) == QColor(theme.colours.accent_soft)
    assert ground(0) == QColor(theme.colours.surface)
