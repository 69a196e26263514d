"""The command that takes the pictures: a screen large enough for its scale, and small files without loss."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from support.screen import SIZE, scaled

PACKAGING = Path(__file__).parents[2] / "packaging"


@pytest.fixture
def packaging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules of packaging can be imported."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    yield
    sys.modules.pop("small_png", None)


def test_a_screen_at_twice_the_scale_has_the_same_room() -> None:
    assert scaled(1) == SIZE
    assert scaled(2) == "2560x1600x24"
    assert scaled(1.5) == "1920x1200x24"


@pytest.mark.parametrize("alpha", [255, 120])
def test_a_picture_is_written_without_loss(packaging: None, tmp_path: Path, alpha: int) -> None:
    from small_png import save  # type: ignore[import-not-found] # noqa: PLC0415 - not on the path otherwise

    image = QImage(33, 20, QImage.Format.Format_ARGB32)
    image.fill(QColor(20, 30, 40, 255))
    image.setPixelColor(5, 7, QColor(200, 100, 50, alpha))
    save(image, tmp_path / "picture.png")
    back = QImage(str(tmp_path / "picture.png"))
    assert back.size() == image.size()
    assert back.hasAlphaChannel() is (alpha < 255)
    assert back.convertToFormat(QImage.Format.Format_ARGB32) == image
