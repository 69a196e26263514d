"""How the quick ask window is put together, and how it grows and finds its place on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from compute_broker.core.texts import tr
from compute_broker.desktop.ask.card import Card
from compute_broker.desktop.ask.controls import Controls
from compute_broker.desktop.ask.fitting import Part, Scrolling, fixed, heights, top_of
from compute_broker.desktop.ask.footer import Footer
from compute_broker.desktop.ask.notice import Notice
from compute_broker.desktop.ask.prompt_input import PromptInput
from compute_broker.desktop.building import InParts
from compute_broker.desktop.loop import own_turn
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.desktop.wrapping import Wrapping

if TYPE_CHECKING:
    from compute_broker.desktop.ask.beside import Beside
    from compute_broker.desktop.ask.chips import Chips
    from compute_broker.desktop.ask.ticker import Ticker
    from compute_broker.desktop.ask.why import WhyTable
    from compute_broker.desktop.markdown.view import MarkdownView

WIDTH = 680
WIDE = 1120
"""Where there is room: while two answers stand side by side, or every tier's figures are shown."""
_VIEW_SHARE = 0.55
"""The most of a screen's height that the answer takes before it scrolls."""
_TOP_SHARE = 0.16
"""Where on the screen the window's top is."""
_LEAST_VIEW = 80
"""Pixels of the answer that always show: some three lines."""


class AskLayout(Card, InParts):
    """The widgets of the quick ask window, without behaviour."""

    tier_wanted = Signal(str)
    """The id of the tier that the person wants to answer."""
    link_chosen = Signal(str)
    code_copied = Signal(str)
    widened = Signal(int)
    """The person made the window this wide, in pixels, the shadow left out."""

    def __init__(self, theme: Theme) -> None:
        """Begin with nothing but the frame."""
        super().__init__(theme)
        self.setWindowTitle(tr("Quick ask"))
        self.setAccessibleName(tr("Quick ask"))
        self._chips: Chips | None = None
        self._ticker: Ticker | None = None
        self._why: WhyTable | None = None
        self._view: MarkdownView | None = None
        self.beside: Beside | None = None
        """Two answers to compare; built when first wanted."""
        self._wide: set[str] = set()
        self._narrow_width = WIDTH
        self._own_width = 0
        self._home = self._own_top = 0
        """Where the window's top would be if it had the room, and where we put it for what it shows."""
        self._settled = 0
        """The height for which it was put there."""

    def build(self) -> Iterator[None]:
        """Build everything once, from the top downwards; what is empty is hidden."""
        column = self._column = QVBoxLayout(self)
        edge = self.inset
        column.setContentsMargins(edge + L + 2, edge + L, edge + L + 2, edge + M)
        column.setSpacing(S)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.input = PromptInput()
        top = QHBoxLayout()
        top.setSpacing(S)
        column.addLayout(top)
        top.addWidget(self.input, 1, Qt.AlignmentFlag.AlignVCenter)
        yield
        self.controls = Controls(self._theme, self)
        top.addWidget(self.controls.buttons, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.controls.preview)
        yield from self.controls.parts
        self.reason = text_label(tr("Reason"))
        self.reason.hide()
        column.addWidget(self.reason)
        self.trouble = Notice(self._theme, tr("Problem"))
        column.addWidget(self.trouble)
        self.advice = Notice(self._theme, tr("Notice"))
        column.addWidget(self.advice)
        yield
        self.rule = _rule()
        self.rule.hide()
        column.addWidget(self.rule)
        self.footer = Footer(self._theme)
        column.addWidget(self.footer)
        yield from self.footer.parts
        for before, after in pairwise([self.input, *self.controls.in_order]):
            self.setTabOrder(before, after)
        self._own_width = WIDTH + 2 * edge
        self.resize(self._own_width, 100)
        self.input.grown.connect(self.fit)
        self._theme.changed.connect(self._dress)
        self._dress()
        yield

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """A person's new width lets the texts wrap anew, and is told."""
        super().resizeEvent(event)
        width = event.size().width()
        if width == event.oldSize().width():
            return
        QTimer.singleShot(0, self, self.fit)
        if width != self._own_width and self.isVisible() and not self._wide:
            self._narrow_width = width - 2 * self.inset
            self.widened.emit(self._narrow_width)

    def moveEvent(self, event: QMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Where the person puts the window, it wants to be from then on."""
        super().moveEvent(event)
        if event.pos().y() != self._own_top:
            self._home = self._own_top = event.pos().y()

    def event(self, event: QEvent) -> bool:
        """Follow a part that takes less room, or more, a moment after it was told to."""
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest and self.stands:
            self.fit()
        return done

    def fit_soon(self) -> None:
        """Fit before the next painting, once for all that changes until then."""
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def fit(self) -> None:
        """Make the window as high as what it shows, within the screen; what scrolls gives way to the rest."""
        wanted = QSize(self.width(), self._shared_height())
        top = self.y()
        if self.isVisible() and wanted.height() != self._settled:  # Qt may have made it that high by itself
            top = self._top_for(wanted.height())
        self._settled = wanted.height()
        if top != self.y():
            self._own_top = top
            self.setGeometry(QRect(QPoint(self.x(), top), wanted))
        elif wanted != self.size():
            self.resize(wanted)

    def _shared_height(self) -> int:
        """Give answer, table and input what all else leaves of the screen; return the height of it all."""
        scrolling, needed = self._scrolling(), self._needed_height()
        rest = needed - sum(each.height for each in scrolling)
        given = heights([each.part for each in scrolling], self._most_height() - rest)
        others = [pair for pair in zip(scrolling, given, strict=True) if pair[0].height != pair[1]]
        for each, height in others:
            each.be(height)
        return self._needed_height() if others else needed  # to lay it all out anew takes its time

    def _scrolling(self) -> list[Scrolling]:
        """Return what can be lower than its text, whichever is to give way first before the others."""
        most = round(self._area().height() * _VIEW_SHARE)
        found = []
        if self.beside is not None and not self.beside.isHidden():
            beside = self.beside
            found.append(
                Scrolling(beside.part(most, _LEAST_VIEW), beside.height_of_answers, beside.set_height)
            )
        if self._view is not None and not self._view.isHidden():
            text = self.view.text_height
            found.append(fixed(self.view, Part(min(text, most), min(text, _LEAST_VIEW))))
        if self._why is not None and not self._why.isHidden():
            found.append(fixed(self._why, Part(self._why.sizeHint().height(), self._why.least_height)))
        if self.input.wanted_height > self.input.least_height:
            found.append(fixed(self.input, Part(self.input.wanted_height, self.input.least_height)))
        return found

    def _needed_height(self) -> int:
        column = self._column
        column.activate()
        if column.hasHeightForWidth():
            return column.totalHeightForWidth(self.width())
        return column.totalSizeHint().height()

    @property
    def view(self) -> MarkdownView:
        """The conversation; built for the first question: a megabyte that an idle program can do without."""
        return self._view or self._make_view()

    def _make_view(self) -> MarkdownView:
        from compute_broker.desktop.markdown.view import MarkdownView  # noqa: PLC0415 - likewise

        view = self._view = MarkdownView(self._theme)
        view.hide()
        self._column.insertWidget(self._column.indexOf(self.rule) + 1, view)
        view.document().documentLayout().documentSizeChanged.connect(lambda _size: self.fit_soon())
        view.link_chosen.connect(self.link_chosen)
        view.code_copied.connect(self.code_copied)
        self.setTabOrder(self._ticker.last if self._ticker else self.controls.in_order[-1], view)
        return view

    async def make_view_ahead(self) -> None:
        """Build the conversation where nobody waits for it: a thread reads its code, a turn builds it."""
        for module in ("markdown.view", "widget_kinds"):
            await asyncio.to_thread(import_module, f"compute_broker.desktop.{module}")
        await own_turn()
        if self._view is None:
            self._make_view()

    @property
    def chips(self) -> Chips:
        """The attachments above the input; built when there are some."""
        if self._chips is None:
            from compute_broker.desktop.ask.chips import Chips  # noqa: PLC0415 - when first wanted

            self._chips = Chips(self._theme)
            self._column.insertWidget(0, self._chips)
        return self._chips

    @property
    def ticker(self) -> Ticker:
        """What each tier would cost; built when something is typed."""
        if self._ticker is None:
            from compute_broker.desktop.ask.ticker import Ticker  # noqa: PLC0415 - when first wanted

            self._ticker = Ticker(self._theme)
            self._column.insertWidget(self._column.indexOf(self.controls.preview) + 1, self._ticker)
            self._ticker.wanted.connect(self.tier_wanted)
            self.setTabOrder(self.controls.in_order[-1], self._ticker.last)
        return self._ticker

    @property
    def why(self) -> WhyTable:
        """The table of every tier considered; built when first wanted, since a table takes its megabytes."""
        if self._why is None:
            from compute_broker.desktop.ask.why import WhyTable  # noqa: PLC0415 - likewise

            self._why = WhyTable(self._theme)
            at = self._column.indexOf(self.reason) + 1
            self._column.insertWidget(at, self._why)
            self._column.insertWidget(at, self._why.order, 0, Qt.AlignmentFlag.AlignLeft)
            self._why.grown.connect(self.fit, Qt.ConnectionType.QueuedConnection)
            for before, after in pairwise([self.ticker.last, self._why.order, self._why]):
                self.setTabOrder(before, after)
        return self._why

    @property
    def reasons_shown(self) -> bool:
        """Whether every tier considered is shown."""
        return self._why is not None and not self._why.isHidden()

    def show_reasons(self, *, shown: bool) -> None:
        """Show or hide the table of every tier considered, with the choice of its order."""
        if shown or self._why is not None:
            self.why.setVisible(shown)
            self.why.order.setVisible(shown)

    def show_answer(self, *, shown: bool) -> None:
        """Show or hide everything below the controls."""
        if shown or self._view is not None:
            self.view.setVisible(shown)
        self.rule.setVisible(shown)

    def compare(self, *, shown: bool) -> None:
        """Show two answers in the place of one, or one again."""
        if self.beside is not None:
            self.beside.setVisible(shown)
            self.view.setVisible(not shown and not self.view.is_empty)
            self.widen("compare", on=shown)

    def build_beside(self) -> Beside:
        """Build the room for two answers, hidden."""
        from compute_broker.desktop.ask.beside import Beside  # noqa: PLC0415 - when first wanted

        self.beside = Beside(self._theme)
        self._column.insertWidget(self._column.indexOf(self.view) + 1, self.beside)
        self.beside.grown.connect(self.fit, Qt.ConnectionType.QueuedConnection)
        return self.beside

    def widen(self, what: str, *, on: bool) -> None:
        """Make the window wide while ``what`` needs it, within the screen, about the same middle."""
        before = bool(self._wide)
        (self._wide.add if on else self._wide.discard)(what)
        if bool(self._wide) is not before:
            self._take_width()

    def choose_width(self, width: int) -> None:
        """Be ``width`` pixels wide, the shadow left out, as far as the screen allows."""
        self._narrow_width = width
        self._take_width()

    def _take_width(self) -> None:
        area = self._area()
        wanted = max(WIDE, self._narrow_width) if self._wide else self._narrow_width
        width = min(wanted + 2 * self.inset, area.width())
        if width == self.width():
            return
        self._own_width = width
        left = self.x() + (self.width() - width) // 2
        self.resize(width, self.height())
        if self.isVisible():
            self.move(min(max(left, area.left()), area.right() + 1 - width), self.y())
        self.fit()

    def place(self) -> None:
        """Put the window on the screen the cursor is on; where the system places windows, leave it."""
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        area: QRect = screen.availableGeometry()
        if self.width() > area.width():
            self._own_width = area.width()
            self.resize(area.width(), self.height())
        left = area.left() + (area.width() - self.width()) // 2
        self._home = area.top() + round(area.height() * _TOP_SHARE) - self.inset
        self._own_top, self._settled = self._top_for(self.height(), area), self.height()
        self.move(QPoint(left, self._own_top))

    def _top_for(self, height: int, area: QRect | None = None) -> int:
        """Return where the top of a window of that height is: only its shadow may lie beyond the screen."""
        area = area or self._area()
        return top_of(self._home, height, area.top() - self.inset, area.bottom() + 1 + self.inset)

    def _most_height(self) -> int:
        return self._area().height() + 2 * self.inset

    def _area(self) -> QRect:
        return self.screen().availableGeometry()

    def _dress(self) -> None:
        font = self._theme.font("body")
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self.input.setFont(font)
        self.reason.setFont(self._theme.font("small"))
        self.rule.setStyleSheet(f"background: {self._theme.colours.border}; border: none;")


def text_label(name: str) -> QLabel:
    """Return an empty plain label that wraps."""
    label = Wrapping()
    label.setAccessibleName(name)
    return label


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFixedHeight(1)
    return rule
