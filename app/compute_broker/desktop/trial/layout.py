"""The trial window's looks: three pages, one sentence below them, buttons."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from compute_broker.core.texts import tr
from compute_broker.desktop.pane import Pane
from compute_broker.desktop.settings.amount import AmountEdit
from compute_broker.desktop.settings.rows import Page, Section, Verdict, push_button, text_label
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.desktop.trial.choices import ChoicesForm
from compute_broker.desktop.trial.outcome import Outcome

CHOOSING, RUNNING, DONE = range(3)
_PURPOSE = tr(
    "Sends your prompts to each tier and through the broker, and shows what it "
    "saves and at what quality. It counts as spending, and it teaches the router "
    "nothing."
)


class TrialLayout(Pane):
    """Widgets and their places; what they do is the window's."""

    budget_given = Signal(Decimal)
    budget_wrong = Signal(str)

    def __init__(self, theme: Theme) -> None:
        """Begin with nothing but the frame."""
        super().__init__(tr("Try on my prompts"))
        self._theme = theme

    def build(self) -> Iterator[None]:
        """Build all three pages, one after the other, and the sentence below them."""
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        column.addWidget(text_label(_PURPOSE, tr("Purpose"), kind="muted"))
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        yield
        for title, fill in (
            (tr("What to try"), self._build_choosing),
            (tr("Asking"), self._build_running),
            (tr("What came of it"), self._build_done),
        ):
            page = QWidget()
            self.stack.addWidget(page)
            below = QVBoxLayout(page)
            below.setContentsMargins(0, 0, 0, 0)
            below.setSpacing(M)
            content = Page(title, flush=True)
            below.addWidget(content, 1)
            yield from fill(content.column, below)
            content.column.addStretch(1)
        self.verdict = Verdict(tr("Problem"))
        column.addWidget(self.verdict)
        self.resize(760, 720)

    def say_price(self, text: str, *, bad: bool = False) -> None:
        """Show the price, or why there is none."""
        self.price.setText(text)
        self.price.setProperty("kind", "bad" if bad else "")
        self.price.style().polish(self.price)

    def _build_choosing(self, content: QVBoxLayout, below: QVBoxLayout) -> Iterator[None]:
        self.form = ChoicesForm(self._theme)
        content.addWidget(self.form)
        yield from self.form.parts
        price = Section(self._theme, tr("Price"))
        content.addWidget(price)
        self.price = text_label("", tr("Price"))
        price.column.addWidget(self.price)
        self.budget = AmountEdit(tr("Budget of this experiment"), self._given, self.budget_wrong.emit)
        price.add_row(
            tr("At most"), self.budget, hint=tr("dollars, a hard limit over all starts of this experiment")
        )
        self.send = push_button(tr("Send"), primary=True)
        self.send.setEnabled(False)
        self.go_on = push_button(tr("Go on"))
        self.go_on.hide()
        _add_row(below, self.go_on, None, self.send)
        yield

    def _build_running(self, content: QVBoxLayout, _below: QVBoxLayout) -> Iterator[None]:
        section = Section(self._theme, tr("Asking"), tr("You may close this window; it goes on meanwhile."))
        content.addWidget(section)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.setTextVisible(False)
        self.standing = text_label("", tr("Progress, in words"))
        self.stop = push_button(tr("Stop"))
        section.column.addWidget(self.bar)
        section.column.addWidget(self.standing)
        _add_row(section.column, None, self.stop)
        yield

    def _build_done(self, content: QVBoxLayout, below: QVBoxLayout) -> Iterator[None]:
        self.outcome = Outcome(self._theme)
        content.addWidget(self.outcome)
        yield
        self.open_report = push_button(tr("Open the report"), primary=True)
        self.rate = push_button(tr("Rate blindly…"))
        self.again = push_button(tr("Try something else"))
        _add_row(below, self.again, None, self.rate, self.open_report)
        yield

    def _given(self, amount: Decimal | None) -> None:
        if not amount:
            self.budget_wrong.emit(tr("Write what it may cost at most, in dollars such as 2.50."))
        else:
            self.budget_given.emit(amount)


def _add_row(column: QVBoxLayout, *buttons: QPushButton | None) -> None:
    """Add a row of buttons; ``None`` is the gap."""
    row = QHBoxLayout()
    row.setSpacing(S)
    column.addLayout(row)
    for button in buttons:
        if button is None:
            row.addStretch(1)
        else:
            row.addWidget(button)
