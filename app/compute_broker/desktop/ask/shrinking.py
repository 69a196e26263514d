"""Making an image fit for providers, and a thumbnail of it: blocking, to be called in a worker thread.

An image within the limits goes as it is. A larger one is turned upright and scaled to what models look at:
sending more would cost time and, on this machine, tokens, and show them nothing more.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from compute_broker.core.attachment import AttachmentError, Image, image
from compute_broker.core.texts import tr

LONG_EDGE = 1568
"""Pixels. Anthropic scales an image down to this long edge before its model sees it (its vision page)."""

MOST_AREA = 1_150_000
"""Pixels. Likewise: about 1.15 megapixels, which are some 1,600 tokens."""

MOST_BYTES = 1_000_000
"""Bytes as sent: well within the 5 MB of base64 that Anthropic takes, and quick to encode and to send."""

THUMBNAIL = 96
"""Pixels of a thumbnail's long edge: sharp at 48 on a screen of double density."""

_JPEG_QUALITIES = (88, 75, 60)


def prepared(name: str, data: bytes) -> tuple[Image, QImage]:
    """Return the image in ``data`` as it will be sent, and a thumbnail of it.

    Raises:
        AttachmentError: it cannot be decoded, or not be made small enough.
    """
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    small = size.isValid() and fitting(size) == size and len(data) <= MOST_BYTES
    upright = reader.transformation() == QImageIOHandler.Transformation.TransformationNone
    if size.isValid() and not small:
        reader.setScaledSize(fitting(size))
    picture = reader.read()
    if picture.isNull():
        raise AttachmentError(
            tr("{name} cannot be decoded; save it anew, or attach a screenshot of it.", name=name)
        )
    as_it_is = image(name, data) if small and upright else None
    return as_it_is or pixels(name, picture), thumbnail(picture)


def pixels(name: str, picture: QImage) -> Image:
    """Return ``picture`` as it will be sent: a PNG, or a JPEG where a PNG would be too large.

    Raises:
        AttachmentError: it cannot be made small enough.
    """
    wanted = fitting(picture.size())
    if wanted != picture.size():
        picture = picture.scaled(
            wanted, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    data = _encoded(picture, "PNG", -1)
    for quality in _JPEG_QUALITIES:
        if 0 < len(data) <= MOST_BYTES:
            break
        data = _encoded(picture.convertToFormat(QImage.Format.Format_RGB888), "JPEG", quality)
    found = image(name, data) if 0 < len(data) <= MOST_BYTES else None
    if found is None:
        raise AttachmentError(
            tr("{name} cannot be made small enough to send; attach a part of it.", name=name)
        )
    return found


def fitting(size: QSize) -> QSize:
    """Return the size, of the same shape, that is within both limits; a smaller one stays."""
    width, height = max(1, size.width()), max(1, size.height())
    scale = min(1.0, LONG_EDGE / max(width, height), math.sqrt(MOST_AREA / (width * height)))
    return size if scale == 1.0 else QSize(max(1, int(width * scale)), max(1, int(height * scale)))


def thumbnail(picture: QImage) -> QImage:
    """Return ``picture`` at most :data:`THUMBNAIL` pixels wide and high."""
    return picture.scaled(
        THUMBNAIL, THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def _encoded(picture: QImage, kind: str, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, kind, quality)  # type: ignore[call-overload] # Qt takes a str here
    return bytes(buffer.data().data())
