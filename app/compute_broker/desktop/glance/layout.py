"""How the glance panel is put together, and how it fits its screen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.ask.card import Card
from compute_broker.desktop.ask.elided import Elided
from compute_broker.desktop.glance.bars import TierBars
from compute_broker.desktop.glance.head import Head
from compute_broker.desktop.glance.row import GlanceRow
from compute_broker.desktop.menu_words import SETTINGS_BAD
from compute_broker.desktop.theme import XS, L, M, S, Theme
from compute_broker.desktop.wrapping import Wrapping

WIDTH = 440
_WIDEST = 560
"""Pixels: so wide does the panel become where a language has longer lines; only then are any cut."""
_ROWS_SHARE = 0.45
"""The most of a screen's height that the tiers take before they scroll."""


class Footer(QWidget):
    """The ways on from here."""

    def __init__(self) -> None:
        """Build the buttons."""
        super().__init__()
        self.ask = _button(tr("Quick ask"), tr("Open the quick ask"))
        self.ask.setProperty("kind", "primary")
        self.history = _button(tr("History"), tr("Open the history"))
        self.usage = _button(tr("Usage"), tr("Open the usage window"))
        self.settings = _button(tr("Settings"), tr("Open the settings"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        row.addWidget(self.ask)
        row.addStretch()
        row.addWidget(self.history)
        row.addWidget(self.usage)
        row.addWidget(self.settings)


class GlanceLayout(Card):
    """The widgets of the panel, without behaviour."""

    def __init__(self, theme: Theme) -> None:
        """Build everything but the tiers' rows, which come with the first snapshot."""
        super().__init__(theme)
        self.setWindowTitle(tr("Today"))
        self.setAccessibleName(tr("Today at a glance"))
        self._wide = WIDTH
        self.head = Head(theme)
        self.rows: list[GlanceRow] = []
        self.bars = TierBars(theme)
        self.outlook = Elided(tr("Forecast for this month"))
        self.machine = Elided(tr("What this machine could run"))
        self.machine.set_whole("–")  # read once the panel is there: its room is kept
        self.mistake = _button(SETTINGS_BAD, tr("The settings file has a mistake: open the settings"))
        self.mistake.setProperty("kind", "quiet")
        self.mistake.hide()
        self.problem = Wrapping()
        self.problem.setAccessibleName(tr("Problem"))
        self.problem.setProperty("kind", "bad")
        self.footer = Footer()
        self._tiers = QWidget()
        self._list = QVBoxLayout(self._tiers)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._scroll = _scrolling(self._tiers)
        self._lines = [_line(), _line(), _line()]
        self._arrange()
        self.problem.hide()
        theme.changed.connect(self._dress)
        self._dress()

    def take_rows(self, rows: Sequence[GlanceRow]) -> None:
        """Show these rows in place of the former."""
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = list(rows)
        before: QWidget = self
        for row in rows:
            self._list.addWidget(row)
            QWidget.setTabOrder(before, row.switch)
            before = row.switch
        footer = self.footer
        for follower in (self.bars, self.mistake, footer.ask, footer.history, footer.usage, footer.settings):
            QWidget.setTabOrder(before, follower)
            before = follower

    def fit(self) -> None:
        """Make the panel as high as what it shows; many tiers scroll."""
        most = round(self.screen().availableGeometry().height() * _ROWS_SHARE)
        self._list.activate()
        wanted = self._tiers.sizeHint().height()
        self._scroll.setFixedHeight(min(wanted, most))
        column = self.layout()
        if column is not None:
            column.activate()
            needed = max((row.needed for row in self.rows), default=0) + 2 * L
            self._wide = max(self._wide, min(_WIDEST, needed))
            width = self._wide + 2 * self.inset
            wraps = column.hasHeightForWidth()
            self.setFixedSize(
                width, column.totalHeightForWidth(width) if wraps else column.totalSizeHint().height()
            )

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        edge = self.inset
        column.setContentsMargins(edge + L, edge + L, edge + L, edge + M)
        column.setSpacing(S)
        upper, middle, lower = self._lines
        for widget in (self.head, upper, self._scroll, middle, self.bars):
            column.addWidget(widget)
        column.addWidget(self.outlook)
        column.addWidget(self.machine)
        column.addWidget(self.mistake, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self.problem)
        column.addWidget(lower)
        column.addWidget(self.footer)
        column.addSpacing(XS)

    def _dress(self) -> None:
        small = self._theme.font("small")
        self.outlook.setFont(small)
        self.machine.setFont(small)
        for line in self._lines:
            line.setStyleSheet(f"background: {self._theme.colours.border}; border: none;")


def _scrolling(inner: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
    return area


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    return line


def _button(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(name)
    button.setAutoDefault(False)
    return button
