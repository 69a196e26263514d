"""Marks the words of a search in what was said, so that they are seen in a long answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QBrush, QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from compute_broker.desktop.markdown.view import MarkdownView
from compute_broker.desktop.theme import S, Theme

MOST = 200
"""Marks at most: a word of one letter is everywhere."""


class FoundWords(QObject):
    """Marks words in ``view`` once all of its text is there, and has the first of them in sight."""

    def __init__(self, view: MarkdownView, theme: Theme) -> None:
        """Mark nothing yet."""
        super().__init__(view)
        self._view, self._theme = view, theme
        self._words: Sequence[str] = ()
        self._unseen = False
        view.drained.connect(self._mark)
        theme.changed.connect(self._mark)

    def look_for(self, words: Sequence[str]) -> None:
        """Mark these words, in what is shown and in what will be."""
        if words != self._words:
            self._words = words
            self._unseen = True
            if not self._view.busy:
                self._mark()

    def begin_anew(self) -> None:
        """Other text is coming: its first mark is to be seen."""
        self._unseen = True
        self._view.setExtraSelections([])

    def _mark(self) -> None:
        marks = sorted(self._found(), key=QTextCursor.selectionStart)
        self._view.setExtraSelections([self._marked(cursor) for cursor in marks])
        if marks and self._unseen:
            self._bring_into_sight(marks[0])
        self._unseen = False

    def _found(self) -> Iterator[QTextCursor]:
        count, document = 0, self._view.document()
        for word in self._words:
            cursor = document.find(word)
            while not cursor.isNull() and count < MOST:
                yield cursor
                count += 1
                cursor = document.find(word, cursor)

    def _marked(self, cursor: QTextCursor) -> QTextEdit.ExtraSelection:
        look = QTextCharFormat()
        look.setBackground(QBrush(QColor(self._theme.colours.accent_soft)))
        look.setFontUnderline(True)  # for who does not tell the colours apart
        mark = QTextEdit.ExtraSelection()
        mark.cursor, mark.format = cursor, look
        return mark

    def _bring_into_sight(self, cursor: QTextCursor) -> None:
        place, room = self._view.cursorRect(cursor), self._view.viewport().rect()
        if not room.contains(place):
            bar = self._view.verticalScrollBar()
            bar.setValue(bar.value() + place.top() - room.height() // 3 - S)
