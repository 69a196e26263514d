"""The quick ask window as a program of its own, on a scripted broker: what happens in it goes to its output.

With ``source FILE``: a window to drag FILE from instead; with ``clip FILE``: one that owns the clipboard with
the pixels of FILE.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel
from qasync import QEventLoop

from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.scripted import ScriptedBroker, scripted_services


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - what the test reads


class Told(ScriptedBroker):
    """Says what it is asked."""

    async def ask(self, prompt, options=None):
        say("asked", prompt.strip() or "nothing", [each.name for each in options.attached])
        async for event in super().ask(prompt, options):
            yield event


class Source(QLabel):
    """Drags a file away when it is pressed."""

    def __init__(self, path: str) -> None:
        super().__init__("drag me")
        self._path = path
        self.setWindowTitle("drag source")
        self.resize(200, 120)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(self._path)])
        drag = QDrag(self)
        drag.setMimeData(mime)
        say("dragging")
        say("dropped", drag.exec(Qt.DropAction.CopyAction).name)


class DragWatch(QObject):
    """Says when a drag is over the window and would be taken."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.DragMove:
            say("drag over", event.isAccepted())
        return super().eventFilter(watched, event)


async def show_ask(app: QApplication) -> None:
    theme = Theme("light")
    theme.apply()
    window = AskWindow(scripted_services(Told()), theme)
    window.attaching.changed.connect(lambda: say("chips", window.chips.names))
    window.attaching.refused.connect(lambda text: say("refused", text))
    window.input.textChanged.connect(lambda: say("text", repr(window.input.text)))
    window.footer.rated.connect(lambda rating: say("rated", rating))
    app.focusChanged.connect(
        lambda _old, new: say("focus", new.accessibleName() if new is not None else "none")
    )
    watch = DragWatch()
    app.installEventFilter(watch)
    window.open_at_cursor()
    await window.settled()
    say("ready", window.x(), window.y(), window.width(), window.height())
    await asyncio.Event().wait()


def main() -> None:
    app = QApplication([])
    if sys.argv[1:2] == ["source"]:
        source = Source(sys.argv[2])
        source.show()
        source.move(40, 600)
        sys.exit(app.exec())
    if sys.argv[1:2] == ["clip"]:
        QGuiApplication.clipboard().setImage(QImage(sys.argv[2]))
        holder = QLabel("clipboard")
        holder.setWindowTitle("clipboard owner")
        holder.show()
        say("owned")
        sys.exit(app.exec())
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        runner.run(show_ask(app))


if __name__ == "__main__":
    main()
