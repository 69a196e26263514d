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
from compute_broker.core.texts import tr
from compute_broker.core.usage import FinishReason
from compute_broker.desktop.ask import words
from compute_broker.desktop.ask.comparing import Comparing
from compute_broker.desktop.ask.layout import AskLayout
from compute_broker.desktop.ask.session import Conversation, Exchange


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

    def __init__(
        self,
        parts: AskLayout,
        talk: Conversation,
        comparing: Comparing,
        retry: Retry,
        go_on: GoOn,
        put_back: Callable[[Exchange], None],
    ) -> None:
        """Show in ``parts`` what ``talk`` hears; a failure offers ``retry``, a cut-off answer ``go_on``.

        ``put_back`` puts a question that failed back into the input.
        """
        self._comparing = comparing
        self._parts = parts
        self._talk = talk
        self._retry = retry
        self._put_back = put_back
        self._go_on = go_on
        self._failover: Failover | None = None
        self._label = ""
        """Who was asked for the latest question; nobody yet while it is empty."""

    def begin(self) -> None:
        """A question was asked."""
        self._failover, self._label = None, ""
        self._parts.trouble.hide()
        self._parts.advice.hide()
        if not self._comparing.on:
            self._parts.show_answer(shown=True)
        self._parts.footer.answering(tr("Deciding"))

    def hear(self, event: AskEvent) -> bool:
        """Show ``event``; return whether it was the last one."""
        self._say(event)
        match event:
            case Attempt():
                self._attempted(event)
            case Delta():
                self._parts.footer.speaking()
            case Failover():
                self._failover = event
            case Checking():
                self._parts.footer.answering(words.checking(event, self._label))
            case Replaced():
                self._label = event.quote.tier.label
            case BudgetWarning():
                self._parts.advice.say(event.text, kind="warn")
            case Finished():
                self._finished(event)
            case Failed():
                self._failed(event)
        return isinstance(event, Finished | Failed)

    def _say(self, event: AskEvent) -> None:
        """Show what belongs to the answer itself, in one column or beside the first."""
        if self._comparing.on:
            self._comparing.hear(event)
        elif isinstance(event, Delta):
            self._parts.view.add_text(event.text)
        elif isinstance(event, Replaced):
            self._parts.view.add_note(words.replaced_line(event))

    def kept(self, exchange: Exchange) -> None:
        """An answer was kept out of two: show its receipt below it again."""
        if exchange.receipt is not None:
            self._parts.footer.finished(exchange.receipt)
        self.announce(tr("{exchange}'s answer kept", exchange=exchange.label))

    def _rival_failed(self, event: Failed) -> None:
        """The better tier gave no answer: the first one stands, as if nothing had been asked."""
        self._comparing.settle()
        last = self._talk.last
        if last is not None and last.receipt is not None:
            self._parts.footer.finished(last.receipt)
        self._parts.trouble.say(event.message, kind="bad")
        self.announce(event.message)

    def stopped(self) -> None:
        """The person stopped the answer; its cost follows."""
        self._parts.view.finish_answer()
        self._parts.footer.stopped("")

    def announce(self, text: str) -> None:
        """Let a screen reader say ``text``."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._parts, text))

    def _attempted(self, event: Attempt) -> None:
        if self._failover is not None and not self._comparing.on:
            self._parts.view.add_note(words.failover_line(self._failover, event.quote))
        self._failover = None
        self._label = event.quote.tier.label
        following = event.following.tier.label if event.following else None
        self._parts.footer.waiting(self._label, following)

    def _finished(self, event: Finished) -> None:
        self._parts.view.finish_answer()
        if self._comparing.on:
            self._parts.footer.clear()
            self.announce(words.spoken(event.receipt))
            return
        if event.receipt.check is not None:
            self._parts.view.add_note(words.checked_line(event.receipt.check))
        ending = words.ending(event.receipt)
        if ending:
            self._parts.advice.say(ending, self._ways_on(event.receipt.finish))
        self._parts.footer.finished(event.receipt)
        self.announce(words.spoken(event.receipt))

    def _ways_on(self, finish: FinishReason) -> list[tuple[str, Callable[[], None]]]:
        """Return the buttons that go on with an answer that is not whole, each with its price."""
        ways: list[tuple[str, bool]] = []
        if finish is FinishReason.LENGTH:
            ways = [(tr("Go on"), False), (tr("Go on with {tier}"), True)]
        elif finish is FinishReason.CUT_OFF:
            ways = [(tr("Go on with {tier}"), True)]
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
        if self._comparing.on:
            self._rival_failed(event)
            return
        self._parts.view.add_note(words.unanswered(asked=bool(self._label)))
        last = self._talk.last
        if last is not None and not self._parts.input.text:
            self._put_back(last)
        actions: list[tuple[str, Callable[[], None]]] = [(tr("Retry"), self._retry)]
        if event.over_budget:
            actions.append((tr("Send anyway once"), lambda: self._retry(override_budget=True)))
        self._parts.trouble.say(event.message, actions, kind="bad")
        self.announce(event.message)
