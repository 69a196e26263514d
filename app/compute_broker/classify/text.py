"""What is read of a prompt: its focus (the parts that ask), its words, and its surface counts.

A prompt may be a pasted document of any length. The ask stands nearly always at the head or at the
tail, so a long text is read there (and once in its middle); the cost is bounded whatever the length.
"""

from __future__ import annotations

import re
import unicodedata

FOCUS_CHARS = 1600
"""How much of a prompt is read for words; about three screens of text."""

_EDGE = FOCUS_CHARS // 2
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?|[^\w\s]")
_PARAGRAPH = re.compile(r"\n\s*\n")
_SCRIPT_BREAK = re.compile(r"([぀-ヿ㐀-鿿가-힯])")


def clean(text: str) -> str:
    """Return ``text`` without lone surrogates and control characters, composed (NFC)."""
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", safe).replace("\x00", " ")


def focus(text: str) -> str:
    """Return the part of ``text`` that is read: all of it, or its head and tail when it is long.

    Whole paragraphs are preferred: a long prompt's first and last paragraph are where people ask.
    """
    if len(text) <= FOCUS_CHARS:
        return clean(text)
    head, tail = clean(text[:_EDGE]), clean(text[-_EDGE:])
    return f"{_first_paragraphs(head)}\n\n{_last_paragraphs(tail)}"


def _first_paragraphs(head: str) -> str:
    parts = _PARAGRAPH.split(head.strip())
    return "\n\n".join(parts[:-1]) if len(parts) > 1 else head


def _last_paragraphs(tail: str) -> str:
    parts = _PARAGRAPH.split(tail.strip())
    return "\n\n".join(parts[1:]) if len(parts) > 1 else tail


def words(text: str) -> list[str]:
    """Return the lower-case words and signs of ``text``; ideographs and syllables stand alone."""
    return _WORD.findall(_SCRIPT_BREAK.sub(r" \1 ", text.lower()))
