"""Fourteen days as stacked bars, one colour a tier: the colours of the rows above."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.desktop.chart import Chart
from compute_broker.desktop.dates import said
from compute_broker.desktop.glance.words import day_text, days_text
from compute_broker.desktop.mirroring import mirrored
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.views import DayTiers

_AXIS = 16
_HEAD = 16
_BAR = 0.62
"""The bar's share of a day's column."""
_SLIVER = 2.0
"""Pixels that any spend at all is given."""


class TierBars(Chart):
    """One bar a day, today last. Arrow keys walk through the days; each is read out."""

    def __init__(self, theme: Theme) -> None:
        """Start without days."""
        super().__init__(theme, tr("Spend of the last 14 days, by tier"))
        self._days: Sequence[DayTiers] = ()
        self._order: list[str] = []
        self._labels: dict[str, str] = {}

    def show_days(self, days: Sequence[DayTiers], labels: dict[str, str]) -> None:
        """Draw these days; ``labels`` names the tiers in the order of their colours."""
        if days == self._days and labels == self._labels and list(labels) == self._order:
            return  # painting takes longer than comparing, and most often nothing was spent meanwhile
        self._days, self._labels, self._order = days, labels, list(labels)
        self.setAccessibleDescription(days_text(days, labels))
        self.redraw()

    @property
    def tiers(self) -> set[str]:
        """The tiers that cost something on any of the days: those that have a colour in the bars."""
        return {each.tier for day in self._days for each in day.tiers if each.sums.spent > 0}

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A low band."""
        return QSize(300, 84)

    def stack(self, number: int) -> list[tuple[str, QRectF]]:
        """Return a day's parts from the floor up: tier id and rectangle."""
        wide, floor = self.width() / max(1, len(self._days)), self.height() - _AXIS
        room, top = floor - _HEAD, max((day.sums.spent for day in self._days), default=0)
        left, width = self._left(number) + wide * (1 - _BAR) / 2, wide * _BAR
        parts, base = [], float(floor)
        tiers = [each for each in self._days[number].tiers if each.sums.spent > 0]
        for each in sorted(tiers, key=lambda one: self._place(one.tier)):
            high = max(_SLIVER, room * each.sums.spent / top)
            parts.append((each.tier, QRectF(left, base - high, width, high)))
            base -= high
        return parts

    def draw(self, painter: QPainter) -> None:
        """Draw floor, bars, the days below, and the highest day's figure."""
        floor = self.height() - _AXIS
        painter.setPen(QPen(QColor(self._theme.colours.border), 1))
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(self.width(), floor + 0.5))
        for number in range(len(self._days)):
            self._paint_day(painter, number)

    def points(self) -> int:
        """As many as days."""
        return len(self._days)

    def point_text(self, number: int) -> str:
        """A day's spend, by tier."""
        return day_text(self._days[number], self._labels)

    def point_spot(self, number: int) -> QPointF:
        """The top of a day's column."""
        return QPointF(self._left(number), 0)

    def point_near(self, x: int) -> int:
        """The day whose column that is."""
        at = int(x * len(self._days) / max(1, self.width()))
        at = len(self._days) - 1 - at if mirrored(self) else at
        return max(0, min(at, len(self._days) - 1))

    def _paint_day(self, painter: QPainter, number: int) -> None:
        day, colours = self._days[number], self._theme.colours
        wide, last = self.width() / len(self._days), number == len(self._days) - 1
        parts = self.stack(number)
        if parts:
            whole = parts[0][1].united(parts[-1][1])
            rounded = QPainterPath()
            rounded.addRoundedRect(whole.adjusted(0, 0, 0, 3), 3, 3)
            painter.save()
            painter.setClipRect(whole.adjusted(-1, -1, 1, 0))
            painter.setClipPath(rounded, Qt.ClipOperation.IntersectClip)
            for tier_id, part in parts:
                painter.fillRect(part, QColor(self._colour(tier_id)))
            painter.restore()
            if day.sums.spent == max(each.sums.spent for each in self._days):
                head = QRectF(self._left(number) - 30, whole.top() - _HEAD, wide + 60, _HEAD)
                head.moveRight(min(head.right(), self.width() + 20))
                head.moveLeft(max(head.left(), -20.0))
                painter.setPen(QColor(colours.muted))
                painter.drawText(head, Qt.AlignmentFlag.AlignCenter, format_usd(day.sums.spent))
        painter.setPen(
            QColor(colours.accent if number == self._at else colours.text if last else colours.muted)
        )
        column = QRectF(self._left(number), self.height() - _AXIS + 2, wide, _AXIS - 2)
        painter.drawText(column, Qt.AlignmentFlag.AlignCenter, said(day.day, "ddd")[:2])

    def _left(self, number: int) -> float:
        """Return where a day's column begins; today stands last, the way the language is read."""
        column = len(self._days) - 1 - number if mirrored(self) else number
        return column * self.width() / max(1, len(self._days))

    def _colour(self, tier_id: str) -> str:
        series = self._theme.colours.series
        return (
            series[self._place(tier_id) % len(series)]
            if tier_id in self._labels
            else self._theme.colours.muted
        )

    def _place(self, tier_id: str) -> int:
        return self._order.index(tier_id) if tier_id in self._labels else len(self._order)
