"""A language that no one speaks, to find the texts that cannot be translated: run as a program of its own.

Every text that went through ``tr`` has accents on its letters; what is left in plain letters did not. Opens
every window on real services and prints, as JSON, the plain words each of them shows.

    python -m support.pseudo_language [--from-the-right]

From the right, the windows are turned round, and what is printed are labels left where Qt puts them
by their text: a name in Latin letters would stand on the left of a window that begins on the right.
"""

from __future__ import annotations

import asyncio
import gettext
import json
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from compute_broker.core import texts

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_ACCENTS = str.maketrans(
    "aceilnorsuyzACEILNORSUYZbdghjkmptvwxBDGHJKMPTVWXfqFQ",
    "áćéíĺńóŕśúýźÁĆÉÍĹŃÓŔŚÚÝŹƀđǥħĵķɱƥŧṽŵẋƁĐǤĦĴĶṀƤŦṼŴẊƒʠƑɊ",
)
_FIELD = re.compile(r"(\{[^{}]*\})")
_WORD = re.compile(r"[A-Za-z]{3,}")


class Pseudo(gettext.NullTranslations):
    """Puts accents on everything but the names in braces."""

    def gettext(self, message: str) -> str:
        """Return ``message`` as this language has it."""
        parts = _FIELD.split(message)
        return "".join(part if part.startswith("{") else part.translate(_ACCENTS) for part in parts)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for ``n``."""
        return self.gettext(msgid1 if n == 1 else msgid2)


texts.use(Pseudo())  # before any other module of ours looks a text up


def plain_words(said: Iterable[str], data: Iterable[str]) -> dict[str, str]:
    """Return the words in plain letters that are none of ``data``, each with a text that has it."""
    known = {word.lower() for text in data for word in _WORD.findall(text)}
    said = [text.replace(MODEL_NAMES, "") for text in said]
    return {
        word: text
        for text in said
        for word in _WORD.findall(re.sub(r"\S*[/\\]\S*", " ", text))
        if word.lower() not in known
    }


def astray(window: QWidget) -> dict[str, str]:
    """Return the labels of ``window`` that do not say themselves on which side they stand, by their names."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QLabel

    placed = Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignHCenter
    labels = [each for each in window.findChildren(QLabel) if not each.alignment() & placed]
    return {each.accessibleName() or each.objectName() or type(each).__name__: each.text() for each in labels}


async def _all_windows() -> dict[str, dict[str, str]]:
    from compute_broker.desktop.ask.window import AskWindow
    from compute_broker.desktop.glance.panel import GlancePanel
    from compute_broker.desktop.history.window import HistoryWindow
    from compute_broker.desktop.menu import TrayMenu
    from compute_broker.desktop.settings.window import SettingsWindow
    from compute_broker.desktop.theme import Theme
    from compute_broker.desktop.trial.window import TrialWindow
    from compute_broker.desktop.usage.window import UsageWindow
    from compute_broker.desktop.welcome.window import WelcomeWindow
    from desktop_windows.real import services
    from desktop_windows.real import texts as said_by
    from desktop_windows.waiting import ended, whole

    found = {}
    theme = Theme("light")
    theme.apply()
    async with services() as running:
        tiers = running.settings.current.tiers
        data = [running.home.settings.name, running.settings.current.desktop.hotkey, DATA]
        data += [word for tier in tiers for word in (tier.id, tier.label, tier.model, tier.address)]
        for make in (
            AskWindow,
            GlancePanel,
            UsageWindow,
            SettingsWindow,
            TrialWindow,
            HistoryWindow,
            WelcomeWindow,
        ):
            window = make(running, theme)
            window.open_at_cursor()
            await window.settled()
            if make is AskWindow:
                window.input.set_text("Hello")
                window.update_preview()
                window.controls.why_button.click()
            if make is SettingsWindow:
                whole(window)
            said = [text for text in said_by(window) if text not in {"Hello", *QTS_OWN}]
            found[make.__name__] = astray(window) if FROM_THE_RIGHT else plain_words(said, data)
            await ended(window)
        menu = TrayMenu()
        menu.show_state(running.broker.snapshot, running.broker.spend)
        actions = menu.actions()
        found["TrayMenu"] = plain_words([each.text() for each in actions], data)
        menu.deleteLater()
    return found


FROM_THE_RIGHT = "--from-the-right" in sys.argv[1:]
DATA = (
    "Compute Broker Ctrl Alt Space Shift LM Studio Ollama llama-server vLLM OpenAI-compatible Anthropic"
    " OpenRouter CSV JSON USD kWh Up Down English Deutsch"
    " auto"
)
"""Names and signs that are the same in every language."""
MODEL_NAMES = "thrifty, balanced, best"
"""What programs write for a mode: that, and not these words elsewhere, is the same in every language."""
QTS_OWN = {"Scroll Left", "Scroll Right"}
"""Texts of Qt's, which its own catalogs translate."""


def main() -> int:
    """Print what was found."""
    from PySide6.QtCore import Qt
    from qasync import QEventLoop

    from compute_broker.desktop.app import make_application

    app = make_application()
    if FROM_THE_RIGHT:
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        json.dump(runner.run(_all_windows()), sys.stdout, ensure_ascii=False, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
