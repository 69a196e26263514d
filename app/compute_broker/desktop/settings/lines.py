"""Lines of settings in a grid: a title, a control, what it means, and below it what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from compute_broker.config.described import description
from compute_broker.core.texts import tr, within
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.kinds import set_kind
from compute_broker.desktop.settings.rows import Choice, Verdict, described, said, text_label
from compute_broker.desktop.settings.writer import Answer
from compute_broker.desktop.theme import S, Theme

TITLE_WIDTH = 130
_FIELD_WIDTH = 210

Fits = Callable[[str], bool]
"""Says whether words are those that are looked for."""
Chosen = Callable[[Any, Answer], None]
"""Takes what was chosen, and who is to hear what is wrong with it."""


class Field(QLineEdit):
    """One setting that is typed. What was refused stays as typed, with the reason in :attr:`problem`."""

    def __init__(self, name: str, told: Callable[[str], None], *, empty: str = "") -> None:
        """Tell ``told`` what was typed, if it is not what is in force; ``empty`` is what no text means."""
        super().__init__()
        self._in_force = ""
        self._told = told
        self.problem = Verdict(tr("{name}, problem", name=name))
        self.setAccessibleName(name)
        self.setPlaceholderText(empty)
        self.setFixedWidth(_FIELD_WIDTH)
        self.editingFinished.connect(self._finished)

    def show_text(self, text: str) -> None:
        """Show what is in force, unless the person is typing, or typed what was refused."""
        moved, self._in_force = text != self._in_force, text
        if self.hasFocus() or (self.problem.text() and not moved):
            return
        self.setText(text)
        self.wrong("")

    def forget(self) -> None:
        """Go back to what is in force, if what was typed was refused."""
        if self.problem.text():
            self.setText(self._in_force)
            self.wrong("")

    def wrong(self, sentence: str) -> None:
        """Say what is wrong with what was typed; nothing takes it back."""
        if sentence and sentence != self.problem.text():
            announce(self, sentence)
        self.problem.say(sentence)
        set_kind(self, "bad" if sentence else "")

    def _finished(self) -> None:
        text = self.text().strip()
        if text == self._in_force:
            self.wrong("")
        else:
            self._told(text)


@dataclass(frozen=True)
class _Line:
    widgets: tuple[QWidget, ...]
    problem: QLabel

    def show(self, *, wanted: bool) -> None:
        for widget in self.widgets:
            widget.setVisible(wanted)
        self.problem.setVisible(wanted and bool(self.problem.text()))


class Lines(QWidget):
    """Lines below one another. ``owner`` is whose settings they are: it begins each control's name."""

    def __init__(self, theme: Theme, owner: str) -> None:
        """Start without lines. Their settings are named by their paths, such as ``tiers.hosts.only``."""
        super().__init__()
        self._theme, self._owner = theme, owner
        self._lines: list[_Line] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(S)
        self._grid.setVerticalSpacing(S)
        self._grid.setColumnStretch(2, 1)

    def field(
        self,
        setting: str,
        title: str,
        told: Callable[[str], None],
        *,
        empty: str = "",
        hint: QWidget | None = None,
    ) -> Field:
        """Add a setting that is typed; ``empty`` is what an empty field means."""
        field = Field(f"{self._owner}, {within(title)}", told, empty=empty)
        self.add(setting, title, field, field.problem, hint)
        return field

    def choice(self, setting: str, title: str, told: Chosen, *, hint: QWidget | None = None) -> Choice:
        """Add a setting with few values; the caller adds them, with what ``told`` gets as their data."""
        choice = Choice(self._theme, f"{self._owner}, {within(title)}")
        choice.setFixedWidth(_FIELD_WIDTH)
        problem = self.add(setting, title, choice, hint=hint)
        choice.activated.connect(lambda _index: told(choice.currentData(), problem.say))
        return choice

    def check(self, setting: str, title: str, told: Chosen) -> QCheckBox:
        """Add a setting that is on or off."""
        box = QCheckBox(tr("Yes"))
        box.setAccessibleName(f"{self._owner}, {within(title)}")
        problem = self.add(setting, title, box)
        box.clicked.connect(lambda on: told(on, problem.say))
        return box

    def add(
        self,
        setting: str,
        title: str,
        control: QWidget,
        problem: Verdict | None = None,
        hint: QWidget | None = None,
    ) -> Verdict:
        """Add a line for ``setting``, with its description, or ``hint`` in its place.

        Returns where to say what is wrong with the setting: below its control.
        """
        described(control, setting)
        label = text_label(title, tr("{name}, {title}, label", name=self._owner, title=title))
        label.setBuddy(control)
        label.setMinimumWidth(TITLE_WIDTH)
        hint = hint or text_label(
            tr(description(setting)),
            tr("{name}, {title}, hint", name=self._owner, title=title),
            kind="muted",
        )
        problem = problem or Verdict(tr("{name}, problem", name=f"{self._owner}, {within(title)}"))
        row = 2 * len(self._lines)
        for column, widget in enumerate((label, control, hint)):
            self._grid.addWidget(widget, row, column)
        self._grid.addWidget(problem, row + 1, 1, 1, 2)
        self._lines.append(_Line((label, control, hint), problem))
        return problem

    def show_lines(self, fits: Fits) -> bool:
        """Show only the lines whose words fit; return whether there are any."""
        found = [fits(text) for text in self.words()]
        for line, wanted in zip(self._lines, found, strict=True):
            line.show(wanted=wanted)
        return any(found)

    def words(self) -> Iterator[str]:
        """Yield the words of each line."""
        for line in self._lines:
            yield " ".join(text for each in line.widgets for text in said(each, deep=False))
