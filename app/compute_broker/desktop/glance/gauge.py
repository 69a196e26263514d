"""The budget as a bar, with a mark where an even pace would be now."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from compute_broker.broker.events import BudgetView
from compute_broker.core.texts import tr
from compute_broker.desktop.look import NEAR
from compute_broker.desktop.mirroring import mirror
from compute_broker.desktop.theme import Theme

_HEIGHT = 16
_BAR = 8
_MARK = 2


class Gauge(QWidget):
    """``filled`` and ``pace`` are shares of the budget in [0, 1]."""

    def __init__(self, theme: Theme) -> None:
        """Start empty."""
        super().__init__()
        self._theme = theme
        self.filled = 0.0
        self.pace = 0.0
        self._percent = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Budget"))
        theme.changed.connect(self.update)

    def show_budget(self, view: BudgetView, gone: float) -> None:
        """Show a budget of whose period the share ``gone`` is over."""
        used = view.spent / view.limit if view.limit > 0 else 1.0
        self._percent = round(used * 100)
        self.filled, self.pace = max(0.0, min(used, 1.0)), max(0.0, min(gone, 1.0))
        told = tr(
            "{percent} % of the budget is used; {pace} % of its time is over",
            percent=self._percent,
            pace=round(self.pace * 100),
        )
        self.setAccessibleDescription(told)
        self.setToolTip(told)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A low bar, with room for the mark."""
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Paint groove, fill and mark."""
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mirror(painter, self)
        painter.setPen(Qt.PenStyle.NoPen)
        groove = QRectF(0, (self.height() - _BAR) / 2, self.width(), _BAR)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(groove, _BAR / 2, _BAR / 2)
        if self.filled:
            fill = QRectF(groove)
            # Less than the bar's own roundness would be no bar, but a speck.
            fill.setWidth(max(_BAR, groove.width() * self.filled))
            painter.setBrush(QColor(self._colour()))
            painter.drawRoundedRect(fill, _BAR / 2, _BAR / 2)
        at = max(1.0, min(groove.width() * self.pace, groove.width() - 1))
        painter.setBrush(QColor(colours.text))
        painter.drawRoundedRect(QRectF(at - _MARK / 2, 0, _MARK, self.height()), 1, 1)
        painter.end()

    def _colour(self) -> str:
        colours = self._theme.colours
        if self._percent >= 100:  # noqa: PLR2004 - all of it
            return colours.bad
        return colours.warn if self._percent >= NEAR else colours.accent
