"""The tray icon, drawn: our mark, today's spend, and the state by shape as well as colour.

A panel may be light or dark and nobody tells which, so the figure stands on a plate of its own with a
rim that parts it from either. Shapes, so that no state hangs on colour alone:

    normal        plain plate                    near budget   plate with a clipped corner
    over budget   octagon, as a stop sign        offline       plate over a broken line
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
    pixel = UNIT / size
    content = _figure(look, pixel) if look.figure else _mark(look.state)
    plate = _plate(look.state, 0.0 if mask else pixel / 2)
    if look.busy:
        plate = plate.subtracted(_dot(15.0))
    if mask:
        shape = plate.subtracted(content)
        painter.fillPath(shape.united(_dot(9.0)) if look.busy else shape, QColor("black"))
    else:
        _coloured(painter, look, plate, content, pixel)
    painter.end()
    return pixmap


def _coloured(
    painter: QPainter, look: Look, plate: QPainterPath, content: QPainterPath, pixel: float
) -> None:
    paint = _PAINTS[look.state]
    painter.fillPath(plate, QColor(paint.plate))
    painter.strokePath(plate, _pen(paint.rim, pixel))
    painter.fillPath(content, QColor(paint.ink))
    if look.busy:
        painter.fillPath(_dot(10.0), QColor(_BUSY))
        painter.strokePath(_dot(10.0), _pen("#3a2c00", pixel * 0.75))


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
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
    bottom = 46.0 if state is IconState.OFFLINE else high
    path.addRoundedRect(QRectF(low, low, high - low, bottom - low), 14.0 - inset, 14.0 - inset)
    if state is IconState.NEAR:
        return path.subtracted(_corner(20.0 + inset))
    if state is IconState.OFFLINE:
        for left in (low, UNIT / 2 + 6.0):
            path.addRoundedRect(QRectF(left, 54.0, UNIT / 2 - 6.0 - inset, high - 54.0), 3.0, 3.0)
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


def _figure(look: Look, pixel: float) -> QPainterPath:
    """Return the amount as a path that fills the plate, condensed where it is long.

    Top and base line lie on whole pixels, so that the digits' edges are sharp.
    """
    font = QFont()
    font.setBold(True)
    font.setPixelSize(40)
    raw = QPainterPath()
    raw.addText(0.0, 0.0, font, look.figure)
    digits = QPainterPath()
    digits.addText(0.0, 0.0, font, "0")
    box, cap = raw.boundingRect(), digits.boundingRect().height()
    if box.isEmpty():
        return _mark(look.state)
    top, base = (8.0, 39.0) if look.state is IconState.OFFLINE else (14.0, UNIT - 14.0)
    room = UNIT - (16.0 if look.state is IconState.OVER else 12.0)
    if look.busy:
        top += 8.0  # below the dot
    width = min((base - top) / cap, room / box.width())
    height = min(base - top, cap * width * 1.5)
    middle = (top + base) / 2
    base = round((middle + height / 2) / pixel) * pixel
    scale = max(1, round(height / pixel)) * pixel / cap
    move = QTransform().translate(UNIT / 2, base).scale(width, scale).translate(-box.center().x(), 0.0)
    return move.map(raw)


def _mark(state: IconState) -> QPainterPath:
    """Return our mark: three tiers as rising bars, and the one chosen under a pointer."""
    path = QPainterPath()
    for x, height in ((13.0, 14.0), (27.0, 24.0), (41.0, 36.0)):
        path.addRoundedRect(QRectF(x, 52.0 - height, 10.0, height), 3.0, 3.0)
    path.addPolygon(QPolygonF([QPointF(11.0, 20.0), QPointF(25.0, 20.0), QPointF(18.0, 31.0)]))
    path.closeSubpath()
    if state is IconState.OFFLINE:
        return QTransform().translate(9.0, -4.0).scale(0.72, 0.72).map(path)
    return path
