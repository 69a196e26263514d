"""The little of Xlib that tests await: a selection that gets an owner, a focus that moves.

By ctypes, since the Debian packages that the tests need anyhow bring libX11.
"""

from __future__ import annotations

import ctypes
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

STRUCTURE_NOTIFY = 1 << 17
PROPERTY_CHANGE = 1 << 22


class _Event(ctypes.Structure):
    _fields_ = [("pad", ctypes.c_long * 24)]


def _library() -> ctypes.CDLL:
    xlib = ctypes.CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    xlib.XOpenDisplay.argtypes = [ctypes.c_char_p]
    xlib.XDefaultRootWindow.restype = ctypes.c_ulong
    xlib.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
    xlib.XInternAtom.restype = ctypes.c_ulong
    xlib.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    xlib.XGetSelectionOwner.restype = ctypes.c_ulong
    xlib.XGetSelectionOwner.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
    xlib.XSelectInput.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_long]
    xlib.XPending.argtypes = [ctypes.c_void_p]
    xlib.XConnectionNumber.argtypes = [ctypes.c_void_p]
    xlib.XNextEvent.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Event)]
    xlib.XCloseDisplay.argtypes = [ctypes.c_void_p]
    return xlib


class Root:
    """The root window of one screen, listened to."""

    def __init__(self, display: str) -> None:
        self._xlib = _library()
        self._display = self._xlib.XOpenDisplay(display.encode())
        if not self._display:
            pytest.fail(f"cannot open the X display {display}")
        window = self._xlib.XDefaultRootWindow(self._display)
        self._xlib.XSelectInput(self._display, window, STRUCTURE_NOTIFY | PROPERTY_CHANGE)

    def close(self) -> None:
        """Leave the X server."""
        self._xlib.XCloseDisplay(self._display)

    def selection_owner(self, name: str) -> int:
        """Return the window that owns the selection, 0 when none does."""
        atom = self._xlib.XInternAtom(self._display, name.encode(), 0)
        return int(self._xlib.XGetSelectionOwner(self._display, atom))

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Check ``condition`` now and after each event at the root window; tell whether it came true."""
        deadline = time.monotonic() + timeout
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._drain(left)
        return True

    def _drain(self, seconds: float) -> None:
        if not self._xlib.XPending(self._display):
            select.select([self._xlib.XConnectionNumber(self._display)], [], [], seconds)
        event = _Event()
        while self._xlib.XPending(self._display):
            self._xlib.XNextEvent(self._display, ctypes.byref(event))


@contextmanager
def root_of(display: str) -> Iterator[Root]:
    """Listen at the root window of ``display`` for as long as the block runs."""
    root = Root(display)
    try:
        yield root
    finally:
        root.close()
