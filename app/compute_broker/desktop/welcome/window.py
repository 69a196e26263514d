"""The welcome: four short steps, each of which may be skipped."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QKeySequenceEdit, QStackedWidget, QVBoxLayout

from compute_broker.config.edits import Value, set_value
from compute_broker.core.texts import tr
from compute_broker.desktop.hotkey.hotkey import HotkeyState
from compute_broker.desktop.pane import Pane
from compute_broker.desktop.settings.amount import CENTS, AmountEdit
from compute_broker.desktop.settings.found_servers import ServersFound
from compute_broker.desktop.settings.key_row import KeyRow, keys_of
from compute_broker.desktop.settings.rows import Choice, Page, Section, Verdict, push_button, text_label
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.desktop.welcome.first_ask import FirstAsk

if TYPE_CHECKING:
    from compute_broker.compose import Services

TITLES = (tr("What is here"), tr("Keys for hosted models"), tr("Hotkey and budget"), tr("Try it"))
_NO_TRAY = tr(
    "This desktop shows no tray icons: the quick ask is a window here. Starting the program again brings it, "
    "and its ⋯ menu (F10) leads to usage, history, settings and the rest."
)
_TRAY = tr(
    "The icon in the tray shows what today cost. Click it for a glance, with the other button for the menu."
)


_KEYRING = tr("Kept in the system keyring, never in a file.")
_NO_KEYRING = tr("No system keyring was found here: a key is kept for this session only, never in a file.")
_LATER = tr("All of it can be changed later in Settings.")
_LATER_WITHOUT_TRAY = tr(
    "All of it can be changed later in Settings: the ⋯ menu of the quick ask leads there."
)


class WelcomeWindow(Pane):
    """Closing it at any step is fine: what was entered is kept, and it does not come again."""

    ask_wanted = Signal()

    def __init__(self, services: Services, theme: Theme, *, whole: bool = True) -> None:
        """Build all steps; nothing is looked for until it is shown."""
        super().__init__(tr("Welcome"))
        self._services = services
        self._theme = theme
        self._writer = Writer(services, self._tasks)
        self.keys: list[KeyRow] = []
        self.begin(whole=whole)

    def open_at_cursor(self) -> None:
        """Show the window on the cursor's screen, and look at what is here."""
        if not self.isVisible():
            self.next.setFocus(Qt.FocusReason.OtherFocusReason)  # Return goes on, whatever else may be here
        super().open_at_cursor()
        self.servers.look()

    def show_hotkey(self, state: HotkeyState) -> None:
        """Say which hotkey is in force, or why there is none."""
        if state.problem:
            another = tr(" Press another one above.") if state.another else ""
            self.hotkey_state.say(f"{state.problem}{another}")
        elif state.text:
            self.hotkey_state.say(
                tr("{state} opens the quick ask from anywhere.", state=state.text), good=True
            )

    def show_tray(self, *, there: bool) -> None:
        """Say what the icon is for, or that this desktop shows none."""
        self.tray.setText(_TRAY if there else _NO_TRAY)
        self.note.setText(_LATER if there else _LATER_WITHOUT_TRAY)

    def put_away(self) -> None:
        """Hide it: it was seen, and keys that were typed and not saved are forgotten."""
        self._services.home.welcomed.touch()
        for row in self.keys:
            row.clear_field()
        super().put_away()

    # The steps

    def _go(self, step: int) -> None:
        place = self.stack.currentIndex() + step
        if place >= self.stack.count():
            self.put_away()
            self.ask_wanted.emit()
        else:
            self._show_step(place)

    def _show_step(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        self.title.setText(
            tr("{titles}  ({place} of {count})", titles=TITLES[place], place=place + 1, count=len(TITLES))
        )
        self.back.setEnabled(place > 0)
        last = place == self.stack.count() - 1
        self.next.setText(tr("Open the quick ask") if last else tr("Next"))
        self.next.setAccessibleName(self.next.text())
        self.verdict.say("")
        self.kept.setText(_NO_KEYRING if self._services.keys.problem else _KEYRING)
        if last and self.first.ask.isEnabled():
            self.first.ask.setFocus(Qt.FocusReason.OtherFocusReason)  # else Return would skip the question

    def _hotkey_told(self) -> None:
        text = self.hotkey.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if "+" not in text:
            self._say(tr("Press Ctrl, Alt or Super together with another key, such as Ctrl+Alt+Space."))
        elif text != self._services.settings.current.desktop.hotkey:
            self._put("desktop.hotkey", text)

    def _amount_told(self, amount: Decimal | None) -> None:
        self._put("budget.monthly.amount", amount)

    def _put(self, path: str, value: Value) -> None:
        self._writer.apply(set_value(path, value), self._say)

    def _say(self, sentence: str) -> None:
        self.verdict.say(sentence)

    def build(self) -> Iterator[None]:
        """Build title, steps and buttons, from the top downwards."""
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        self.title = text_label("", tr("Step"))
        self.title.setFont(self._theme.font("title"))
        self.stack = QStackedWidget()
        column.addWidget(self.title)
        column.addWidget(self.stack, 1)
        for fill in (self._build_here, self._build_keys, self._build_hotkey_and_budget, self._build_try_it):
            step = Page(tr("Step"), flush=True)
            self.stack.addWidget(step)
            yield from fill(step.column)
            step.column.addStretch(1)
        self._build_foot(column)
        yield
        self._connect()
        self._show_step(0)

    def _build_foot(self, column: QVBoxLayout) -> None:
        self.verdict = Verdict(tr("Problem"))
        column.addWidget(self.verdict)
        self.note = text_label(_LATER, tr("Note"), kind="muted")
        self.back, self.next = push_button(tr("Back")), push_button(tr("Next"), primary=True)
        row = QHBoxLayout()
        row.setSpacing(S)
        column.addLayout(row)
        row.addWidget(self.note, 1)
        for button in (self.back, self.next):
            button.setAutoDefault(True)  # Return presses what has the focus, as in every wizard
            row.addWidget(button)
        self.resize(680, 560)

    def _build_here(self, step: QVBoxLayout) -> Iterator[None]:
        self.servers = ServersFound(self._services, self._tasks, self._writer, self._theme)
        step.addWidget(self.servers)
        yield
        always = Section(
            self._theme,
            tr("Always there"),
            tr("A tiny built-in model, offline and for next to nothing: it answers when nothing else can."),
        )
        step.addWidget(always)
        self.tray = text_label(_TRAY, tr("Tray"), kind="muted")
        always.column.addWidget(self.tray)
        yield

    def _build_keys(self, step: QVBoxLayout) -> Iterator[None]:
        section = Section(
            self._theme,
            tr("Keys"),
            tr(
                "None is needed. With one, the broker can use hosted models where they are "
                "worth their price. Test asks the provider for real, for nothing."
            ),
        )
        step.addWidget(section)
        self.kept = text_label("", tr("Where keys are kept"), kind="muted")
        section.column.addWidget(self.kept)
        yield
        for name, tiers in keys_of(self._services).items():
            row = KeyRow(self._services, self._tasks, name, tiers)
            section.column.addWidget(row)
            self.keys.append(row)
            yield

    def _build_hotkey_and_budget(self, step: QVBoxLayout) -> Iterator[None]:
        settings = self._services.settings.current
        hotkey = Section(self._theme, tr("Quick ask"))
        step.addWidget(hotkey)
        self.hotkey = QKeySequenceEdit(QKeySequence(settings.desktop.hotkey))
        self.hotkey.setMaximumSequenceLength(1)
        self.hotkey.setAccessibleName(tr("Hotkey"))
        self.hotkey_state = Verdict(tr("Hotkey, state"))
        hotkey.add_row(tr("Hotkey"), self.hotkey)
        hotkey.column.addWidget(self.hotkey_state)
        yield
        budget = Section(
            self._theme, tr("Budget"), tr("Days, weeks and projects can have one too, in Settings.")
        )
        step.addWidget(budget)
        self.amount = AmountEdit(
            tr("Monthly budget in dollars"), self._amount_told, self._say, empty=tr("no budget"), places=CENTS
        )
        self.kind = Choice(self._theme, tr("What happens at the monthly limit"))
        self.kind.addItems([tr("only warns"), tr("stops")])
        budget.add_row(tr("Each month"), self.amount, self.kind, hint=tr("dollars"))
        self.amount.show_amount(settings.budget.monthly.amount)
        self.kind.setCurrentIndex(int(settings.budget.monthly.hard))
        yield

    def _build_try_it(self, step: QVBoxLayout) -> Iterator[None]:
        self.first = FirstAsk(self._services, self._tasks, self._theme)
        step.addWidget(self.first)
        yield

    def _connect(self) -> None:
        self.back.clicked.connect(lambda: self._go(-1))
        self.next.clicked.connect(lambda: self._go(1))
        self.first.answered.connect(self.next.setFocus)
        self.hotkey.editingFinished.connect(self._hotkey_told)
        self.kind.activated.connect(lambda index: self._put("budget.monthly.hard", bool(index)))
        self._theme.changed.connect(lambda: self.title.setFont(self._theme.font("title")))
