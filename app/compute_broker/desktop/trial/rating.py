"""The blind rating window: two answers side by side, nobody says whose; one key says which is better."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.markdown.view import MarkdownView
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.placing import show_at_cursor
from compute_broker.desktop.settings.rows import Verdict, push_button, text_label
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.experiment.judge.pairwise import Pair
from compute_broker.experiment.judge.pairwise import Verdict as Word
from compute_broker.experiment.judge.rating import progress, sides, verdict_of
from compute_broker.experiment.trials import Sitting, Trials

_QUESTION_HEIGHT = 110
_THANKS = tr("That was the last one. Close the window to see what your word changed.")


class RatingWindow(QWidget):
    """Every word is on the disk before the next pair is shown."""

    hidden_by_person = Signal()

    def __init__(self, trials: Trials, theme: Theme, parent: QWidget) -> None:
        """Build it hidden, to end with ``parent``; :meth:`begin` brings pairs."""
        super().__init__(parent, Qt.WindowType.Window)
        self._trials = trials
        self._tasks = Tasks(self._say)
        self._sitting: Sitting | None = None
        self._left: list[Pair] = []
        self._rated: dict[str, Word] = {}
        self._waiting = False
        self.setProperty("kind", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Which answer is better?"))
        self.setAccessibleName(tr("Rating"))
        self.progress = text_label("", tr("Progress"), kind="muted")
        self.question = QPlainTextEdit()
        self.question.setReadOnly(True)
        self.question.setTabChangesFocus(True)
        self.question.setAccessibleName(tr("Question"))
        self.question.setFixedHeight(_QUESTION_HEIGHT)
        self.answers = (MarkdownView(theme), MarkdownView(theme))
        self.verdict = Verdict(tr("Rating, problem"))
        self.first = push_button(tr("A is better  (1)"), tr("A is better"))
        self.neither = push_button(tr("Neither  (2)"), tr("Neither"))
        self.second = push_button(tr("B is better  (3)"), tr("B is better"))
        self.skip = push_button(tr("Skip  (S)"), tr("Skip"))
        self._theme = theme
        self._arrange()
        self.first.clicked.connect(lambda: self._choose(0))
        self.second.clicked.connect(lambda: self._choose(1))
        self.neither.clicked.connect(lambda: self._choose(None))
        self.skip.clicked.connect(self._skip)
        self.resize(1000, 680)

    @property
    def said(self) -> int:
        """How many words this sitting brought."""
        return len(self._rated) - (len(self._sitting.rated) if self._sitting else 0)

    def begin(self, sitting: Sitting) -> None:
        """Show the first pair of a sitting."""
        self._sitting = sitting
        self._left = list(sitting.pairs)
        self._rated = dict(sitting.rated)
        self.verdict.say("")
        self._show()

    def open_at_cursor(self) -> None:
        """Show the window on the cursor's screen."""
        show_at_cursor(self)
        self.setFocus()

    async def settled(self) -> None:
        """Wait until nothing of this window is under way."""
        await self._tasks.settled()

    async def shut(self) -> None:
        """Finish writing, and end."""
        await self._tasks.settled()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """1, 2, 3 choose, S skips, Escape ends the sitting."""
        keys = {
            Qt.Key.Key_1: self.first,
            Qt.Key.Key_2: self.neither,
            Qt.Key.Key_3: self.second,
            Qt.Key.Key_S: self.skip,
        }
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in keys:
            keys[Qt.Key(event.key())].click()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: object) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Tell that the sitting is over."""
        self.hidden_by_person.emit()

    def _choose(self, better: int | None) -> None:
        if self._left and not self._waiting:
            self._waiting = True
            self._tasks.run(self._keep(self._left[0], verdict_of(self._left[0], better)))

    async def _keep(self, pair: Pair, word: Word) -> None:
        assert self._sitting is not None  # noqa: S101 - there is a pair, so there is a sitting
        try:
            await self._trials.rate(self._sitting.folder, pair, word)
        finally:
            self._waiting = False
        self._rated[pair.key] = word
        self._left.remove(pair)
        self._show()

    def _skip(self) -> None:
        """Put the pair last."""
        if self._left and not self._waiting:
            self._left.append(self._left.pop(0))
            self._show()

    def _show(self) -> None:
        self.progress.setText(progress(self._left, self._rated))
        for button in (self.first, self.neither, self.second, self.skip):
            button.setEnabled(bool(self._left))
        for view in self.answers:
            view.clear_all()
        if not self._left:
            self.question.setPlainText("")
            self.verdict.say(_THANKS, good=True)
            return
        pair = self._left[0]
        self.question.setPlainText(pair.question)
        for view, answer in zip(self.answers, sides(pair), strict=True):
            view.add_text(answer.text)
            view.finish_answer()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        column.addWidget(self.progress)
        column.addWidget(self.question)
        both = QHBoxLayout()
        both.setSpacing(M)
        for name, view in zip("AB", self.answers, strict=True):
            part = QVBoxLayout()
            part.setSpacing(S)
            head = QLabel(name)
            line_up(head)
            head.setAccessibleName(tr("Answer {name}, title", name=name))
            head.setFont(self._theme.font("title"))
            view.setAccessibleName(tr("Answer {name}", name=name))
            part.addWidget(head)
            part.addWidget(view, 1)
            both.addLayout(part, 1)
        column.addLayout(both, 1)
        column.addWidget(self.verdict)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addStretch(1)
        for button in (self.first, self.neither, self.second):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.skip)
        column.addLayout(row)

    def _say(self, sentence: str) -> None:
        self.verdict.say(sentence)
