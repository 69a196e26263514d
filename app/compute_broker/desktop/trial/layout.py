"""The trial window's looks: three pages, one sentence below them, buttons."""

from __future__ import annotations

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
from compute_broker.desktop.settings.rows import Section, Verdict, push_button, scrolled, text_label
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
        """Build all three pages."""
        super().__init__(tr("Try on my prompts"))
        self._theme = theme
        self.form = ChoicesForm(theme)
        self.price = text_label("", tr("Price"))
        self.budget = AmountEdit(tr("Budget of this experiment"), self._given, self.budget_wrong.emit)
        self.verdict = Verdict(tr("Problem"))
        self.send = push_button(tr("Send"), primary=True)
        self.send.setEnabled(False)
        self.go_on = push_button(tr("Go on"))
        self.go_on.hide()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.setTextVisible(False)
        self.standing = text_label("", tr("Progress, in words"))
        self.stop = push_button(tr("Stop"))
        self.outcome = Outcome(theme)
        self.open_report = push_button(tr("Open the report"), primary=True)
        self.rate = push_button(tr("Rate blindly…"))
        self.again = push_button(tr("Try something else"))
        self.stack = QStackedWidget()
        for page in (self._choosing(), self._running_page(), self._done()):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        column.addWidget(text_label(_PURPOSE, tr("Purpose"), kind="muted"))
        column.addWidget(self.stack, 1)
        column.addWidget(self.verdict)
        self.resize(760, 720)

    def say_price(self, text: str, *, bad: bool = False) -> None:
        """Show the price, or why there is none."""
        self.price.setText(text)
        self.price.setProperty("kind", "bad" if bad else "")
        self.price.style().polish(self.price)

    def _choosing(self) -> QWidget:
        price = Section(self._theme, tr("Price"))
        price.column.addWidget(self.price)
        price.add_row(
            tr("At most"), self.budget, hint=tr("dollars, a hard limit over all starts of this experiment")
        )
        return _page(scrolled(tr("What to try"), self.form, price), _row(self.go_on, None, self.send))

    def _running_page(self) -> QWidget:
        section = Section(self._theme, tr("Asking"), tr("You may close this window; it goes on meanwhile."))
        section.column.addWidget(self.bar)
        section.column.addWidget(self.standing)
        section.column.addLayout(_row(None, self.stop))
        return _page(scrolled(tr("Asking"), section))

    def _done(self) -> QWidget:
        buttons = _row(self.again, None, self.rate, self.open_report)
        return _page(scrolled(tr("What came of it"), self.outcome), buttons)

    def _given(self, amount: Decimal | None) -> None:
        if not amount:
            self.budget_wrong.emit(tr("Write what it may cost at most, in dollars such as 2.50."))
        else:
            self.budget_given.emit(amount)


def _page(content: QWidget, buttons: QHBoxLayout | None = None) -> QWidget:
    """Return a page of the stack: what it shows, and its buttons below."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(M)
    column.addWidget(content, 1)
    if buttons is not None:
        column.addLayout(buttons)
    return page


def _row(*buttons: QPushButton | None) -> QHBoxLayout:
    """Return a row of buttons; ``None`` is the gap."""
    row = QHBoxLayout()
    row.setSpacing(S)
    for button in buttons:
        if button is None:
            row.addStretch(1)
        else:
            row.addWidget(button)
    return row
