"""How long prompts and answers are kept. Fewer days delete at once what is older, so the person is asked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMessageBox

from compute_broker.config.edits import set_value
from compute_broker.core.texts import counted, figure, tr
from compute_broker.desktop.mirroring import end_side
from compute_broker.desktop.settings.rows import Section, Verdict
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.theme import Theme

MOST_DAYS = 36_500


class Retention(Section):
    """One field; empty keeps everything."""

    def __init__(self, writer: Writer, theme: Theme) -> None:
        """Build the row."""
        super().__init__(theme, tr("Prompts and answers"))
        self._writer = writer
        self._days: int | None = None
        self._box: QMessageBox | None = None
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Days that prompts and answers are kept"))
        self.field.setPlaceholderText(tr("all"))
        self.field.setMaximumWidth(90)
        self.field.setAlignment(end_side(self.field))
        self.field.editingFinished.connect(self._typed)
        self.add_row(tr("Keep for days"), self.field, setting="data.keep_prompts_days")
        self.verdict = Verdict(tr("Days kept, problem"))
        self.column.addWidget(self.verdict)

    def show_days(self, days: int | None) -> None:
        """Show what is in force, unless the person is just typing."""
        self._days = days
        if not self.field.hasFocus():
            self.field.setText("" if days is None else str(days))

    def _typed(self) -> None:
        text = self.field.text().strip()
        days = int(text) if text.isdecimal() else None
        if self._box is not None or text == ("" if self._days is None else str(self._days)):
            return
        if text and (days is None or not 1 <= days <= MOST_DAYS):
            self.verdict.say(
                tr(
                    "{text} are no days: write a number from 1 to {most_days}, or nothing.",
                    text=text,
                    most_days=figure(f"{MOST_DAYS:,}"),
                )
            )
        elif days is not None and (self._days is None or days < self._days):
            self._ask(days)
        else:
            self._put(days)

    def _ask(self, days: int) -> None:
        box = QMessageBox(self.window())
        box.setWindowTitle(tr("Delete older prompts"))
        box.setText(
            counted(
                "Delete prompts and answers older than {count} day?",
                "Delete prompts and answers older than {count} days?",
                days,
            )
        )
        box.setInformativeText(tr("Within the hour, for good, in the daily copies too. Sums and costs stay."))
        yes = box.addButton(tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("Keep them"), QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def chosen() -> None:
            self._box = None
            if box.clickedButton() is yes:
                self._put(days)
            else:
                self.field.setText("" if self._days is None else str(self._days))

        box.finished.connect(chosen)
        self._box = box
        box.open()

    def _put(self, days: int | None) -> None:
        self.verdict.say("")
        self._writer.apply(set_value("data.keep_prompts_days", days), self.verdict.say)
