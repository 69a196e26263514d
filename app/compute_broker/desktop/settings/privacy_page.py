"""The page of what stays on this machine: words of the person's own, keys and e-mail addresses."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit

from compute_broker.config.schema import Settings
from compute_broker.core.private import PRESETS
from compute_broker.core.texts import tr
from compute_broker.desktop.settings.pages import SettingsPage
from compute_broker.desktop.settings.rows import Verdict
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.theme import Theme

_PAUSE_MS = 800
"""How long after the last key the words are written: each change goes to the file."""
_TITLES = {"keys": tr("Keys and passwords"), "emails": tr("E-mail addresses")}


class PrivacyPage(SettingsPage):
    """A prompt with one of these is private: only tiers on this machine may see it."""

    def __init__(self, writer: Writer, theme: Theme) -> None:
        """Start empty."""
        super().__init__(tr("Privacy"), writer, theme)
        self.presets: dict[str, QCheckBox] = {}
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._timer.timeout.connect(self.write_words)

    def build(self) -> Iterator[None]:
        """Build the section."""
        section = self.add_section(
            tr("Private by rule"),
            tr(
                "A prompt that holds one of these is answered on this machine or not at all. "
                "One a line; # stands for a digit, * for the rest of a word: Project Falcon, "
                "INV-####, acme*"
            ),
        )
        self.words = QPlainTextEdit()
        self.words.setAccessibleName(tr("Private words, one a line"))
        self.words.setTabChangesFocus(True)
        self.words.setPlaceholderText(tr("Project Falcon"))
        section.add_check(self.words, "privacy.words")
        self.verdict = Verdict(tr("{name}, problem", name=self.words.accessibleName()))
        section.column.addWidget(self.verdict)
        for name in PRESETS:
            box = QCheckBox(_TITLES[name])
            box.setAccessibleName(_TITLES[name])
            box.clicked.connect(self._presets_told)
            section.add_check(box, "privacy.presets")
            self.presets[name] = box
        self.words.textChanged.connect(self._timer.start)
        self.column.addStretch(1)
        yield

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force, unless the person is typing."""
        typing = self._timer.isActive() or bool(self.verdict.text())
        if not typing and self._typed() != settings.privacy.words:
            self.words.blockSignals(True)  # noqa: FBT003 - Qt's signature
            self.words.setPlainText("\n".join(settings.privacy.words))
            self.words.blockSignals(False)  # noqa: FBT003
        for name, box in self.presets.items():
            box.setChecked(name in settings.privacy.presets)

    def write_words(self) -> None:
        """Write the words as typed; a bad one is told and nothing is written."""
        self._timer.stop()
        self.verdict.say("")
        self.put("privacy.words", self._typed(), self.verdict.say)

    def _typed(self) -> list[str]:
        return [line.strip() for line in self.words.toPlainText().splitlines() if line.strip()]

    def _presets_told(self) -> None:
        self.put("privacy.presets", [name for name, box in self.presets.items() if box.isChecked()])
