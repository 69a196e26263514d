"""Texts as they are stored: always valid UTF-8, and decisions packed."""

from __future__ import annotations

import zlib


def storable(text: str | None) -> str | None:
    """Return the text with lone surrogates (bad bytes, a stranger's JSON) replaced by U+FFFD.

    SQLite takes only valid UTF-8, and no prompt or bill may be lost for one broken character.
    """
    if text is None or text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def packed(text: str) -> bytes:
    """Return JSON text compressed: decisions would be the largest part of the file, and are rarely read."""
    return zlib.compress(text.encode("utf-8", "replace"))


def unpacked(stored: bytes | None) -> str | None:
    """Return the text that :func:`packed` was given, if any."""
    return None if stored is None else zlib.decompress(stored).decode()
