"""The few signs on our buttons, drawn as strokes in the theme's colours, sharp at every scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_STROKES = {
    "send": '<path d="M10 16V4.5M5 9.5l5-5 5 5"/>',
    "stop": '<rect x="5.5" y="5.5" width="9" height="9" rx="1.5" fill="{c}"/>',
    "lock": '<rect x="4.5" y="9" width="11" height="7.5" rx="1.8"/><path d="M7 9V6.6a3 3 0 0 1 6 0V9"/>',
    "unlock": '<rect x="4.5" y="9" width="11" height="7.5" rx="1.8"/><path d="M7 9V6.2a3 3 0 0 1 5.8-1"/>',
    "copy": '<rect x="7.5" y="7.5" width="9" height="9" rx="1.8"/>'
    '<path d="M12.5 4.9c0-.8-.6-1.4-1.4-1.4H4.9c-.8 0-1.4.6-1.4 1.4v6.2c0 .8.6 1.4 1.4 1.4"/>',
    "better": '<path d="M3.5 15.5l4.6-5 3 2.8 5.4-6.8M12.3 6.2h4.4v4.4"/>',
    "up": '<path d="M7.2 9.2l2.6-5.7c1.3 0 2 .9 1.8 2.2L11.2 8h3.6c1.2 0 2 1 1.7 2.2l-1 4.5'
    'c-.2.9-1 1.5-1.9 1.5H7.2M7.2 9.2v7H4.6c-.6 0-1-.4-1-1v-5c0-.6.4-1 1-1z"/>',
    "down": '<path d="M12.8 10.8l-2.6 5.7c-1.3 0-2-.9-1.8-2.2l.4-2.3H5.2c-1.2 0-2-1-1.7-2.2l1-4.5'
    'c.2-.9 1-1.5 1.9-1.5h6.4M12.8 10.8v-7h2.6c.6 0 1 .4 1 1v5c0 .6-.4 1-1 1z"/>',
    "new": '<path d="M10 4.5v11M4.5 10h11"/>',
    "chevron": '<path d="M5.5 8l4.5 4.5L14.5 8"/>',
    "chevron-up": '<path d="M5.5 12.5L10 8l4.5 4.5"/>',
    "more": '<path d="M4.5 10h.01M10 10h.01M15.5 10h.01" stroke-width="2.2"/>',
    "close": '<path d="M5.5 5.5l9 9M14.5 5.5l-9 9"/>',
    "file": '<path d="M11.5 3.5H6c-.8 0-1.5.7-1.5 1.5v10c0 .8.7 1.5 1.5 1.5h8c.8 0 1.5-.7 1.5-1.5V7.5z"/>'
    '<path d="M11.5 3.5v4h4"/>',
    "clip": '<path d="M15.5 9.5l-5.6 5.6a3.4 3.4 0 0 1-4.8-4.8l5.9-5.9a2.3 2.3 0 0 1 3.2 3.2l-5.8 5.8'
    'a1.1 1.1 0 0 1-1.6-1.6l5.2-5.2"/>',
    "search": '<circle cx="9" cy="9" r="4.8"/><path d="M12.7 12.7l3.8 3.8"/>',
}
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none" stroke="{c}" '
    'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">{body}</svg>'
)
_SCALES = (1, 2, 3)


@lru_cache(maxsize=128)
def glyph(name: str, colour: str, *, checked: str | None = None, disabled: str | None = None) -> QIcon:
    """Return a 20 px sign in ``colour`` (``#rrggbb``), and in two more for a button's other states.

    Raises:
        KeyError: there is no sign of that name.
    """
    icon = QIcon()
    states = [
        (colour, QIcon.Mode.Normal, QIcon.State.Off),
        (checked or colour, QIcon.Mode.Normal, QIcon.State.On),
        (disabled or colour, QIcon.Mode.Disabled, QIcon.State.Off),
    ]
    for shade, mode, state in states:
        for scale in _SCALES:
            icon.addPixmap(_pixmap(name, shade, scale), mode, state)
    return icon


@lru_cache(maxsize=256)
def _pixmap(name: str, colour: str, scale: int) -> QPixmap:
    svg = _SVG.format(c=colour, body=_STROKES[name].format(c=colour))
    pixmap = QPixmap(20 * scale, 20 * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, 20 * scale, 20 * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
