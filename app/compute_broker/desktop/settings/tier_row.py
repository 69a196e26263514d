"""One tier: its switch, its state in words, its price, and for a server its address with a real test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from compute_broker.broker.price_words import short_origin
from compute_broker.config.edits import set_tier_value
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.errors import BrokerError
from compute_broker.core.money import format_rate
from compute_broker.core.names import named
from compute_broker.core.quote import Quote
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.building import dressed, in_turns, painted_later
from compute_broker.desktop.elided_check import ElidedCheck
from compute_broker.desktop.glance.words import price
from compute_broker.desktop.menu_words import tier_hint
from compute_broker.desktop.settings.grip import Grip
from compute_broker.desktop.settings.lines import Fits
from compute_broker.desktop.settings.rows import Tucked, Verdict, described, push_button, text_label, tried
from compute_broker.desktop.settings.tier_details import TierDetails, words_of
from compute_broker.desktop.settings.tier_menu import TierMenu
from compute_broker.desktop.settings.tier_prices import TierPrices
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.standing_words import since_text, standing_lines
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import M, S, Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services

SERVERS = {
    ProviderKind.LMSTUDIO: "LM Studio",
    ProviderKind.OLLAMA: "Ollama",
    ProviderKind.LLAMA_SERVER: "llama-server",
    ProviderKind.VLLM: "vLLM",
    ProviderKind.OPENAI: "OpenAI-compatible",
}
"""Providers whose address is the person's to say."""


_INDENT = 26
"""Pixels from a check box to its words."""


class TierRow(QWidget, Tucked):
    """``remove`` asks for the tier to be taken out; the window asks back first."""

    remove = Signal(str)
    move_wanted = Signal(str, int)
    """A tier and the places it shall go down, or up when below zero."""

    def __init__(
        self, services: Services, tasks: Tasks, writer: Writer, tier: TierSettings, theme: Theme
    ) -> None:
        """Build the row; :meth:`show_quote` fills in what changes."""
        super().__init__()
        self._services, self._tasks, self._writer = services, tasks, writer
        self.tier = tier
        self._label = tier.label or tier.id
        self.setAccessibleName(self._label)
        self.switch = ElidedCheck(self._label, widest=420)
        self.switch.setAccessibleName(tr("{label}, on or off", label=self._label))
        described(self.switch, "tiers.enabled")
        self.grip = Grip(theme, self._label)
        self.state = text_label("", tr("{label}, state", label=self._label), kind="muted")
        self.verdict = Verdict(tr("{label}, result", label=self._label))
        self.address = QLineEdit(tier.address)
        self.address.setAccessibleName(tr("{label}, address", label=self._label))
        described(self.address, "tiers.base_url")
        self.test = push_button(tr("Test"), tr("Test {label}", label=self._label))
        self.used = QLineEdit()
        self.used.setAccessibleName(
            tr("{label}, used of this window by the provider's page", label=self._label)
        )
        self.used.setPlaceholderText(tr("Used by now in all, as its own page says: 40 %"))
        self.enter = push_button(
            tr("Enter"), tr("Enter what was used of the plan of {label}", label=self._label)
        )
        self.prices = TierPrices(services, tasks, theme, tier.id, self._label)
        self.more = push_button(tr("Details"), tr("Details of {label}", label=self._label))
        self.more.setCheckable(True)
        removable = tier.provider is not ProviderKind.BUILTIN
        self.menu = TierMenu(theme, self._label, removable=removable)
        self._theme = theme
        self._details: TierDetails | None = None
        self._arrange()
        self.menu.move_wanted.connect(lambda places: self.move_wanted.emit(tier.id, places))
        self.menu.removal_wanted.connect(lambda: self.remove.emit(tier.id))
        self.more.toggled.connect(self._fold_turned)
        for control in (self.switch, self.prices.toggle, self.more, self.menu):
            control.installEventFilter(self)
        self.switch.toggled.connect(self._switched)
        self.address.editingFinished.connect(self._moved)
        self.test.clicked.connect(lambda: self._tasks.run(self._try()))
        self.used.returnPressed.connect(self.enter.click)
        self.enter.clicked.connect(lambda: self._tasks.run(self._enter()))

    @property
    def details(self) -> TierDetails:
        """What may be said of the tier: made when it is first wanted, since of a dozen few are opened."""
        details = self._details or self._begin_details()
        for _ in details.parts:
            pass
        return details

    def _begin_details(self) -> TierDetails:
        details = self._details = TierDetails(
            self._theme, self.tier, lambda change, answer: self._writer.apply(change, answer, look=True)
        )
        details.hide()
        self._column.insertWidget(self._column.indexOf(self.verdict), details)
        return details

    async def _open_details(self) -> None:
        """Build the details in turns, and show them if they are still wanted then."""
        details = self._details or self._begin_details()
        await in_turns(details.parts)
        await in_turns(dressed(details))
        self._turn(details, on=self.more.isChecked())

    def _turn(self, details: TierDetails, *, on: bool) -> None:
        """Show the details or not: the rows below move, which is laid out in one turn, painted in another."""
        self._tasks.run(painted_later(self.parentWidget() or self))
        details.setVisible(on)

    def tucked_words(self) -> Iterator[str]:
        """Yield the words of the details, while they are not made."""
        if self._details is None or not self._details.stands:
            yield from words_of(self.tier)

    @property
    def is_server(self) -> bool:
        """Whether it has an address that the person may change."""
        return self.tier.provider in SERVERS

    def show_tier(self, tier: TierSettings) -> None:
        """Show the settings in force."""
        self.tier = tier
        self._label = tier.label or tier.id
        self.switch.setText(self._label)
        if not self.address.hasFocus():
            self.address.setText(tier.address)
        self._plan_line.setVisible(tier.plan is not None)
        if self._details is not None:
            self._details.show_tier(tier)

    def show_place(self, *, first: bool, last: bool) -> None:
        """Say which ways it can be moved."""
        self.menu.show_place(first=first, last=last)
        self.grip.setEnabled(not (first and last))

    def unfolding(self) -> Iterator[None]:
        """Make what :meth:`unfold` shows, part by part."""
        details = self._details or self._begin_details()
        for _ in details.parts:
            yield

    def unfold(self, fits: Fits | None = None) -> None:
        """Show the details, only those whose words fit where that is said."""
        if fits is not None:
            self.details.show_lines(fits)
        self.more.setChecked(True)

    def fold(self) -> None:
        """Put the details away."""
        self.more.setChecked(False)
        if self._details is not None:
            self.details.show_all()

    def _fold_turned(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        self.more.setText(tr("Hide") if on else tr("Details"))
        if self._details is not None and self._details.stands:
            self._turn(self._details, on=on)
        elif on:
            opening = self._tasks.run(self._open_details())
            self.destroyed.connect(lambda *_: opening.cancel())  # the tier may go meanwhile

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Alt with an arrow moves the tier, from its switch and its buttons: a field keeps its own keys."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.modifiers() & Qt.KeyboardModifier.AltModifier
            and event.key() in steps
        ):
            self.move_wanted.emit(self.tier.id, steps[Qt.Key(event.key())])
            return True
        return super().eventFilter(watched, event)

    def show_quote(self, quote: Quote | None) -> None:
        """Show switch, state and price as they are now."""
        if quote is None:
            return
        self.switch.blockSignals(True)  # noqa: FBT003 - Qt's signature
        self.switch.setChecked(quote.tier.enabled)
        self.switch.blockSignals(False)  # noqa: FBT003 - Qt's signature
        now = datetime.now(UTC)
        priced = f"{_price(quote)}{short_origin(quote, now)}"
        since = since_text(quote).strip()
        reason = quote.rule or f"{quote.availability.reason}{f' ({since})' if since else ''}"
        self.state.setText(" · ".join((named(quote.tier.place), priced, reason, *standing_lines(quote))))
        self.state.setToolTip(f"{quote.tier.model}\n{tier_hint(quote)}")
        self.prices.show_quote(quote)

    def _switched(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        self._tasks.run(self._services.broker.set_enabled(self.tier.id, on))

    def _moved(self) -> None:
        url = self.address.text().strip()
        if url == self.tier.address:
            return
        self._writer.apply(set_tier_value(self.tier.id, "base_url", url or None), self.verdict.say, look=True)

    async def _try(self) -> None:
        key_name = self.tier.key_name
        key = self._services.keys.get(key_name) if key_name else None
        address = self.address.text().strip()
        trial = self._services.test_key(self.tier.provider, key or "", address)
        await tried(self.test, self.verdict, trial)

    async def _enter(self) -> None:
        """Take over how the plan's window stands by the provider's own page."""
        from compute_broker.broker.plan_use import enter_use  # noqa: PLC0415 - few tiers have a plan

        try:
            await enter_use(self._services.broker, self.tier.id, self.used.text())
        except BrokerError as error:
            self.verdict.say(str(error))
            return
        self.used.clear()
        self.verdict.say(tr("Counted on from there."), good=True)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, M)
        row.setSpacing(S)
        row.addWidget(self.grip, 0, Qt.AlignmentFlag.AlignTop)
        column = self._column = QVBoxLayout()
        column.setSpacing(S)
        row.addLayout(column, 1)
        head = QHBoxLayout()
        head.setSpacing(S)
        head.addWidget(self.switch)
        head.addStretch()
        for button in (self.prices.toggle, self.more, self.menu):
            head.addWidget(button)
        column.addLayout(head)
        self._plan_line = _below(self.used, self.enter)
        self._plan_line.setVisible(self.tier.plan is not None)
        column.addWidget(_below(self.state))
        if self.is_server:
            column.addWidget(_below(self.address, self.test))
        else:
            self.address.setParent(None)
            self.test.setParent(None)
        column.addWidget(self._plan_line)
        column.addWidget(self.verdict)
        column.addWidget(self.prices)


def _below(first: QWidget, *others: QWidget) -> QWidget:
    """Return a line that begins under the switch's words; its first widget takes the room there is."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(_INDENT, 0, 0, 0)
    row.setSpacing(S)
    row.addWidget(first, 1)
    for other in others:
        row.addWidget(other)
    return line


def _price(quote: Quote) -> str:
    """Return the price; of a tier within its plan what holds beyond it: the plan has words of its own."""
    if not quote.in_plan or quote.price is None:
        return price(quote)
    rates = quote.price.rates
    if not (rates.input or rates.output):
        return tr("in plan")
    return tr(
        "in plan, beyond it {rate} in, {rate_2} out /M",
        rate=format_rate(rates.input),
        rate_2=format_rate(rates.output),
    )
