"""Small real images for tests, made without Qt: PNG by zlib, the heads of the others by hand."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 40, height: int = 30, grey: int = 120) -> bytes:
    """Return a valid grey PNG."""
    rows = (b"\0" + bytes([grey]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
