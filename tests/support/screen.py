"""A real screen: Xvfb, the window manager openbox and the tray host trayer, on a free display.

Nothing here sleeps: Xvfb reports its display when it is ready, openbox runs a command when it is,
and trayer is awaited as the owner of the tray selection.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from support.xlib import Box, root_of

SIZE = "1280x800x24"
"""Of the screen that tests run on, at a scale of one."""
TRAY_SELECTION = "_NET_SYSTEM_TRAY_S0"
NEEDED = ("Xvfb", "openbox", "trayer", "xdotool")

_GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
sys.exit(0 if QGuiApplication.primaryScreen().grabWindow(0).save(sys.argv[1]) else 1)
"""


class XScreen:
    """A running X server. ``env`` sends a child process there; ``start_tray`` brings up the tray host."""

    def __init__(self, display: str, stack: ExitStack, size: str = SIZE) -> None:
        self.display = display
        self._size = size
        self.env = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_SESSION_TYPE": "x11"}
        self._stack = stack
        self._tray: subprocess.Popen[bytes] | None = None

    def start_tray(self) -> None:
        """Start the tray host, and return once it takes icons."""
        command = ("trayer", "--edge", "top", "--align", "right", "--widthtype", "request", "--height", "32")
        tray = subprocess.Popen(
            command, env=self._child_env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._tray = tray
        self._stack.callback(_end, tray)
        if not self._tray_seen(present=True):
            pytest.fail("trayer did not take the tray selection")

    def stop_tray(self) -> None:
        """End the tray host, and return once its selection is free."""
        assert self._tray is not None, "no tray was started"
        _end(self._tray)
        if not self._tray_seen(present=False):
            pytest.fail("the tray selection is still owned")

    def wait_tray_icons(self, count: int = 1, timeout: float = 30.0) -> list[Box]:
        """Return the tray icons once there are ``count``, left to right; fail after ``timeout`` seconds.

        An icon counts when it lies on the screen: a new one is first laid out beyond its edge.
        """
        panel = int(self.xdotool("search", "--classname", "^panel$").splitlines()[0])
        width, height, _ = map(int, self._size.split("x"))
        with root_of(self.display) as root:

            def settled() -> bool:
                icons = root.icons_in(panel)
                return len(icons) == count and all(icon.within(width, height) for icon in icons)

            if not root.wait_until(settled, timeout):
                pytest.fail(f"{len(root.icons_in(panel))} icons in the tray, not {count}, after {timeout} s")
            return sorted(root.icons_in(panel), key=lambda icon: icon.x)

    def xdotool(self, *arguments: str, timeout: float = 30.0) -> str:
        """Run one xdotool command and return what it prints; fail when it does or takes too long."""
        done = subprocess.run(
            ("xdotool", *arguments),
            env=self._child_env(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if arguments[0] == "search" and "BadWindow" in done.stderr:
            # A window vanished between two of xdotool's questions about the tree: ask anew.
            return self.xdotool(*arguments, timeout=timeout)
        if done.returncode != 0:
            pytest.fail(f"xdotool {' '.join(arguments)}: {done.stderr.strip() or 'found nothing'}")
        return done.stdout.strip()

    def key(self, combination: str) -> None:
        """Press and release keys, for instance ``ctrl+alt+space``."""
        self.xdotool("key", "--clearmodifiers", combination)

    def type(self, text: str) -> None:
        """Type ``text`` where the focus is."""
        self.xdotool("type", "--delay", "5", text)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Click at a place of the screen, in pixels."""
        self.xdotool("mousemove", str(x), str(y), "click", str(button))

    def wait_window(self, name: str, timeout: float = 30.0) -> int:
        """Return the id of a visible window whose title matches ``name``, as soon as there is one."""
        found = self.xdotool("search", "--sync", "--onlyvisible", "--name", name, timeout=timeout)
        return int(found.splitlines()[0])

    def find_window(self, name: str, timeout: float) -> int | None:
        """Return a visible window by its title; ``None`` when none comes in ``timeout`` seconds."""
        command = ("xdotool", "search", "--sync", "--onlyvisible", "--name", name)
        try:
            done = subprocess.run(
                command, env=self._child_env(), capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        return int(done.stdout.split()[0]) if done.stdout.strip() else None

    def focused(self) -> int:
        """Return the id of the window that has the keyboard focus."""
        return int(self.xdotool("getwindowfocus"))

    def screenshot(self, path: Path) -> Path:
        """Write the whole screen to a PNG file, through a Qt process of its own."""
        command = (sys.executable, "-c", _GRAB, str(path))
        subprocess.run(command, env=self._child_env(), check=True, timeout=30)
        return path

    def _child_env(self) -> dict[str, str]:
        return {**os.environ, **self.env}

    def _tray_seen(self, *, present: bool) -> bool:
        with root_of(self.display) as root:
            return root.wait_until(lambda: bool(root.selection_owner(TRAY_SELECTION)) is present, 10.0)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _read_when_ready(pipe: int, what: str, process: subprocess.Popen[bytes]) -> str:
    with os.fdopen(pipe) as ready:
        line = ready.readline().strip()
    if not line:
        pytest.fail(f"{what} did not start (status {process.poll()})")
    return line


def scaled(scale: float) -> str:
    """Return the size of a screen that has as much room at ``scale`` as ours at a scale of one."""
    width, height, depth = map(int, SIZE.split("x"))
    return f"{round(width * scale)}x{round(height * scale)}x{depth}"


def _start_server(stack: ExitStack, size: str) -> str:
    reader, writer = os.pipe()
    command = ("Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp", "-noreset")
    server = subprocess.Popen(
        command, pass_fds=(writer,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writer)
    stack.callback(_end, server)
    return f":{_read_when_ready(reader, 'Xvfb', server)}"


def _start_window_manager(screen: XScreen, stack: ExitStack) -> None:
    reader, writer = os.pipe()
    manager = subprocess.Popen(
        ("openbox", "--sm-disable", "--startup", "echo ready"),
        env={**os.environ, **screen.env},
        stdout=writer,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    stack.callback(_end, manager)
    _read_when_ready(reader, "openbox", manager)


@contextmanager
def real_screen(size: str = SIZE) -> Iterator[XScreen]:
    """Run a screen with a window manager, without a tray host, for as long as the block runs."""
    with ExitStack() as stack:
        screen = XScreen(_start_server(stack, size), stack, size)
        _start_window_manager(screen, stack)
        yield screen


@pytest.fixture
def bare_xscreen(home: Path) -> Iterator[XScreen]:
    """A real screen on which no tray host runs yet (``start_tray`` brings it)."""
    if sys.platform != "linux":
        pytest.skip("an X server is only tested on Linux")
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.fail(f"not installed: {', '.join(missing)}; `make test` installs them")
    (home / "compute-broker" / "welcomed").touch()  # a test of the welcome takes it away
    with real_screen() as screen:
        yield screen


@pytest.fixture
def xscreen(bare_xscreen: XScreen) -> XScreen:
    """A real screen with a window manager and a tray host."""
    bare_xscreen.start_tray()
    return bare_xscreen
