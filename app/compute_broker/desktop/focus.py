"""Who had the focus before our window, and giving it back: a guest leaves the room as it was."""

from __future__ import annotations

import ctypes
import importlib
import sys
from typing import Any, Protocol

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from compute_broker.desktop.xcb import Display, XError


class Focus(Protocol):
    """One system's way to read and move the focus between programs."""

    def remember(self) -> None:
        """Note which window is active now."""
        ...

    def is_on(self, window: QWidget) -> bool:
        """Whether our window is the active one."""
        ...

    def take(self, window: QWidget, time: int) -> None:
        """Bring our window forward. ``time``: the X server's time of the key behind it, 0 if unknown."""
        ...

    def give_back(self) -> None:
        """Make the noted window active again, if it still is there."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...


class PlainFocus:
    """Where the system gives the focus back by itself when a window goes (Wayland)."""

    def remember(self) -> None:
        """Nothing can be known."""

    def is_on(self, window: QWidget) -> bool:
        """Return what Qt knows."""
        return window.isActiveWindow()

    def take(self, window: QWidget, time: int) -> None:  # noqa: ARG002 - the Protocol's
        """Ask Qt; on Wayland the activation token of the shortcut decides."""
        window.activateWindow()

    def give_back(self) -> None:
        """The compositor does it."""

    def close(self) -> None:
        """Nothing is held."""


class X11Focus(PlainFocus):
    """Through the window manager's ``_NET_ACTIVE_WINDOW`` (EWMH 1.5)."""

    def __init__(self) -> None:
        """Connect to the X server.

        Raises:
            XError: it cannot be reached.
        """
        self._display = Display()
        self._former = 0

    def remember(self) -> None:
        """Note the active window, whoever's it is."""
        self._former = self._display.active_window()

    def is_on(self, window: QWidget) -> bool:
        """Ask the window manager, which knows a moment before Qt does."""
        return window.isActiveWindow() or self._display.active_window() == int(window.winId())

    def take(self, window: QWidget, time: int) -> None:
        """Activate with the key's own time, so that no manager takes it for a theft of the focus."""
        window.activateWindow()
        self._display.activate(int(window.winId()), time)

    def give_back(self) -> None:
        """Ask the window manager; a window that is gone is ignored there."""
        if self._former:
            self._display.activate(self._former)
            self._former = 0

    def close(self) -> None:
        """Leave the X server."""
        self._display.close()


class WindowsFocus(PlainFocus):
    """Through user32; known from its documents, not yet tried on Windows."""

    def __init__(self) -> None:
        """Load the library."""
        self._user: Any = ctypes.WinDLL("user32")  # type: ignore[attr-defined,unused-ignore]
        self._former = 0

    def remember(self) -> None:
        """Note the foreground window."""
        self._former = int(self._user.GetForegroundWindow() or 0)

    def take(self, window: QWidget, time: int) -> None:
        """Come forward: allowed, since the key press that brought us here was ours."""
        super().take(window, time)
        self._user.SetForegroundWindow(int(window.winId()))

    def give_back(self) -> None:
        """Put the noted window in front again."""
        if self._former:
            self._user.SetForegroundWindow(self._former)
            self._former = 0


class MacFocus(PlainFocus):
    """Through AppKit, which quickmachotkey brings; not yet tried on macOS."""

    def __init__(self) -> None:
        """Load the framework."""
        self._workspace: Any = importlib.import_module("AppKit").NSWorkspace.sharedWorkspace()
        self._former: Any = None

    def remember(self) -> None:
        """Note the frontmost application."""
        self._former = self._workspace.frontmostApplication()

    def give_back(self) -> None:
        """Activate the noted application."""
        if self._former is not None:
            self._former.activateWithOptions_(0)
            self._former = None


def find_focus() -> Focus:
    """Return the way of this system; where it cannot be used, the one that leaves it to the system."""
    try:
        if QGuiApplication.platformName() == "xcb":
            return X11Focus()
        if sys.platform == "win32":
            return WindowsFocus()
        if sys.platform == "darwin":
            return MacFocus()
    except (XError, ImportError, OSError):
        return PlainFocus()
    return PlainFocus()
