"""One tier at a glance: state, name, place, price, speed, what it cost today, and its switch."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from compute_broker.broker.events import Spend
from compute_broker.core.quote import Quote
from compute_broker.core.texts import tr
from compute_broker.desktop.ask.elided import Elided
from compute_broker.desktop.glance import words
from compute_broker.desktop.glance.dot import Dot
from compute_broker.desktop.glance.switch import Switch
from compute_broker.desktop.menu_words import tier_hint
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.theme import XS, M, S, Theme

_SHARE = 66
"""Pixels that most amounts fit in, so that the colours before them stand in one line."""


class GlanceRow(QWidget):
    """``switched`` carries the tier's id and what the person wants of it."""

    switched = Signal(str, bool)

    def __init__(self, theme: Theme, tier_id: str, label: str, colour: int) -> None:
        """Build the row of a tier whose bars have the chart colour number ``colour``."""
        super().__init__()
        self._theme, self._colour = theme, colour
        self.tier_id = tier_id
        self.dot = Dot(theme)
        self.label = Elided(label)
        self.label.set_whole(label)
        self.detail = Elided(tr("{label}, state and price", label=label))
        self.detail.setProperty("kind", "muted")
        self.share = _figure(tr("{label}, cost today", label=label))
        self.swatch = _Swatch(theme, colour)
        self.swatch.hide()
        self.switch = Switch(theme, tr("{label}, on or off", label=label))
        self._arrange()
        self.switch.clicked.connect(lambda on: self.switched.emit(tier_id, on))
        theme.changed.connect(self._dress)
        self._dress()

    def show_quote(self, quote: Quote, spend: Spend) -> None:
        """Show state, price, speed and today's cost as the snapshot and the sums have them."""
        state = words.state(quote)
        self.dot.show_state(state)
        if self.label.whole != quote.tier.label:
            self.label.setAccessibleName(quote.tier.label)
            self.label.set_whole(quote.tier.label)
        kind = "" if quote.tier.enabled else "muted"
        if self.label.property("kind") != kind:  # dressing anew paints anew
            self.label.setProperty("kind", kind)
            self.label.style().polish(self.label)
        self.detail.set_whole(words.tier_line(quote))
        cost = words.share(quote, spend)
        self.share.setText(cost)
        self.switch.setChecked(quote.tier.enabled)
        hint = tr(
            "{tier_hint}\nSeen {age}", tier_hint=tier_hint(quote), age=words.age(quote, datetime.now(UTC))
        )
        self.setToolTip(hint)
        self.switch.setAccessibleDescription(
            tr(
                "{states}, {tier_line}, today {cost}",
                states=words.STATES[state],
                tier_line=words.tier_line(quote, whole=True),
                cost=cost,
            )
        )

    @property
    def needed(self) -> int:
        """How many pixels the row takes with nothing of it cut."""
        beside = self.minimumSizeHint().width()  # both lines of words give way, down to nothing
        return beside + max(self.label.needed, self.detail.needed)

    def show_key(self, *, drawn: bool) -> None:
        """Show the tier's colour, where one of the bars has it."""
        self.swatch.setVisible(drawn)

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, XS, 0, XS)
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.dot, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.label, 0, 1)
        grid.addWidget(self.detail, 1, 1)
        grid.addWidget(self.swatch, 0, 2, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.share, 0, 3, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnMinimumWidth(3, _SHARE)
        grid.setColumnMinimumWidth(4, M - S)
        grid.addWidget(self.switch, 0, 5, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(1, 1)

    def _dress(self) -> None:
        self.label.setFont(self._theme.font("body"))
        self.detail.setFont(self._theme.font("small"))
        self.share.setFont(self._theme.font("body"))


class _Swatch(QWidget):
    """The colour in which the bars show this tier."""

    def __init__(self, theme: Theme, colour: int) -> None:
        super().__init__()
        self._theme, self._colour = theme, colour
        self.setFixedSize(8, 8)
        keep = QSizePolicy(self.sizePolicy())
        keep.setRetainSizeWhenHidden(True)
        self.setSizePolicy(keep)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        series = self._theme.colours.series
        painter.setBrush(QColor(series[self._colour % len(series)]))
        painter.drawRoundedRect(QRectF(self.rect()), 2, 2)
        painter.end()


def _figure(name: str) -> QLabel:
    label = QLabel()
    label.setAccessibleName(name)
    line_up(label, end=True)
    return label
