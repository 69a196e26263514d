"""Renders a chunk of Markdown at the end of a document, in the theme's dress.

Qt's own parser reads the GitHub dialect into a scratch document, with HTML off; its blocks are then copied
one by one, so that code gets its colours, and pictures become words: nothing is ever loaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
    QTextLength,
    QTextList,
    QTextTable,
    QTextTableFormat,
)

from compute_broker.core.texts import tr
from compute_broker.desktop.markdown.blocks import Chunk
from compute_broker.desktop.markdown.highlight import runs
from compute_broker.desktop.theme import Theme

KIND = QTextFormat.Property.UserProperty.value + 1
"""Block property: which box, if any, is painted behind the block (see ``view``)."""
CODE = "code"
PADDING = 12
_FEATURES = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub.value
    | QTextDocument.MarkdownFeature.MarkdownNoHTML.value
)
_HEADINGS = {1: 1.35, 2: 1.2, 3: 1.08}


def features() -> QTextDocument.MarkdownFeature:
    """Return how Markdown is read everywhere: the GitHub dialect, HTML as text."""
    return QTextDocument.MarkdownFeature(_FEATURES)


class SafeDocument(QTextDocument):
    """A document that loads nothing: no picture, no style, no file, no address."""

    def loadResource(self, kind: int, name: QUrl | str) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Answer every request with nothing."""
        return


class Renderer:
    """Appends Markdown to one document."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        """Render into ``document`` in the colours of ``theme``."""
        self._document = document
        self._theme = theme
        self._scratch = SafeDocument()
        self._lists: dict[int, QTextList] = {}

    def append(self, chunk: Chunk) -> None:
        """Render a chunk after the last block."""
        if not chunk.text.strip():
            return
        self._scratch.setDefaultFont(self._document.defaultFont())
        self._scratch.setMarkdown(chunk.text, features())
        self._lists = {}
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        block, continued = self._scratch.begin(), chunk.continued
        while block.isValid():
            table = QTextCursor(block).currentTable()
            if table is not None:
                block = self._copy_table(cursor, table)
            elif is_code(block):
                block = self._copy_code(cursor, block, continued=continued)
            else:
                self._copy_block(cursor, block)
                block = block.next()
            continued = False

    def _copy_block(self, cursor: QTextCursor, block: QTextBlock) -> None:
        if not block.text() and block.textList() is None and not _is_rule(block):
            return
        heading = block.blockFormat().headingLevel()
        cursor.insertBlock(self._block_format(block), QTextCharFormat())
        source = block.textList()
        if source is not None:
            self._join_list(cursor, source)
        for fragment in fragments(block):
            self._insert_fragment(cursor, fragment, heading)

    def _block_format(self, block: QTextBlock) -> QTextBlockFormat:
        source, style = block.blockFormat(), QTextBlockFormat()
        heading, quote = source.headingLevel(), source.property(QTextFormat.Property.BlockQuoteLevel) or 0
        in_list = block.textList() is not None
        style.setTopMargin(14 if heading else 2 if in_list else 5)
        style.setBottomMargin(4 if heading else 2 if in_list else 5)
        style.setLineHeight(120, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if heading:
            style.setHeadingLevel(heading)
        if quote:
            style.setLeftMargin(18 * quote)
            style.setProperty(KIND, "quote")
        style.setMarker(source.marker())
        if _is_rule(block):
            style.setProperty(
                QTextFormat.Property.BlockTrailingHorizontalRulerWidth,
                QTextLength(QTextLength.Type.PercentageLength, 100),
            )
            style.setBackground(QBrush(QColor(self._theme.colours.border)))
        return style

    def _join_list(self, cursor: QTextCursor, source: QTextList) -> None:
        key = source.objectIndex()
        if key in self._lists:
            self._lists[key].add(cursor.block())
        else:
            self._lists[key] = cursor.createList(source.format())

    def _insert_fragment(self, cursor: QTextCursor, fragment: QTextFragment, heading: int = 0) -> None:
        source = fragment.charFormat()
        if source.isImageFormat():
            image = source.toImageFormat()
            alt = image.property(QTextFormat.Property.ImageAltText) or tr("picture")
            self._insert(cursor, f"[{alt}]", source, image.name(), heading)
        else:
            self._insert(cursor, fragment.text(), source, source.anchorHref(), heading)

    def _insert(
        self, cursor: QTextCursor, text: str, source: QTextCharFormat, href: str, heading: int
    ) -> None:
        colours, style = self._theme.colours, QTextCharFormat()
        font = self._theme.font("mono") if source.fontFixedPitch() else QFont(self._document.defaultFont())
        font.setItalic(source.fontItalic())
        font.setStrikeOut(source.fontStrikeOut())
        if heading or source.fontWeight() > QFont.Weight.Medium:
            font.setWeight(QFont.Weight.DemiBold if heading else QFont.Weight.Bold)
        font.setPointSizeF(font.pointSizeF() * _HEADINGS.get(heading, 1.0))
        style.setFont(font)
        style.setForeground(QColor(colours.text))
        if source.fontFixedPitch():
            style.setBackground(QColor(colours.code))
        if href:
            style.setAnchor(True)
            style.setAnchorHref(href)
            style.setForeground(QColor(colours.accent))
            style.setFontUnderline(True)
        cursor.insertText(text, style)

    def _copy_code(self, cursor: QTextCursor, block: QTextBlock, *, continued: bool) -> QTextBlock:
        """Copy one fence, and return the block after it."""
        language = str(block.blockFormat().property(QTextFormat.Property.BlockCodeLanguage) or "")
        lines = []
        while block.isValid() and is_code(block):
            lines.append(block.text())
            block = block.next()
        if continued:
            _set_bottom_margin(cursor.block(), 0)
        font, first = self._theme.font("mono"), not continued
        for line in runs("\n".join(lines), language, self._theme.colours, font):
            cursor.insertBlock(_code_format(first=first), QTextCharFormat())
            first = False
            for text, style in line:
                cursor.insertText(text, style)
        _set_bottom_margin(cursor.block(), PADDING + 6)
        return block

    def _copy_table(self, cursor: QTextCursor, source: QTextTable) -> QTextBlock:
        """Copy one table, and return the block after it."""
        cursor.insertBlock(thin_format(), QTextCharFormat())
        table = cursor.insertTable(source.rows(), source.columns(), self._table_format())
        for row in range(source.rows()):
            for column in range(source.columns()):
                # A row still short of cells spans them: each text once.
                if source.cellAt(row, column).column() == column:
                    self._copy_cell(source, table, row, column)
        after = QTextCursor(self._scratch)
        after.setPosition(source.lastPosition() + 1)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        return after.block()

    def _copy_cell(self, source: QTextTable, table: QTextTable, row: int, column: int) -> None:
        origin = source.cellAt(row, column)
        cell = table.cellAt(row, column)
        cursor = cell.firstCursorPosition()
        cursor.setBlockFormat(_aligned(origin.firstCursorPosition().block()))
        block, last = origin.firstCursorPosition().block(), origin.lastCursorPosition().block()
        # After code, Qt's parser puts an empty block before the first cell's text: take them all.
        while block.isValid() and block.blockNumber() <= last.blockNumber():
            for fragment in fragments(block):
                self._insert_fragment(cursor, fragment, heading=4 if row == 0 else 0)
            block = block.next()
        if row == 0:
            style = cell.format()
            style.setBackground(QColor(self._theme.colours.raised))
            cell.setFormat(style)

    def _table_format(self) -> QTextTableFormat:
        style = QTextTableFormat()
        style.setBorder(1)
        style.setBorderCollapse(True)
        style.setBorderBrush(QColor(self._theme.colours.border))
        style.setBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
        style.setCellPadding(6)
        style.setTopMargin(6)
        style.setBottomMargin(6)
        style.setHeaderRowCount(1)
        return style


def thin_format() -> QTextBlockFormat:
    """Return the format of a block that Qt insists on and nobody should see: one pixel high."""
    style = QTextBlockFormat()
    style.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    return style


def is_code(block: QTextBlock) -> bool:
    """Return whether Qt's parser took the block for code (it also marks the first cell after code so)."""
    if QTextCursor(block).currentTable() is not None:
        return False
    style = block.blockFormat()
    return style.hasProperty(QTextFormat.Property.BlockCodeFence) or (
        style.nonBreakableLines() and block.textList() is None
    )


def fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    """Yield the pieces of a block that share a format."""
    iterator = block.begin()
    while not iterator.atEnd():
        yield iterator.fragment()
        iterator += 1


def _is_rule(block: QTextBlock) -> bool:
    return block.blockFormat().hasProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth)


def _aligned(block: QTextBlock) -> QTextBlockFormat:
    style = QTextBlockFormat()
    style.setAlignment(block.blockFormat().alignment())
    return style


def _code_format(*, first: bool) -> QTextBlockFormat:
    style = QTextBlockFormat()
    style.setLeftMargin(PADDING)
    style.setRightMargin(PADDING)
    style.setTopMargin(PADDING + 6 if first else 0)
    style.setLineHeight(115, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    style.setProperty(KIND, CODE)
    return style


def _set_bottom_margin(block: QTextBlock, margin: int) -> None:
    cursor = QTextCursor(block)
    style = cursor.blockFormat()
    style.setBottomMargin(margin)
    cursor.setBlockFormat(style)
