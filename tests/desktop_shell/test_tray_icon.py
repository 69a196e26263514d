"""The icon as painted: there, readable on any panel, and another shape for each state."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from compute_broker.desktop.icon import SIZES, draw, tray_icon
from compute_broker.desktop.look import IconState, Look

PANELS = ("#ffffff", "#f0f0f0", "#777777", "#202020", "#000000")
LOOKS = [Look("1.2", state, busy) for state in IconState for busy in (False, True)]


def picture(look: Look, size: int, *, mask: bool = False) -> QImage:
    return draw(look, size, mask=mask).toImage().convertToFormat(QImage.Format.Format_ARGB32)


def pixels(image: QImage) -> list[QColor]:
    return [image.pixelColor(x, y) for y in range(image.height()) for x in range(image.width())]


def silhouette(image: QImage) -> list[bool]:
    return [colour.alpha() > 127 for colour in pixels(image)]


@pytest.mark.parametrize("size", [16, 22, 32])
def test_every_state_has_a_shape_of_its_own(qapp: QApplication, size: int) -> None:
    for one, other in combinations(LOOKS, 2):
        differing = sum(
            a != b
            for a, b in zip(silhouette(picture(one, size)), silhouette(picture(other, size)), strict=True)
        )
        assert differing >= 3, f"{one} and {other} have one outline at {size} px"


@pytest.mark.parametrize("size", [16, 22, 32])
@pytest.mark.parametrize("figure", ["", "0", "1.2", "31¢", "<1¢", "124", "1.2k"])
def test_the_figure_stands_out_from_its_plate(qapp: QApplication, size: int, figure: str) -> None:
    for state in IconState:
        image = picture(Look(figure, state), size)
        solid = [_luminance(colour) for colour in pixels(image) if colour.alpha() > 250]
        light = sum(value > 0.55 for value in solid)
        dark = sum(value < 0.2 for value in solid)
        inked = min(light, dark)
        if state is IconState.NEAR:
            inked = sum(value < 0.1 for value in solid)
        assert inked >= size, f"{figure!r} in state {state} is hardly there at {size} px"


@pytest.mark.parametrize("panel", PANELS)
def test_the_icon_shows_on_light_and_dark_panels(qapp: QApplication, panel: str) -> None:
    ground = _luminance(QColor(panel))
    for look in LOOKS:
        solid = [colour for colour in pixels(picture(look, 22)) if colour.alpha() > 250]
        visible = sum(_contrast(_luminance(colour), ground) >= 3 for colour in solid)
        assert visible >= 22, f"{look} drowns in {panel}"


def test_different_amounts_look_different(qapp: QApplication) -> None:
    figures = ["", "0", "1¢", "31¢", "1.2", "1.3", "12", "124", "1.2k"]
    drawn = {bytes(picture(Look(figure), 16).constBits()) for figure in figures}
    assert len(drawn) == len(figures)


def test_the_mask_is_black_and_clear(qapp: QApplication) -> None:
    for look in LOOKS:
        image = picture(look, 32, mask=True)
        assert {colour.rgb() & 0xFFFFFF for colour in pixels(image) if colour.alpha() == 255} == {0}
        assert 100 < sum(silhouette(image)) < 32 * 32
    assert tray_icon(Look("1.2"), mask=True).isMask()


def test_every_panel_size_is_drawn_not_scaled(qapp: QApplication) -> None:
    icon = tray_icon(Look("1.2"), mask=False)
    assert sorted(size.width() for size in icon.availableSizes()) == sorted(SIZES)


def _luminance(colour: QColor) -> float:
    """Return relative luminance (WCAG 2.2)."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
