"""Splits a streaming Markdown text into blocks that are finished and a short tail that may still change.

Rendering costs time in proportion to the text, so only the tail is rendered again at each flush. A block
that grows past :data:`LIMIT` is cut where a reader hardly notices: between lines, items, rows or sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LIMIT = 1_100
"""Characters of tail that are rendered again and again; about 4 ms each time on a slow machine."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
_ROW = re.compile(r"\s*\|")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of Markdown that renders alone. ``continued``: the block before it was cut and goes on here."""

    text: str
    continued: bool = False


@dataclass(slots=True)
class Splitter:
    """Takes text as it comes, and gives back what will not change any more."""

    _tail: str = ""
    _prefix: str = field(default="")
    """What the rest of a cut block needs to stay what it is: its opening fence, its table's head."""
    _continued: bool = False

    def feed(self, text: str) -> list[Chunk]:
        """Take more text; return the blocks that it finished, in order."""
        self._tail += text
        finished = []
        while (chunk := self._next()) is not None:
            finished.append(chunk)
        return finished

    @property
    def tail(self) -> Chunk:
        """What may still change, as it stands."""
        return Chunk(self._prefix + self._tail, self._continued)

    def finish(self) -> Chunk:
        """Return the tail for good, and be ready for another text."""
        chunk = self.tail
        self._tail, self._prefix, self._continued = "", "", False
        return chunk

    def _next(self) -> Chunk | None:
        cut = last_boundary(self._tail, self._prefix)
        if cut:
            return self._take(cut, "", continued=False)
        if len(self._tail) > LIMIT:
            cut, prefix = _forced_cut(self._tail, self._prefix)
            return self._take(cut, prefix, continued=True)
        return None

    def _take(self, cut: int, prefix: str, *, continued: bool) -> Chunk:
        chunk = Chunk(self._prefix + self._tail[:cut], self._continued)
        self._tail, self._prefix, self._continued = self._tail[cut:], prefix, continued
        return chunk


def last_boundary(text: str, prefix: str = "") -> int:
    """Return where the last block of ``text`` begins: all before it is finished. 0 when there is but one.

    ``prefix`` is what stands before ``text`` unseen, such as the opening fence of a cut block.
    """
    fence, in_list, after_blank, boundary, offset = _opened(prefix), False, False, 0, 0
    for line in text.splitlines(keepends=True):
        start, offset = offset, offset + len(line)
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence) and not match[2].strip() and line.endswith("\n"):
                fence, after_blank = "", False
                boundary = boundary if in_list else offset
            continue
        if not line.strip():
            after_blank = True
            continue
        belongs = in_list and (line[0] in " \t" or _ITEM.match(line) is not None)
        if (after_blank or match) and not belongs and start:
            boundary = start
        if not belongs and (after_blank or not in_list):
            in_list = _ITEM.match(line) is not None
        fence, after_blank = (match[1] if match else ""), False
    return boundary if boundary < len(text) or not fence else 0


def _opened(prefix: str) -> str:
    match = _FENCE.match(prefix)
    return match[1] if match else ""


def _forced_cut(text: str, prefix: str) -> tuple[int, str]:
    """Return where to cut one long block, and the prefix that its rest needs."""
    opening = prefix or text[: text.find("\n") + 1]
    fenced = bool(_opened(opening))
    lines = text[:LIMIT].rfind("\n") + 1
    if fenced and lines > (0 if prefix else len(opening)):
        return lines, opening
    if fenced:
        return LIMIT, opening
    head = text.splitlines(keepends=True)[:2] if not prefix else prefix.splitlines(keepends=True)
    table = len(head) == 2 and bool(_ROW.match(head[0])) and bool(_RULE.match(head[1]))  # noqa: PLR2004 - head and rule
    if table and lines > (0 if prefix else len("".join(head))):
        return lines, "".join(head)
    return _cut_prose(text), ""


def _cut_prose(text: str) -> int:
    items = [match.start() for match in re.finditer(r"(?m)^(?:[-*+]|\d{1,9}[.)])\s", text[:LIMIT])]
    if items and items[-1]:
        return items[-1]
    for mark in ("\n", ". ", " "):
        found = text.rfind(mark, LIMIT // 2, LIMIT)
        if found >= 0:
            return found + len(mark)
    return LIMIT
