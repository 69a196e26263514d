"""The page of the desktop: hotkey, look and language, notifications, start at login."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QLocale
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QCheckBox, QKeySequenceEdit

from compute_broker.config.language import spoken_languages
from compute_broker.config.schema import MOST_SHARE, MOST_SHARES, Settings
from compute_broker.core.errors import BrokerError
from compute_broker.core.texts import ENGLISH, tr
from compute_broker.desktop.at_login import start_at_login, starts_at_login
from compute_broker.desktop.settings.entries import whole_number
from compute_broker.desktop.settings.lines import Field
from compute_broker.desktop.settings.pages import SettingsPage
from compute_broker.desktop.settings.rows import Choice, Verdict, described
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.theme import Theme

_SHARES = (50, 80, 100)
"""Per cent of a budget at which a notification says so, unless a person says otherwise."""
_FIELD_WIDTH = 130
_THEMES = (("system", tr("As the system")), ("light", tr("Light")), ("dark", tr("Dark")))


class DesktopPage(SettingsPage):
    """Hotkey, colours, hiding."""

    def __init__(self, writer: Writer, theme: Theme) -> None:
        """Start empty."""
        super().__init__(tr("Desktop"), writer, theme)
        self._hotkey = ""

    def build(self) -> Iterator[None]:
        """Build the sections."""
        for fill in (self._build_ask, self._build_look, self._build_notices, self._build_start):
            yield from fill()
        self.column.addStretch(1)

    def _build_ask(self) -> Iterator[None]:
        section = self.add_section(tr("Quick ask"))
        self.hotkey = QKeySequenceEdit()
        self.hotkey.setMaximumSequenceLength(1)
        self.hotkey.setAccessibleName(tr("Hotkey"))
        self.hotkey.editingFinished.connect(self._hotkey_told)
        section.add_row(tr("Hotkey"), self.hotkey, setting="desktop.hotkey")
        self.verdict = Verdict(tr("{name}, problem", name=tr("Hotkey")))
        section.column.addWidget(self.verdict)
        self.hide_on_blur = QCheckBox(tr("Hide when another window is clicked"))
        self.hide_on_blur.setAccessibleName(tr("Hide when another window is clicked"))
        self.hide_on_blur.clicked.connect(lambda on: self.put("desktop.hide_on_blur", on))
        section.add_check(self.hide_on_blur, "desktop.hide_on_blur")
        self.ticker = _check(tr("Show what each tier would cost while typing"))
        self.ticker.clicked.connect(lambda on: self.put("desktop.ticker", on))
        section.add_check(self.ticker, "desktop.ticker")
        yield

    def _build_notices(self) -> Iterator[None]:
        notices = self.add_section(tr("Notifications"))
        self.at_budget = _check(tr("At 50, 80 and 100 % of a budget"))
        self.at_budget.clicked.connect(lambda on: self.put("notify.budget", _SHARES if on else []))
        self.at_down = _check(tr("When a tier that was used today goes down"))
        self.at_down.clicked.connect(lambda on: self.put("notify.tier_down", on))
        self.quiet = Field(tr("Quiet hours"), self._quiet_told, empty="22:00-07:00")
        self.quiet.setFixedWidth(_FIELD_WIDTH)
        notices.add_check(self.at_budget, "notify.budget")
        yield
        self.shares = Field(tr("Shares of a budget in per cent"), self._shares_told, empty=_listed(_SHARES))
        self.shares.setFixedWidth(_FIELD_WIDTH)
        notices.add_row(tr("Shares"), self.shares, hint=tr("per cent, with commas between; empty: none"))
        described(self.shares, "notify.budget")
        notices.column.addWidget(self.shares.problem)
        notices.add_check(self.at_down, "notify.tier_down")
        notices.add_row(tr("Quiet hours"), self.quiet, setting="notify.quiet")
        notices.column.addWidget(self.quiet.problem)
        yield

    def _build_start(self) -> Iterator[None]:
        start = self.add_section(tr("Start"))
        self.login = _check(tr("Start at login"))
        self.login.clicked.connect(self._login_told)
        start.column.addWidget(self.login)
        yield

    def _build_look(self) -> Iterator[None]:
        look = self.add_section(tr("Look"))
        self.theme = Choice(self._theme, tr("Colours"))
        for value, title in _THEMES:
            self.theme.addItem(title, value)
        self.theme.activated.connect(self._theme_told)
        look.add_row(tr("Colours"), self.theme)
        described(self.theme, "desktop.theme")
        yield
        self.language = Choice(self._theme, tr("Language"))
        for value in spoken_languages():
            self.language.addItem(_language(value), value)
        self.language.activated.connect(
            lambda _index: self.put("desktop.language", self.language.currentData())
        )
        look.add_row(tr("Language"), self.language, setting="desktop.language")
        self.figure = _check(tr("Today's spend in the icon"))
        self.figure.clicked.connect(lambda on: self.put("desktop.figure", on))
        look.add_check(self.figure, "desktop.figure")
        yield

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        self._hotkey = settings.desktop.hotkey
        if not self.hotkey.hasFocus():
            self.hotkey.setKeySequence(QKeySequence(self._hotkey))
        self.hide_on_blur.setChecked(settings.desktop.hide_on_blur)
        self.ticker.setChecked(settings.desktop.ticker)
        self.theme.setCurrentIndex(self.theme.findData(settings.desktop.theme))
        self.language.setCurrentIndex(self.language.findData(settings.desktop.language))
        self.figure.setChecked(settings.desktop.figure)
        shares = settings.notify.budget
        self.at_budget.setChecked(bool(shares))
        if shares:
            self.at_budget.setText(tr("At {listed} % of a budget", listed=_listed(sorted(shares))))
        self.shares.show_text(_listed(sorted(shares)))
        self.at_down.setChecked(settings.notify.tier_down)
        self.quiet.show_text(settings.notify.quiet)
        self.login.setChecked(starts_at_login())

    def _shares_told(self, text: str) -> None:
        try:
            shares = sorted(
                {whole_number(each, 1, MOST_SHARE) or 1 for each in re.findall(r"[^\s,;%]+", text)}
            )
        except ValueError as error:
            self.shares.wrong(str(error))
            return
        if len(shares) > MOST_SHARES:
            self.shares.wrong(tr("These are more than {most} shares: leave some out.", most=MOST_SHARES))
            return
        self.put("notify.budget", shares, self.shares.wrong)

    def _quiet_told(self, text: str) -> None:
        self.put("notify.quiet", text, self.quiet.wrong)

    def _login_told(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        try:
            start_at_login(on)
        except BrokerError as error:
            self.refused.emit(str(error))
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
            self.verdict.say("")
            self.put("desktop.hotkey", text)

    def _theme_told(self, index: int) -> None:
        choice = _THEMES[index][0]
        self.put("desktop.theme", choice)
        self._theme.choose(choice)  # type: ignore[arg-type] # one of the three literals above


def _listed(shares: Sequence[int]) -> str:
    return ", ".join(map(str, shares))


def _language(value: str) -> str:
    """Return a language's name in itself, with which whoever speaks it finds it."""
    if value == "system":
        return tr("As the system")
    return "English" if value == ENGLISH else QLocale(value).nativeLanguageName() or value


def _check(text: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setAccessibleName(text)
    return box
