"""What of a window cannot be seen as it should: beyond an edge, or too small for what it says."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QWidget,
)

_SEEN = (QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLabel, QLineEdit, QTabBar)
_SLACK = 2
"""Pixels of rounding."""


def cut_off(window: QWidget) -> list[str]:
    """Return a line for each control and label of ``window`` that is cut off."""
    found = []
    for each in window.findChildren(QWidget):
        if not each.isVisible() or each.window() is not window or not _ours(each):
            continue
        found += [f"{_name(each)}: {what}" for what in (_outside(each, window), _small(each)) if what]
    return found


def _ours(widget: QWidget) -> bool:
    """Whether it is no part that Qt puts inside of its own."""
    inner = widget.parentWidget()
    while inner is not None and not isinstance(inner, _SEEN):
        inner = inner.parentWidget()
    part = isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_")
    return isinstance(widget, _SEEN) and inner is None and not part


def _outside(widget: QWidget, window: QWidget) -> str:
    """Return by how much a widget lies beyond its window, or beyond what it scrolls in, to the side."""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    room, scrolls = window.rect(), False
    at = widget.parentWidget()
    while at is not None and at is not window:
        if isinstance(at, QScrollArea):
            view = at.viewport()
            room = room.intersected(QRect(view.mapTo(window, QPoint(0, 0)), view.size()))
            scrolls = True
        at = at.parentWidget()
    if scrolls:
        room.setTop(-(1 << 20))
        room.setBottom(1 << 20)
    room = room.adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK)
    return "" if room.contains(place) else f"lies at {place.getRect()}, beyond {room.getRect()}"


def _small(widget: QWidget) -> str:
    """Return how much too small a widget is for what it has to show."""
    if isinstance(widget, QAbstractItemView | QAbstractSlider):
        return ""
    least = widget.minimumSizeHint()
    if widget.width() + _SLACK < least.width():
        return f"is {widget.width()} pixels wide, and needs {least.width()}"
    high = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else least.height()
    return f"is {widget.height()} pixels high, and needs {high}" if widget.height() + _SLACK < high else ""


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName()[:40]!r}"
