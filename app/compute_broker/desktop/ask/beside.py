"""Two answers to one question, side by side where there is room, else one above the other; one is kept."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from compute_broker.broker.events import Receipt
from compute_broker.core.texts import tr
from compute_broker.desktop.ask import words
from compute_broker.desktop.ask.fitting import Part
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.markdown.view import MarkdownView
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.theme import XS, L, Theme
from compute_broker.desktop.wrapping import Wrapping

LEAST_COLUMN = 400
"""Pixels: two columns narrower than this are put one above the other."""


class Side(QWidget):
    """One answer: who gave it, the words, what it cost and how long it took, and a way to keep it."""

    kept = Signal()
    copied = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        """Start empty; ``name`` tells the two apart for a screen reader."""
        super().__init__()
        self._theme = theme
        self.setAccessibleName(name)
        self.who, self.about = QLabel(), Wrapping()
        self.about.setAccessibleName(tr("{name}: cost and time", name=name))
        self.who.setTextFormat(Qt.TextFormat.PlainText)
        line_up(self.who)
        self.who.setAccessibleName(tr("{name}: tier", name=name))
        self.view = MarkdownView(theme)
        self.view.setAccessibleName(name)
        self.keep = QPushButton(tr("Keep this one"))
        self.keep.setAutoDefault(False)
        self.copy = QToolButton()
        self.copy.setProperty("kind", "quiet")
        self.copy.setAccessibleName(tr("{name}: copy as Markdown", name=name))
        self.copy.setToolTip(tr("Copy this answer as Markdown"))
        self.text = ""
        self._arrange()
        self.keep.clicked.connect(self.kept)
        self.copy.clicked.connect(self._copy)
        theme.changed.connect(self._dress)
        self._dress()

    def begin(self, label: str, text: str = "") -> None:
        """Show an answer by ``label`` that begins with ``text``."""
        self.view.clear_all()
        self.text = ""
        self.about.setText("")
        self.named(label)
        if text:
            self.add(text)
            self.view.finish_answer()

    def named(self, label: str) -> None:
        """Say whose answer it is."""
        self.who.setText(label)
        self.keep.setAccessibleName(tr("Keep {label}'s answer", label=label))

    def add(self, text: str) -> None:
        """Take more of the answer."""
        self.text += text
        self.view.add_text(text)

    def restart(self, label: str) -> None:
        """What was said so far does not stand."""
        self.begin(label)

    def finished(self, receipt: Receipt, against: int | None = None) -> None:
        """Show the receipt; ``against`` is what the other answer cost, in nano-dollars."""
        self.view.finish_answer()
        self.named(receipt.quote.tier.label)
        parts = (
            words.cost_against(receipt, against),
            words.duration(receipt.latency_ms),
            words.saved_text(receipt),
        )
        self.about.setText(" · ".join(part for part in parts if part))
        self.about.setToolTip(words.details(receipt))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.copied.emit()

    def _arrange(self) -> None:
        column, foot = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(XS)
        foot.setSpacing(XS)
        foot.addWidget(self.about, 1)
        foot.addWidget(self.copy)
        foot.addWidget(self.keep)
        column.addWidget(self.who)
        column.addWidget(self.view)
        column.addStretch(1)
        column.addLayout(foot)

    def _dress(self) -> None:
        bold = self._theme.font("small")
        bold.setBold(True)
        self.who.setFont(bold)
        self.about.setFont(self._theme.font("small"))
        self.about.setProperty("kind", "muted")
        self.keep.setFont(self._theme.font("small"))
        self.copy.setIcon(glyph("copy", self._theme.colours.muted))


class Beside(QWidget):
    """The first answer and a better tier's."""

    kept = Signal(bool)
    """True: the first answer is kept; false: the other one."""
    copied = Signal(bool)
    grown = Signal()

    def __init__(self, theme: Theme) -> None:
        """Start hidden."""
        super().__init__()
        self.setAccessibleName(tr("Two answers to compare"))
        self.first, self.second = Side(theme, tr("First answer")), Side(theme, tr("Other answer"))
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(L)
        for number, side in enumerate((self.first, self.second)):
            self._row.addWidget(side, 1)
            side.kept.connect(lambda first=number == 0: self.kept.emit(first))
            side.copied.connect(lambda first=number == 0: self.copied.emit(first))
            side.view.document().documentLayout().documentSizeChanged.connect(lambda _size: self.grown.emit())
        self.hide()

    @property
    def stacked(self) -> bool:
        """Whether the two stand one above the other."""
        return self._row.direction() is QBoxLayout.Direction.TopToBottom

    def part(self, most: int, least: int) -> Part:
        """Return how high both answers together would like to be, within ``most`` pixels in all.

        ``least`` is what always shows of each.
        """
        texts = self._texts()
        wanted = min(sum(texts) if self.stacked else max(texts), most)
        return Part(wanted, min(wanted, 2 * least if self.stacked else least))

    @property
    def height_of_answers(self) -> int:
        """Pixels that they take now, one above the other or side by side."""
        taken = [side.view.minimumHeight() for side in (self.first, self.second)]
        return sum(taken) if self.stacked else max(taken)

    def set_height(self, height: int) -> None:
        """Let both together be ``height`` pixels high; stacked, the shorter one takes what it needs."""
        sides = (self.first, self.second)
        shares = [height, height]
        if self.stacked:
            first, second = self._texts()
            least = min(first, second, height // 2)
            shares = [least, height - least] if first <= second else [height - least, least]
        for side, share in zip(sides, shares, strict=True):
            side.view.setFixedHeight(share)

    def _texts(self) -> list[int]:
        return [side.view.text_height for side in (self.first, self.second)]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Stand side by side where there is room."""
        super().resizeEvent(event)
        narrow = event.size().width() < 2 * LEAST_COLUMN + L
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if wanted is not self._row.direction():
            self._row.setDirection(wanted)
            self.grown.emit()
