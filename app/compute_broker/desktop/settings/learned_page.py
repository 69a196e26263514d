"""The page of what use has taught: in sentences, with a way to forget it, take it along and bring it in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton

from compute_broker.broker.lesson_file import read_lessons, told, write_lessons
from compute_broker.core.errors import BrokerError
from compute_broker.core.texts import tr
from compute_broker.desktop.settings.rows import Page, Section, Verdict, text_label
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import S, Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services
    from compute_broker.config.schema import Settings

_NOTHING = tr("Nothing yet. Rate answers with a thumb; copied, stopped and improved ones count a little too.")
_FILES = tr("Lessons (*.json)")


class LearnedPage(Page):
    """Sentences such as "Kimi K2.6 did better than expected on your writing: 14 of 15"."""

    def __init__(self, services: Services, tasks: Tasks, theme: Theme) -> None:
        """Start empty."""
        super().__init__(tr("Learned"))
        self._broker = services.broker
        self._tasks, self._theme = tasks, theme
        self._forgotten = False

    def build(self) -> Iterator[None]:
        """Build the section."""
        section = Section(
            self._theme,
            tr("What use has taught"),
            tr(
                "It moves what a tier is expected to do, by kind of task: never far, a bad day counts little."
            ),
        )
        self.column.addWidget(section)
        self.sentences = text_label(_NOTHING, tr("What was learned"))
        self.sentences.setWordWrap(True)
        section.column.addWidget(self.sentences)
        row = QHBoxLayout()
        row.setSpacing(S)
        self.reset = _button(tr("Forget all"), self._reset)
        self.export = _button(tr("Export…"), self._export)
        self.import_ = _button(tr("Import…"), self._import)
        for button in (self.reset, self.export, self.import_):
            row.addWidget(button)
        row.addStretch(1)
        section.column.addLayout(row)
        self.verdict = Verdict(tr("Learned, problem"))
        self.column.addWidget(self.verdict)
        self.column.addStretch(1)
        yield

    def show_settings(self, settings: Settings) -> None:  # noqa: ARG002 - a page's signature
        """Show what holds for the tiers there are now."""
        self.show_state()

    def show_state(self) -> None:
        """Say what is known now."""
        said = [f"{finding.sentence}." for finding in self._broker.findings()]
        if said:
            self._forgotten = False  # what was learned since can be forgotten too
        self.sentences.setText("\n".join(said) or _NOTHING)
        self.reset.setText(tr("Undo forgetting") if self._forgotten else tr("Forget all"))
        self.reset.setEnabled(bool(said) or self._forgotten)
        self.export.setEnabled(bool(said))

    def write_to(self, path: Path) -> None:
        """Export to ``path``."""
        self._tasks.run(self._write(path))

    def read_from(self, path: Path) -> None:
        """Import from ``path``."""
        self._tasks.run(self._read(path))

    def _reset(self) -> None:
        self._tasks.run(self._forget_or_undo())

    async def _forget_or_undo(self) -> None:
        ledger = self._broker.ledger
        undo = self._forgotten
        if undo:
            await ledger.remember_lessons()
        else:
            await ledger.forget_lessons()
        await self._broker.learn()
        self._forgotten = not undo
        self.show_state()

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Export what was learned"), "lessons.json", _FILES)
        if name:
            self.write_to(Path(name))

    def _import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Import what was learned"), "", _FILES)
        if name:
            self.read_from(Path(name))

    async def _write(self, path: Path) -> None:
        lessons = await self._broker.ledger.lessons()
        try:
            count = write_lessons(path, lessons)
        except BrokerError as error:
            self.verdict.say(str(error))
            return
        self.verdict.say(tr("{counted} written to {path}.", counted=told(count), path=path), good=True)

    async def _read(self, path: Path) -> None:
        try:
            lessons = read_lessons(path)
        except BrokerError as error:
            self.verdict.say(str(error))
            return
        new = await self._broker.ledger.import_lessons(lessons)
        await self._broker.learn()
        self.show_state()
        self.verdict.say(
            tr("{counted} read, {new} of them new.", counted=told(len(lessons)), new=new), good=True
        )


def _button(text: str, act: object) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.clicked.connect(act)
    return button
