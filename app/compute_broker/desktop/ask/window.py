"""The quick ask window: type, see who would take it and what it costs, press Enter, read the answer.

Escape hides it at once and nothing typed is ever lost: the draft is kept through the broker, the exchange
stays for ten minutes, and an answer under way goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtCore import Signal as QtSignal

from compute_broker.broker.events import AskEvent, AskOptions, Delta
from compute_broker.broker.reasons import unlikely
from compute_broker.core.attachment import with_texts
from compute_broker.core.decision import Decision
from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.ask import words
from compute_broker.desktop.ask.coming import Coming
from compute_broker.desktop.ask.commands import Steered, offers, steered
from compute_broker.desktop.ask.comparing import Comparing
from compute_broker.desktop.ask.completer import Completer
from compute_broker.desktop.ask.copying import Copying
from compute_broker.desktop.ask.holding import Holding, why_held
from compute_broker.desktop.ask.session import Conversation, Exchange
from compute_broker.desktop.ask.telling import Telling
from compute_broker.desktop.ask.wiring import add_shortcuts, connect
from compute_broker.desktop.loop import own_turn
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.records import Signal

if TYPE_CHECKING:
    from compute_broker.compose import Services

PREVIEW_MS = 50


class AskWindow(Coming):
    """One window for the life of the program; the shell shows it and gives the focus back."""

    busy_changed = QtSignal()
    """An answer is under way, or no longer: see :attr:`busy`."""
    _settings_moved = QtSignal()

    def __init__(self, services: Services, theme: Theme, *, whole: bool = True) -> None:
        """Build the window hidden, and fetch draft and recall as soon as the loop runs."""
        super().__init__(services, theme)
        self._decision: Decision | None = None
        self._warmed: set[ProviderKind] = set()
        """What was loaded while the person typed; see :meth:`_warm_up`."""
        self._unsubscribe: list[Callable[[], None]] = []
        self._preview_timer = QTimer(self, singleShot=True, interval=PREVIEW_MS)
        self._preview_timer.timeout.connect(self.update_preview)
        self._settings_moved.connect(self._settings_changed)
        self.begin(whole=whole)

    def build(self) -> Iterator[None]:
        """Build what is seen, then what it does."""
        yield from super().build()
        self._talk = Conversation(self._broker, self._tasks, self._heard, self._stopped)
        self.comparing = Comparing(self, self._talk, self._kept)
        self._telling = Telling(self, self._talk, self.comparing, self.retry, self.go_on, self._put_back)
        self._holding = Holding(self, lambda: self.send(as_text=True))
        self.copying = Copying(self._talk, self._tasks, self.announce, lambda: self._note(Signal.COPIED))
        connect(self)
        add_shortcuts(self)
        yield
        self.completer = Completer(self.input, self._theme, lambda word: offers(word, self._broker.snapshot))
        yield
        self._unsubscribe = [
            self._broker.subscribe(self._world_changed),
            # The settings may be written by a worker thread: a signal brings the news to this one.
            self._settings.subscribe(self._settings_moved.emit),
        ]
        self._settings_changed()
        self._name_input()
        self._tasks.run(self.remembering.wake(fresh=lambda: self._talk.last is None))

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._talk.running

    # Its end

    async def shut(self) -> None:
        """Keep the draft, stop what runs (it is settled), and end: for the program's quit."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        self._ended = True
        self._preview_timer.stop()
        if self.stands:
            await self.remembering.shut()
        await self._tasks.cancel()

    async def settled(self) -> None:
        """Wait until nothing of this window is under way."""
        await self._tasks.settled()

    # Asking

    def send(self, *, as_text: bool = False) -> None:
        """Ask what is typed, with what is attached; an ``@word`` that names no tier only goes ``as_text``."""
        typed, attached = self.input.text, self.attaching.items
        if self.attaching.reading:
            self._tasks.run(self._send_when_read(as_text=as_text))
            return
        if not (typed.strip() or attached) or self._talk.running or self.input.composing:
            return
        found = self._steered()
        if not as_text and self._holding.holds(found):
            return
        self.comparing.settle()
        meant = found.prompt
        options = replace(self._options(found), again_of=self.again_of(meant))
        withheld = self._talk.withholds(private=options.private)
        self.remembering.recall.add(with_texts(typed, attached))
        self._clear_input()
        self.view.add_question(words.question(meant, attached))
        self._talk.ask(meant, options, typed)
        self._begin()
        if withheld:
            self.say_advice(
                tr("What you said in private stays here: it is not passed on with this question.")
            )

    def stop(self) -> None:
        """Stop the answer under way."""
        self._talk.stop()

    def hurry(self) -> None:
        """Wait no longer for a silent tier."""
        self._talk.hurry()

    def retry(self, *, override_budget: bool = False) -> None:
        """Ask the failed question again, once past the budget if the person says so."""
        last = self._talk.last
        if last is None or self._talk.running:
            return
        if self.input.text == last.typed:
            self._clear_input()
        self.view.add_note(tr("Asked again:"))
        self._talk.retry(override_budget=override_budget)
        self._begin()

    def ask_better(self) -> None:
        """Ask the next better tier the same question; the price difference stands on the button."""
        if self._talk.running or self.comparing.on:
            return
        decision = self._better()
        if decision is None or decision.quote is None:
            self._offer_better(decision)
            if decision is not None:
                self.say_advice(decision.reason)
            return
        self._note(Signal.ASKED_BETTER)
        self._talk.ask_better()
        self.comparing.begin(decision.quote.tier.label)
        self._begin()

    def go_on(self, *, elsewhere: bool) -> None:
        """Have a cut-off answer gone on with, by another tier when ``elsewhere``."""
        decision = None if self._talk.running else self._talk.continuation(elsewhere=elsewhere)
        if decision is None:
            return
        if decision.quote is None:
            self.say_advice(decision.reason)
            return
        self.view.add_note(tr("{tier} goes on:", tier=decision.quote.tier.label))
        self._talk.go_on(elsewhere=elsewhere)
        self._begin()

    def new_conversation(self) -> None:
        """Put the exchange away and begin anew; an answer under way is stopped."""
        self._talk.clear()
        self.comparing.forget()
        if self._view is not None:
            self._view.clear_all()
        self.footer.clear()
        self.trouble.hide()
        self.advice.hide()
        self.show_answer(shown=False)
        self._name_input()
        self.update_preview()
        self.fit()

    def announce(self, text: str) -> None:
        """Let a screen reader say ``text``."""
        self._telling.announce(text)

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

    def _kept(self, exchange: Exchange) -> None:
        """One of two answers was kept: that is a word on it as good as a thumb."""
        self._telling.kept(exchange)
        if exchange.request_id:
            self._tasks.run(self._broker.rate(exchange.request_id, 1))
        self._changed()
        self.input.setFocus(Qt.FocusReason.OtherFocusReason)

    async def _send_when_read(self, *, as_text: bool) -> None:
        """Send once the attachments are there, unless one of them could not be read."""
        count = await self.attaching.read()
        if count == len(self.attaching.items):
            self.send(as_text=as_text)

    def _put_back(self, exchange: Exchange) -> None:
        """Put a question that failed back as it stood, with what came along."""
        self.input.set_text(exchange.typed)
        self.attaching.put(exchange.options.attached)

    def _clear_input(self) -> None:
        self._clear_entry()
        self._draft.clear()

    # What would happen: the line while typing

    def update_preview(self) -> None:
        """Decide what would be done with what is typed; about a millisecond."""
        self._preview_timer.stop()
        found = self._steered()
        self.controls.mirror(private=found.private, mode=found.mode)
        shown = None
        if self.input.text.strip() or self.attaching.items:
            shown = self._broker.preview(found.prompt, self._talk.options(self._options(found)))
        self._decision = None if found.unclear else shown
        self._warm_up()
        self._show_preview(found)
        self._tick(shown, held=bool(found.unclear))
        if self.reasons_shown:
            self._fill_why()
        else:
            self._show_reason()

    def _warm_up(self) -> None:
        """While the person types, load what the tiers that would answer need: the first answer is as quick.

        Never while the window is hidden: a draft that waits costs no memory.
        """
        plan = self._decision.plan if self._decision is not None and self.isVisible() else None
        for quote in plan.tiers if plan is not None else ():
            if quote.tier.provider not in self._warmed:
                self._warmed.add(quote.tier.provider)
                self._tasks.run(self._broker.warm_up(quote))

    def _show_preview(self, found: Steered) -> None:
        may_send = not self._talk.running
        if self._decision is not None:
            self.controls.show_decision(self._decision, may_send=may_send)
        elif found.unclear and self.completer.list.isHidden():
            self.controls.show_refusal(why_held(found), may_send=may_send)
        else:
            self.controls.show_idle(words.idle_line(self._broker.snapshot, self._broker.spend))

    def _tick(self, decision: Decision | None, *, held: bool) -> None:
        """Show what each tier would cost, if the person wants that."""
        shown = decision if self._settings.current.desktop.ticker else None
        if shown is None and self._ticker is None:
            return
        before = self.ticker.isHidden()
        self.ticker.show_decision(shown, held=held)
        if before is not self.ticker.isHidden():
            self.fit()

    def show_why(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        """Open or close the table of every tier considered."""
        self.show_reasons(shown=shown)
        self.widen("why", on=shown)
        self._fill_why()

    def _fill_why(self) -> None:
        if self.reasons_shown:
            self.why.show_decision(self._decision)
        self._show_reason()
        self.fit()

    def _show_reason(self) -> None:
        """Show all of a reason that is cut: where the person asks why, and where it says what to do."""
        decision = self._decision
        warns = decision is not None and (decision.quote is None or unlikely(decision))
        self.reason.setText(decision.reason if decision else self.controls.line.whole)
        held = decision is None and self.controls.refuses
        wanted = self.controls.line.is_cut and (self.reasons_shown or warns or held)
        if wanted is self.reason.isHidden():
            self.reason.setVisible(wanted)
            self.fit_soon()

    def _steered(self) -> Steered:
        """Return what is typed, with the words at its start that steer it told apart."""
        return steered(self.input.text, self._tiers, alone=bool(self.attaching.items))

    def _options(self, found: Steered) -> AskOptions:
        """Return how to treat what is typed: as the buttons say, and the words at its start."""
        return AskOptions(
            mode=found.mode or self.controls.mode,
            tier_id=found.tier_id,
            private=found.private or self.controls.is_private,
            attached=self.attaching.items,
        )

    # What the broker says

    def _heard(self, event: AskEvent) -> None:
        if self._telling.hear(event):
            self._changed()
        elif not isinstance(event, Delta):
            self.fit_soon()

    def _stopped(self) -> None:
        self._telling.stopped()
        last = self._talk.last
        if last is not None and last.request_id:
            self._tasks.run(self._show_stopped_cost(last.request_id))
        self._changed()

    async def _show_stopped_cost(self, request_id: str) -> None:
        rows = await self._broker.history(10)
        cost = next((row.cost for row in rows if row.request_id == request_id), None)
        last = self._talk.last
        if last is None or last.request_id != request_id or self._talk.running:
            return
        if self.comparing.on:
            self.comparing.stopped(cost)
        else:
            self.footer.stopped(format_usd(cost))

    def _begin(self) -> None:
        self._tasks.run(asyncio.to_thread(_warm))
        self._telling.begin()
        self._changed()

    def _changed(self) -> None:
        self._name_input()
        self.update_preview()
        self.fit_soon()
        self._tasks.run(self._look_around_next())
        self.busy_changed.emit()

    def typed(self) -> None:
        """Another key: the preview and the draft follow in a moment."""
        self._preview_timer.start()
        self._holding.let_go()
        self._draft.changed(self.input.text)

    def forget_if_done(self) -> None:
        """Begin anew, unless an answer is under way: it was hidden for long."""
        if not self._talk.running:
            self.new_conversation()

    # The rest of the world

    def _world_changed(self) -> None:
        if not self.isVisible():
            return
        self.look_around()
        if not self._preview_timer.isActive():
            self.update_preview()

    def look_around(self) -> None:
        """Let the offer of a better tier follow what can answer now, and at what price."""
        if self._talk.receipt is not None and not self._talk.running and not self.comparing.on:
            self._offer_better(self._better())

    async def _look_around_next(self) -> None:
        """Look around by itself: to decide what a better tier means takes milliseconds."""
        await own_turn()
        self.look_around()

    def _better(self) -> Decision | None:
        """Return what asking a better tier would mean; ``None`` when there is nothing to be better than."""
        receipt = self._talk.receipt
        known = receipt is not None and receipt.quote.tier.id in self._broker.snapshot.quotes
        return self._talk.better() if known else None

    def _offer_better(self, decision: Decision | None) -> None:
        receipt = self._talk.receipt
        if receipt is not None:
            self.footer.offer_better(decision, receipt.cost)

    def _settings_changed(self) -> None:
        self.controls.set_default_mode(self._settings.current.mode)
        self._preview_timer.start()

    def _name_input(self) -> None:
        again = self._talk.last is not None
        self.input.setPlaceholderText(tr("Ask a follow-up") if again else tr("Ask anything"))


def _warm() -> None:
    from compute_broker.desktop.markdown.highlight import warm  # noqa: PLC0415 - when something is asked

    warm()
