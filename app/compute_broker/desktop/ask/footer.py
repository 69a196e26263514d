"""Under the answer: who gave it, what it cost and saved, how long it took, and what to do with it."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from compute_broker.broker.events import Receipt
from compute_broker.core.decision import Decision
from compute_broker.desktop.ask import words
from compute_broker.desktop.ask.elided import Elided
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.theme import XS, S, Theme

_TICK_MS = 200
_SIGNS = ("copy", "up", "down", "new")


class Footer(QWidget):
    """Emits what the person wants; shows what is so."""

    stop = Signal()
    copy = Signal()
    better = Signal()
    new = Signal()
    rated = Signal(object)
    """1, -1, or ``None`` when a thumb is taken back."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start hidden."""
        super().__init__(parent)
        self._theme = theme
        self._who, self._money = _label("Tier that answered"), _label("Cost")
        self._time, self._saved = _label("Time"), Elided("Saving")
        self._time.setProperty("kind", "muted")
        self._stop = _push("Stop", "Stop the answer (Ctrl+.)")
        self._better = _push("Better", "Ask a better tier")
        self._copy = _tool("Copy answer as Markdown", "Copy as Markdown (Ctrl+Shift+C)")
        self._up, self._down = _tool("Good answer"), _tool("Bad answer")
        self._new = _tool("New conversation", "Begin anew (Ctrl+N)")
        self._up.setCheckable(True)
        self._down.setCheckable(True)
        self._build()
        self._clock, self._tick = QElapsedTimer(), QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._show_time)
        theme.changed.connect(self._dress)
        self._dress()
        self.hide()

    def answering(self, label: str) -> None:
        """Show who is being asked, with a running clock; the clock starts at the first call."""
        self._who.setText(label)
        self._money.setText("")
        self._saved.set_whole("")
        if not self._tick.isActive():
            self._clock.start()
            self._tick.start()
        self._show_time()
        self._offer(answered=False)
        self.show()

    def finished(self, receipt: Receipt, better: Decision | None) -> None:
        """Show the receipt, and what a better tier would add to it."""
        self._tick.stop()
        self._who.setText(receipt.quote.tier.label)
        self._money.setText(words.cost_text(receipt))
        self._saved.set_whole(words.saved_text(receipt))
        self._saved.setProperty("kind", "good" if (receipt.saved or 0) > 0 else "muted")
        self._saved.style().polish(self._saved)
        self._time.setText(words.duration(receipt.latency_ms))
        for label in (self._who, self._money, self._time):
            label.setToolTip(words.details(receipt))
        self._offer(answered=True)
        self._better.setVisible(better is not None and better.plan is not None)
        if better is not None and better.plan is not None:
            self._better.setText(words.better_label(better, receipt.cost))
            self._better.setToolTip(f"{better.reason} (Ctrl+B)")
            self._better.setAccessibleName(self._better.text())
        self.show()

    def stopped(self, cost: str) -> None:
        """Show that the person stopped it, and what it cost as far as that is known."""
        self._tick.stop()
        self._money.setText(cost)
        self._saved.set_whole("stopped")
        self._offer(answered=True)
        self._better.hide()
        self.show()

    def clear(self) -> None:
        """Nothing was asked, or nothing came of it."""
        self._tick.stop()
        self.hide()

    @property
    def text(self) -> str:
        """Everything it says, in order."""
        texts = (self._who.text(), self._money.text(), self._saved.whole, self._time.text())
        return " · ".join(text for text in texts if text)

    @property
    def better_text(self) -> str:
        """What the button for a better tier says; empty when it is not offered."""
        return "" if self._better.isHidden() else self._better.text()

    def _offer(self, *, answered: bool) -> None:
        self._stop.setVisible(not answered)
        for button in (self._copy, self._up, self._down, self._new, self._better):
            button.setVisible(answered)
        for thumb in (self._up, self._down):
            thumb.setChecked(False)

    def _rate(self, thumb: QToolButton, other: QToolButton, rating: int) -> None:
        other.setChecked(False)
        self.rated.emit(rating if thumb.isChecked() else None)

    def _show_time(self) -> None:
        self._time.setText(words.duration(self._clock.elapsed()))

    def _build(self) -> None:
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(XS)
        row.setSpacing(S)
        column.addLayout(row)
        column.addWidget(self._better, 0, Qt.AlignmentFlag.AlignLeft)
        for label in (self._who, self._money, self._time):
            row.addWidget(label)
        row.addWidget(self._saved, 1)
        row.addWidget(self._stop)
        thumbs = QHBoxLayout()
        thumbs.setSpacing(XS // 2)
        for tool in (self._copy, self._up, self._down, self._new):
            thumbs.addWidget(tool)
        row.addLayout(thumbs)
        self._stop.clicked.connect(self.stop)
        self._better.clicked.connect(self.better)
        self._copy.clicked.connect(self.copy)
        self._new.clicked.connect(self.new)
        self._up.clicked.connect(lambda: self._rate(self._up, self._down, 1))
        self._down.clicked.connect(lambda: self._rate(self._down, self._up, -1))

    def _dress(self) -> None:
        colours = self._theme.colours
        bold = self._theme.font("small")
        bold.setBold(True)
        self._who.setFont(bold)
        for widget in (self._money, self._saved, self._time, self._stop, self._better):
            widget.setFont(self._theme.font("small"))
        tools = (self._copy, self._up, self._down, self._new)
        for tool, name in zip(tools, _SIGNS, strict=True):
            tool.setIcon(glyph(name, colours.muted, checked=colours.accent))
        self._stop.setIcon(glyph("stop", colours.bad))
        self._better.setIcon(glyph("better", colours.accent))


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(name)
    return label


def _push(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button


def _tool(name: str, tip: str = "") -> QToolButton:
    button = QToolButton()
    button.setProperty("kind", "quiet")
    button.setAccessibleName(name)
    button.setToolTip(tip or name)
    button.setIconSize(QSize(18, 18))
    return button
