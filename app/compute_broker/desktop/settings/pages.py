"""The pages for budget, choosing, desktop and data: each shows what is in force, and applies at once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QWidget,
)

from compute_broker.config.edits import Value, set_value
from compute_broker.config.schema import BudgetSettings, Settings
from compute_broker.core.decision import MODES
from compute_broker.core.names import named
from compute_broker.core.texts import begun, tr
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.settings.amount import CENTS, AmountEdit
from compute_broker.desktop.settings.own_mode import OwnMode
from compute_broker.desktop.settings.prices_section import PricesSection
from compute_broker.desktop.settings.retention import Retention
from compute_broker.desktop.settings.rows import Choice, Page, Section, Verdict, described, text_label, tried
from compute_broker.desktop.settings.scoped_budgets import ScopedBudgets
from compute_broker.desktop.settings.writer import Answer, Writer
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import S, Theme
from compute_broker.diagnostics import diagnostics

if TYPE_CHECKING:
    from compute_broker.compose import Services

_BUDGETS = (
    ("daily", tr("Each day")),
    ("weekly", tr("Each week, from Monday")),
    ("monthly", tr("Each month")),
)
_MODES = {
    "thrifty": tr("Thrifty: cheap, accepts 90 % of the best chance of a good answer"),
    "balanced": tr("Balanced: accepts 97 % of the best chance"),
    "best": tr("Best: the likeliest to be right, whatever it costs"),
}
_CLASSIFIERS = (
    ("learned", tr("The learned classifier: here, in a millisecond, for nothing")),
    ("hybrid", tr("A model too, where it pays for itself")),
    ("model", tr("A model too, every time")),
)
_CROSS_CHECKS = (("auto", tr("Where they pay")), ("always", tr("Always")), ("off", tr("Never")))


class SettingsPage(Page):
    """A page whose changes go through one writer."""

    def __init__(self, name: str, writer: Writer, theme: Theme) -> None:
        """Start empty."""
        super().__init__(name)
        self._writer, self._theme = writer, theme

    def add_section(self, title: str, purpose: str = "") -> Section:
        """Add a section, which is filled where it stands."""
        section = Section(self._theme, title, purpose)
        self.column.addWidget(section)
        return section

    def put(self, path: str, value: Value, answer: Answer | None = None) -> None:
        """Set one setting; what is wrong with it is told to ``answer``, or in the window's banner."""
        self._writer.apply(set_value(path, value), answer or self._answered)

    def _answered(self, problem: str) -> None:
        if problem:
            self.refused.emit(problem)


class BudgetPage(SettingsPage):
    """Amounts per period, and whether they warn or stop."""

    def __init__(self, writer: Writer, theme: Theme) -> None:
        """Start empty."""
        super().__init__(tr("Budget"), writer, theme)
        self.amounts: dict[str, AmountEdit] = {}
        self.kinds: dict[str, Choice] = {}

    def build(self) -> Iterator[None]:
        """Build a row for each period, then the budgets of one source or project."""
        section = self.add_section(
            tr("Budget"), tr("In dollars, by local days. What is under way counts as spent.")
        )
        for period, title in _BUDGETS:
            self._add_row(section, period, title)
            yield
        self.only = ScopedBudgets(self._theme, self._writer.apply)
        self.column.addWidget(self.only)
        yield
        yield from self.only.parts
        self.column.addStretch(1)
        yield

    def _add_row(self, section: Section, period: str, title: str) -> None:
        def told(amount: Decimal | None) -> None:
            self.put(f"budget.{period}.amount", amount, self.amounts[period].wrong)

        amount = AmountEdit(
            tr("{title}, amount in dollars", title=title), told, empty=tr("no budget"), places=CENTS
        )
        kind = Choice(self._theme, tr("{title}, what happens at the limit", title=title))
        kind.addItems([tr("only warns"), tr("stops")])
        kind.activated.connect(lambda index: self.put(f"budget.{period}.hard", bool(index)))
        section.add_row(title, amount, kind, setting=f"budget.{period}.amount")
        section.column.addWidget(amount.problem)
        described(kind, f"budget.{period}.hard")
        self.amounts[period], self.kinds[period] = amount, kind

    def show_settings(self, settings: Settings) -> None:
        """Show amounts and kinds."""
        for period, _ in _BUDGETS:
            budget: BudgetSettings = getattr(settings.budget, period)
            self.amounts[period].show_amount(budget.amount)
            self.kinds[period].setCurrentIndex(int(budget.hard))
        self.only.show_budgets(settings.budget.only)


class ChoosingPage(SettingsPage):
    """How good a choice must be, what savings are counted against, and how long to wait."""

    def __init__(self, writer: Writer, theme: Theme) -> None:
        """Start empty."""
        super().__init__(tr("Choosing"), writer, theme)
        self.modes: dict[str, QRadioButton] = {}
        self.cross_checks: dict[str, Choice] = {}

    def build(self) -> Iterator[None]:
        """Build the sections."""
        for fill in (
            self._build_modes,
            self._build_reading,
            self._build_checks,
            self._build_baseline,
            self._build_patience,
        ):
            yield from fill()
        self.prices = PricesSection(self._theme, self.put)
        self.column.addWidget(self.prices)
        self.column.addStretch(1)
        yield

    def _build_modes(self) -> Iterator[None]:
        section = self.add_section(tr("Mode"), tr("How close to the best available tier a choice must stay."))
        group = QButtonGroup(self)
        for name in MODES:
            button = QRadioButton(_MODES[name])
            button.setAccessibleName(_MODES[name])
            button.clicked.connect(lambda _checked, name=name: self.put("mode", name))
            group.addButton(button)
            section.add_check(button, "mode")
            self.modes[name] = button
            yield
        self.own = OwnMode(self.put)
        group.addButton(self.own.button)
        section.add_check(self.own, "mode")
        yield

    def _build_reading(self) -> Iterator[None]:
        reading = self.add_section(
            tr("Reading the prompt"),
            tr("Who judges what a prompt asks for and how hard it is, before it is sent."),
        )
        self.classifier = Choice(self._theme, tr("Who reads a prompt"))
        for value, title in _CLASSIFIERS:
            self.classifier.addItem(title, value)
        self.classifier.activated.connect(
            lambda _index: self.put("classifier", self.classifier.currentData())
        )
        self.classifier_tier = Choice(self._theme, tr("Tier that reads prompts"))
        self.classifier_tier.activated.connect(
            lambda _index: self.put("classifier_tier", self.classifier_tier.currentData())
        )
        reading.add_row(tr("Reader"), self.classifier, setting="classifier")
        reading.add_row(tr("Tier"), self.classifier_tier, setting="classifier_tier")
        yield

    def _build_checks(self) -> Iterator[None]:
        checks = self.add_section(
            tr("Second opinions"),
            tr(
                "Where two answers can be compared, two cheap tiers can check each other; a "
                "better one decides when they disagree."
            ),
        )
        for name in MODES:
            choice = Choice(self._theme, tr("Second opinions in mode {name}", name=named(name)))
            for value, title in _CROSS_CHECKS:
                choice.addItem(title, value)
            choice.activated.connect(
                lambda _index, name=name, choice=choice: self.put(f"cross_check.{name}", choice.currentData())
            )
            checks.add_row(begun(named(name)), choice)
            described(choice, f"cross_check.{name}")
            self.cross_checks[name] = choice
            yield

    def _build_baseline(self) -> Iterator[None]:
        baseline = self.add_section(tr("Baseline"), tr("What savings are counted against."))
        self.baseline = Choice(self._theme, tr("Baseline tier"))
        self.baseline.activated.connect(lambda _index: self.put("baseline", self.baseline.currentData()))
        baseline.add_row(tr("Tier"), self.baseline, setting="baseline")
        yield

    def _build_patience(self) -> Iterator[None]:
        patience = self.add_section(
            tr("Patience"), tr("A tier known to be slower is passed over, if another is left.")
        )
        self.patience = AmountEdit(tr("Longest wait in seconds"), self._patience_told)
        described(self.patience, "most_seconds")
        patience.add_row(tr("Wait at most"), self.patience, hint=tr("seconds; empty: as long as it takes"))
        patience.column.addWidget(self.patience.problem)
        yield

    def _patience_told(self, seconds: Decimal | None) -> None:
        self.put("most_seconds", seconds, self.patience.wrong)

    def show_settings(self, settings: Settings) -> None:
        """Show mode, reader, baseline and patience."""
        for name, button in self.modes.items():
            button.setChecked(name == settings.mode)
        self.own.show_mode(settings.mode)
        for name, choice in self.cross_checks.items():
            choice.setCurrentIndex(choice.findData(getattr(settings.cross_check, name).value))
        self.classifier.setCurrentIndex(self.classifier.findData(settings.classifier))
        self.classifier_tier.setEnabled(settings.classifier != "learned")
        for choice, chosen in (
            (self.baseline, settings.baseline),
            (self.classifier_tier, settings.classifier_tier),
        ):
            choice.clear()
            for tier in settings.tiers:
                choice.addItem(tier.label or tier.id, tier.id)
            choice.setCurrentIndex(choice.findData(chosen))
        self.prices.show_settings(settings.prices)
        seconds = settings.most_seconds
        self.patience.show_amount(None if seconds is None else Decimal(str(seconds)))


class DataPage(Page):
    """How long prompts are kept, where everything is, and a way there."""

    def __init__(self, services: Services, tasks: Tasks, writer: Writer, theme: Theme) -> None:
        """Start empty."""
        super().__init__(tr("Data"))
        self._services, self._tasks, self._writer, self._theme = services, tasks, writer, theme

    def build(self) -> Iterator[None]:
        """Build the sections."""
        self.retention = Retention(self._writer, self._theme)
        self.column.addWidget(self.retention)
        yield
        self._build_files()
        yield
        self._build_help()
        self.column.addStretch(1)
        yield

    def _build_files(self) -> None:
        home = self._services.home
        section = Section(
            self._theme, tr("Files"), tr("All on this machine. Comments in the settings file are kept.")
        )
        places = (
            (tr("Settings file"), home.settings, tr("Open"), home.settings),
            (tr("Ledger"), home.ledger, tr("Open folder"), home.ledger.parent),
            (tr("Log"), home.log, tr("Open folder"), home.log.parent),
        )
        for name, path, verb, target in places:
            section.column.addWidget(_place(name, path, verb, target))
        self.column.addWidget(section)

    def _build_help(self) -> None:
        help_ = Section(
            self._theme,
            tr("Diagnostics"),
            tr(
                "What was found here and the end of the log, for who helps you. Keys, privacy "
                "words, projects and the path of your home are taken out; prompts are not in "
                "it."
            ),
        )
        self.verdict = Verdict(tr("Diagnostics, result"))
        self.copy = QPushButton(tr("Copy diagnostics"))
        self.copy.setAccessibleName(tr("Copy diagnostics"))
        self.copy.clicked.connect(lambda: self._tasks.run(tried(self.copy, self.verdict, self._copy())))
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        help_.column.addLayout(row)
        help_.column.addWidget(self.verdict)
        self.column.addWidget(help_)

    def show_settings(self, settings: Settings) -> None:
        """Show how long prompts are kept."""
        self.retention.show_days(settings.data.keep_prompts_days)

    async def _copy(self) -> str:
        text = await diagnostics(self._services)
        QGuiApplication.clipboard().setText(text)
        return tr(
            "{count} lines are on the clipboard. Read them before you send them.", count=text.count(chr(10))
        )


def _place(name: str, path: Path, verb: str, target: Path) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(S)
    title = text_label(name, tr("{name}, label", name=name))
    title.setMinimumWidth(110)
    where = QLabel(str(path))
    where.setTextFormat(Qt.TextFormat.PlainText)
    line_up(where)
    where.setProperty("kind", "muted")
    where.setWordWrap(True)
    where.setAccessibleName(tr("{name}, path", name=name))
    where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    button = QPushButton(verb)
    button.setAccessibleName(f"{verb}: {name}")
    button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(target))))
    line.addWidget(title)
    line.addWidget(where, 1)
    line.addWidget(button)
    return row
