"""An hour of use leaves nothing behind: as many widgets and objects after it as before."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from compute_broker.desktop.theme import Theme
from compute_broker.desktop.windows import Windows
from desktop_windows.real import services
from desktop_windows.test_ask_real import haiku_at
from doubles.anthropic_api import AnthropicDouble
from support.hour import Hour

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
ASKS, OPENINGS, ROUNDS = 200, 100, 5


def there_is() -> Counter[str]:
    """Every object that hangs in a window, by its kind; what is to be deleted is gone."""
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    tops = [each for each in QApplication.topLevelWidgets() if each.parent() is None]
    return Counter(type(each).__name__ for top in tops for each in [top, *top.findChildren(QObject)])


def test_nothing_is_left_behind_by_asks_openings_and_changes(drive: Drive, theme: Theme) -> None:
    others = there_is()  # what a test that failed holds on to

    async def work() -> None:
        with AnthropicDouble() as double:
            async with services(haiku_at(double.url)) as running:
                running.keys.set("anthropic", "sk-canary", session_only=True)
                await running.look()
                windows = Windows(running, theme)
                hour = Hour(running, windows)
                for number in range(ROUNDS):
                    await hour.round(number)
                before = there_is()
                for number in range(OPENINGS):
                    await hour.round(number, "panel")
                for number in range(ROUNDS, 3 * ROUNDS):
                    await hour.round(number, "flap", "setting", "search", "usage")
                for number in range(ASKS):
                    await hour.round(number, "paste")
                grown = {kind: there_is()[kind] - before[kind] for kind in there_is()}
                assert {kind: more for kind, more in grown.items() if more > 0} == {}
                assert before["AskWindow"] - others["AskWindow"] == 1
                assert before["GlancePanel"] - others["GlancePanel"] == 1
                await windows.close()
                assert there_is()["QWidget"] == others["QWidget"]

    drive(work())
