"""What leads where in the quick ask window: signals, keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractSlider

from compute_broker.desktop.ask.links import ask_about_link
from compute_broker.desktop.ask.more import KEYS, OPEN_KEY

if TYPE_CHECKING:
    from compute_broker.desktop.ask.window import AskWindow

_STEP_DOWN = QAbstractSlider.SliderAction.SliderPageStepAdd
_STEP_UP = QAbstractSlider.SliderAction.SliderPageStepSub


def connect(window: AskWindow) -> None:
    """Let the parts of ``window`` tell it what the person wants."""
    window.input.textChanged.connect(window.typed)
    window.input.sent.connect(window.send)
    window.input.recall.connect(window.remembering.step)
    window.tier_wanted.connect(window.force_tier)
    window.controls.send.connect(window.send)
    window.controls.changed.connect(window.update_preview)
    window.controls.why.connect(window.show_why)
    window.footer.stop.connect(window.stop)
    window.footer.instead.connect(window.hurry)
    window.footer.fallen_silent.connect(window.announce)
    window.footer.copy.connect(window.copying.as_markdown)
    window.footer.copy_menu_wanted.connect(window.copying.fill)
    window.footer.better.connect(window.ask_better)
    window.footer.new.connect(window.new_conversation)
    window.footer.rated.connect(window.rate)
    window.link_chosen.connect(partial(ask_about_link, window))
    window.code_copied.connect(window.copying.code)


def add_shortcuts(window: AskWindow) -> None:
    """Give ``window`` its keys."""
    wanted: dict[str, Callable[[], object]] = {
        "Ctrl+N": window.new_conversation,
        "Ctrl+.": window.stop,
        "Ctrl+I": window.hurry,
        "Ctrl+O": window.choose_files,
        "Ctrl+Shift+C": window.copying.as_markdown,
        "Ctrl+Alt+C": window.copying.as_text,
        "Ctrl+B": window.ask_better,
        "Ctrl+P": window.controls.private.toggle,
        "Ctrl+Y": window.controls.why_button.toggle,
        "Ctrl+1": lambda: window.comparing.keep(first=True),
        "Ctrl+2": lambda: window.comparing.keep(first=False),
        "Ctrl+Down": lambda: window.view.verticalScrollBar().triggerAction(_STEP_DOWN),
        "Ctrl+Up": lambda: window.view.verticalScrollBar().triggerAction(_STEP_UP),
    }
    more = window.controls.more
    wanted[OPEN_KEY] = more.open
    for name, keys in KEYS.items():
        wanted[keys] = partial(more.wanted.emit, name)
    for keys, act in wanted.items():
        QShortcut(QKeySequence(keys), window, act)
