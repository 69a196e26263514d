"""One request in full: what was asked and answered, by whom, for how much, and what to do with it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from compute_broker.core.money import format_usd, rough_usd
from compute_broker.core.names import named
from compute_broker.core.quote import Snapshot
from compute_broker.core.texts import counted, figure, tr
from compute_broker.desktop.ask.flow import FlowLayout
from compute_broker.desktop.ask.words import duration
from compute_broker.desktop.building import InParts
from compute_broker.desktop.dates import said
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.history.found_words import FoundWords
from compute_broker.desktop.markdown.view import MarkdownView
from compute_broker.desktop.settings.rows import Choice, push_button, text_label
from compute_broker.desktop.theme import S, Theme
from compute_broker.desktop.wrapping import keep_room
from compute_broker.ledger.records import RequestStatus
from compute_broker.ledger.views import Exchange, HistoryEntry

_GONE = tr("What was said here was deleted; its cost stays in the sums.")
_ENDS = {
    RequestStatus.FAILED: tr("It failed"),
    RequestStatus.CANCELLED: tr("You stopped it"),
    RequestStatus.INTERRUPTED: tr("The program ended before it was answered"),
    RequestStatus.CUT_OFF: tr("The answer was cut off"),
}


class Detail(QWidget, InParts):
    """Shows one exchange; emits what the person wants with it."""

    again = Signal(str)
    """The tier that is to answer it; empty for the broker's choice."""
    rated = Signal(object)
    copied = Signal()
    deleted = Signal()

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._theme = theme
        self.begin(whole=False)

    def build(self) -> Iterator[None]:
        """Build question and answer, who answered and why, and the buttons."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        self.view = MarkdownView(self._theme)
        self.view.follows = False  # read from its beginning, however long it takes to come
        self.view.setAccessibleName(tr("Question and answer"))
        self.found = FoundWords(self.view, self._theme)
        column.addWidget(self.view, 1)
        self.facts = text_label("", tr("Who answered, and for how much"), kind="muted")
        self.why = text_label("", tr("Why"), kind="muted")
        column.addWidget(self.facts)
        column.addWidget(self.why)
        yield
        below = QWidget()
        column.addWidget(below)
        self._build_buttons(FlowLayout(below, S))  # two rows where one is too narrow: nothing is cut for it
        yield
        self.ask.clicked.connect(lambda: self.again.emit(self.tier.currentData() or ""))
        self.up.clicked.connect(lambda on: self._rate(1 if on else None))
        self.down.clicked.connect(lambda on: self._rate(-1 if on else None))
        self.copy.clicked.connect(self.copied)
        self.delete.clicked.connect(self.deleted)
        self._theme.changed.connect(self._dress)
        self._dress()
        self.show_nothing()

    def show_nothing(self) -> None:
        """No request is chosen."""
        self.view.clear_all()
        self.facts.setText("")
        self.why.hide()
        self._offer(said=False, answered=False)

    def show_exchange(self, exchange: Exchange, label: str) -> None:
        """Show a request; ``label`` names its tier."""
        entry, said = exchange.entry, bool(exchange.entry.prompt)
        self.view.clear_all()
        self.found.begin_anew()
        if said:
            self.view.add_question(entry.prompt)
            self.view.add_text(exchange.answer or "")
            self.view.finish_answer()
        else:
            self.view.add_note(_GONE)
        if entry.status in _ENDS:
            why = f": {entry.reason}" if entry.reason else "."
            self.view.add_note(f"{_end(entry)}{why}")
        self.facts.setText(" · ".join(_facts(entry, label)))
        reason = _reason(exchange)
        if entry.status in _ENDS and reason == entry.reason:
            reason = ""  # it stands under the question already
        self.why.setText(reason)
        self.why.setVisible(bool(reason))
        self._offer(said=said, answered=bool(exchange.answer))
        self.show_rating(entry.rating)
        keep_room(self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Be no lower than who answered and why need at this width."""
        super().resizeEvent(event)
        keep_room(self)

    def show_rating(self, rating: int | None) -> None:
        """Show the person's thumb."""
        self.up.setChecked(rating == 1)
        self.down.setChecked(rating == -1)

    def show_tiers(self, snapshot: Snapshot) -> None:
        """Offer the tiers that can answer now."""
        able = [(q.tier.id, q.tier.label) for q in snapshot if q.tier.enabled and q.availability.state.usable]
        offered = [(self.tier.itemData(row), self.tier.itemText(row)) for row in range(1, self.tier.count())]
        if able == offered and self.tier.count():
            return
        chosen = self.tier.currentData()
        self.tier.clear()
        self.tier.addItem(tr("any tier"), "")
        for tier, label in able:
            self.tier.addItem(label, tier)
        self.tier.setCurrentIndex(max(0, self.tier.findData(chosen)))

    def _offer(self, *, said: bool, answered: bool) -> None:
        for widget in (self.tier, self.ask, self.delete):
            widget.setEnabled(said)
        for tool in (self.up, self.down, self.copy):
            tool.setEnabled(answered)

    def _rate(self, rating: int | None) -> None:
        self.show_rating(rating)
        self.rated.emit(rating)

    def _build_buttons(self, flow: FlowLayout) -> None:
        self.tier = Choice(self._theme, tr("Tier that is to answer again"))
        self.tier.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.ask = push_button(tr("Ask again"))
        self.up, self.down = _tool(tr("Good answer")), _tool(tr("Bad answer"))
        self.copy = _tool(tr("Copy answer as Markdown"))
        self.up.setCheckable(True)
        self.down.setCheckable(True)
        self.delete = push_button(tr("Delete…"), tr("Delete"))
        flow.addWidget(_together(self.ask, self.tier))
        flow.addWidget(_together(self.copy, self.up, self.down, self.delete))

    def _dress(self) -> None:
        colours = self._theme.colours
        for name, button in (("copy", self.copy), ("up", self.up), ("down", self.down)):
            button.setIcon(glyph(name, colours.muted, checked=colours.accent, disabled=colours.border))


def _together(*widgets: QWidget) -> QWidget:
    """Return widgets side by side, as one."""
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(S)
    for widget in widgets:
        row.addWidget(widget)
    return group


def _facts(entry: HistoryEntry, label: str) -> list[str]:
    told = [said(entry.created.astimezone(), tr("dddd, d MMMM yyyy, HH:mm")), label]
    if entry.model and entry.model != label:
        told.append(entry.model)
    if entry.category:
        told.append(named(entry.category))
    if entry.mode:
        told.append(named(entry.mode))
    told.append(rough_usd("≈ ", entry.cost) if entry.certainty == "estimated" else format_usd(entry.cost))
    if entry.again:
        told.append(tr("on top of the first answer"))
    elif entry.saved:
        kind = tr("saved") if entry.saved > 0 else tr("dearer by")
        told.append(f"{kind} {format_usd(abs(entry.saved))}")
    if entry.input_tokens is not None and entry.output_tokens is not None:
        told.append(
            counted(
                "{input_tokens} token in, {output_tokens} out",
                "{input_tokens} tokens in, {output_tokens} out",
                entry.input_tokens,
                input_tokens=figure(f"{entry.input_tokens:,}"),
                output_tokens=figure(f"{entry.output_tokens:,}"),
            )
        )
    if entry.latency_ms is not None:
        told.append(duration(entry.latency_ms))
    if entry.private:
        told.append(tr("private"))
    return [each for each in told if each]


def _end(entry: HistoryEntry) -> str:
    if entry.status is RequestStatus.FAILED and not entry.tier:
        return tr("It was not sent")
    return _ENDS[entry.status]


def _reason(exchange: Exchange) -> str:
    """Return why the broker chose as it did, in the sentence that it gave then."""
    if not exchange.decision_json:
        return ""
    return str(json.loads(exchange.decision_json).get("reason") or "")


def _tool(name: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setProperty("kind", "quiet")
    button.setIconSize(QSize(18, 18))
    return button
