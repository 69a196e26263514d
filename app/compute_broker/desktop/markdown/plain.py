"""Markdown as plain text: no marks, lists with their signs, code untouched, tables as columns a tab apart."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument, QTextListFormat, QTextTable

from compute_broker.desktop.markdown.blocks import Chunk, Splitter
from compute_broker.desktop.markdown.render import SafeDocument, features, fragments, is_code

_SIGNS = {
    QTextListFormat.Style.ListDecimal: "{number}.",
    QTextListFormat.Style.ListLowerAlpha: "{number}.",
    QTextListFormat.Style.ListUpperAlpha: "{number}.",
}
_STEP = 600
_FENCE = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block: the language its fence names, empty for none, and its text."""

    language: str
    text: str


def code_blocks(markdown: str) -> list[Code]:
    """Return the fenced blocks of ``markdown``, in order."""
    return [Code(match[2], match[3].removesuffix("\n")) for match in _FENCE.finditer(markdown)]


async def plain(markdown: str) -> str:
    """Return ``markdown`` as text. Other work gets its turn after each small piece."""
    splitter, scratch, lines = Splitter(), SafeDocument(), _Lines()
    for at in range(0, len(markdown), _STEP):
        for chunk in splitter.feed(markdown[at : at + _STEP]):
            lines.add(chunk, scratch)
            await asyncio.sleep(0)
    lines.add(splitter.finish(), scratch)
    return lines.text


class _Lines:
    """The lines so far."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._parts).strip("\n")

    def add(self, chunk: Chunk, scratch: QTextDocument) -> None:
        if not chunk.text.strip():
            return
        scratch.setMarkdown(chunk.text, features())
        head = chunk.continued  # the head of a table that goes on was said already
        for number, (kind, lines) in enumerate(_runs(scratch)):
            rows = lines[1:] if head and kind == "table" and number == 0 else lines
            joined = "\n".join(rows)
            gap = "\n" if number == 0 and chunk.continued else "\n\n"
            self._parts += [gap, joined]


def _runs(document: QTextDocument) -> Iterator[tuple[str, list[str]]]:
    """Yield the blocks that belong together: a paragraph, a list, a fence, a table."""
    block, kind, lines = document.begin(), "", list[str]()
    while block.isValid():
        table = QTextCursor(block).currentTable()
        found = "table" if table is not None else _kind(block, kind)
        if lines and (found != kind or found == "text"):
            yield kind, lines
            lines = []
        kind = found
        if table is not None:
            lines += _rows(table)
            after = QTextCursor(document)
            after.setPosition(table.lastPosition() + 1)
            block = after.block()
            continue
        if found == "code" or block.text():
            lines.append(_line(block, kind))
        block = block.next()
    if lines:
        yield kind, lines


def _kind(block: QTextBlock, before: str) -> str:
    """Return what a block belongs to; an inner list belongs to the outer one it stands in."""
    list_ = block.textList()
    if is_code(block):
        return "code"
    if list_ is None:
        return "text"
    inner = list_.format().indent() > 1 and before.startswith("list")
    return before if inner else f"list {list_.objectIndex()}"


def _line(block: QTextBlock, kind: str) -> str:
    if kind == "code":
        return block.text()
    said = _words(block)
    list_ = block.textList()
    if list_ is None:
        return said
    sign = _SIGNS.get(list_.format().style(), "-").format(
        number=list_.itemNumber(block) + list_.format().start()
    )
    return f"{'  ' * max(0, list_.format().indent() - 1)}{sign} {said}"


def _words(block: QTextBlock) -> str:
    """Return the words of a block; where a link leads stands after it, unless that is what it says."""
    parts = []
    for fragment in fragments(block):
        style = fragment.charFormat()
        if style.isImageFormat():
            parts.append(f"[{style.toImageFormat().name()}]")
            continue
        target = style.anchorHref()
        said = fragment.text().replace("\u2028", "\n")
        parts.append(f"{said} ({target})" if target and target.removeprefix("mailto:") != said else said)
    return "".join(parts)


def _rows(table: QTextTable) -> list[str]:
    rows = []
    for row in range(table.rows()):
        cells = []
        for column in range(table.columns()):
            cell, words = table.cellAt(row, column), []
            block, last = cell.firstCursorPosition().block(), cell.lastCursorPosition().block().blockNumber()
            while block.isValid() and block.blockNumber() <= last:
                words.append(_words(block))
                block = block.next()
            cells.append(" ".join(word for word in words if word))
        rows.append("\t".join(cells))
    return rows
