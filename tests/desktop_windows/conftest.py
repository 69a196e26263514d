"""The windows on Qt's own loop: each test's coroutine runs as the program's would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from compute_broker.desktop.app import make_loop
from compute_broker.desktop.theme import Theme
from desktop_windows.scripted import ScriptedBroker

Drive = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def drive(qapp: QApplication) -> Drive:
    """Run a coroutine on the loop that the desktop uses, and return what it returns."""

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=lambda: make_loop(qapp)) as runner:
            return runner.run(work)

    return run


@pytest.fixture
def broker() -> ScriptedBroker:
    """A broker that does as the test says."""
    return ScriptedBroker()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The light theme, applied."""
    theme = Theme("light")
    theme.apply()
    return theme
