"""The window that tries the broker on the person's own prompts: choose, read the price, send, see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent

from compute_broker.core.errors import BrokerError
from compute_broker.core.money import as_spoken, format_usd, nanos_from_usd, usd_from_nanos
from compute_broker.core.texts import counted, figure, tr
from compute_broker.desktop.dates import said
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.trial.layout import CHOOSING, DONE, RUNNING, TrialLayout
from compute_broker.desktop.trial.rating import RatingWindow
from compute_broker.experiment.run.progress import Standing
from compute_broker.experiment.trials import Offer, Sitting, Trials

if TYPE_CHECKING:
    from compute_broker.compose import Services

PRICE_MS = 250
"""Choices that change in quick succession are priced once."""
_AIR = 2
"""The budget that is proposed, over what is expected."""


class TrialWindow(TrialLayout):
    """``busy_changed`` says that an experiment began or ended."""

    busy_changed = Signal()

    def __init__(self, services: Services, theme: Theme, *, whole: bool = True) -> None:
        """Build the window hidden; nothing is read until it is shown."""
        super().__init__(theme)
        self._services = services
        self._broker = services.broker
        self._trials = Trials(
            services.broker,
            lambda: services.settings.current,
            services.home.data / "experiments",
            services.look_again,
        )
        self._offer: Offer | None = None
        self._going_on: Offer | None = None
        self._page: Path | None = None
        self._running: asyncio.Task[Any] | None = None
        self._priced = 0
        self._budget_typed = False
        self._sitting: Sitting | None = None
        self._rating: RatingWindow | None = None
        self._price_timer = QTimer(self, singleShot=True, interval=PRICE_MS)
        self._price_timer.timeout.connect(self._price)
        self.begin(whole=whole)

    def build(self) -> Iterator[None]:
        """Build what is seen, then have it do something."""
        yield from super().build()
        self._show_tiers()
        yield
        self.form.changed.connect(self._choices_changed)
        self.budget_given.connect(self._budget_given)
        self.budget_wrong.connect(self._say)
        self.send.clicked.connect(self._send)
        self.go_on.clicked.connect(self._go_on)
        self.stop.clicked.connect(self._stop)
        self.open_report.clicked.connect(self._open_report)
        self.rate.clicked.connect(self._rate)
        self.again.clicked.connect(self._choose_again)
        self._unsubscribe.append(self._broker.subscribe(self._world_changed))

    @property
    def busy(self) -> bool:
        """Whether an experiment runs."""
        return self._running is not None

    @property
    def rating(self) -> RatingWindow:
        """The window in which the person judges; built when it is first wanted."""
        if self._rating is None:
            self._rating = RatingWindow(self._trials, self._theme, self)
            self._rating.hidden_by_person.connect(self._rating_ended)
        return self._rating

    async def shut(self) -> None:
        """End what runs; an experiment goes on where it stopped when it is started again."""
        self._price_timer.stop()
        if self._rating is not None:
            self._rating.hide()
            await self._rating.shut()
        await super().shut()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Offer the tiers as they are now, and what an earlier time left unfinished."""
        super().showEvent(event)
        if self.stack.currentIndex() == CHOOSING:
            self._world_changed()
            self._price_timer.start()
            self._tasks.run(self._look_for_begun())

    # Choosing

    def _world_changed(self) -> None:
        if self.isVisible() and self.stack.currentIndex() == CHOOSING:
            self._show_tiers()

    def _show_tiers(self) -> None:
        self.form.show_tiers(self._broker.snapshot, self._services.settings.current.baseline)

    def _choices_changed(self) -> None:
        self.send.setEnabled(False)
        self._offer = None
        self._price_timer.start()

    def _price(self) -> None:
        self._priced += 1
        self._tasks.run(self._tell_price(self._priced))

    async def _tell_price(self, number: int) -> None:
        """Show what the choices would cost, unless they have changed meanwhile."""
        try:
            offer = await self._trials.offer(self.form.choices)
        except BrokerError as error:
            if number == self._priced:
                self.say_price(str(error), bad=True)
            return
        if number != self._priced:
            return
        self._offer = offer
        if not self._budget_typed:
            self.budget.show_amount(_proposal(offer.price.expected))
        self._show_price(offer)

    def _show_price(self, offer: Offer) -> None:
        count, wanted = len(offer.setup.items), self.form.choices.prompts
        there = count + offer.setup.private_left_out
        lines = offer.lines(self._budget)
        if there < wanted:
            few = counted(
                "Your history has {count} different prompt; the same ones count once.",
                "Your history has {count} different prompts; the same ones count once.",
                there,
            )
            lines.insert(0, few)
        self.say_price("\n".join(lines))
        expected = format_usd(round(offer.price.expected))
        self.send.setText(
            counted(
                "Send {count} prompt, about {expected}",
                "Send {count} prompts, about {expected}",
                count,
                expected=expected,
            )
        )
        self.send.setEnabled(True)

    @property
    def _budget(self) -> int | None:
        amount = self.budget.amount
        return None if amount is None else nanos_from_usd(amount)

    def _budget_given(self, amount: Decimal) -> None:
        self._budget_typed = True
        self.budget.setText(figure(f"{amount:f}"))
        self.verdict.say("")
        if self._offer is not None:
            self._show_price(self._offer)

    async def _look_for_begun(self) -> None:
        begun = await self._trials.begun()
        self._going_on = begun
        self.go_on.setVisible(begun is not None)
        if begun is not None:
            when, count = begun.setup.made.astimezone(), len(begun.setup.items)
            likely = format_usd(round(begun.price.expected))
            most = _proposal(begun.price.expected)
            self.go_on.setText(
                tr(
                    "Go on with {count} prompts of {when}, about {likely}, at most {most}",
                    count=count,
                    when=said(when, tr("d MMM")),
                    likely=likely,
                    most=as_spoken(f"${most}"),
                )
            )
            self.go_on.setToolTip("\n".join(begun.lines(None)))

    # Running

    def _send(self) -> None:
        budget = self._budget
        if self._offer is not None and budget is not None:
            self._start(self._offer, budget)

    def _go_on(self) -> None:
        """Go on with what was begun; the budget is over all its starts."""
        begun = self._going_on
        if begun is not None:
            self._start(begun, begun.spent + nanos_from_usd(_proposal(begun.price.expected)))

    def _start(self, offer: Offer, budget: int) -> None:
        if self._running is not None:
            return
        self.stack.setCurrentIndex(RUNNING)
        self.bar.setRange(0, 0)
        self.standing.setText(tr("Beginning…"))
        self.stop.setEnabled(True)
        self.verdict.say("")
        self._running = self._tasks.run(self._run(offer, budget))
        self._running.add_done_callback(lambda _: self._ended(offer))
        self.busy_changed.emit()

    async def _run(self, offer: Offer, budget: int) -> None:
        ended = await self._trials.run(offer, budget, self._stand)
        self._offer = offer
        for sentence in (ended.stopped, *ended.out):
            if sentence:
                self.verdict.say(sentence)
                break

    def _stand(self, standing: Standing) -> None:
        self.bar.setRange(0, max(1, standing.total))
        self.bar.setValue(standing.done)
        self.standing.setText(standing.line)

    def _stop(self) -> None:
        """Stop sending; what was answered is kept and reported."""
        self.stop.setEnabled(False)
        if self._running is not None:
            self._running.cancel()

    def _ended(self, offer: Offer) -> None:
        self._running = None
        self.busy_changed.emit()
        if self._unsubscribe:
            self._tasks.run(self._report(offer))

    async def _report(self, offer: Offer) -> None:
        """Show what there is, or go back where there is nothing."""
        if not offer.exists():
            self._choose_again()
            return
        self.standing.setText(tr("Reckoning…"))
        self.bar.setRange(0, 0)
        try:
            self._page, report = await self._trials.report(offer.folder)
            self._sitting = await self._trials.sitting(offer.folder)
            self._going_on = await self._trials.begun()
        except BaseException:
            self._choose_again()
            raise
        self.outcome.show_report(report)
        self._show_rating()
        self.stack.setCurrentIndex(DONE)

    # Afterwards

    def _show_rating(self) -> None:
        count = len(self._sitting.pairs) if self._sitting else 0
        self.rate.setText(
            counted("Rate {count} pair blindly…", "Rate {count} pairs blindly…", count)
            if count
            else tr("Nothing to rate")
        )
        self.rate.setEnabled(bool(count))

    def _open_report(self) -> None:
        if self._page is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._page)))

    def _rate(self) -> None:
        if self._sitting is not None:
            self.rating.begin(self._sitting)
            self.rating.open_at_cursor()

    def _rating_ended(self) -> None:
        if self.rating.said and self._sitting is not None and self._unsubscribe:
            self._tasks.run(self._report_again(self._sitting.folder))

    async def _report_again(self, folder: Path) -> None:
        self._page, report = await self._trials.report(folder)
        self._sitting = await self._trials.sitting(folder)
        self.outcome.show_report(report)
        self._show_rating()

    def _choose_again(self) -> None:
        self.stack.setCurrentIndex(CHOOSING)
        self._world_changed()
        self._choices_changed()
        self._tasks.run(self._look_for_begun())

    def _say(self, sentence: str) -> None:
        self.verdict.say(sentence)


def _proposal(expected: float) -> Decimal:
    """Return dollars with air over what is expected, in whole cents."""
    return max(
        Decimal("0.05"), (usd_from_nanos(round(expected * _AIR))).quantize(Decimal("0.01"), rounding=ROUND_UP)
    )
