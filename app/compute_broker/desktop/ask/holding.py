"""Keeps back a question whose first word names no tier, or several: nobody is asked in another's place."""

from __future__ import annotations

from collections.abc import Callable

from compute_broker.core.texts import tr
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.ask.commands import Steered
from compute_broker.desktop.ask.layout import AskLayout
from compute_broker.desktop.ask.words import either


class Holding:
    """Says why nothing was sent; what is typed stays where it is."""

    def __init__(self, parts: AskLayout, send_as_text: Callable[[], None]) -> None:
        """Speak in the notice of ``parts``."""
        self._parts = parts
        self._send_as_text = send_as_text
        self._told = False

    def holds(self, found: Steered) -> bool:
        """Return whether it is to be kept back, and say so."""
        if not found.unclear:
            return False
        self._told = True
        self._say(why_held(found), *([] if found.maybe else [(tr("Send as text"), self._send_as_text)]))
        return True

    def let_go(self) -> None:
        """Something else is typed: what was said no longer holds."""
        if self._told:
            self._told = False
            self._parts.advice.hide()
            self._parts.fit()

    def _say(self, sentence: str, *actions: tuple[str, Callable[[], None]]) -> None:
        self._parts.advice.say(sentence, actions, kind="warn")
        announce(self._parts, sentence)
        self._parts.fit()


def why_held(found: Steered) -> str:
    """Return why a question is kept back: its first word names no tier, or several."""
    if found.maybe:
        return tr(
            "{word} may be {tiers}, so nothing is sent: write more of the name.",
            word=found.unclear,
            tiers=either([tier.label for tier in found.maybe]),
        )
    return tr("There is no tier {word}, so nothing is sent.", word=found.unclear)
