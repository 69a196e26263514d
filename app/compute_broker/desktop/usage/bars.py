"""Fourteen days of spend as bars, drawn here: Qt has no chart module that fits, and few bars need none."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from compute_broker.core.money import format_usd
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.views import DaySpend

_AXIS = 20
_HEAD = 18


class DayBars(QWidget):
    """One bar a day, today last. Arrow keys walk through the days; each is read out."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start without days."""
        super().__init__(parent)
        self._theme = theme
        self._days: Sequence[DaySpend] = ()
        self._at: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Spend of the last 14 days")
        self.setMouseTracking(True)
        theme.changed.connect(self.update)

    def show_days(self, days: Sequence[DaySpend]) -> None:
        """Draw these days."""
        self._days = days
        self._at = None
        self.setAccessibleDescription(
            "; ".join(day_text(day) for day in days if day.sums.requests) or "No spend"
        )
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A low band."""
        return QSize(600, 120)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Draw the scale's top, the bars, and the days below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font("small"))
        colours = self._theme.colours
        painter.setPen(QPen(QColor(colours.border), 1))
        floor = self.height() - _AXIS
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(self.width(), floor + 0.5))
        for number, day in enumerate(self._days):
            self._paint_day(painter, number, day)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Show a day's figures where the mouse rests."""
        if isinstance(event, QHelpEvent):
            number = self._day_at(event.pos().x())
            if number is not None:
                QToolTip.showText(event.globalPos(), day_text(self._days[number]), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Walk through the days."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() not in steps or not self._days:
            super().keyPressEvent(event)
            return
        at = len(self._days) - 1 if self._at is None else self._at + steps[Qt.Key(event.key())]
        self._at = max(0, min(at, len(self._days) - 1))
        text = day_text(self._days[self._at])
        self.setAccessibleDescription(text)
        QToolTip.showText(self.mapToGlobal(self._bar(self._at).topLeft().toPoint()), text, self)
        self.update()

    def _paint_day(self, painter: QPainter, number: int, day: DaySpend) -> None:
        colours, bar = self._theme.colours, self._bar(number)
        today = number == len(self._days) - 1
        painter.setPen(Qt.PenStyle.NoPen)
        if day.sums.spent:
            painter.setBrush(QColor(colours.accent if today or number == self._at else colours.series[0]))
            painter.setOpacity(1.0 if today or number == self._at else 0.55)
            painter.drawRoundedRect(bar, 3, 3)
        else:
            painter.setBrush(QColor(colours.border))
            painter.drawRect(QRectF(bar.left(), self.height() - _AXIS - 2, bar.width(), 2))
        painter.setOpacity(1.0)
        self._paint_texts(painter, number, day, bar, today=today)

    def _paint_texts(
        self, painter: QPainter, number: int, day: DaySpend, bar: QRectF, *, today: bool
    ) -> None:
        colours, wide = self._theme.colours, self.width() / max(1, len(self._days))
        column = QRectF(number * wide, self.height() - _AXIS + 3, wide, _AXIS - 3)
        painter.setPen(QColor(colours.text if today else colours.muted))
        painter.drawText(
            column, Qt.AlignmentFlag.AlignCenter, "today" if today else f"{day.day:%a} {day.day.day}"
        )
        if day.sums.spent and (today or day.sums.spent == self._top()):
            head = QRectF(column.left() - 20, bar.top() - _HEAD, wide + 40, _HEAD)
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, format_usd(day.sums.spent))

    def _bar(self, number: int) -> QRectF:
        wide = self.width() / max(1, len(self._days))
        room = self.height() - _AXIS - _HEAD
        spent = self._days[number].sums.spent
        # A day that cost anything shows at least a sliver.
        height = max(3.0, room * spent / self._top()) if spent else 0.0
        return QRectF(number * wide + wide * 0.2, self.height() - _AXIS - height, wide * 0.6, height)

    def _top(self) -> int:
        return max((day.sums.spent for day in self._days), default=0) or 1

    def _day_at(self, x: int) -> int | None:
        if not self._days:
            return None
        return max(0, min(int(x * len(self._days) / max(1, self.width())), len(self._days) - 1))


def day_text(day: DaySpend) -> str:
    """Return a day in words: ``Mon 23 November: $0.42 spent, $1.10 saved, 12 requests``."""
    sums = day.sums
    noun = "request" if sums.requests == 1 else "requests"
    saved = (
        f"{format_usd(sums.saved)} saved"
        if sums.saved >= 0
        else f"{format_usd(-sums.saved)} more than the baseline"
    )
    when = f"{day.day:%a} {day.day.day} {day.day:%B}"
    return f"{when}: {format_usd(sums.spent)} spent, {saved}, {sums.requests} {noun}"
