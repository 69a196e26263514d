"""The quick ask window: type, see who would take it and what it costs, press Enter, read the answer.

Escape hides it at once and nothing typed is ever lost: the draft is kept through the broker, the exchange
stays for ten minutes, and an answer under way goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractSlider, QApplication

from compute_broker.broker.events import AskEvent, AskOptions, Delta
from compute_broker.core.decision import Decision
from compute_broker.core.money import format_usd
from compute_broker.desktop.ask import words
from compute_broker.desktop.ask.commands import offers, steered
from compute_broker.desktop.ask.completer import Completer
from compute_broker.desktop.ask.layout import AskLayout
from compute_broker.desktop.ask.memory import Draft, Recall, lost_question
from compute_broker.desktop.ask.session import Conversation
from compute_broker.desktop.ask.telling import Telling
from compute_broker.desktop.markdown.highlight import warm
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.records import Signal

if TYPE_CHECKING:
    from compute_broker.compose import Services

PREVIEW_MS = 50
KEEP_SECONDS = 600.0
"""How long a hidden exchange stays before the window opens empty."""
BLUR_MS = 250
"""Tiling window managers blur a new window at once: a short grace before hiding on blur."""

_STEP_DOWN = QAbstractSlider.SliderAction.SliderPageStepAdd
_STEP_UP = QAbstractSlider.SliderAction.SliderPageStepSub


class AskWindow(AskLayout):
    """One window for the life of the program; the shell shows it and gives the focus back."""

    hidden_by_person = QtSignal()
    busy_changed = QtSignal()
    """An answer is under way, or no longer: see :attr:`busy`."""
    _settings_moved = QtSignal()

    def __init__(self, services: Services, theme: Theme) -> None:
        """Build the window hidden, and fetch draft and recall as soon as the loop runs."""
        super().__init__(theme)
        self._broker = services.broker
        self._settings = services.settings
        self._tasks = Tasks(self._say_problem)
        self._talk = Conversation(self._broker, self._tasks, self._heard, self._stopped)
        self._telling = Telling(self, self._talk, self.retry, self.go_on)
        self._draft = Draft(self._broker, self._tasks)
        self._recall = Recall(self._broker)
        self._decision: Decision | None = None
        self._hidden_at: float | None = None
        self._preview_timer = QTimer(self, singleShot=True, interval=PREVIEW_MS)
        self._blur_timer = QTimer(self, singleShot=True, interval=BLUR_MS)
        self._connect()
        self._add_shortcuts()
        self._unsubscribe: list[Callable[[], None]] = [
            self._broker.subscribe(self._world_changed),
            # The settings may be written by a worker thread: a signal brings the news to this one.
            self._settings.subscribe(self._settings_moved.emit),
        ]
        self.completer = Completer(self.input, theme, lambda word: offers(word, self._broker.snapshot))
        self._settings_changed()
        self._name_input()
        self._tasks.run(self._wake())

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._talk.running

    # Opening and hiding

    def open_at_cursor(self) -> None:
        """Show the window on the cursor's screen with the caret in the input."""
        self._blur_timer.stop()
        if not self.isVisible():
            if self._hidden_at is not None and time.monotonic() - self._hidden_at > KEEP_SECONDS:
                self._forget_if_done()
            self.update_preview()
            self.fit()
            self.place()
        self.show()
        self.raise_()
        self.activateWindow()
        self.input.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def hide_at_once(self) -> None:
        """Hide as the person wishes; what is typed is kept."""
        self._put_away()
        self.hidden_by_person.emit()

    async def shut(self) -> None:
        """Keep the draft, stop what runs (it is settled), and end: for the program's quit."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        self._preview_timer.stop()
        await self._draft.flush()
        await self._tasks.cancel()

    async def settled(self) -> None:
        """Wait until nothing of this window is under way."""
        await self._tasks.settled()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape hides at once."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide_at_once()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing is hiding."""
        event.ignore()
        self.hide_at_once()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Hide on blur if the person wants that."""
        super().changeEvent(event)
        if event.type() is not QEvent.Type.ActivationChange:
            return
        if self.isActiveWindow():
            self._blur_timer.stop()
        elif self.isVisible() and self._settings.current.desktop.hide_on_blur:
            self._blur_timer.start()

    def bring(self, prompt: str, tier_id: str = "", *, private: bool = False) -> None:
        """Put an earlier prompt into the input; what is typed there can be recalled with the up arrow."""
        typed = self.input.text
        if typed.strip():
            self._recall.add(typed)
        self.input.set_text(f"@{tier_id} {prompt}" if tier_id else prompt)
        if private != self.controls.is_private:
            self.controls.private.setChecked(private)

    # Asking

    def send(self) -> None:
        """Ask what is typed."""
        prompt = self.input.text
        if not prompt.strip() or self._talk.running:
            return
        meant, options = self._steered()
        if self._talk.withholds(private=options.private):
            self.advice.say("What you said in private stays here: it is not passed on with this question.")
        self.trouble.hide()
        self._recall.add(prompt)
        self.input.set_text("")
        self._draft.clear()
        self.view.add_question(meant)
        self._talk.ask(meant, options)
        self._begin()

    def stop(self) -> None:
        """Stop the answer under way."""
        self._talk.stop()

    def retry(self, *, override_budget: bool = False) -> None:
        """Ask the failed question again, once past the budget if the person says so."""
        last = self._talk.last
        if last is None or self._talk.running:
            return
        if self.input.text == last.prompt:
            self.input.set_text("")
            self._draft.clear()
        self._talk.retry(override_budget=override_budget)
        self._begin()

    def ask_better(self) -> None:
        """Ask the next better tier the same question; the price difference stands on the button."""
        decision = None if self._talk.running else self._talk.better()
        if decision is None or decision.quote is None:
            return
        self.view.add_note(f"Asking {decision.quote.tier.label}, a better tier:")
        self._note(Signal.ASKED_BETTER)
        self._talk.ask_better()
        self._begin()

    def go_on(self, *, elsewhere: bool) -> None:
        """Have a cut-off answer gone on with, by another tier when ``elsewhere``."""
        decision = None if self._talk.running else self._talk.continuation(elsewhere=elsewhere)
        if decision is None or decision.quote is None:
            return
        self.view.add_note(f"{decision.quote.tier.label} goes on:")
        self._talk.go_on(elsewhere=elsewhere)
        self._begin()

    def new_conversation(self) -> None:
        """Put the exchange away and begin anew; an answer under way is stopped."""
        self._talk.clear()
        self.view.clear_all()
        self.footer.clear()
        self.trouble.hide()
        self.advice.hide()
        self.show_answer(shown=False)
        self._name_input()
        self.update_preview()
        self.fit()

    def copy_answer(self) -> None:
        """Put the latest answer on the clipboard as Markdown."""
        last = self._talk.last
        if last is not None and last.text:
            QGuiApplication.clipboard().setText(last.text)
            self._telling.announce("Answer copied")
            self._note(Signal.COPIED)

    def rate(self, rating: int | None) -> None:
        """Keep the person's word on the latest answer."""
        last = self._talk.last
        if last is not None and last.request_id:
            self._tasks.run(self._broker.rate(last.request_id, rating))

    def _note(self, signal: Signal) -> None:
        """Let the broker learn from what the person does with the latest answer."""
        last = self._talk.last
        if last is not None and last.receipt is not None:
            self._tasks.run(self._broker.note_signal(last.request_id, signal))

    # What would happen: the line while typing

    def update_preview(self) -> None:
        """Decide what would be done with what is typed; about a millisecond."""
        self._preview_timer.stop()
        prompt = self.input.text
        if not prompt.strip():
            self._decision = None
            self.controls.show_idle(words.idle_line(self._broker.snapshot, self._broker.spend))
        else:
            meant, options = self._steered()
            self._decision = self._broker.preview(meant, self._talk.options(options))
            self.controls.show_decision(self._decision, may_send=not self._talk.running)
        if not self.why.isHidden():
            self._fill_why()

    def show_why(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        """Open or close the table of every tier considered."""
        self.why.setVisible(shown)
        self._fill_why()

    def _fill_why(self) -> None:
        self.why.show_decision(self._decision)
        self.reason.setText(self._decision.reason if self._decision else "")
        self.reason.setVisible(self.controls.line.is_cut and not self.why.isHidden())
        self.fit()

    def _steered(self) -> tuple[str, AskOptions]:
        """Return the prompt that is meant, and how to treat it: the buttons, and words at its start."""
        found = steered(self.input.text, self._broker.snapshot.quotes)
        options = AskOptions(
            mode=found.mode or self.controls.mode,
            tier_id=found.tier_id,
            private=found.private or self.controls.is_private,
        )
        return found.prompt, options

    # What the broker says

    def _heard(self, event: AskEvent) -> None:
        if self._telling.hear(event):
            self._ended()
        elif not isinstance(event, Delta):
            self.fit()

    def _stopped(self) -> None:
        self._telling.stopped()
        last = self._talk.last
        if last is not None and last.request_id:
            self._tasks.run(self._show_stopped_cost(last.request_id))
        self._ended()

    async def _show_stopped_cost(self, request_id: str) -> None:
        rows = await self._broker.history(10)
        cost = next((row.cost for row in rows if row.request_id == request_id), None)
        last = self._talk.last
        if last is not None and last.request_id == request_id and not self._talk.running:
            self.footer.stopped(format_usd(cost))

    def _begin(self) -> None:
        self._tasks.run(asyncio.to_thread(warm))
        self._telling.begin()
        self._name_input()
        self.update_preview()
        self.fit()
        self.busy_changed.emit()

    def _ended(self) -> None:
        self._name_input()
        self.update_preview()
        self.fit()
        self.busy_changed.emit()

    # Memory

    async def _wake(self) -> None:
        """Restore the draft after a crash and fetch earlier prompts."""
        draft = await self._broker.load_draft()
        if draft and not self.input.text and self._talk.last is None:
            self.input.set_text(draft)
        await self._bring_back()
        await self._recall.load()

    async def _bring_back(self) -> None:
        """Put a question that a crash left unanswered back into an empty input."""
        lost = await lost_question(self._broker.ledger)
        if lost is None or self.input.text or self._talk.last:
            return
        self.input.set_text(lost.prompt)
        if lost.private != self.controls.is_private:
            self.controls.private.setChecked(lost.private)
        self.advice.say("The program ended before this was answered. Press Enter to ask again.")
        await self._broker.ledger.dismiss(lost.request_id)
        self.fit()

    def _typed(self) -> None:
        self._preview_timer.start()
        self._draft.changed(self.input.text)

    def _recalled(self, step: int) -> None:
        text = self._recall.step(step, fresh=not self.input.recalling)
        if text is not None:
            self.input.set_text(text, recalled=bool(text))

    def _forget_if_done(self) -> None:
        if not self._talk.running:
            self.new_conversation()

    # The rest of the world

    def _world_changed(self) -> None:
        if self.isVisible() and not self._preview_timer.isActive():
            self.update_preview()

    def _settings_changed(self) -> None:
        self.controls.set_default_mode(self._settings.current.mode)
        self._preview_timer.start()

    def _blurred(self) -> None:
        if not self.isActiveWindow() and QApplication.activePopupWidget() is None:
            self._put_away()

    def _put_away(self) -> None:
        if self._unsubscribe:
            self._tasks.run(self._draft.flush())
        self._hidden_at = time.monotonic()
        self.hide()

    def _ask_about_link(self, target: str) -> None:
        """Show where a link leads before anything opens it."""
        self.advice.say(
            f"Open {target} in your browser?",
            [("Open", lambda: self.open_link(target)), ("Copy address", lambda: _copy(target))],
        )
        self.fit()

    @staticmethod
    def open_link(target: str) -> None:
        """Hand an address to the system's browser."""
        QDesktopServices.openUrl(QUrl(target))

    def _say_problem(self, sentence: str) -> None:
        self.trouble.say(sentence, kind="bad")
        self.fit()

    def _name_input(self) -> None:
        again = self._talk.last is not None
        self.input.setPlaceholderText("Ask a follow-up" if again else "Ask anything")

    def _connect(self) -> None:
        self.input.textChanged.connect(self._typed)
        self.input.sent.connect(self.send)
        self.input.recall.connect(self._recalled)
        self.controls.send.connect(self.send)
        self.controls.changed.connect(self.update_preview)
        self.controls.why.connect(self.show_why)
        self.footer.stop.connect(self.stop)
        self.footer.copy.connect(self.copy_answer)
        self.footer.better.connect(self.ask_better)
        self.footer.new.connect(self.new_conversation)
        self.footer.rated.connect(self.rate)
        self.view.link_chosen.connect(self._ask_about_link)
        self._preview_timer.timeout.connect(self.update_preview)
        self._blur_timer.timeout.connect(self._blurred)
        self._settings_moved.connect(self._settings_changed)

    def _add_shortcuts(self) -> None:
        wanted: dict[str, Callable[[], None]] = {
            "Ctrl+N": self.new_conversation,
            "Ctrl+.": self.stop,
            "Ctrl+Shift+C": self.copy_answer,
            "Ctrl+B": self.ask_better,
            "Ctrl+P": self.controls.private.toggle,
            "Ctrl+Y": self.controls.why_button.toggle,
            "Ctrl+Down": lambda: self.view.verticalScrollBar().triggerAction(_STEP_DOWN),
            "Ctrl+Up": lambda: self.view.verticalScrollBar().triggerAction(_STEP_UP),
        }
        for keys, act in wanted.items():
            QShortcut(QKeySequence(keys), self, act)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
