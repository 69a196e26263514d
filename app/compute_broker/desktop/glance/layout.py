"""How the glance panel is put together, and how it fits its screen."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.ask.card import Card
from compute_broker.desktop.ask.elided import Elided
from compute_broker.desktop.building import InParts
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


class GlanceLayout(Card, InParts):
    """The widgets of the panel, without behaviour."""

    def __init__(self, theme: Theme) -> None:
        """Begin with nothing but the frame."""
        super().__init__(theme)
        self.setWindowTitle(tr("Today"))
        self.setAccessibleName(tr("Today at a glance"))
        self._wide = WIDTH
        self.rows: list[GlanceRow] = []
        self._lines = [_line(), _line(), _line()]

    def build(self) -> Iterator[None]:
        """Build it from the top downwards; the tiers' rows follow with the first snapshot."""
        column = QVBoxLayout(self)
        edge = self.inset
        column.setContentsMargins(edge + L, edge + L, edge + L, edge + M)
        column.setSpacing(S)
        upper, middle, lower = self._lines
        self.head = Head(self._theme)
        column.addWidget(self.head)
        column.addWidget(upper)
        yield
        self._tiers = QWidget()
        self._list = QVBoxLayout(self._tiers)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._scroll = _scrolling(self._tiers)
        column.addWidget(self._scroll)
        column.addWidget(middle)
        self.bars = TierBars(self._theme)
        column.addWidget(self.bars)
        yield
        self._build_words(column)
        column.addWidget(lower)
        yield
        self.footer = Footer()
        column.addWidget(self.footer)
        column.addSpacing(XS)
        self._theme.changed.connect(self._dress)
        self._dress()
        yield

    def _build_words(self, column: QVBoxLayout) -> None:
        self.outlook = Elided(tr("Forecast for this month"))
        self.machine = Elided(tr("What this machine could run"))
        self.machine.set_whole("–")  # read once the panel is there: its room is kept
        self.mistake = _button(SETTINGS_BAD, tr("The settings file has a mistake: open the settings"))
        self.mistake.setProperty("kind", "quiet")
        self.mistake.hide()
        self.problem = Wrapping()
        self.problem.setAccessibleName(tr("Problem"))
        self.problem.setProperty("kind", "bad")
        self.problem.hide()
        column.addWidget(self.outlook)
        column.addWidget(self.machine)
        column.addWidget(self.mistake, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self.problem)

    def drop_rows(self) -> None:
        """Show no tiers."""
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = []

    def add_row(self, row: GlanceRow) -> None:
        """Show another tier below the others."""
        self.rows.append(row)
        self._list.addWidget(row)

    def order_rows(self) -> None:
        """Have Tab walk along the rows, then on to the rest."""
        before: QWidget = self
        footer = self.footer
        rest = (self.bars, self.mistake, footer.ask, footer.history, footer.usage, footer.settings)
        for follower in (*(row.switch for row in self.rows), *rest):
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
