"""An hour of use in rounds: a prompt, the panel, a tier that flaps, a setting, a search, the usage window.

Used by the bench that measures the loop, and by the test that counts what is left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest

from compute_broker.compose import Services
from compute_broker.config.edits import set_value
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.windows import Windows

PROMPTS = (
    "What is the capital of Peru?",
    "Write a haiku about rain",
    "Find the bug in this binary search",
    "Translate to German: the delivery is two days late",
)
SEARCHES = ("peru", "binary search", "rain", "")
LONG = 20
"""Prompts of one conversation: each takes all before it along."""
MODES = ("thrifty", "balanced", "best")

BREATH = 0.02
"""Seconds between two acts: far less than a person takes, but no one does two things at the same moment."""

Step = Callable[[int], Coroutine[Any, Any, None]]


class Hour:
    """Uses the windows as a person would; ``doing`` names the step under way."""

    def __init__(self, services: Services, windows: Windows) -> None:
        """Use these."""
        self._services, self._windows = services, windows
        self.doing = "start"
        self.steps: dict[str, Step] = {
            "ask": self.ask,
            "panel": self.panel,
            "flap": self.flap,
            "setting": self.setting,
            "page": self.page,
            "search": self.search,
            "usage": self.usage,
        }

    async def round(self, number: int, *names: str) -> None:
        """Take each step once, or those that are named."""
        for name in names or self.steps:
            self.doing = name
            await (self.paste if name == "paste" else self.steps[name])(number)
            await self._breathe()
        self.doing = "rest"

    @staticmethod
    async def _breathe() -> None:
        """Let the moment pass between two acts of a person."""
        await asyncio.sleep(BREATH)

    async def ask(self, number: int) -> None:
        """Type a prompt key by key, send it, and read the answer to its end."""
        window = await self._opened_ask()
        for key in PROMPTS[number % len(PROMPTS)]:
            QTest.keyClicks(window.input, key)
            await asyncio.sleep(0)
        await self._send(window)

    async def paste(self, number: int) -> None:
        """Put a prompt in at once, send it, and read the answer to its end."""
        window = await self._opened_ask()
        if number % LONG == 0:
            window.new_conversation()
        window.input.set_text(PROMPTS[number % len(PROMPTS)])
        await self._send(window)

    async def _opened_ask(self) -> AskWindow:
        self._windows.open_ask()
        await self._windows.settled()
        window = self._windows._ask
        assert window is not None
        await window.settled()
        return window

    @staticmethod
    async def _send(window: AskWindow) -> None:
        QTest.keyClick(window.input, Qt.Key.Key_Return)
        await window.settled()
        window.view.end_answer()
        window.hide_at_once()

    async def panel(self, number: int) -> None:
        """Open the glance panel, walk down, and put it away."""
        self._windows.open_glance(QRect())
        await self._windows.settled()
        panel = self._windows._glance
        assert panel is not None
        await panel.settled()
        QTest.keyClick(panel, Qt.Key.Key_Down)
        await self._breathe()
        panel.put_away()

    async def flap(self, number: int) -> None:
        """Switch a tier off and on again."""
        tier = list(self._services.broker.snapshot.quotes)[-1]
        for on in (False, True):
            await self._services.broker.set_enabled(tier, on)

    async def setting(self, number: int) -> None:
        """Choose another mode, in the settings window now and then."""
        mode = MODES[number % len(MODES)]
        await asyncio.to_thread(self._services.settings.update, set_value("mode", mode))
        await self._breathe()
        if number % 5 == 0:
            self._windows.open_settings()
            await self._windows.settled()
            window = self._windows._settings
            assert window is not None
            await window.settled()
            await self._breathe()
            window.search.setText("price")
            while window.search.looking:
                await self._breathe()
            window.put_away()

    async def page(self, number: int) -> None:
        """Look at another page of the settings, and at the details of a tier."""
        self._windows.open_settings()
        await self._windows.settled()
        window = self._windows._settings
        assert window is not None
        await window.settled()
        await self._breathe()
        window.pages.setCurrentIndex((number + 1) % window.pages.count())
        await window.settled()
        await self._breathe()
        window.pages.setCurrentIndex(0)
        rows = list(window.tiers.tiers.values())
        row = rows[number % len(rows)]
        for _ in range(2):
            await self._breathe()
            row.more.click()
        await window.settled()
        window.put_away()

    async def search(self, number: int) -> None:
        """Look for words in the history."""
        self._windows.open_history()
        await self._windows.settled()
        window = self._windows._history
        assert window is not None
        await self._breathe()
        window.filters.search.setText(SEARCHES[number % len(SEARCHES)])
        await self._breathe()
        await window.settled()
        window.put_away()

    async def usage(self, number: int) -> None:
        """Look at another period, and ask what another mode would have cost."""
        self._windows.open_usage()
        await self._windows.settled()
        window = self._windows._usage
        assert window is not None
        await self._breathe()
        window.tabs.setCurrentIndex(number % window.tabs.count())
        await window.settled()
        window.what_if.slider.setValue(900 + 5 * (number % 20))
        window.ask()
        await window.settled()
        window.put_away()
