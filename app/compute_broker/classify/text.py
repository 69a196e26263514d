"""What is read of a prompt: its focus (the parts that ask), its words, and its surface counts.

A prompt may be a pasted document of any length. The ask stands nearly always at the head or at the
tail, so a long text is read there (and once in its middle); the cost is bounded whatever the length.
"""

from __future__ import annotations

import re
import unicodedata

from compute_broker.classify.asides import without_asides

FOCUS_CHARS = 1400
"""How much of a prompt is read for words; about two screens of text."""

_EDGE = FOCUS_CHARS // 2
SHORT_CHARS = 700
"""Up to here everything is read, wherever it stands."""

_CODE = re.compile(
    r"```|[{};]\s*\n|^[^\S\n]*(?:def|class|import|from|#include|public|const|let|var|fn)\b", re.MULTILINE
)
_ASK = re.compile(
    r"[?？]|\b(?:summari[sz]e|write|rewrite|explain|translate|compare|analy[sz]e|extract|list|find|solve|"
    r"calculate|compute|"
    r"prove|describe|tell|give|make|create|draft|fix|answer|question|please|help|what|why|how|who|when|"
    r"where|which|"
    r"identify|classify|evaluate|review|implement|design|schreib\w*|erklär\w*|fasse?|bitte|was|wie|warum|"
    r"résume\w*|"
    r"explique\w*|écris|traduis|quel\w*|escribe|explica|resume|qué|cómo|scrivi|spiega)\b|请|什么|总结|写|ください",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?|[^\w\s]")
_PARAGRAPH = re.compile(r"\n\s*\n")
_SCRIPT_BREAK = re.compile(r"([぀-ヿ㐀-鿿가-힯])")


def clean(text: str) -> str:
    """Return ``text`` without lone surrogates, composed (NFC)."""
    if text.isascii():
        return text
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", safe)


def focus(text: str) -> str:
    """Return the part of ``text`` that is read: all of it, or what asks when it is long.

    People ask in the first or the last paragraph and paste in between. Where exactly one of the two
    asks, it alone is read, so that a pasted document does not change what was asked of it; where
    both or neither do, head and tail are read. Code is never dropped, since it says what the ask is.
    Words to the router and courtesies are no part of it.
    """
    if len(text) <= SHORT_CHARS:
        return without_asides(clean(text))
    head, tail = without_asides(clean(text[:_EDGE])), without_asides(clean(text[-_EDGE:]))
    first, last = _PARAGRAPH.split(head.strip(), 1)[0], _PARAGRAPH.split(tail.strip())[-1]
    whole = without_asides(clean(text)) if len(text) <= FOCUS_CHARS else f"{head}\n\n{tail}"
    if len(first) + len(last) < len(text) and not _CODE.search(whole):
        asks = [part for part in (first, last) if len(part) < _EDGE and _ASK.search(part)]
        if len(asks) == 1:
            return asks[0]
    return whole


def words(text: str) -> list[str]:
    """Return the lower-case words and signs of ``text``; ideographs and syllables stand alone."""
    low = text.lower()
    return _WORD.findall(low if low.isascii() else _SCRIPT_BREAK.sub(r" \1 ", low))
