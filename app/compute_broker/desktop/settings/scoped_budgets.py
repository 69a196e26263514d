"""Budgets of one source or one project: a line each, and a row to add another."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from compute_broker.config.edits import add_budget, remove_budget
from compute_broker.config.schema import ScopedBudget
from compute_broker.core.money import as_spoken
from compute_broker.core.names import named
from compute_broker.core.texts import begun, tr
from compute_broker.desktop.ask.flow import FlowLayout
from compute_broker.desktop.settings.amount import CENTS, AmountEdit
from compute_broker.desktop.settings.rows import Choice, Section, Verdict, described, removable
from compute_broker.desktop.settings.writer import Apply
from compute_broker.desktop.theme import S, Theme

SOURCES = (
    (tr("Any source"), None),
    (tr("Quick ask"), "quick_ask"),
    (tr("Command line"), "command_line"),
    (tr("Other programs"), "gateway"),
    (tr("Experiments"), "experiment"),
)
_PERIODS = ((tr("a month"), "month"), (tr("a week"), "week"), (tr("a day"), "day"))
_MISSING = tr("Name a source or a project; budgets for everything are above.")


class ScopedBudgets(Section):
    """``apply`` writes a change of the settings file, and tells what is wrong with it, or nothing."""

    def __init__(self, theme: Theme, apply: Apply) -> None:
        """Begin with the head; :attr:`parts` build the rest."""
        super().__init__(
            theme,
            tr("For one source or project"),
            tr("Besides those above. A project is a tag: ask --project NAME."),
        )
        self.problem = Verdict(tr("{name}, problem", name=self.accessibleName()))
        self._wrong = self.problem.say
        self._apply = partial(apply, answer=self._wrong)
        self._shown: list[ScopedBudget] | None = None
        self._rows: list[QWidget] = []
        self._amount: Decimal | None = None
        self._theme = theme

    def build(self) -> Iterator[None]:
        """Build the row that adds one; the lines come with :meth:`show_budgets`."""
        self._lines = QVBoxLayout()
        self._lines.setSpacing(S)
        self.column.addLayout(self._lines)
        row = QWidget()
        self.column.addWidget(row)
        flow = FlowLayout(row, S)  # two lines where a language's words are long
        for control in self._controls():
            flow.addWidget(control)
            yield
        for control, name in (
            (self.source, "source"),
            (self.project, "project"),
            (self.amount, "amount"),
            (self.period, "period"),
            (self.kind, "hard"),
        ):
            described(control, f"budget.only.{name}")
        self.column.addWidget(self.problem)
        yield

    def _controls(self) -> Iterator[QWidget]:
        self.source = Choice(self._theme, tr("Source of the new budget"))
        for name, value in SOURCES:
            self.source.addItem(name, value)
        yield self.source
        self.project = QLineEdit()
        self.project.setAccessibleName(tr("Project of the new budget"))
        self.project.setPlaceholderText(tr("any project"))
        self.project.setMaxLength(80)
        yield self.project
        hint = self.project.fontMetrics().horizontalAdvance(self.project.placeholderText())
        self.project.setMaximumWidth(hint + 28)
        self.amount = AmountEdit(
            tr("Amount of the new budget in dollars"),
            self._typed,
            self._wrong,
            empty=tr("dollars"),
            places=CENTS,
        )
        self.amount.setMaximumWidth(90)
        yield self.amount
        self.period = Choice(self._theme, tr("Period of the new budget"))
        for name, value in _PERIODS:
            self.period.addItem(name, value)
        yield self.period
        self.kind = Choice(self._theme, tr("What happens at the new budget's limit"))
        self.kind.addItems([tr("only warns"), tr("stops")])
        yield self.kind
        self.add = QPushButton(tr("Add"))
        self.add.setAccessibleName(tr("Add this budget"))
        self.add.setAutoDefault(False)
        self.add.clicked.connect(self._add)
        yield self.add

    def offer(self, source: str) -> QWidget:
        """Offer to add one for ``source``; return the field for what is missing, which has the focus."""
        self.source.setCurrentIndex(self.source.findData(source))
        self.amount.setFocus(Qt.FocusReason.OtherFocusReason)
        return self.amount

    @property
    def lines(self) -> list[str]:
        """The budgets that are shown, as texts."""
        return [row.accessibleName() for row in self._rows]

    def remove(self, place: int) -> None:
        """Take the budget at ``place`` out."""
        self._apply(remove_budget(place))

    def show_budgets(self, budgets: list[ScopedBudget]) -> None:
        """Show those in force."""
        if budgets == self._shown:
            return
        self._shown = list(budgets)
        for row in self._rows:
            self._lines.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._line(place, budget) for place, budget in enumerate(budgets)]

    def _line(self, place: int, budget: ScopedBudget) -> QWidget:
        text = _told(budget)
        row = removable(
            text,
            tr("Budget {place}", place=place + 1),
            tr("Remove the budget: {text}", text=text),
            lambda: self.remove(place),
        )
        self._lines.addWidget(row)
        return row

    def _typed(self, amount: Decimal | None) -> None:
        self._amount = amount

    def _add(self) -> None:
        source, project = self.source.currentData(), self.project.text().strip() or None
        if source is None and project is None:
            self._wrong(_MISSING)
            return
        if not self._amount:
            self._wrong(tr("Write the amount in dollars, such as 10.00."))
            return
        values = {
            "source": source,
            "project": project,
            "period": self.period.currentData(),
            "amount": self._amount,
            "hard": bool(self.kind.currentIndex()),
        }
        self._wrong("")
        self._apply(add_budget(values))
        self.project.clear()
        self._amount = None
        self.amount.show_amount(None)


def _told(budget: ScopedBudget) -> str:
    parts = [begun(named(budget.source))] if budget.source else []
    if budget.project:
        parts.append(tr("project {project}", project=budget.project))
    kind = tr("stops") if budget.hard else tr("only warns")
    period = next(name for name, value in _PERIODS if value == budget.period)
    return f"{', '.join(parts)}: {as_spoken(f'${budget.amount:.2f}')} {period}, {kind}"
