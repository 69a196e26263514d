"""A chart as an image for the clipboard: on the window's ground, with a caption below if there is one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QWidget

from compute_broker.desktop.theme import S, Theme

_WRAPPED = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft)


def picture(chart: QWidget, theme: Theme, caption: str = "") -> QImage:
    """Return ``chart`` as it is drawn now, at the screen's own resolution."""
    grabbed = chart.grab()
    ratio, font = grabbed.devicePixelRatio(), theme.font("small")
    below = QRect(S, chart.height(), chart.width() - 2 * S, 1000)
    if caption:
        below = QFontMetrics(font).boundingRect(below, _WRAPPED, caption).adjusted(0, 0, 0, S)
    size = QSize(chart.width(), below.bottom() + 1 if caption else chart.height())
    image = QImage(size * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(theme.colours.surface))
    painter = QPainter(image)
    painter.drawPixmap(0, 0, grabbed)
    painter.setFont(font)
    painter.setPen(QColor(theme.colours.text))
    painter.drawText(QRect(S, chart.height(), chart.width() - 2 * S, below.height()), _WRAPPED, caption)
    painter.end()
    return image
