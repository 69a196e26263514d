"""Under the answer: who gave it, what it cost and saved, how long it took, and what to do with it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QElapsedTimer, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from compute_broker.broker.events import Receipt
from compute_broker.core.decision import Decision
from compute_broker.core.texts import tr
from compute_broker.desktop.ask import words
from compute_broker.desktop.ask.elided import Elided
from compute_broker.desktop.building import InParts
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.theme import XS, S, Theme

_TICK_MS = 200
SILENCE_MS = 1000 - _TICK_MS // 2
"""After so long the person is told that a tier is silent: within a second, as the clock ticks."""
_SIGNS = ("copy", "up", "down", "new")


class Footer(QWidget, InParts):
    """Emits what the person wants; shows what is so."""

    stop = Signal()
    instead = Signal()
    """Do not wait any longer: ask the next tier."""
    copy = Signal()
    better = Signal()
    new = Signal()
    fallen_silent = Signal(str)
    """A tier has been silent for a second; the text says which, once for each."""
    copy_menu_wanted = Signal(QMenu)
    """The menu is about to show, and is to be filled."""
    rated = Signal(object)
    """1, -1, or ``None`` when a thumb is taken back."""

    def __init__(self, theme: Theme) -> None:
        """Start hidden; :attr:`parts` build it."""
        super().__init__()
        self._theme = theme
        self.hide()
        self.begin(whole=False)

    def build(self) -> Iterator[None]:
        """Build what it says and its buttons, then give these their signs."""
        self._who, self._money = _label(tr("Tier that answered")), _label(tr("Cost"))
        self._time, self._saved = _label(tr("Time")), Elided(tr("Saving"))
        self._time.setProperty("kind", "muted")
        self._stop = _push(tr("Stop"), tr("Stop the answer (Ctrl+.)"))
        self._instead = _push(tr("Ask another"), tr("Do not wait for this tier any longer (Ctrl+I)"))
        self._better = _push(tr("Better"), tr("Ask a better tier"))
        self._copy = _tool(tr("Copy answer as Markdown"), tr("Copy as Markdown (Ctrl+Shift+C)"))
        self._more = _tool(tr("More ways to copy"))
        self._more.setFixedWidth(30)
        self._copy_menu: QMenu | None = None
        self._up, self._down = _tool(tr("Good answer")), _tool(tr("Bad answer"))
        self._new = _tool(tr("New conversation"), tr("Begin anew (Ctrl+N)"))
        self._tools = QWidget()
        """What is done with an answer: shown and hidden as one, since each by itself costs a layout."""
        self._up.setCheckable(True)
        self._down.setCheckable(True)
        self._arrange()
        self._clock, self._tick = QElapsedTimer(), QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._show_time)
        self._waiting: str | None = None
        self._told = False
        self._silent_since = QElapsedTimer()
        yield
        self._theme.changed.connect(self._dress)
        self._dress()
        yield

    def answering(self, label: str) -> None:
        """Show who is being asked, with a running clock; the clock starts at the first call."""
        self._waiting = None
        self._instead.hide()
        self._who.setText(label)
        self._money.setText("")
        self._saved.set_whole("")
        if not self._tick.isActive():
            self._clock.start()
            self._tick.start()
        self._show_time()
        self._offer(answered=False)
        self.show()

    def waiting(self, label: str, following: str | None) -> None:
        """Show who is being asked; after a second of silence say so, and offer ``following`` instead."""
        self.answering(label)
        self._waiting, self._told = label, False
        self._instead.setText(tr("Ask {following} instead", following=following) if following else "")
        self._instead.setAccessibleName(self._instead.text() or tr("Ask another"))
        self._silent_since.start()

    def speaking(self) -> None:
        """The tier has begun to answer: nobody waits any longer."""
        if self._waiting is not None:
            self.answering(self._waiting)

    def finished(self, receipt: Receipt) -> None:
        """Show the receipt; what a better tier would add to it follows by :meth:`offer_better`."""
        self._tick.stop()
        self._who.setText(receipt.quote.tier.label)
        self._money.setText(words.cost_text(receipt))
        self._saved.set_whole(words.saved_text(receipt))
        self._saved.setProperty("kind", "good" if (receipt.saved or 0) > 0 else "muted")
        self._saved.style().polish(self._saved)
        self._time.setText(words.duration(receipt.latency_ms))
        details = words.details(receipt)
        for label in (self._who, self._money, self._time):
            label.setToolTip(details)
        self._offer(answered=True)
        self._better.hide()
        self.show()

    def offer_better(self, better: Decision | None, cost: int | None) -> None:
        """Offer a better tier, with what it would add to ``cost`` nano-dollars; nothing where none can."""
        offered = better is not None and better.plan is not None
        self._better.setVisible(offered)
        if better is not None and offered:
            self._better.setText(words.better_label(better, cost))
            self._better.setToolTip(tr("{reason} (Ctrl+B)", reason=better.reason))
            self._better.setAccessibleName(self._better.text())

    def stopped(self, cost: str) -> None:
        """Show that the person stopped it, and what it cost as far as that is known."""
        self._tick.stop()
        self._money.setText(cost)
        self._saved.set_whole(tr("stopped"))
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
    def copy_menu(self) -> QMenu:
        """Every way of copying; filled by the window whenever it is about to show."""
        if self._copy_menu is None:
            self._copy_menu = QMenu(self._more)
            self._copy_menu.setAccessibleName(tr("More ways to copy"))
            self._copy_menu.aboutToShow.connect(lambda: self.copy_menu_wanted.emit(self._copy_menu))
        return self._copy_menu

    @property
    def instead_text(self) -> str:
        """What the button for not waiting says; empty when it is not offered."""
        return "" if self._instead.isHidden() else self._instead.text()

    @property
    def better_text(self) -> str:
        """What the button for a better tier says; empty when it is not offered."""
        return "" if self._better.isHidden() else self._better.text()

    def _offer(self, *, answered: bool) -> None:
        self._stop.setVisible(not answered)
        if answered:
            self._waiting = None
            self._instead.hide()
        self._tools.setVisible(answered)
        if not answered:
            self._better.hide()
        for thumb in (self._up, self._down):
            thumb.setChecked(False)

    def _rate(self, thumb: QToolButton, other: QToolButton, rating: int) -> None:
        other.setChecked(False)
        self.rated.emit(rating if thumb.isChecked() else None)

    def _show_copy_menu(self) -> None:
        self.copy_menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _show_time(self) -> None:
        self._time.setText(words.duration(self._clock.elapsed()))
        silent = self._silent_since.elapsed() if self._waiting is not None else 0
        if silent >= SILENCE_MS:
            self._who.setText(
                tr(
                    "Waiting for {waiting}, {seconds} s",
                    waiting=self._waiting,
                    seconds=max(1, silent // 1000),
                )
            )
            self._time.setText("")
            if not self._told:
                self._told = True
                self._instead.setVisible(bool(self._instead.text()))
                self.fallen_silent.emit(tr("Waiting for {waiting}", waiting=self._waiting))

    def _arrange(self) -> None:
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(XS)
        row.setSpacing(S)
        column.addLayout(row)
        column.addWidget(self._better, 0, Qt.AlignmentFlag.AlignLeft)
        for label in (self._who, self._money, self._time):
            row.addWidget(label)
        row.addWidget(self._saved, 1)
        row.addWidget(self._instead)
        row.addWidget(self._stop)
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(XS // 2)
        for tool in (self._copy, self._more, self._up, self._down, self._new):
            tools.addWidget(tool)
        row.addWidget(self._tools)
        self._stop.clicked.connect(self.stop)
        self._instead.clicked.connect(self.instead)
        self._instead.hide()
        self._better.clicked.connect(self.better)
        self._copy.clicked.connect(self.copy)
        self._more.clicked.connect(self._show_copy_menu)
        self._new.clicked.connect(self.new)
        self._up.clicked.connect(lambda: self._rate(self._up, self._down, 1))
        self._down.clicked.connect(lambda: self._rate(self._down, self._up, -1))

    def _dress(self) -> None:
        colours = self._theme.colours
        bold = self._theme.font("small")
        bold.setBold(True)
        self._who.setFont(bold)
        for widget in (self._money, self._saved, self._time, self._stop, self._instead, self._better):
            widget.setFont(self._theme.font("small"))
        tools = (self._copy, self._up, self._down, self._new)
        for tool, name in zip(tools, _SIGNS, strict=True):
            tool.setIcon(glyph(name, colours.muted, checked=colours.accent))
        self._more.setIcon(glyph("chevron", colours.muted))
        self._more.setIconSize(QSize(12, 12))
        self._stop.setIcon(glyph("stop", colours.bad))
        self._better.setIcon(glyph("better", colours.accent))


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    line_up(label)
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
