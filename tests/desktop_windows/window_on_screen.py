"""History, usage or another window as a program of its own, on the real services of the test's home.

What happens goes to its output: where the focus is, what is on the clipboard. A line ``where NAME`` on its
input is answered with the middle of that control, in the screen's pixels; a line ``listed`` with the prompts
in the history's list; a line ``frame`` with the left, upper, right and lower end of the window's frame.

With ``guess PIXELS`` it takes that many for the height of title bars until it sees one.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QMargins, QPoint
from PySide6.QtWidgets import QApplication, QWidget
from qasync import QEventLoop

from compute_broker.compose import Services
from compute_broker.desktop import frames
from compute_broker.desktop.app import make_application
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.windows import Windows


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - what the test reads


def tell_where(name: str) -> None:
    """Say where the middle of the visible control of that name is."""
    for widget in QApplication.allWidgets():
        if widget.isVisible() and widget.accessibleName() == name:
            middle = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
            say("at", middle.x(), middle.y())
            return
    say("nowhere", name)


def answer(line: str, windows: Windows) -> None:
    """Answer one line of the input."""
    if line.startswith("where "):
        tell_where(line.removeprefix("where "))
        return
    if line == "frame":
        tell_frame(windows)
        return
    window = windows._history
    assert window is not None
    say("listed", [entry.prompt for entry in window.model.rows])


def tell_frame(windows: Windows) -> None:
    """Say where the frame of the window is."""
    handle = next(window.windowHandle() for window in windows._all() if window.isVisible())
    frame = handle.frameGeometry()
    titled = "titled" if handle.frameMargins().top() else "bare"
    say(titled, frame.left(), frame.top(), frame.right() + 1, frame.bottom() + 1)


def tell_clipboard(app: QApplication) -> None:
    mime = app.clipboard().mimeData()
    if mime.hasImage():
        image = app.clipboard().image()
        say("clipboard image", image.width(), image.height())
    else:
        say("clipboard text", repr(mime.text()))


async def show(which: str, app: QApplication) -> None:
    theme = Theme("light")
    theme.apply()
    services = Services()
    await services.start(probe=False)
    windows = Windows(services, theme)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, done.set)
    loop.add_reader(sys.stdin, lambda: answer(sys.stdin.readline().rstrip("\n"), windows))
    app.focusChanged.connect(
        lambda _old, new: say("focus", new.accessibleName() if isinstance(new, QWidget) else "nothing")
    )
    app.clipboard().dataChanged.connect(lambda: tell_clipboard(app))
    if sys.argv[2:3] == ["guess"]:
        frames.USUAL = QMargins(0, int(sys.argv[3]), 0, 0)
    windows.open(which)
    await windows.settled()
    usage = windows._usage
    if usage is not None:
        usage.what_if.changed.connect(lambda: say("asked", usage.what_if.slider.value()))
    say("ready")
    await done.wait()
    loop.remove_reader(sys.stdin)
    await windows.close()
    await services.close()


def main() -> None:
    app = make_application()
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        runner.run(show(sys.argv[1], app))


if __name__ == "__main__":
    main()
