"""The tray icon, drawn: our mark, today's spend, and the state by shape as well as colour.

A panel may be light or dark and nobody tells which, so the figure stands on a plate of its own with a
rim that parts it from either. Shapes, so that no state hangs on colour alone:

    normal        round plate                    near budget   plate with a clipped corner
    over budget   octagon, as a stop sign        offline       hollow plate
    busy          a dot cut into the upper right corner of any of them
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF, QTransform

from compute_broker.desktop.look import IconState, Look

SIZES = (16, 20, 22, 24, 32, 44, 48, 64)
"""Pixels asked for by panels at 100 and 200 %."""
UNIT = 64.0
"""All shapes are drawn on a square of this side and scaled."""


@dataclass(frozen=True, slots=True)
class _Paint:
    plate: str
    rim: str
    ink: str


_PAINTS = {
    IconState.NORMAL: _Paint("#0b6e69", "#8fd3ce", "#ffffff"),
    IconState.NEAR: _Paint("#f2b33d", "#6b4700", "#241800"),
    IconState.OVER: _Paint("#b3261e", "#ffb4ab", "#ffffff"),
    IconState.OFFLINE: _Paint("#4a545a", "#c3cbd0", "#ffffff"),
}
_BUSY = "#ffd166"


def tray_icon(look: Look, *, mask: bool | None = None) -> QIcon:
    """Return the icon in every size a panel asks for. ``mask``: black and clear only, as macOS wants it."""
    mask = sys.platform == "darwin" if mask is None else mask
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(draw(look, size, mask=mask))
    icon.setIsMask(mask)
    return icon


def draw(look: Look, size: int, *, mask: bool = False) -> QPixmap:
    """Return the icon as a square picture of ``size`` pixels."""
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / UNIT, size / UNIT)
    content = _figure(look.figure) if look.figure else _mark()
    if mask:
        painter.fillPath(_masked(look, content), QColor("black"))
    else:
        _coloured(painter, look, content, size)
    painter.end()
    return pixmap


def _masked(look: Look, content: QPainterPath) -> QPainterPath:
    plate = _plate(look.state, 0.0)
    if look.state is IconState.OFFLINE:
        plate = plate.subtracted(_plate(look.state, 5.0)).united(content)
    else:
        plate = plate.subtracted(content)
    if look.busy:
        plate = plate.subtracted(_dot(14.0)).united(_dot(9.0))
    return plate


def _coloured(painter: QPainter, look: Look, content: QPainterPath, size: int) -> None:
    paint = _PAINTS[look.state]
    pixel = UNIT / size
    hollow = look.state is IconState.OFFLINE
    rim = pixel * (1.5 if hollow else 1.0)
    plate = _plate(look.state, rim / 2)
    if look.busy:
        plate = plate.subtracted(_dot(14.0))
        content = content.subtracted(_dot(14.0)) if not look.figure else content
    painter.fillPath(plate, QColor(paint.plate))
    painter.strokePath(plate, _pen(paint.rim, rim, dashed=hollow))
    painter.fillPath(content, QColor(paint.ink))
    if look.busy:
        painter.fillPath(_dot(10.0), QColor(_BUSY))
        painter.strokePath(_dot(10.0), _pen("#3a2c00", pixel * 0.75, dashed=False))


def _pen(colour: str, width: float, *, dashed: bool) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        pen.setDashPattern([4.0, 2.5])
    return pen


def _plate(state: IconState, inset: float) -> QPainterPath:
    """Return the outline of a state, ``inset`` units inside the full square."""
    low, high = inset, UNIT - inset
    path = QPainterPath()
    if state is IconState.OVER:
        cut = 17.0
        corners = ((cut, low), (UNIT - cut, low), (high, cut), (high, UNIT - cut))
        opposite = ((UNIT - cut, high), (cut, high), (low, UNIT - cut), (low, cut))
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in (*corners, *opposite)]))
        path.closeSubpath()
        return path
    path.addRoundedRect(QRectF(low, low, high - low, high - low), 14.0 - inset, 14.0 - inset)
    if state is IconState.NEAR:
        path = path.subtracted(_corner(20.0 + inset))
    return path


def _corner(side: float) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(0, 0), QPointF(side, 0), QPointF(0, side)]))
    path.closeSubpath()
    return path


def _dot(radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(UNIT - 10.5, 10.5), radius, radius)
    return path


def _figure(text: str) -> QPainterPath:
    """Return the amount as a path that fills the plate, condensed where it is long."""
    font = QFont()
    font.setBold(True)
    font.setPixelSize(40)
    raw = QPainterPath()
    raw.addText(0.0, 0.0, font, text)
    box = raw.boundingRect()
    if box.isEmpty():
        return _mark()
    room = QRectF(6.0, 13.0, UNIT - 12.0, UNIT - 26.0)
    height = room.height() / 29.2
    width = min(height, room.width() / box.width())
    height = min(height, width * 1.5)
    middle = QPointF(box.center().x(), -14.6)
    move = QTransform().translate(UNIT / 2, UNIT / 2).scale(width, height).translate(-middle.x(), -middle.y())
    return move.map(raw)


def _mark() -> QPainterPath:
    """Return our mark: three tiers as rising bars, and the one chosen under a pointer."""
    path = QPainterPath()
    for x, height in ((13.0, 14.0), (27.0, 24.0), (41.0, 36.0)):
        path.addRoundedRect(QRectF(x, 52.0 - height, 10.0, height), 3.0, 3.0)
    pointer = QPolygonF([QPointF(11.0, 20.0), QPointF(25.0, 20.0), QPointF(18.0, 31.0)])
    path.addPolygon(pointer)
    path.closeSubpath()
    return path
