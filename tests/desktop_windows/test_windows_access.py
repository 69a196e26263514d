"""Every control of every window has a name, and can be reached with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.history.window import HistoryWindow
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.trial.window import TrialWindow
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.desktop.welcome.window import WelcomeWindow
from desktop_windows.real import services
from desktop_windows.waiting import ended, whole

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
CONTROLS = (QAbstractButton, QAbstractItemView, QComboBox, QKeySequenceEdit, QLineEdit, QTabBar, QTextEdit)


def ours(window: QWidget) -> list[QWidget]:
    """The controls that we made: not the parts that Qt puts inside of its own."""
    found = []
    for widget in window.findChildren(QWidget):
        inner = widget.parentWidget()
        while inner is not None and not isinstance(inner, (*CONTROLS, QAbstractSlider)):
            inner = inner.parentWidget()
        if isinstance(widget, CONTROLS) and inner is None and not widget.objectName().startswith("qt_"):
            found.append(widget)
    return found


@pytest.mark.parametrize(
    "make", [AskWindow, GlancePanel, UsageWindow, SettingsWindow, TrialWindow, HistoryWindow, WelcomeWindow]
)
def test_every_control_has_a_name_and_takes_the_focus(drive: Drive, theme: Theme, make: Any) -> None:
    async def work() -> None:
        async with services() as running:
            window = make(running, theme)
            window.open_at_cursor()
            await window.settled()
            if isinstance(window, SettingsWindow):
                open_details(whole(window))
            controls = ours(window)
            assert len(controls) >= 5
            nameless = [type(each).__name__ for each in controls if not name_of(each)]
            assert nameless == []
            mouse_only = [
                name_of(each) for each in controls if not each.focusPolicy() & Qt.FocusPolicy.TabFocus
            ]
            assert mouse_only == []
            assert window.accessibleName()
            await ended(window)

    drive(work())


def open_details(window: SettingsWindow) -> None:
    """Have all there that is made only when it is wanted."""
    for row in window.tiers.tiers.values():
        row.unfold()
        for part in row.details.folds.values():
            part.head.click()


def name_of(control: QWidget) -> str:
    named = control.accessibleName()
    return named or (control.text() if isinstance(control, QAbstractButton) else "")


def test_tab_walks_from_the_question_to_every_button(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with services() as running:
            window = AskWindow(running, theme)
            window.open_at_cursor()
            await window.settled()
            window.input.set_text("Anything")
            window.update_preview()
            seen, at = set(), window.input
            for _ in range(300):
                at = at.nextInFocusChain()
                if at.isVisible() and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    seen.add(name_of(at))
            assert {"Question", "Send", "Why this tier", "Mode: balanced"} <= seen
            assert "Private: stays on this machine" in seen
            assert QApplication.focusWidget() in {window.input, None}
            await ended(window)

    drive(work())
