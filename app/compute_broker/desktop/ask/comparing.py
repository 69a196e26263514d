"""A better tier's answer beside the first one: how it begins, what is shown, what keeping one does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from compute_broker.broker.events import AskEvent, Attempt, Delta, Finished, Replaced
from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.desktop.ask.layout import AskLayout
from compute_broker.desktop.ask.session import Conversation, Exchange

if TYPE_CHECKING:
    from compute_broker.desktop.ask.beside import Beside


class Comparing:
    """Owns the two columns, which are built when they are first wanted."""

    def __init__(self, parts: AskLayout, talk: Conversation, done: Callable[[Exchange], None]) -> None:
        """``done`` is called with the exchange that was kept by the person's choice."""
        self._parts = parts
        self._talk = talk
        self._done = done
        self._copied: Callable[[Exchange], None] = lambda _exchange: None

    @property
    def on(self) -> bool:
        """Whether two answers are shown."""
        beside = self._parts.beside
        return beside is not None and not beside.isHidden()

    def begin(self, label: str) -> None:
        """Show the first answer, and room for ``label``'s: right after the conversation has asked it."""
        first = self._talk.rival
        if first is None:
            return
        beside = self._beside()
        beside.first.begin(first.label, first.text)
        if first.receipt is not None:
            beside.first.finished(first.receipt)
        beside.second.begin(label)
        beside.second.keep.setEnabled(False)
        self._parts.compare(shown=True)

    def hear(self, event: AskEvent) -> None:
        """Show what the better tier says."""
        second = self._beside().second
        match event:
            case Attempt():
                second.named(event.quote.tier.label)
            case Delta():
                second.add(event.text)
            case Replaced():
                second.restart(event.quote.tier.label)
            case Finished():
                first = self._talk.rival.receipt if self._talk.rival else None
                second.finished(event.receipt, first.cost if first else None)
                second.keep.setEnabled(True)
            case _:
                return

    def stopped(self, cost: int | None) -> None:
        """The person stopped the better tier; what it said can still be kept."""
        second = self._beside().second
        second.view.finish_answer()
        second.about.setText(
            tr("{amount} · stopped", amount=format_usd(cost)) if cost is not None else tr("stopped")
        )
        second.keep.setEnabled(bool(second.text))

    def keep(self, first: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        """Go back to one column with the answer that the person keeps."""
        if not self.on:
            return
        self._end(first=first)
        last = self._talk.last
        if last is not None:
            self._done(last)

    def settle(self) -> None:
        """Go back to one column without a choice: the better tier's answer stands where there is one."""
        if self.on:
            last = self._talk.last
            self._end(first=last is None or not last.text)

    def forget(self) -> None:
        """Put both away: a new conversation begins."""
        self._talk.rival = None
        self._parts.compare(shown=False)

    def _end(self, *, first: bool) -> None:
        other = self._talk.last
        if first:
            self._talk.keep_rival()
            if other is not None and other.label:
                self._parts.view.add_note(
                    tr("{other} was asked too; this answer was kept.", other=other.label)
                )
        elif other is not None:
            self._talk.rival = None
            self._parts.view.add_note(tr("{other}, a better tier:", other=other.label))
            self._parts.view.add_text(other.text)
            self._parts.view.finish_answer()
        self._parts.compare(shown=False)

    def _beside(self) -> Beside:
        beside = self._parts.beside
        if beside is None:
            beside = self._parts.build_beside()
            beside.kept.connect(self.keep)
        return beside
