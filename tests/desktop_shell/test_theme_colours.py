"""Light and dark: texts can be read everywhere they may stand, and a change reaches who listens."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from compute_broker.desktop.colours import DARK, LIGHT, Colours
from compute_broker.desktop.stylesheet import stylesheet
from compute_broker.desktop.theme import Theme


def luminance(name: str) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in QColor(name).getRgbF()[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_keep_their_contrast(colours: Colours) -> None:
    for ground in (colours.window, colours.surface, colours.raised, colours.accent_soft, colours.code):
        for ink in (colours.text, colours.muted, colours.good, colours.warn, colours.bad):
            assert contrast(ink, ground) >= 4.5, f"{ink} on {ground}"
    for ground in (colours.window, colours.surface):
        assert contrast(colours.accent, ground) >= 4.5
    for ground in (colours.accent, colours.accent_hover):
        assert contrast(colours.on_accent, ground) >= 4.5
    for series in colours.series:
        assert contrast(series, colours.surface) >= 3, f"chart colour {series}"


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_is_complete_and_understood(qapp: QApplication, colours: Colours) -> None:
    sheet = stylesheet(colours)
    assert "$" not in sheet
    label = QLabel("x")
    label.setStyleSheet(sheet)  # Qt warns, and so fails the test, about a sheet that it cannot parse
    label.ensurePolished()


@pytest.mark.qt_log_ignore("This plugin does not support")  # windows that others left are dressed too
def test_choosing_dresses_the_application(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme("light")
    theme.apply()
    assert not theme.dark
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window
    with qtbot.waitSignal(theme.changed):
        theme.choose("dark")
    assert theme.dark
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window
    with qtbot.assertNotEmitted(theme.changed):
        theme.choose("dark")
    theme.choose("light")
    qapp.styleHints().setColorScheme(Qt.ColorScheme.Unknown)
    qapp.setStyleSheet("")


def test_fonts_grow_with_their_role(qapp: QApplication) -> None:
    theme = Theme()
    sizes = [theme.font(role).pointSizeF() for role in ("small", "body", "title", "figure")]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 4
