"""The settings window as a program of its own, on real services: it says what is written to the settings.

On its input: ``where NAME`` brings the control of that accessible name into sight and says where it is.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtWidgets import QApplication, QWidget
from qasync import QEventLoop

from compute_broker.compose import Services
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.waiting import until


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - what the test reads


async def where(window: SettingsWindow, name: str) -> None:
    """Say where a control is, once it is there and its page has come to rest."""

    def shown() -> list[QWidget]:
        every = [each for each in window.findChildren(QWidget) if each.isVisible()]
        return [each for each in every if each.accessibleName() == name]

    await until(lambda: bool(shown()))  # a click that makes it come may still be under way
    await window.settled()
    (found,) = shown()
    window.tiers.ensureWidgetVisible(found)
    for _ in range(3):
        await asyncio.sleep(0)
    middle = found.mapToGlobal(found.rect().center())
    say("at", middle.x(), middle.y(), found.height())


def told(services: Services) -> str:
    """The order of the tiers, and what is said of the one at OpenRouter."""
    tiers = services.settings.current.tiers
    kimi = next(tier for tier in tiers if tier.id == "kimi")
    plan = kimi.plan and kimi.plan.requests
    return json.dumps({"order": [tier.id for tier in tiers], "only": kimi.hosts.only, "requests": plan})


async def show_settings(app: QApplication) -> None:
    services = Services()
    await services.start(probe=False)
    theme = Theme("light")
    theme.apply()
    window = SettingsWindow(services, theme)
    services.settings.subscribe(lambda: say("settings", told(services)))
    app.focusChanged.connect(
        lambda _old, new: say("focus", new.accessibleName() if new is not None else "none")
    )
    window.open_at_cursor()
    await window.settled()
    loop, asked = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(asked.put_nowait, line.strip().removeprefix("where "))

    threading.Thread(target=read, daemon=True).start()
    say("ready")
    while True:
        await where(window, await asked.get())


def main() -> None:
    app = QApplication([])
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        runner.run(show_settings(app))


if __name__ == "__main__":
    main()
