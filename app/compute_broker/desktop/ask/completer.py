"""A list below the input that completes ``@tier`` and ``/mode`` while they are typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from compute_broker.core.texts import tr
from compute_broker.desktop.ask.commands import Offer, open_word
from compute_broker.desktop.ask.prompt_input import PromptInput
from compute_broker.desktop.theme import XS, M, Theme

_WIDTH = 340
_TAKE = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab}
_MOVE = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class Completer(QObject):
    """Watches an input; keys go to the list only while it is shown, and the caret never leaves the input."""

    taken = Signal()
    """A word was completed."""

    def __init__(self, input_: PromptInput, theme: Theme, find: Callable[[str], Sequence[Offer]]) -> None:
        """Complete in ``input_`` what ``find`` offers for a word."""
        super().__init__(input_)
        self._input = input_
        self._theme = theme
        self._find = find
        self.list = QTreeWidget(input_)
        # A window of its own, since the ask window is often lower than the list; it never takes the focus.
        self.list.setWindowFlags(Qt.WindowType.ToolTip)
        self.list.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.list.setObjectName("completions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(tr("Completions"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.hide()
        self.list.itemClicked.connect(lambda _item, _column: self.take())
        input_.textChanged.connect(self.look)
        input_.cursorPositionChanged.connect(self.look)
        input_.installEventFilter(self)

    def look(self) -> None:
        """Show what would complete the word at the caret, or nothing."""
        word = open_word(self._input.text[: self._input.textCursor().position()])
        found = [offer for offer in self._find(word) if offer.word != word] if word else []
        if not found or not self._input.hasFocus():
            self.list.hide()
            return
        self.list.clear()
        for offer in found:
            item = QTreeWidgetItem([offer.word, offer.meaning])
            item.setForeground(1, QColor(self._theme.colours.muted))
            self.list.addTopLevelItem(item)
        self._choose(0)
        self._place()

    def take(self) -> None:
        """Complete with the chosen word."""
        item = self.list.currentItem()
        cursor = self._input.textCursor()
        word = open_word(self._input.text[: cursor.position()])
        if item is None or word is None:
            return
        cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.KeepAnchor, len(word))
        cursor.insertText(f"{item.text(0)} ")
        self._input.setTextCursor(cursor)
        self.list.hide()
        self.taken.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Give arrows, Enter, Tab and Escape to the list while it is shown; hide it with the focus."""
        if event.type() is QEvent.Type.FocusOut:
            self.list.hide()
        if self.list.isHidden() or not isinstance(event, QKeyEvent) or self._input.composing:
            return super().eventFilter(watched, event)
        key = Qt.Key(event.key())
        if event.type() is QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape:
            event.accept()
            return True
        if event.type() is not QEvent.Type.KeyPress or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return super().eventFilter(watched, event)
        if key in _TAKE:
            self.take()
        elif key in _MOVE:
            self._choose(self.list.currentIndex().row() + _MOVE[key])
        elif key == Qt.Key.Key_Escape:
            self.list.hide()
        else:
            return super().eventFilter(watched, event)
        return True

    def _choose(self, row: int) -> None:
        item = self.list.topLevelItem(row % self.list.topLevelItemCount())
        if item is not None:
            self.list.setCurrentItem(item)

    def _place(self) -> None:
        self.list.setFont(self._theme.font("body"))
        self.list.ensurePolished()
        self.list.setColumnWidth(0, self.list.sizeHintForColumn(0) + M)
        rows = self.list.sizeHintForRow(0) * self.list.topLevelItemCount()
        height = rows + 2 * self.list.frameWidth() + 2 * XS
        spot = self._input.mapToGlobal(QPoint(0, self._input.cursorRect().bottom() + XS))
        self.list.setGeometry(spot.x(), spot.y(), _WIDTH, height)
        self.list.show()
