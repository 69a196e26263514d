"""Writes pictures of windows as small PNG files, without loss.

Qt's filters are made for photographs. Flat surfaces and letters, whose patterns come again and again, take a
third less without any.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PySide6.QtGui import QImage

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NO_FILTER = b"\0"
_RGB, _RGBA = 2, 6
"""How PNG names the kinds of pixels; eight bits a channel."""


def save(image: QImage, path: Path) -> None:
    """Write ``image`` to ``path``; the channel of transparency is left out where nothing is transparent."""
    opaque = image.convertToFormat(QImage.Format.Format_RGB888)
    clear = image.convertToFormat(QImage.Format.Format_RGBA8888)
    whole = opaque.convertToFormat(QImage.Format.Format_RGBA8888) == clear
    kind, pixels, width = (_RGB, opaque, 3) if whole else (_RGBA, clear, 4)
    size = struct.pack(">IIBBBBB", image.width(), image.height(), 8, kind, 0, 0, 0)
    path.write_bytes(
        _SIGNATURE
        + _chunk(b"IHDR", size)
        + _chunk(b"IDAT", zlib.compress(_rows(pixels, width), 9))
        + _chunk(b"IEND", b"")
    )


def _rows(pixels: QImage, width: int) -> bytes:
    """Return the pixels, ``width`` bytes each, line by line: Qt's lines are padded."""
    data, line = bytes(pixels.constBits()), pixels.bytesPerLine()
    long = pixels.width() * width
    return b"".join(_NO_FILTER + data[at : at + long] for at in range(0, line * pixels.height(), line))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
