"""Painting the way a language is read: what we draw ourselves, Qt does not turn round for us."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QStyledItemDelegate, QWidget


def mirrored(widget: QWidget) -> bool:
    """Return whether ``widget`` is read from right to left."""
    return widget.layoutDirection() is Qt.LayoutDirection.RightToLeft


def line_up(label: QLabel, *, end: bool = False) -> None:
    """Have a label's text stand where lines begin, or ``end``, the way the window is read.

    Left to itself Qt asks the text, and so leaves a name in Latin letters or an amount on the left. A pixel
    more above lets a large letter keep its dots: Ü.
    """
    label.setContentsMargins(0, 1, 0, 0)
    label.setAlignment(end_side(label) if end else _side(right=mirrored(label)))


def end_side(widget: QWidget) -> Qt.AlignmentFlag:
    """Return the side where lines end, which is where amounts stand under one another."""
    return _side(right=not mirrored(widget))


def _side(*, right: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter


class Apart(QStyledItemDelegate):
    """Shows the texts of a table as :func:`apart` does; for tables that are read from right to left."""

    def displayText(self, value: object, locale: QLocale | QLocale.Language) -> str:  # noqa: N802 - Qt's name
        """Return what a cell shows."""
        return isolated(super().displayText(value, locale))


def apart(text: str, widget: QWidget) -> str:
    """Return a name or a prompt that keeps its own direction amid what is read from right to left."""
    return isolated(text) if mirrored(widget) else text


def isolated(text: str) -> str:
    """Return ``text`` between the signs that keep its direction to itself (Unicode's UAX 9, 2.4.1)."""
    return f"\u2068{text}\u2069"


def mirror(painter: QPainter, widget: QWidget) -> None:
    """Have all that is drawn from now on turned round, where ``widget`` is read so. Not for texts."""
    if mirrored(widget):
        painter.translate(widget.width(), 0)
        painter.scale(-1, 1)
