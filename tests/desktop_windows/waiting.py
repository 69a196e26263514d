"""Waiting on the event loop for what no event tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import shiboken6

from compute_broker.desktop.settings.window import SettingsWindow


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return as soon as ``condition`` holds; fail after ``seconds``."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what a widget shows has no event of asyncio's
            await asyncio.sleep(0.005)


async def looked(window: SettingsWindow) -> None:
    """Wait until a search has looked at all pages."""
    await until(lambda: not window.search.looking)


def whole(window: SettingsWindow) -> SettingsWindow:
    """Have all pages made, and the price histories, as if a person had looked at them."""
    for at in range(window.pages.count()):
        window.pages.made_at(at)
    for row in window.tiers.tiers.values():
        assert row.prices.history
    return window


class Window(Protocol):
    """What all three windows have."""

    async def shut(self) -> None: ...
    def hide(self) -> None: ...


async def ended(window: Window) -> None:
    """End a window here and now: left to the garbage collector, it might end in a worker thread."""
    await window.shut()
    window.hide()
    shiboken6.delete(window)
