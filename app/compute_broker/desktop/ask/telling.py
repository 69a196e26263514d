"""What the broker says about a question, shown where it belongs: answer, footer, notices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from compute_broker.broker.events import (
    AskEvent,
    Attempt,
    BudgetWarning,
    Checking,
    Delta,
    Failed,
    Failover,
    Finished,
    Replaced,
)
from compute_broker.core.usage import FinishReason
from compute_broker.desktop.ask import words
from compute_broker.desktop.ask.layout import AskLayout
from compute_broker.desktop.ask.session import Conversation


class Retry(Protocol):
    """Asks the failed question again, once past the budget if the person says so."""

    def __call__(self, *, override_budget: bool = False) -> None:
        """Ask."""
        ...


class GoOn(Protocol):
    """Has a cut-off answer gone on with, by another tier if that is wanted."""

    def __call__(self, *, elsewhere: bool) -> None:
        """Go on."""
        ...


class Telling:
    """Shows one event after the other in the window's parts."""

    def __init__(self, parts: AskLayout, talk: Conversation, retry: Retry, go_on: GoOn) -> None:
        """Show in ``parts`` what ``talk`` hears; a failure offers ``retry``, a cut-off answer ``go_on``."""
        self._parts = parts
        self._talk = talk
        self._retry = retry
        self._go_on = go_on
        self._failover: Failover | None = None
        self._label = ""

    def begin(self) -> None:
        """A question was asked."""
        self._failover = None
        self._parts.trouble.hide()
        self._parts.show_answer(shown=True)
        self._parts.footer.answering("Deciding")

    def hear(self, event: AskEvent) -> bool:
        """Show ``event``; return whether it was the last one."""
        match event:
            case Attempt():
                self._attempted(event)
            case Delta():
                self._parts.view.add_text(event.text)
            case Failover():
                self._failover = event
            case Checking():
                self._parts.footer.answering(words.checking(event, self._label))
            case Replaced():
                self._label = event.quote.tier.label
                self._parts.view.add_note(words.replaced_line(event))
            case BudgetWarning():
                self._parts.advice.say(event.text, kind="warn")
            case Finished():
                self._finished(event)
            case Failed():
                self._failed(event)
        return isinstance(event, Finished | Failed)

    def stopped(self) -> None:
        """The person stopped the answer; its cost follows."""
        self._parts.view.finish_answer()
        self._parts.footer.stopped("")

    def announce(self, text: str) -> None:
        """Let a screen reader say ``text``."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._parts, text))

    def _attempted(self, event: Attempt) -> None:
        if self._failover is not None:
            self._parts.view.add_note(words.failover_line(self._failover, event.quote))
            self._failover = None
        self._label = event.quote.tier.label
        self._parts.footer.answering(self._label)

    def _finished(self, event: Finished) -> None:
        self._parts.view.finish_answer()
        if event.receipt.check is not None:
            self._parts.view.add_note(words.checked_line(event.receipt.check))
        ending = words.ending(event.receipt)
        if ending:
            self._parts.advice.say(ending, self._ways_on(event.receipt.finish))
        self._parts.footer.finished(event.receipt, self._talk.better())
        self.announce(words.spoken(event.receipt))

    def _ways_on(self, finish: FinishReason) -> list[tuple[str, Callable[[], None]]]:
        """Return the buttons that go on with an answer that is not whole, each with its price."""
        ways: list[tuple[str, bool]] = []
        if finish is FinishReason.LENGTH:
            ways = [("Go on", False), ("Go on with {tier}", True)]
        elif finish is FinishReason.CUT_OFF:
            ways = [("Go on with {tier}", True)]
        found: list[tuple[str, Callable[[], None]]] = []
        for text, elsewhere in ways:
            decision = self._talk.continuation(elsewhere=elsewhere)
            if decision is not None and decision.quote is not None:
                cost = words.expected(decision.expected_cost)
                label = text.format(tier=decision.quote.tier.label)
                found.append((f"{label} ({cost})", partial(self._go_on, elsewhere=elsewhere)))
        return found

    def _failed(self, event: Failed) -> None:
        """Say why, and put the prompt back, unless the person has begun another."""
        self._parts.view.finish_answer()
        self._parts.footer.clear()
        last = self._talk.last
        if last is not None and not self._parts.input.text:
            self._parts.input.set_text(last.prompt)
        actions: list[tuple[str, Callable[[], None]]] = [("Retry", self._retry)]
        if event.over_budget:
            actions.append(("Send anyway once", lambda: self._retry(override_budget=True)))
        self._parts.trouble.say(event.message, actions, kind="bad")
        self.announce(event.message)
