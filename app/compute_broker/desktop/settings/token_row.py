"""The token that programs give as their API key: dots, copied unseen, and made anew after asking."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from compute_broker.config.gateway_settings import TOKEN_KEY
from compute_broker.config.keys import environment_names
from compute_broker.core.texts import tr
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.ask.notice import Notice
from compute_broker.desktop.settings.rows import Verdict, push_button, text_label
from compute_broker.desktop.settings.setting_row import SettingRow, below_controls
from compute_broker.desktop.settings.steady_button import CopyButton, SteadyButton
from compute_broker.desktop.theme import S, Theme

_HIDDEN, _SHOWN = QLineEdit.EchoMode.Password, QLineEdit.EchoMode.Normal
_WIDTH = 400
"""Pixels of the field: all of a token, while it is shown."""


class TokenRow(QWidget):
    """Shows what it is told to show; ``renewal_wanted`` says that the person wants another one."""

    renewal_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        """Build it without a token."""
        super().__init__()
        title = tr("API key")
        self.setAccessibleName(title)
        self.field = QLineEdit()
        self.field.setReadOnly(True)
        self.field.setEchoMode(_HIDDEN)
        self.field.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhHiddenText)
        self.field.setAccessibleName(title)
        self.field.setPlaceholderText(tr("shown once this is switched on"))
        self.field.setFixedWidth(_WIDTH)
        self.show_button = SteadyButton(tr("Show"), tr("Hide"))
        self.show_button.clicked.connect(lambda: self._unveil(self.field.echoMode() == _HIDDEN))
        self.copy = CopyButton(title, self.field.text, secret=True)
        self.renew = push_button(tr("New token…"))
        self.renew.clicked.connect(self._ask)
        self.question = Notice(theme, tr("New token"))
        self.note = text_label("", tr("How long the token holds"), kind="muted")
        self.note.hide()
        self.verdict = Verdict(tr("{name}, problem", name=title))
        self._arrange(title)
        self._unveil(False)  # noqa: FBT003 - the one way it is called
        self.show_token("", kept=True)

    def show_token(self, token: str, *, kept: bool) -> None:
        """Show the token, as dots; not ``kept``: it ends with the program."""
        if token != self.field.text():
            self.field.setText(token)
            self.field.setCursorPosition(0)
        for button in (self.show_button, self.copy, self.renew):
            button.setEnabled(bool(token))
        lasting = kept or not token
        self.note.setText("" if lasting else _not_kept())
        self.note.setVisible(not lasting)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Out of sight it is dots again, and nothing is asked any more."""
        super().hideEvent(event)
        self._unveil(False)  # noqa: FBT003 - as above
        self.question.hide()
        self.verdict.say("")

    def _unveil(self, shown: bool) -> None:  # noqa: FBT001 - says what it does
        self.field.setEchoMode(_SHOWN if shown else _HIDDEN)
        self.show_button.setText(tr("Hide") if shown else tr("Show"))
        self.show_button.setAccessibleName(tr("Hide the API key") if shown else tr("Show the API key"))

    def _ask(self) -> None:
        self.verdict.say("")
        sentence = tr("Programs that have the old token are refused until they are given the new one.")
        self.question.say(
            sentence,
            [(tr("Make a new one"), self.renewal_wanted.emit), (tr("Keep the old one"), lambda: None)],
        )
        announce(self, sentence)

    def _arrange(self, title: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        label = text_label(title, tr("{name}, label", name=title))
        label.setBuddy(self.field)
        column.addLayout(SettingRow(label, [self.field]))
        below = below_controls(self.verdict, self.note)
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        for button in (self.show_button, self.copy, self.renew):
            buttons.addWidget(button)
        buttons.addStretch(1)
        below.insertLayout(0, buttons)
        column.addLayout(below)
        column.addWidget(self.question)


def _not_kept() -> str:
    return tr(
        "There is no usable system keyring, so this token holds until Compute Broker ends. For a lasting "
        "one, set up a keyring and make a new token, or start the program with a token of your own in the "
        "environment variable {variable}.",
        variable=environment_names(TOKEN_KEY)[0],
    )
