"""The quick ask window over a scripted broker, opened and ended again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.scripted import ScriptedBroker, scripted_services
from desktop_windows.waiting import ended


@asynccontextmanager
async def opened(broker: ScriptedBroker, theme: Theme, **desktop: Any) -> AsyncIterator[AskWindow]:
    """Open the window, with these settings of ``desktop``."""
    services = scripted_services(broker)
    vars(services.settings.current.desktop).update(desktop)
    window = AskWindow(services, theme)
    window.open_at_cursor()
    await window.settled()
    try:
        yield window
    finally:
        await ended(window)
