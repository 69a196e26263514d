"""The days of a period as bars, or the hours of today, each with a ghost for what another rule would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from compute_broker.core.money import format_usd
from compute_broker.core.texts import counted, tr
from compute_broker.desktop.chart import Chart
from compute_broker.desktop.dates import said
from compute_broker.desktop.mirroring import mirrored
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.periods import HOUR
from compute_broker.ledger.views import DaySpend, HourSpend

_AXIS = 20
_HEAD = 18
_BAR = 0.6
"""The bar's share of a day's column."""
_WIDEST = 48.0
"""Pixels that a bar takes at most."""
_LABEL = 48.0
"""Pixels that a day's name needs."""
_SLIVER = 3.0
"""Pixels that any spend at all is given."""
_LEGEND = 18
"""Pixels above the chart that say which bar is which, while there are two kinds."""
_SWATCH = 10.0
_OUTLINED = 12.0
"""Pixels from which an outline can be seen as one."""

Ghost = Mapping[date, int] | Mapping[datetime, int]
"""How days, or hours by their first instant, would differ; nano-dollars."""


class DayBars(Chart):
    """One bar a day, of today one an hour; those to come are left empty. Arrow keys read them out."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start without days."""
        super().__init__(theme, tr("Spend by day"), parent)
        self._days: Sequence[DaySpend | HourSpend] = ()
        self._ahead = 0
        self._ghost: Ghost | None = None
        self._highest = 0
        """The most that a day cost."""
        self._top = 1
        """The most that a day cost or would have cost: the height of the chart."""

    def show_days(self, days: Sequence[DaySpend | HourSpend], ahead: int = 0) -> None:
        """Draw these days or hours, the present one last, and leave room for as many as are ``ahead``."""
        if (days, ahead, None) == (self._days, self._ahead, self._at):
            return  # drawing takes longer than comparing
        self._days, self._ahead, self._at = days, ahead, None
        hourly = bool(days) and isinstance(days[0], HourSpend)
        self.setAccessibleName(tr("Spend by hour") if hourly else tr("Spend by day"))
        self._describe()

    def show_ghost(self, differences: Ghost | None) -> None:
        """Draw beside each bar what it would have cost; ``None`` for nothing. Nano-dollars by day or hour."""
        if differences != self._ghost:
            self._ghost = differences
            self._describe()

    def would(self, number: int) -> int | None:
        """Return what a day would have cost, or ``None`` while nothing is asked."""
        if self._ghost is None:
            return None
        day = self._days[number]
        return max(0, day.sums.spent + self._ghost.get(_key(day), 0))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A low band."""
        return QSize(600, 120)

    def draw(self, painter: QPainter) -> None:
        """Draw the floor, the bars, and the days below."""
        painter.setPen(QPen(QColor(self._theme.colours.border), 1))
        floor = self.height() - _AXIS
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(self.width(), floor + 0.5))
        for number in range(len(self._days)):
            self._paint_day(painter, number)
        self._paint_names(painter)
        if self._ghost is not None:
            self._paint_legend(painter)

    def points(self) -> int:
        """As many as days that were."""
        return len(self._days)

    def point_text(self, number: int) -> str:
        """A day's sums, and what they would have been."""
        would = self.would(number)
        text = day_text(self._days[number])
        return (
            text
            if would is None
            else tr("{text}; {amount} under the what-if", text=text, amount=format_usd(would))
        )

    def point_spot(self, number: int) -> QPointF:
        """The top of a day's bar."""
        return self._bar(number).topLeft()

    def point_near(self, x: int) -> int:
        """The day whose column that is; today for those to come."""
        column = int(x / self._wide())
        number = self._columns() - 1 - column if mirrored(self) else column
        return max(0, min(number, len(self._days) - 1))

    def _describe(self) -> None:
        self._highest = max((day.sums.spent for day in self._days), default=0)
        would = (self.would(number) or 0 for number in range(len(self._days)))
        self._top = max(self._highest, *would, 1)
        told = (self.point_text(number) for number, day in enumerate(self._days) if day.sums.requests)
        self.setAccessibleDescription("; ".join(told) or tr("No spend"))
        self.redraw()

    def _paint_day(self, painter: QPainter, number: int) -> None:
        colours, day, bar = self._theme.colours, self._days[number], self._bar(number)
        strong = number in (len(self._days) - 1, self._at)
        painter.setPen(Qt.PenStyle.NoPen)
        if day.sums.spent:
            painter.setBrush(QColor(colours.accent if strong else colours.series[0]))
            painter.setOpacity(1.0 if strong else 0.55)
            painter.drawRoundedRect(bar, 3, 3)
            painter.setOpacity(1.0)
        else:
            painter.setBrush(QColor(colours.border))
            painter.drawRect(QRectF(bar.left(), self.height() - _AXIS - 2, bar.width(), 2))
        if self.would(number):
            self._paint_ghost(painter, self._ghost_bar(number))

    def _paint_ghost(self, painter: QPainter, bar: QRectF) -> None:
        """Paint a dashed outline; of a low bar, whose dashes would be a scribble, all of it."""
        colours = self._theme.colours
        if bar.height() < _OUTLINED:
            painter.setBrush(QColor(colours.series[1]))
            painter.drawRect(bar)
            return
        painter.setBrush(QColor(colours.accent_soft))
        painter.setPen(QPen(QColor(colours.series[1]), 1.2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(bar.adjusted(0.6, 0.6, -0.6, 0.0), 3, 3)

    def _paint_names(self, painter: QPainter) -> None:
        """Write the days below, as many as fit, and the highest figures above."""
        colours, wide = self._theme.colours, self._wide()
        every, last = max(1, -int(-_LABEL // wide)), len(self._days) - 1
        for number in range(self._columns()):
            today = number == last
            if (last - number) % every == 0:
                painter.setPen(QColor(colours.text if today else colours.muted))
                room = QRectF(0, self.height() - _AXIS + 3, max(wide, _LABEL), _AXIS - 3)
                room.moveCenter(QPointF(self._left(number) + wide / 2, room.center().y()))
                painter.drawText(self._inside(room), Qt.AlignmentFlag.AlignCenter, self._name(number))
            spent = self._days[number].sums.spent if number <= last else 0
            if spent and (spent == self._highest or (today and wide > _LABEL)):
                painter.setPen(QColor(colours.text if today else colours.muted))
                text = format_usd(spent)
                head = self._head(number, painter.fontMetrics().horizontalAdvance(text) + 4)
                painter.drawText(head, Qt.AlignmentFlag.AlignCenter, text)

    def _head(self, number: int, wide: int) -> QRectF:
        """Return the place of a figure above its bar, and above whatever else it would lie on."""
        bar = self._bar(number)
        head = self._inside(QRectF(bar.center().x() - wide / 2, 0, wide, _HEAD))
        aside = int(head.width() // self._wide()) + 1
        near = range(max(0, number - aside), min(len(self._days), number + aside + 1))
        bars = [each for other in near for each in (self._bar(other), self._ghost_bar(other))]
        under = [each.top() for each in bars if each.height() and _overlap(each, head)]
        head.moveTop(min(bar.top(), *under) - _HEAD)
        return head

    def _paint_legend(self, painter: QPainter) -> None:
        """Say above the bars which are those that were, and which those of the what-if."""
        colours, left = self._theme.colours, 2.0
        metrics, turned = painter.fontMetrics(), mirrored(self)
        for text, ghost in ((tr("as it was"), False), (tr("under the what-if"), True)):
            wide = _SWATCH + 6 + metrics.horizontalAdvance(text) + 2
            start = self.width() - left - wide if turned else left
            swatch = QRectF(start + wide - _SWATCH if turned else start, 3, _SWATCH, _OUTLINED)
            words = QRectF(start if turned else start + _SWATCH + 6, 0, wide - _SWATCH - 6, _LEGEND)
            painter.setPen(Qt.PenStyle.NoPen)
            if ghost:
                self._paint_ghost(painter, swatch)
            else:
                painter.setBrush(QColor(colours.accent))
                painter.drawRoundedRect(swatch, 3, 3)
            painter.setPen(QColor(colours.muted))
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, text)
            left += wide + 16

    def _name(self, number: int) -> str:
        last = len(self._days) - 1
        present = self._days[last]
        if isinstance(present, HourSpend):
            return f"{(present.start + HOUR * (number - last)).astimezone():%H:%M}"
        if number == last:
            return tr("today")
        return said(present.day + timedelta(days=number - last), tr("ddd d"))

    def _inside(self, room: QRectF) -> QRectF:
        room.moveLeft(max(0.0, min(room.left(), self.width() - room.width())))
        return room

    def _bar(self, number: int) -> QRectF:
        """Return a day's bar; with a ghost, the first half of its place."""
        place = self._place(number, self._days[number].sums.spent)
        if self._ghost is not None:
            place.setWidth(place.width() / 2)
            if mirrored(self):
                place.moveLeft(place.left() + place.width())
        return place

    def _ghost_bar(self, number: int) -> QRectF:
        place = self._place(number, self.would(number) or 0)
        place.setWidth(place.width() / 2)
        if not mirrored(self):
            place.moveLeft(place.left() + place.width())
        return place

    def _place(self, number: int, spent: int) -> QRectF:
        wide = min(self._wide() * _BAR, _WIDEST)
        room = self.height() - _AXIS - _HEAD - (_LEGEND if self._ghost is not None else 0)
        high = max(_SLIVER, room * spent / self._top) if spent else 0.0
        middle = self._left(number) + self._wide() / 2
        return QRectF(middle - wide / 2, self.height() - _AXIS - high, wide, high)

    def _columns(self) -> int:
        return len(self._days) + self._ahead

    def _wide(self) -> float:
        return self.width() / max(1, self._columns())

    def _left(self, number: int) -> float:
        column = self._columns() - 1 - number if mirrored(self) else number
        return column * self._wide()


def _overlap(one: QRectF, other: QRectF) -> bool:
    """Return whether two things stand one above the other, wholly or in part."""
    return one.left() < other.right() and one.right() > other.left()


def _key(span: DaySpend | HourSpend) -> Any:
    """Return what a what-if names a day or an hour by."""
    return span.start if isinstance(span, HourSpend) else span.day


def day_text(day: DaySpend | HourSpend) -> str:
    """Return a day or an hour in words: ``Mon 23 November: $0.42 spent, $1.10 saved, 12 requests``."""
    sums = day.sums
    saved = (
        tr("{amount} saved", amount=format_usd(sums.saved if sums.saved_requests else None))
        if sums.saved >= 0
        else tr("{amount} more than the baseline", amount=format_usd(-sums.saved))
    )
    if isinstance(day, HourSpend):
        when = said(day.start.astimezone(), tr("HH:mm"))
    else:
        when = said(day.day, tr("ddd d MMMM"))
    return counted(
        "{when}: {amount} spent, {saved}, {count} request",
        "{when}: {amount} spent, {saved}, {count} requests",
        sums.answered,
        when=when,
        amount=format_usd(sums.spent),
        saved=saved,
    )
