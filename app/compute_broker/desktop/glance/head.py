"""The panel's head: spent today, saved today apart from it, and the budget with its pace."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.desktop.ask.elided import Elided
from compute_broker.desktop.glance import words
from compute_broker.desktop.glance.gauge import Gauge
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.theme import XS, S, Theme


class Head(QWidget):
    """Two figures side by side, and the gauge below."""

    def __init__(self, theme: Theme) -> None:
        """Build it empty."""
        super().__init__()
        self._theme = theme
        self.spent_title, self.saved_title = _label(tr("Today"), "muted"), _label(tr("Saved today"), "muted")
        self.spent, self.saved = _label("", "figure"), _label("", "figure")
        self.spent.setAccessibleName(tr("Spent today"))
        self.saved.setAccessibleName(tr("Saved today"))
        self.spent_note = _label("", "muted")
        self.saved_note = Elided(tr("What the saving is measured against"))
        self.saved_note.setProperty("kind", "muted")
        self.gauge = Gauge(theme)
        self.left, self.pace = _label("", ""), _label("", "muted")
        self.doubt = _label("", "muted")
        for label in (self.saved_title, self.saved, self.saved_note, self.pace):
            line_up(label, end=True)
        self._arrange()
        theme.changed.connect(self._dress)
        self._dress()

    def show_spend(self, spend: Spend, baseline: str) -> None:
        """Show today's sums; ``baseline`` names what the saving is measured against."""
        self.spent.setText(format_usd(spend.today))
        self.spent_note.setText(tr("for {prompts}", prompts=words.count(spend)))
        text, kind = words.saved(spend)
        self.saved.setText(text)
        self.saved.setProperty("kind", kind)
        self.saved.style().polish(self.saved)
        self.saved_note.set_whole(tr("against {baseline}", baseline=baseline) if baseline else "")
        doubt = words.uncertain(spend)
        self.doubt.setText(doubt)
        self.doubt.setVisible(bool(doubt))

    def show_budget(self, view: BudgetView | None, gone: float) -> None:
        """Show the budget, of whose period the share ``gone`` is over; without one, that there is none."""
        left, pace = words.budget(view, gone)
        self.left.setText(left)
        self.left.setProperty("kind", "muted" if view is None else "")
        self.left.style().polish(self.left)
        self.pace.setText(pace)
        self.gauge.setVisible(view is not None)
        if view is not None:
            self.gauge.show_budget(view, gone)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(XS)
        figures = QHBoxLayout()
        for labels in (
            (self.spent_title, self.spent, self.spent_note),
            (self.saved_title, self.saved, self.saved_note),
        ):
            part = QVBoxLayout()
            part.setSpacing(0)
            for label in labels:
                part.addWidget(label)
            figures.addLayout(part, 1)
        column.addLayout(figures)
        column.addWidget(self.doubt)
        column.addSpacing(XS)
        column.addWidget(self.gauge)
        below = QHBoxLayout()
        below.setSpacing(S)
        below.addWidget(self.left)
        below.addStretch()
        below.addWidget(self.pace)
        column.addLayout(below)

    def _dress(self) -> None:
        small = self._theme.font("small")
        for label in (self.spent_title, self.saved_title, self.spent_note, self.saved_note):
            label.setFont(small)
        for label in (self.left, self.pace, self.doubt):
            label.setFont(small)
        figure = self._theme.font("figure")
        self.spent.setFont(figure)
        self.saved.setFont(figure)


def _label(text: str, kind: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    line_up(label)
    label.setProperty("kind", kind)
    return label
