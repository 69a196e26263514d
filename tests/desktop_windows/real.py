"""The real services, as the program makes them, for the windows under test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QTextEdit, QWidget

from compute_broker.compose import Services


@asynccontextmanager
async def services(change: Callable[[Any], None] | None = None) -> AsyncIterator[Services]:
    """Start services whose settings were changed beforehand; close them whatever happens."""
    if change is not None:
        Services().settings.update(change)
    running = Services()
    await running.start(probe=False)
    try:
        yield running
    finally:
        await running.close()


def only(*tier_ids: str) -> Callable[[Any], None]:
    """Return a change that leaves just these tiers in the settings."""

    def change(document: Any) -> None:
        for block in [block for block in document["tiers"] if block["id"] not in tier_ids]:
            document["tiers"].remove(block)

    return change


def texts(window: QWidget) -> list[str]:
    """Return everything that a window says anywhere: texts, tooltips, names, descriptions."""
    said: list[str] = []
    for widget in [window, *window.findChildren(QWidget)]:
        said += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        said += [widget.whatsThis(), widget.statusTip(), widget.windowTitle()]
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            said.append(widget.text())
        elif isinstance(widget, QTextEdit):
            said.append(widget.toPlainText())
        elif isinstance(widget, QComboBox):
            said += [widget.itemText(index) for index in range(widget.count())]
    return said
