"""Painting the way a language is read: what we draw ourselves, Qt does not turn round for us."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget


def mirrored(widget: QWidget) -> bool:
    """Return whether ``widget`` is read from right to left."""
    return widget.layoutDirection() is Qt.LayoutDirection.RightToLeft


def mirror(painter: QPainter, widget: QWidget) -> None:
    """Have all that is drawn from now on turned round, where ``widget`` is read so. Not for texts."""
    if mirrored(widget):
        painter.translate(widget.width(), 0)
        painter.scale(-1, 1)
