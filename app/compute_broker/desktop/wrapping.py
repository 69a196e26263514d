"""Text that wraps where it may: not between a figure and its unit, but within a word too long for a line."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QWidget

from compute_broker.desktop.frames import margins_of
from compute_broker.desktop.mirroring import line_up

_NO_BREAK = "\u00a0"
_MAY_BREAK = "\u200b"
_LONGEST_WORD = 24
"""Signs of a word that any line has room for; a longer one may be broken after each so many."""
_UNIT = re.compile(r"(?<=\d) (?=(?:[¢%$€]|tok/s|ms|s|min|h|W|Wh|kWh|kB|MB|GB)(?!\w))|(?<=[≈~]) (?=\S)")
_LONG = re.compile(rf"[^\s{_NO_BREAK}{_MAY_BREAK}]{{{_LONGEST_WORD}}}(?=\S)")

_OTHER_SIZE = {QEvent.Type.FontChange, QEvent.Type.StyleChange}


def kept(text: str) -> str:
    """Return ``text`` in which figures and their units stay on one line: ``0.0079 ¢``, ``96 %``."""
    return _UNIT.sub(_NO_BREAK, text)


def foldable(text: str) -> str:
    """Return ``text`` whose longest words may be broken: a name of 60 signs would widen its window."""
    return _LONG.sub(lambda found: f"{found[0]}{_MAY_BREAK}", text)


def keep_room(widget: QWidget) -> None:
    """Give a widget a height in which texts that wrap are whole: Qt knows their least height at no width."""
    layout = widget.layout()
    if layout is not None and layout.hasHeightForWidth():
        most = widget.screen().availableGeometry().size().shrunkBy(margins_of(widget)).height()
        least = min(layout.totalMinimumHeightForWidth(widget.width()), most)
        if least != widget.minimumHeight():
            widget.setMinimumHeight(least)


class Wrapping(QLabel):
    """A plain label that wraps. :meth:`text` is what was set; what is shown has signs between for Qt."""

    def __init__(self, text: str = "") -> None:
        """Show ``text``."""
        super().__init__()
        self._plain = ""
        self._heights: dict[int, int] = {}
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        line_up(self)
        self.setText(text)

    def text(self) -> str:
        """Return the text without the signs that say where it may wrap."""
        return self._plain

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show ``text``."""
        if text == self._plain:
            return
        self._plain = text
        self._heights.clear()
        super().setText(foldable(kept(text)))

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return how high the text is at a width, reckoned once: layouts ask for it time and again."""
        if width not in self._heights:
            self._heights[width] = super().heightForWidth(width)
        return self._heights[width]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Reckon anew in another font."""
        super().changeEvent(event)
        if event.type() in _OTHER_SIZE:
            self._heights.clear()
