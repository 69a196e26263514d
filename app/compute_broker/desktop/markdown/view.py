"""A conversation as it grows: questions, answers in Markdown, notes. Loads nothing, opens nothing by itself.

Text comes in pieces and is painted every :data:`FLUSH_MS`, a bounded amount at a time, so that neither a
fast stream nor a long answer nor a long prompt ever holds the event loop.
"""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.markdown.blocks import Splitter
from compute_broker.desktop.markdown.code_button import CodeButton
from compute_broker.desktop.markdown.pieces import ANSWER, NOTE, QUESTION, SLICE, Piece
from compute_broker.desktop.markdown.render import CODE, KIND, PADDING, Renderer, SafeDocument, thin_format
from compute_broker.desktop.markdown.resting import RestingBrowser
from compute_broker.desktop.theme import RADIUS, Theme

FLUSH_MS = 40
PAUSE_MS = 3
"""Between laying out and painting: whatever else the loop has to do gets its turn."""
_LEAST_HEIGHT = 24
_SAFE_SCHEMES = frozenset({"http", "https"})


class MarkdownView(RestingBrowser):
    """Shows a conversation. ``link_chosen`` asks the window to show the target before it is opened."""

    link_chosen = Signal(str)
    code_copied = Signal(str)
    """The block of code under the pointer is to be copied."""
    drained = Signal()
    """Everything given so far is in the document."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self._theme = theme
        self._safe = SafeDocument(self)
        self._safe.setUndoRedoEnabled(False)
        self.setDocument(self._safe)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Answer"))
        self.setStyleSheet("QTextBrowser { background: transparent; border: none; padding: 0; }")
        self.setAcceptDrops(False)
        self.viewport().setMouseTracking(True)
        self._code_button: CodeButton | None = None
        self._renderer = Renderer(self._safe, theme)
        self._splitter = Splitter()
        self._queue: deque[Piece] = deque()
        """What is not in the document yet."""
        self.follows = True
        """Whether what comes is scrolled into sight while the person is at the end."""
        self._tail_start: int | None = None
        self._ending = False
        self.renders = 0
        """How many chunks were rendered so far: work done, for tests of smoothness."""
        self._timer = QTimer(self, interval=FLUSH_MS)
        self._timer.timeout.connect(self._flush)
        self._source: list[tuple[str, str]] = []
        self._reset_document()
        self.anchorClicked.connect(self._anchor_clicked)
        theme.changed.connect(self._repaint_all)

    # What the window says

    def add_question(self, text: str) -> None:
        """Begin a new exchange with what the person asked, as typed."""
        self._add(QUESTION, text)

    def add_note(self, text: str) -> None:
        """Add a quiet line: who answered, what failed over."""
        self._add(NOTE, text)

    def add_text(self, text: str) -> None:
        """Take more of the answer; it appears at the next flush."""
        if self._source and self._source[-1][0] == ANSWER:
            self._source[-1] = (ANSWER, self._source[-1][1] + text)
        else:
            self._source.append((ANSWER, text))
        if self._queue and self._queue[-1].kind == ANSWER:
            self._queue[-1].text += text
        else:
            self._queue.append(Piece(ANSWER, text))
        self._ending = False
        self._go_on()

    def finish_answer(self) -> None:
        """The answer is complete: freeze it as soon as all of it is painted, without holding the loop."""
        self._ending = True
        self._go_on()

    def end_answer(self) -> None:
        """Freeze the answer now, painting what is left of everything at once."""
        while self._queue:
            self._flush()
        self._freeze()

    def clear_all(self) -> None:
        """Begin an empty conversation."""
        self._source.clear()
        self._reset_document()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said yet."""
        return not self._source

    @property
    def text_height(self) -> int:
        """Pixels that all of it would take."""
        return max(_LEAST_HEIGHT, round(self.document().size().height() + 2))

    @property
    def busy(self) -> bool:
        """Whether text waits to be painted."""
        return bool(self._queue)

    # Streaming

    def _add(self, kind: str, text: str) -> None:
        """Add plain text after all that was said before: at once, when nothing of that is left to paint."""
        self._source.append((kind, text))
        self._queue.append(Piece(kind, text))
        if len(self._queue) == 1 and self._queue[0].is_short:
            self._take_plain()
        else:
            self._go_on()

    def _go_on(self) -> None:
        if not self._timer.isActive():
            self._timer.start(FLUSH_MS)

    def _flush(self) -> None:
        if not self._queue:
            self._timer.stop()
            if self._ending:
                self._freeze()
            self.drained.emit()
            return
        began = time.perf_counter()
        if self._queue[0].kind == ANSWER:
            self._take_answer()
        else:
            self._take_plain()
        # Painting comes in a turn of its own: laying out and painting together could hold the loop too long.
        self.viewport().setUpdatesEnabled(False)
        QTimer.singleShot(PAUSE_MS, self.viewport(), lambda: self.viewport().setUpdatesEnabled(True))
        # A slow machine paints less often, never more than half of the time.
        took = (time.perf_counter() - began) * 1000
        more = len(self._queue) > 1 or (self._queue and len(self._queue[0].text) >= SLICE)
        self._timer.start(max(1 if more else FLUSH_MS, round(took)))

    def _take_answer(self) -> None:
        """Take a slice of the answer into the document."""
        text = self._take()
        at_end = self._at_end()
        finished = self._splitter.feed(text)
        cursor = self._edit_tail()
        for chunk in finished:
            self._renderer.append(chunk)
            self.renders += 1
        self._tail_start = self._safe.characterCount() - 1
        self._renderer.append(self._splitter.tail)
        self.renders += 1
        cursor.endEditBlock()
        if at_end:
            self._to_end()

    def _take_plain(self) -> None:
        """Take a slice of a question or a note into the document, whole lines of it if it has any."""
        self._freeze()
        piece = self._queue[0]
        first = piece.whole
        text = self._take()
        self._insert_plain(text, piece.kind, first=first, last=not piece.text)

    def _take(self) -> str:
        """Take a slice from what is first in the queue, which leaves the queue with its last one."""
        text = self._queue[0].take()
        if not self._queue[0].text:
            self._queue.popleft()
        return text

    def _freeze(self) -> None:
        """Make the tail final."""
        self._ending = False
        self._splitter.finish()
        self._tail_start = None

    def _edit_tail(self) -> QTextCursor:
        """Open an edit block with the tail taken out."""
        cursor = QTextCursor(self._safe)
        cursor.beginEditBlock()
        if self._tail_start is not None and self._tail_start < self._safe.characterCount() - 1:
            cursor.setPosition(self._tail_start)
            kept = cursor.blockFormat()
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            # An empty block, as after a table, would take on the format of what was removed: a list's sign.
            cursor.setBlockFormat(kept)
        return cursor

    def _insert_plain(self, text: str, kind: str, *, first: bool, last: bool) -> None:
        """Insert lines; ``first`` and ``last``: the text begins and ends with them."""
        at_end = self._at_end() or (kind == QUESTION and self.follows)
        cursor = QTextCursor(self._safe)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        lines = text.split("\n")
        for number, line in enumerate(lines):
            style = _plain_format(kind, first=first and number == 0, last=last and number == len(lines) - 1)
            cursor.insertBlock(style, self._char_format(kind))
            cursor.insertText(line, self._char_format(kind))
        cursor.endEditBlock()
        if at_end:
            self._to_end()

    def _char_format(self, kind: str) -> QTextCharFormat:
        colours, style = self._theme.colours, QTextCharFormat()
        style.setFont(self._theme.font("body" if kind == QUESTION else "small"))
        style.setForeground(QColor(colours.text if kind == QUESTION else colours.muted))
        return style

    def _reset_document(self) -> None:
        self._timer.stop()
        self._tail_start, self._splitter = None, Splitter()
        self._queue.clear()
        self._safe.clear()
        self._safe.setDefaultFont(self._theme.font("body"))
        self._safe.setDocumentMargin(0)
        self._safe.setIndentWidth(24)
        QTextCursor(self._safe).setBlockFormat(thin_format())
        frame = self._safe.rootFrame().frameFormat()
        frame.setBottomMargin(PADDING)
        self._safe.rootFrame().setFrameFormat(frame)

    def _repaint_all(self) -> None:
        """Say everything again in the colours now in force."""
        source, ending = list(self._source), not self._timer.isActive() or self._ending
        self.clear_all()
        for kind, text in source:
            if kind == ANSWER:
                self.add_text(text)
            elif kind == QUESTION:
                self.add_question(text)
            else:
                self.add_note(text)
        self._ending = ending

    # Scrolling, painting, links

    def _at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return self.follows and bar.value() >= bar.maximum() - 8

    def _to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def loadResource(self, kind: int, name: QUrl | str) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Load nothing, whatever the answer points to."""
        return

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the rounded boxes of code and questions behind the text, for the visible part only."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(0, -self.verticalScrollBar().value())
        for kind, box in self._visible_boxes():
            self._paint_box(painter, kind, box)
        painter.end()
        super().paintEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Offer to copy the block of code under the pointer."""
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._offer_code(event.position())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Offer nothing without a pointer."""
        super().leaveEvent(event)
        self._offer_nothing()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        """What was offered has moved away."""
        super().scrollContentsBy(dx, dy)
        self._offer_nothing()

    def _offer_code(self, at: QPointF) -> None:
        top = self.verticalScrollBar().value()
        for kind, box in self._visible_boxes():
            if kind == CODE and box.translated(0, -top).contains(at):
                text = self._code_at(QPointF(at.x(), box.center().y() - top))
                self._offered().offer(text, box.translated(0, -top))
                return
        self._offer_nothing()

    def _offered(self) -> CodeButton:
        if self._code_button is None:
            self._code_button = CodeButton(self._theme, self.viewport())
            self._code_button.copied.connect(self.code_copied)
        return self._code_button

    def _offer_nothing(self) -> None:
        if self._code_button is not None:
            self._code_button.hide()

    def _code_at(self, at: QPointF) -> str:
        """Return the whole block of code at a place of the viewport."""
        block = self.cursorForPosition(at.toPoint()).block()
        while _continues(block):
            block = block.previous()
        lines = [block.text()]
        while _continues(block.next()):
            block = block.next()
            lines.append(block.text())
        return "\n".join(lines)

    def _paint_box(self, painter: QPainter, kind: str, box: QRectF) -> None:
        colours = self._theme.colours
        painter.setPen(QColor(colours.border) if kind == CODE else Qt.PenStyle.NoPen)
        if kind == "quote":
            painter.setBrush(QColor(colours.border))
            painter.drawRoundedRect(QRectF(2, box.top(), 3, box.height()), 1.5, 1.5)
            return
        painter.setBrush(QColor(colours.code if kind == CODE else colours.accent_soft))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _visible_boxes(self) -> list[tuple[str, QRectF]]:
        """Return the boxes behind runs of blocks of one kind, in document coordinates."""
        top = self.verticalScrollBar().value()
        bottom = top + self.viewport().height()
        block = self.cursorForPosition(self.viewport().rect().topLeft()).block()
        while block.isValid() and _continues(block):
            block = block.previous()
        boxes: list[tuple[str, QRectF]] = []
        while block.isValid():
            kind, area = block.blockFormat().property(KIND), self._area(block)
            if kind and boxes and boxes[-1][0] == kind and _continues(block):
                boxes[-1] = (kind, boxes[-1][1].united(area))
            elif kind:
                boxes.append((kind, area))
            if area.top() > bottom:
                break
            block = block.next()
        return boxes

    def _area(self, block: QTextBlock) -> QRectF:
        box = self._safe.documentLayout().blockBoundingRect(block)
        style = block.blockFormat()
        padding = PADDING - 2 if style.property(KIND) in {CODE, QUESTION} else 0
        up = padding if style.topMargin() >= PADDING else 0
        down = padding if style.bottomMargin() >= PADDING else 0
        return QRectF(0, box.top() - up, self.viewport().width(), box.height() + up + down)

    def _anchor_clicked(self, url: QUrl) -> None:
        if url.scheme() in _SAFE_SCHEMES and url.host():
            self.link_chosen.emit(url.toString())


def _continues(block: QTextBlock) -> bool:
    """Return whether a block shares the box of the one before it."""
    style, before = block.blockFormat(), block.previous()
    kind = style.property(KIND)
    if not kind or not before.isValid() or before.blockFormat().property(KIND) != kind:
        return False
    return kind == "quote" or style.topMargin() < PADDING


def _plain_format(kind: str, *, first: bool, last: bool) -> QTextBlockFormat:
    style = QTextBlockFormat()
    if kind == QUESTION:
        style.setLeftMargin(PADDING)
        style.setRightMargin(PADDING)
        style.setTopMargin(PADDING + 4 if first else 0)
        style.setBottomMargin(PADDING + 4 if last else 0)
        style.setProperty(KIND, QUESTION)
    else:
        style.setTopMargin(4)
        style.setBottomMargin(4)
    return style
