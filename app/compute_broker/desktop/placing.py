"""Where a window opens: in the middle of the cursor's screen, or beside the icon in the tray."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QMargins, QPoint, QRect, QSize
from PySide6.QtGui import QCursor, QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from compute_broker.desktop.frames import WhenFramed, margins_of
from compute_broker.desktop.wrapping import keep_room

_EDGE, _HOLD = 32, 80
"""Pixels of a window's upper edge, high and wide, that a hand can take hold of."""
GAP = 6
"""Pixels between a panel and what it belongs to."""


def show_at_cursor(window: QWidget) -> None:
    """Show ``window`` in front, with its frame no larger than the cursor's screen.

    An open one stays where it is.
    """
    if window.isVisible() and reachable(window.frameGeometry(), _areas()):
        window.show()
    else:
        _put(window)
        window.show()
        WhenFramed(window.windowHandle(), partial(_correct, window))
    window.raise_()
    window.activateWindow()


def bring_back(window: QWidget) -> None:
    """Put an open window where it can be reached, when the screen that it was on is gone."""
    if window.isVisible() and not reachable(window.frameGeometry(), _areas()):
        _put(window)


def framed(size: QSize, margins: QMargins, area: QRect) -> QRect:
    """Return where a window of ``size`` with a frame of ``margins`` around it goes: the middle of ``area``.

    The rectangle is the frame's; it is never larger than ``area``.
    """
    size = size.grownBy(margins).boundedTo(area.size())
    left, top = (area.width() - size.width()) // 2, (area.height() - size.height()) // 2
    return QRect(area.topLeft() + QPoint(left, top), size)


def drawn_in(frame: QRect, area: QRect) -> QRect:
    """Return ``frame`` as near to where it is as it lies within ``area``, smaller where it must be."""
    size = frame.size().boundedTo(area.size())
    left = max(area.left(), min(frame.left(), area.right() + 1 - size.width()))
    top = max(area.top(), min(frame.top(), area.bottom() + 1 - size.height()))
    return QRect(QPoint(left, top), size)


def _put(window: QWidget) -> None:
    """Put a window into the middle of the cursor's screen."""
    margins = margins_of(window)
    frame = framed(window.size(), margins, cursor_screen().availableGeometry())
    window.resize(frame.size().shrunkBy(margins))
    window.move(frame.topLeft())


def _correct(window: QWidget) -> None:
    """Draw a window in whose frame turns out to reach beyond the screen."""
    margins, area = margins_of(window), window.screen().availableGeometry()
    frame = window.geometry().marginsAdded(margins)
    if not area.contains(frame):
        keep_room(window)
        window.setGeometry(drawn_in(frame, area).marginsRemoved(margins))


def reachable(frame: QRect, areas: Sequence[QRect]) -> bool:
    """Return whether enough of a window's upper edge lies on a screen to take hold of it."""
    edge = QRect(frame.left(), frame.top(), frame.width(), min(frame.height(), _EDGE))
    least = min(_HOLD, frame.width())
    return any(
        part.width() >= least and part.height() >= edge.height() // 2
        for part in (edge.intersected(area) for area in areas)
    )


def _areas() -> list[QRect]:
    return [screen.availableGeometry() for screen in QGuiApplication.screens()]


def cursor_screen() -> QScreen:
    """Return the screen that the cursor is on."""
    return QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()


def beside(anchor: QRect, area: QRect, size: QSize) -> QPoint:
    """Return where a panel of ``size`` opens: centred under ``anchor``, or above it in the lower half.

    It lies within ``area`` as far as it fits, and its upper left corner always does.
    """
    below = anchor.center().y() < area.center().y()
    top = anchor.bottom() + 1 + GAP if below else anchor.top() - GAP - size.height()
    left = anchor.center().x() - size.width() // 2
    return QPoint(
        max(area.left(), min(left, area.right() + 1 - size.width())),
        max(area.top(), min(top, area.bottom() + 1 - size.height())),
    )


def corner(screen: QRect, area: QRect, size: QSize) -> QPoint:
    """Return the place for a panel whose icon nobody can point at: the right end of the system's bar.

    ``area`` is what the bar leaves of ``screen``; without a bar at the bottom it is taken to be at the top.
    """
    at_bottom = screen.bottom() - area.bottom() > area.top() - screen.top()
    right = area.right() + 1 - size.width() - GAP
    top = area.bottom() + 1 - size.height() - GAP if at_bottom else area.top() + GAP
    return QPoint(max(area.left(), right), max(area.top(), top))
