"""Several monitors on one virtual screen: RandR lets a client say so (RandR 1.5, ``RRSetMonitor``).

By ctypes, since the window manager of the tests brings libXrandr.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_ulong, c_void_p

import pytest

HEIGHT = 800
_MM_PER_PIXEL = 0.25
_ANY_NAME = 1
"""For ``XRRGetMonitors``: monitors in use only."""


class _Monitor(ctypes.Structure):
    _fields_ = (
        ("name", c_ulong),
        *((name, c_int) for name in ("primary", "automatic", "count", "x", "y", "width", "height")),
        *((name, c_int) for name in ("wide_mm", "high_mm")),
        ("outputs", POINTER(c_ulong)),
    )


class Monitors:
    """Left and right half of a screen as two monitors."""

    def __init__(self, display: str) -> None:
        """Connect to the X server, without telling it anything yet."""
        self._x, self._randr = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXrandr.so.2")
        signatures = {
            (self._x, "XOpenDisplay"): (c_void_p, [c_char_p]),
            (self._x, "XCloseDisplay"): (c_int, [c_void_p]),
            (self._x, "XDefaultRootWindow"): (c_ulong, [c_void_p]),
            (self._x, "XInternAtom"): (c_ulong, [c_void_p, c_char_p, c_int]),
            (self._x, "XSync"): (c_int, [c_void_p, c_int]),
            (self._randr, "XRRGetMonitors"): (
                POINTER(_Monitor),
                [c_void_p, c_ulong, c_int, POINTER(c_int)],
            ),
            (self._randr, "XRRSetMonitor"): (None, [c_void_p, c_ulong, POINTER(_Monitor)]),
            (self._randr, "XRRDeleteMonitor"): (None, [c_void_p, c_ulong, c_ulong]),
        }
        for (library, name), (result, arguments) in signatures.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        self._display = self._x.XOpenDisplay(display.encode())
        if not self._display:
            pytest.fail(f"cannot open the X display {display}")
        self._root = self._x.XDefaultRootWindow(self._display)

    def put(self, name: str, x: int, width: int, *, primary: bool = False) -> None:
        """Say that there is a monitor; the primary one takes the place of the server's own."""
        count = c_int()
        own = self._randr.XRRGetMonitors(self._display, self._root, _ANY_NAME, ctypes.byref(count))
        outputs = own[0].outputs if primary else None
        wide_mm, high_mm = round(width * _MM_PER_PIXEL), round(HEIGHT * _MM_PER_PIXEL)
        monitor = _Monitor(
            self._atom(name), primary, 0, int(primary), x, 0, width, HEIGHT, wide_mm, high_mm, outputs
        )
        self._randr.XRRSetMonitor(self._display, self._root, ctypes.byref(monitor))
        self._x.XSync(self._display, 0)

    def take_away(self, name: str) -> None:
        """Say that a monitor is gone."""
        self._randr.XRRDeleteMonitor(self._display, self._root, self._atom(name))
        self._x.XSync(self._display, 0)

    def close(self) -> None:
        """Leave the X server."""
        self._x.XCloseDisplay(self._display)

    def _atom(self, name: str) -> int:
        return int(self._x.XInternAtom(self._display, name.encode(), 0))


@contextmanager
def two_monitors(display: str, width: int = 640) -> Iterator[Monitors]:
    """Make two monitors, ``left`` and ``right``, side by side, for as long as the block runs."""
    monitors = Monitors(display)
    try:
        monitors.put("left", 0, width, primary=True)
        monitors.put("right", width, width)
        yield monitors
    finally:
        monitors.close()
