"""How a tier's price moved, as two step lines: what a million tokens cost in and out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from compute_broker.broker.price_words import change_state
from compute_broker.core.money import format_rate
from compute_broker.core.texts import tr
from compute_broker.desktop.chart import Chart
from compute_broker.desktop.dates import said
from compute_broker.desktop.theme import Theme
from compute_broker.ledger.price_changes import ChangeState, PriceChange

_AXIS = 18
_HEAD = 10
_SIDE = 84
"""Pixels on the right for what the lines are and where they stand now."""
_DOT = 3.5

_LINES = {ChangeState.IN_FORCE, ChangeState.UNPRICED}
"""What the lines follow; the rest was held, and is drawn as rings beside them."""


class PriceChart(Chart):
    """Steps from change to change, a gap while nobody knew the price. Arrow keys walk; each is read out."""

    def __init__(self, theme: Theme, name: str) -> None:
        """Start without changes; ``name`` is its accessible name."""
        super().__init__(theme, name)
        self._changes: Sequence[PriceChange] = ()
        self._end = datetime.now(UTC)

    def show_changes(self, changes: Sequence[PriceChange], now: datetime) -> None:
        """Draw these changes, given the newest first, up to ``now``."""
        self._changes, self._end, self._at = tuple(reversed(changes)), now, None
        self.setAccessibleDescription("; ".join(map(change_text, changes)) or tr("No change yet"))
        self.redraw()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A low band."""
        return QSize(420, 132)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Never so low that the lines lie on each other."""
        return QSize(240, 132)

    def steps(self, name: str) -> list[list[QPointF]]:
        """Return the line of ``input`` or ``output``: pieces without a gap, each from left to right."""
        pieces: list[list[QPointF]] = []
        line = [change for change in self._changes if change.state in _LINES]
        for number, change in enumerate(line):
            rate = getattr(change, name)
            if rate is None:
                continue
            until = line[number + 1].at if number + 1 < len(line) else self._end
            step = [QPointF(self._x(change.at), self._y(rate)), QPointF(self._x(until), self._y(rate))]
            joined = number > 0 and getattr(line[number - 1], name) is not None
            pieces[-1].extend(step) if joined else pieces.append(step)
        return pieces

    def draw(self, painter: QPainter) -> None:
        """Draw floor, lines, rings, days, and the figures in force."""
        floor = self.height() - _AXIS
        painter.setPen(QPen(QColor(self._theme.colours.border), 1))
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(self.width() - _SIDE, floor + 0.5))
        if self._changes:
            self._paint_days(painter)
            self._paint_lines(painter)
            self._paint_rings(painter)

    def points(self) -> int:
        """As many as changes."""
        return len(self._changes)

    def point_text(self, number: int) -> str:
        """A change in words."""
        return change_text(self._changes[number])

    def point_spot(self, number: int) -> QPointF:
        """Above a change."""
        return QPointF(self._x(self._changes[number].at), 0)

    def point_near(self, x: int) -> int:
        """The change that is nearest."""
        return min(range(len(self._changes)), key=lambda number: abs(self._x(self._changes[number].at) - x))

    def _paint_lines(self, painter: QPainter) -> None:
        ends = []
        for number, name in enumerate(("input", "output")):
            colour = QColor(self._theme.colours.series[number])
            painter.setPen(QPen(colour, 2))
            pieces = self.steps(name)
            for piece in pieces:
                painter.drawPolyline(piece)
            newest = next((each for each in reversed(self._changes) if each.state in _LINES), None)
            rate = getattr(newest, name, None)
            if pieces and rate is not None:
                text = (
                    tr("{rate} in", rate=format_rate(rate))
                    if name == "input"
                    else tr("{rate} out", rate=format_rate(rate))
                )
                ends.append((pieces[-1][-1].y(), text, colour))
        self._paint_figures(painter, ends)

    def _paint_figures(self, painter: QPainter, ends: list[tuple[float, str, QColor]]) -> None:
        """Write what the lines are at their ends, the lower one moved down where both would overlap."""
        high = painter.fontMetrics().height()
        below = -float(high)
        for y, text, colour in sorted(ends, key=lambda end: end[0]):
            top = min(max(y - high / 2, below), self.height() - float(high))
            below = top + high
            painter.setPen(colour)
            box = QRectF(self.width() - _SIDE + 8, top, _SIDE - 8, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_rings(self, painter: QPainter) -> None:
        """Draw a ring where a sudden change was held, and a mark at the change that was walked to."""
        colours = self._theme.colours
        for number, change in enumerate(self._changes):
            x = self._x(change.at)
            if number == self._at:
                painter.setPen(QPen(QColor(colours.accent), 1))
                painter.drawLine(QPointF(x, 0), QPointF(x, self.height() - _AXIS))
            if change.state not in _LINES and change.output is not None:
                painter.setPen(QPen(QColor(colours.warn), 1.5))
                painter.setBrush(QColor(colours.surface))
                painter.drawEllipse(QPointF(x, self._y(change.output)), _DOT, _DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_days(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._theme.colours.muted))
        line = QRectF(0, self.height() - _AXIS + 3, self.width() - _SIDE, _AXIS - 3)
        first = self._changes[0].at.astimezone()
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, said(first, tr("d MMMM HH:mm")))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, tr("now"))

    def _x(self, moment: datetime) -> float:
        span = max(self._end - self._changes[0].at, timedelta(seconds=1))
        share = (moment - self._changes[0].at) / span
        return min(max(share, 0.0), 1.0) * (self.width() - _SIDE - 2) + 1

    def _y(self, rate: int) -> float:
        floor = self.height() - _AXIS
        return floor - min(rate / self._top(), 1.0) * (floor - _HEAD)

    def _top(self) -> int:
        """Return the scale's top: of what was in force, so that a lie does not flatten the rest."""
        rates = [change.output for change in self._changes if change.state in _LINES]
        rates += [change.input for change in self._changes if change.state in _LINES]
        return max((rate for rate in rates if rate is not None), default=0) or 1


def change_text(change: PriceChange) -> str:
    """Return a change in words: ``26 November 18:40: $0.80 in, $3.40 out, in force``."""
    at = change.at.astimezone()
    when = said(at, tr("d MMMM HH:mm"))
    if change.input is None:
        return tr("{when}: no price, {source}", when=when, source=change.source)
    figures = tr("{rate} in, {rate_2} out", rate=format_rate(change.input), rate_2=format_rate(change.output))
    return f"{when}: {figures}, {change_state(change)}"
