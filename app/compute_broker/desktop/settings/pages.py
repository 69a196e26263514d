"""The pages for budget, choosing, desktop and data: each shows what is in force, and applies at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from compute_broker.config.edits import Value, set_value
from compute_broker.config.schema import BudgetSettings, Settings
from compute_broker.core.decision import MODES
from compute_broker.core.errors import BrokerError
from compute_broker.core.names import named
from compute_broker.core.texts import tr
from compute_broker.desktop.at_login import start_at_login, starts_at_login
from compute_broker.desktop.settings.retention import Retention
from compute_broker.desktop.settings.rows import (
    AmountEdit,
    Choice,
    Page,
    Section,
    Verdict,
    described,
    text_label,
    tried,
)
from compute_broker.desktop.settings.scoped_budgets import ScopedBudgets
from compute_broker.desktop.settings.writer import Writer
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
_THEMES = (("system", tr("As the system")), ("light", tr("Light")), ("dark", tr("Dark")))


class SettingsPage(Page):
    """A page whose changes go through one writer, with one place for what is wrong."""

    def __init__(self, name: str, writer: Writer) -> None:
        """Start with nothing wrong."""
        super().__init__(name)
        self._writer = writer
        self.verdict = Verdict(tr("{name}, problem", name=name))

    def put(self, path: str, value: Value) -> None:
        """Set one setting."""
        self._writer.apply(set_value(path, value), self.verdict.say)

    def show_settings(self, settings: Settings) -> None:
        """Show the settings in force."""
        raise NotImplementedError

    def end(self) -> None:
        """Finish the page: the place for problems, then empty room."""
        self.column.addWidget(self.verdict)
        self.column.addStretch(1)


class BudgetPage(SettingsPage):
    """Amounts per period, and whether they warn or stop."""

    def __init__(self, writer: Writer, theme: Theme) -> None:
        """Build a row for each period."""
        super().__init__(tr("Budget"), writer)
        self._theme = theme
        section = Section(
            theme, tr("Budget"), tr("In dollars, by local days. What is under way counts as spent.")
        )
        self.amounts: dict[str, AmountEdit] = {}
        self.kinds: dict[str, Choice] = {}
        for period, title in _BUDGETS:
            self._add_row(section, period, title)
        self.column.addWidget(section)
        self.only = ScopedBudgets(
            theme, lambda change: self._writer.apply(change, self.verdict.say), self.verdict.say
        )
        self.column.addWidget(self.only)
        self.end()

    def _add_row(self, section: Section, period: str, title: str) -> None:
        def told(amount: Decimal | None) -> None:
            self.put(f"budget.{period}.amount", amount)

        amount = AmountEdit(
            tr("{title}, amount in dollars", title=title), told, self.verdict.say, empty=tr("no budget")
        )
        kind = Choice(self._theme, tr("{title}, what happens at the limit", title=title))
        kind.addItems([tr("only warns"), tr("stops")])
        kind.activated.connect(lambda index: self.put(f"budget.{period}.hard", bool(index)))
        section.add_row(title, amount, kind, setting=f"budget.{period}.amount")
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
        """Build the sections."""
        super().__init__(tr("Choosing"), writer)
        self.modes: dict[str, QRadioButton] = {}
        section = Section(theme, tr("Mode"), tr("How close to the best available tier a choice must stay."))
        group = QButtonGroup(self)
        for name in MODES:
            button = QRadioButton(_MODES[name])
            button.setAccessibleName(_MODES[name])
            button.clicked.connect(lambda _checked, name=name: self.put("mode", name))
            group.addButton(button)
            section.add_check(button, "mode")
            self.modes[name] = button
        self.custom = text_label("", tr("Mode of your own"), kind="muted")
        section.column.addWidget(self.custom)
        self.column.addWidget(section)
        reading = Section(
            theme,
            tr("Reading the prompt"),
            tr("Who judges what a prompt asks for and how hard it is, before it is sent."),
        )
        self.classifier = Choice(theme, tr("Who reads a prompt"))
        for value, title in _CLASSIFIERS:
            self.classifier.addItem(title, value)
        self.classifier.activated.connect(
            lambda _index: self.put("classifier", self.classifier.currentData())
        )
        self.classifier_tier = Choice(theme, tr("Tier that reads prompts"))
        self.classifier_tier.activated.connect(
            lambda _index: self.put("classifier_tier", self.classifier_tier.currentData())
        )
        reading.add_row(tr("Reader"), self.classifier, setting="classifier")
        reading.add_row(tr("Tier"), self.classifier_tier, setting="classifier_tier")
        self.column.addWidget(reading)
        checks = Section(
            theme,
            tr("Second opinions"),
            tr(
                "Where two answers can be compared, two cheap tiers can check each other; a "
                "better one decides when they disagree."
            ),
        )
        self.cross_checks: dict[str, Choice] = {}
        for name in MODES:
            choice = Choice(theme, tr("Second opinions in mode {name}", name=named(name)))
            for value, title in _CROSS_CHECKS:
                choice.addItem(title, value)
            choice.activated.connect(
                lambda _index, name=name, choice=choice: self.put(f"cross_check.{name}", choice.currentData())
            )
            checks.add_row(named(name).capitalize(), choice)
            described(choice, f"cross_check.{name}")
            self.cross_checks[name] = choice
        self.column.addWidget(checks)
        baseline = Section(theme, tr("Baseline"), tr("What savings are counted against."))
        self.baseline = Choice(theme, tr("Baseline tier"))
        self.baseline.activated.connect(lambda _index: self.put("baseline", self.baseline.currentData()))
        baseline.add_row(tr("Tier"), self.baseline, setting="baseline")
        self.column.addWidget(baseline)
        patience = Section(
            theme, tr("Patience"), tr("A tier known to be slower is passed over, if another is left.")
        )
        self.patience = AmountEdit(tr("Longest wait in seconds"), self._patience_told, self.verdict.say)
        described(self.patience, "most_seconds")
        patience.add_row(tr("Wait at most"), self.patience, hint=tr("seconds; empty: as long as it takes"))
        self.column.addWidget(patience)
        self.end()

    def _patience_told(self, seconds: Decimal | None) -> None:
        self.put("most_seconds", seconds)

    def show_settings(self, settings: Settings) -> None:
        """Show mode, reader, baseline and patience."""
        for name, button in self.modes.items():
            button.setChecked(name == settings.mode)
        own = settings.mode not in self.modes
        self.custom.setText(
            tr("The file says {mode}: a quality floor of your own.", mode=settings.mode) if own else ""
        )
        self.custom.setVisible(own)
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
        seconds = settings.most_seconds
        self.patience.show_amount(None if seconds is None else Decimal(str(seconds)))


class DesktopPage(SettingsPage):
    """Hotkey, colours, hiding."""

    def __init__(self, writer: Writer, theme: Theme) -> None:
        """Build the rows."""
        super().__init__(tr("Desktop"), writer)
        self._theme = theme
        self._hotkey = ""
        section = Section(theme, tr("Quick ask"))
        self.hotkey = QKeySequenceEdit()
        self.hotkey.setMaximumSequenceLength(1)
        self.hotkey.setAccessibleName(tr("Hotkey"))
        self.hotkey.editingFinished.connect(self._hotkey_told)
        section.add_row(tr("Hotkey"), self.hotkey, setting="desktop.hotkey")
        self.hide_on_blur = QCheckBox(tr("Hide when another window is clicked"))
        self.hide_on_blur.setAccessibleName(tr("Hide when another window is clicked"))
        self.hide_on_blur.clicked.connect(lambda on: self.put("desktop.hide_on_blur", on))
        section.add_check(self.hide_on_blur, "desktop.hide_on_blur")
        self.ticker = _check(tr("Show what each tier would cost while typing"))
        self.ticker.clicked.connect(lambda on: self.put("desktop.ticker", on))
        section.add_check(self.ticker, "desktop.ticker")
        self.column.addWidget(section)
        look = Section(theme, tr("Look"))
        self.theme = Choice(theme, tr("Colours"))
        for value, title in _THEMES:
            self.theme.addItem(title, value)
        self.theme.activated.connect(self._theme_told)
        look.add_row(tr("Colours"), self.theme)
        described(self.theme, "desktop.theme")
        self.figure = _check(tr("Today's spend in the icon"))
        self.figure.clicked.connect(lambda on: self.put("desktop.figure", on))
        look.add_check(self.figure, "desktop.figure")
        self.column.addWidget(look)
        notices = Section(theme, tr("Notifications"))
        self.at_budget = _check(tr("At 50, 80 and 100 % of a budget"))
        self.at_budget.clicked.connect(lambda on: self.put_list("notify.budget", [50, 80, 100] if on else []))
        self.at_down = _check(tr("When a tier that was used today goes down"))
        self.at_down.clicked.connect(lambda on: self.put("notify.tier_down", on))
        self.quiet = QLineEdit()
        self.quiet.setAccessibleName(tr("Quiet hours"))
        self.quiet.setPlaceholderText("22:00-07:00")
        self.quiet.setMaximumWidth(130)
        self.quiet.editingFinished.connect(self._quiet_told)
        notices.add_check(self.at_budget, "notify.budget")
        notices.add_check(self.at_down, "notify.tier_down")
        notices.add_row(tr("Quiet hours"), self.quiet, setting="notify.quiet")
        self.column.addWidget(notices)
        start = Section(theme, tr("Start"))
        self.login = _check(tr("Start at login"))
        self.login.clicked.connect(self._login_told)
        start.column.addWidget(self.login)
        self.column.addWidget(start)
        self.end()

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        self._hotkey = settings.desktop.hotkey
        if not self.hotkey.hasFocus():
            self.hotkey.setKeySequence(QKeySequence(self._hotkey))
        self.hide_on_blur.setChecked(settings.desktop.hide_on_blur)
        self.ticker.setChecked(settings.desktop.ticker)
        self.theme.setCurrentIndex(self.theme.findData(settings.desktop.theme))
        self.figure.setChecked(settings.desktop.figure)
        shares = settings.notify.budget
        self.at_budget.setChecked(bool(shares))
        if shares:
            listed = ", ".join(map(str, sorted(shares)))
            self.at_budget.setText(tr("At {listed} % of a budget", listed=listed))
        self.at_down.setChecked(settings.notify.tier_down)
        if not self.quiet.hasFocus():
            self.quiet.setText(settings.notify.quiet)
        self.login.setChecked(starts_at_login())

    def put_list(self, path: str, shares: list[int]) -> None:
        """Set a list of whole numbers."""
        self._writer.apply(set_value(path, shares), self.verdict.say)

    def _quiet_told(self) -> None:
        self.put("notify.quiet", self.quiet.text().strip())

    def _login_told(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        try:
            start_at_login(on)
        except BrokerError as error:
            self.verdict.say(str(error))
        self.login.setChecked(starts_at_login())

    def _hotkey_told(self) -> None:
        text = self.hotkey.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if not text:
            self.verdict.say(tr("Press the keys that shall open the quick ask, such as Ctrl+Alt+Space."))
            self.hotkey.setKeySequence(QKeySequence(self._hotkey))
        elif "+" not in text:
            self.verdict.say(
                tr("{text} alone would be taken from every program; add Ctrl, Alt or Super.", text=text)
            )
            self.hotkey.setKeySequence(QKeySequence(self._hotkey))
        elif text != self._hotkey:
            self.put("desktop.hotkey", text)

    def _theme_told(self, index: int) -> None:
        choice = _THEMES[index][0]
        self.put("desktop.theme", choice)
        self._theme.choose(choice)  # type: ignore[arg-type] # one of the three literals above


def _check(text: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setAccessibleName(text)
    return box


class DataPage(Page):
    """How long prompts are kept, where everything is, and a way there."""

    def __init__(self, services: Services, tasks: Tasks, writer: Writer, theme: Theme) -> None:
        """Build the sections."""
        super().__init__(tr("Data"))
        self._services, self._tasks = services, tasks
        home = services.home
        self.retention = Retention(writer, theme)
        self.column.addWidget(self.retention)
        section = Section(
            theme, tr("Files"), tr("All on this machine. Comments in the settings file are kept.")
        )
        places = (
            (tr("Settings file"), home.settings, tr("Open")),
            (tr("Ledger"), home.ledger, tr("Open folder")),
            (tr("Log"), home.log, tr("Open folder")),
        )
        for name, path, verb in places:
            section.column.addWidget(_place(name, path, verb))
        self.column.addWidget(section)
        help_ = Section(
            theme,
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
        self.column.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        """Show how long prompts are kept."""
        self.retention.show_days(settings.data.keep_prompts_days)

    async def _copy(self) -> str:
        text = await diagnostics(self._services)
        QGuiApplication.clipboard().setText(text)
        return tr(
            "{count} lines are on the clipboard. Read them before you send them.", count=text.count(chr(10))
        )


def _place(name: str, path: Path, verb: str) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(S)
    title = text_label(name, tr("{name}, label", name=name))
    title.setMinimumWidth(110)
    where = QLabel(str(path))
    where.setTextFormat(Qt.TextFormat.PlainText)
    where.setProperty("kind", "muted")
    where.setWordWrap(True)
    where.setAccessibleName(tr("{name}, path", name=name))
    where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    button = QPushButton(verb)
    button.setAccessibleName(f"{verb}: {name}")
    target = path if verb == "Open" else path.parent
    button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(target))))
    line.addWidget(title)
    line.addWidget(where, 1)
    line.addWidget(button)
    return row
