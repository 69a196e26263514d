"""Decisions, packed: as JSON they would be the largest part of the file, and they are rarely read again."""

from __future__ import annotations

import zlib


def packed(text: str) -> bytes:
    """Return the text as it is stored."""
    return zlib.compress(text.encode())


def unpacked(stored: bytes | None) -> str | None:
    """Return the text that was stored, if any."""
    return None if stored is None else zlib.decompress(stored).decode()
