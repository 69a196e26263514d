"""The input: grows from one line to eight, sends on Enter, and never takes a key from an input method."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from compute_broker.core.texts import tr

MAX_LINES = 8
_LEAST_LINES = 2
"""Of a longer text, where the screen is too low for more."""
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_NEW_LINE = Qt.KeyboardModifier.ShiftModifier


class PromptInput(QTextEdit):
    """Plain text only. ``recall`` is a step through earlier prompts: 1 older, -1 newer."""

    sent = Signal()
    recall = Signal(int)
    grown = Signal()
    emptied = Signal()
    """Backspace in an empty input: the last attachment is not wanted."""
    given = Signal(QMimeData)
    """Something was pasted or dropped that belongs beside the text: see :attr:`beside`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty, one line high."""
        super().__init__(parent)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Question"))
        self.setAccessibleDescription(
            tr("Enter sends, Shift and Enter begins a new line, Escape hides the window")
        )
        self.setStyleSheet("QTextEdit { background: transparent; border: none; padding: 0; }")
        self.document().setDocumentMargin(2)
        self.composing = False
        """Whether an input method is at work on a word: its keys are not ours."""
        self.beside: Callable[[QMimeData], bool] = lambda _mime: False
        """Says what belongs beside the text rather than in it."""
        self._lines = 0
        self.recalling = False
        """Whether the text is an earlier prompt, unchanged: arrows then step on."""
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())

    @property
    def text(self) -> str:
        """What is typed, as typed."""
        return self.toPlainText()

    def set_text(self, text: str, *, recalled: bool = False) -> None:
        """Replace the text, with the caret at its end."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.recalling = recalled

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter sends; arrows recall in an empty input; all else is ordinary editing."""
        if self.composing:
            if event.key() not in _ENTER:  # an Enter that its input method let through ends the word, no more
                super().keyPressEvent(event)
        elif event.key() in _ENTER and not event.modifiers() & _NEW_LINE:
            self.sent.emit()
        elif event.key() == Qt.Key.Key_Up and (self.recalling or not self.text):
            self.recall.emit(1)
        elif event.key() == Qt.Key.Key_Down and self.recalling:
            self.recall.emit(-1)
        elif event.key() == Qt.Key.Key_Backspace and not self.text:
            self.emptied.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            self.recalling = self.recalling and not event.text()
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:  # noqa: N802 - Qt's name
        """Remember whether a word is being composed."""
        self.composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - Qt's name
        """Take what can be pasted as text or put beside it."""
        return source.hasText() or self.beside(source)

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        """Paste as text; files and images go beside it."""
        if self.beside(source):
            self.given.emit(source)
        elif source.hasText():
            self.insertPlainText(source.text())

    @property
    def wanted_height(self) -> int:
        """Pixels for the text, within one to eight lines."""
        return self._height_of(MAX_LINES)

    @property
    def least_height(self) -> int:
        """Pixels of it that always show."""
        return self._height_of(_LEAST_LINES)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as the text, within one to eight lines."""
        return QSize(400, self.wanted_height)

    def _height_of(self, lines: int) -> int:
        line = QFontMetricsF(self.font()).lineSpacing()
        margin = 2 * self.document().documentMargin()
        wanted = max(self.document().size().height(), line + margin)
        return round(min(wanted, lines * line + margin)) + 2

    def _fit(self) -> None:
        height = self.wanted_height
        if height != self._lines:
            self._lines = height
            self.setFixedHeight(height)
            self.grown.emit()
