"""The little of Xlib that tests await: a selection that gets an owner, an icon that enters the tray.

By ctypes, since the Debian packages that the tests need anyhow bring libX11.
"""

from __future__ import annotations

import ctypes
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_int, c_long, c_uint, c_ulong, c_void_p
from dataclasses import dataclass

import pytest

STRUCTURE_NOTIFY = 1 << 17
SUBSTRUCTURE_NOTIFY = 1 << 19
PROPERTY_CHANGE = 1 << 22
IS_VIEWABLE = 2


class _Event(ctypes.Structure):
    _fields_ = (("pad", c_long * 24),)


class _Attributes(ctypes.Structure):
    _fields_ = (
        *((name, c_int) for name in ("x", "y", "width", "height", "border_width", "depth")),
        ("visual", c_void_p),
        ("root", c_ulong),
        *((name, c_int) for name in ("kind", "bit_gravity", "win_gravity", "backing_store")),
        *((name, c_ulong) for name in ("backing_planes", "backing_pixel")),
        ("save_under", c_int),
        ("colormap", c_ulong),
        *((name, c_int) for name in ("map_installed", "map_state")),
        *((name, c_long) for name in ("all_events", "your_events", "do_not_propagate")),
        ("override_redirect", c_int),
        ("screen", c_void_p),
    )


@dataclass(frozen=True)
class Box:
    """A window with its place on the screen, in pixels."""

    window: int
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where to click."""
        return self.x + self.width // 2, self.y + self.height // 2

    def within(self, width: int, height: int) -> bool:
        """Whether all of it lies on a screen of that size."""
        inside_x = self.x >= 0 and self.x + self.width <= width
        return inside_x and self.y >= 0 and self.y + self.height <= height


_ERROR_HANDLER = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)


@_ERROR_HANDLER
def _go_on(_display: int, _error: int) -> int:
    """A window may vanish between two questions about it; Xlib would end the process for it."""
    return 0


def _library() -> ctypes.CDLL:
    xlib = ctypes.CDLL("libX11.so.6")
    signatures = {
        "XOpenDisplay": (c_void_p, [ctypes.c_char_p]),
        "XCloseDisplay": (c_int, [c_void_p]),
        "XConnectionNumber": (c_int, [c_void_p]),
        "XDefaultRootWindow": (c_ulong, [c_void_p]),
        "XFree": (c_int, [c_void_p]),
        "XGetSelectionOwner": (c_ulong, [c_void_p, c_ulong]),
        "XGetWindowAttributes": (c_int, [c_void_p, c_ulong, POINTER(_Attributes)]),
        "XInternAtom": (c_ulong, [c_void_p, ctypes.c_char_p, c_int]),
        "XNextEvent": (c_int, [c_void_p, POINTER(_Event)]),
        "XPending": (c_int, [c_void_p]),
        "XSelectInput": (c_int, [c_void_p, c_ulong, c_long]),
        "XSetErrorHandler": (c_void_p, [_ERROR_HANDLER]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(xlib, name)
        function.restype, function.argtypes = result, arguments
    xlib.XSetErrorHandler(_go_on)
    return xlib


class Root:
    """The root window of one screen, listened to."""

    def __init__(self, display: str) -> None:
        self._xlib = _library()
        self._display = self._xlib.XOpenDisplay(display.encode())
        if not self._display:
            pytest.fail(f"cannot open the X display {display}")
        self._window = self._xlib.XDefaultRootWindow(self._display)
        self._xlib.XSelectInput(self._display, self._window, STRUCTURE_NOTIFY | PROPERTY_CHANGE)

    def close(self) -> None:
        """Leave the X server."""
        self._xlib.XCloseDisplay(self._display)

    def selection_owner(self, name: str) -> int:
        """Return the window that owns the selection, 0 when none does."""
        atom = self._xlib.XInternAtom(self._display, name.encode(), 0)
        return int(self._xlib.XGetSelectionOwner(self._display, atom))

    def focused(self) -> int:
        """Return the window that has the keyboard focus."""
        window, revert = c_ulong(), c_int()
        self._xlib.XGetInputFocus(c_void_p(self._display), byref(window), byref(revert))
        return window.value

    def icons_in(self, panel: int) -> list[Box]:
        """Return the visible icons in a tray panel: windows embedded in the sockets that are its children."""
        icons = []
        for socket in self._children(panel):
            icons += [self._box(window) for window in self._children(socket) if self._viewable(window)]
        return icons

    def shown(self) -> set[int]:
        """Return the windows that are on the screen now, menus and other pop-ups included."""
        return {window for window in self._children(self._window) if self._viewable(window)}

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Check ``condition`` now and at each event of windows asked about; tell whether it came true."""
        deadline = time.monotonic() + timeout
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._drain(left)
        return True

    def _children(self, window: int) -> list[int]:
        """Return the children of a window, and listen for changes among them from now on."""
        self._xlib.XSelectInput(self._display, window, STRUCTURE_NOTIFY | SUBSTRUCTURE_NOTIFY)
        root, parent, children, count = c_ulong(), c_ulong(), POINTER(c_ulong)(), c_uint()
        found = self._xlib.XQueryTree(
            c_void_p(self._display),
            c_ulong(window),
            byref(root),
            byref(parent),
            byref(children),
            byref(count),
        )
        windows = [children[index] for index in range(count.value)] if found else []
        if children:
            self._xlib.XFree(children)
        return windows

    def _attributes(self, window: int) -> _Attributes:
        attributes = _Attributes()
        self._xlib.XGetWindowAttributes(self._display, window, byref(attributes))
        return attributes

    def _viewable(self, window: int) -> bool:
        return self._attributes(window).map_state == IS_VIEWABLE

    def _box(self, window: int) -> Box:
        x, y, child = c_int(), c_int(), c_ulong()
        self._xlib.XTranslateCoordinates(
            c_void_p(self._display),
            c_ulong(window),
            c_ulong(self._window),
            0,
            0,
            byref(x),
            byref(y),
            byref(child),
        )
        size = self._attributes(window)
        return Box(window, x.value, y.value, size.width, size.height)

    def _drain(self, seconds: float) -> None:
        if not self._xlib.XPending(self._display):
            select.select([self._xlib.XConnectionNumber(self._display)], [], [], seconds)
        event = _Event()
        while self._xlib.XPending(self._display):
            self._xlib.XNextEvent(self._display, byref(event))


@contextmanager
def root_of(display: str) -> Iterator[Root]:
    """Listen at the root window of ``display`` for as long as the block runs."""
    root = Root(display)
    try:
        yield root
    finally:
        root.close()
