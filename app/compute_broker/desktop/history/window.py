"""The history window: a list on the left, one exchange in full on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QVBoxLayout,
)

from compute_broker.core.money import format_usd
from compute_broker.core.texts import counted, figure, tr
from compute_broker.desktop.ask.notice import Notice
from compute_broker.desktop.ask.words import UNKNOWN
from compute_broker.desktop.history.detail import Detail
from compute_broker.desktop.history.filters import Filters
from compute_broker.desktop.history.model import HistoryModel
from compute_broker.desktop.loop import own_turn
from compute_broker.desktop.pane import Pane
from compute_broker.desktop.settings.rows import text_label
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.desktop.usage.tables import ROWS_MEASURED, Listing, plain
from compute_broker.ledger.history import words_in
from compute_broker.ledger.records import Period
from compute_broker.ledger.records import Signal as Sign
from compute_broker.ledger.views import Exchange, Found, HistoryEntry, HistoryFilter

if TYPE_CHECKING:
    from compute_broker.compose import Services

PAGE = 40
"""Requests read at once: two windows full."""
_SLICE = 14
"""Rows that are made in one turn of the loop, which takes two milliseconds."""
_SEARCH_MS = 200
_TO_CONTENTS = QHeaderView.ResizeMode.ResizeToContents
_PROMPT, _TIER = 1, 2
_TIER_WIDTH = 136
"""Pixels for the tier's name, whose whole is in the detail: what was asked is what a person looks for."""
_DELETE = tr(
    "Delete this prompt and its answer for good, in the daily copies too? The cost stays in the sums."
)


class HistoryWindow(Pane):
    """``again_wanted`` gives a prompt, the tier for it or nothing, if it is private, and its request's id."""

    again_wanted = Signal(str, str, bool, str)

    def __init__(self, services: Services, theme: Theme, *, whole: bool = True) -> None:
        """Build the window hidden; nothing is read until it is shown."""
        super().__init__(tr("History"))
        self._services = services
        self._broker = services.broker
        self._theme = theme
        self._exchange: Exchange | None = None
        self._doomed = ""
        self._asked_for = 0
        self._shown_for: HistoryFilter | None = None
        self._dialog: QFileDialog | None = None
        self.model = HistoryModel()
        self._timer = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._timer.timeout.connect(self._refresh_if_seen)
        self.begin(whole=whole)

    # What the shell calls

    def open_at_cursor(self) -> None:
        """Show the window on the cursor's screen, with the caret in the search."""
        super().open_at_cursor()
        self.filters.search.setFocus()

    async def shut(self) -> None:
        """Read no more, and end what runs."""
        self._timer.stop()
        await super().shut()

    # Events

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Read what was asked as it is now."""
        super().showEvent(event)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape ends a search first."""
        if event.key() == Qt.Key.Key_Escape and self.filters.search.text():
            self.filters.search.clear()
            self.filters.search.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    # Reading

    def refresh(self) -> None:
        """Read the list again, as it is wanted now."""
        self._timer.stop()
        self._asked_for += 1
        self._tasks.run(self._load(self._asked_for))

    def _refresh_if_seen(self) -> None:
        """Read the list again, unless the window was put away meanwhile: it is read when it comes back."""
        if self.isVisible():
            self.refresh()

    async def _load(self, number: int) -> None:
        labels = await self._labels()
        wanted = self._wanted()
        rows = await self._broker.history(PAGE, None, wanted)
        if number != self._asked_for:
            return  # something else is wanted by now
        self.filters.show_tiers(labels.items())
        self.detail.found.look_for(words_in(wanted.text or ""))
        self.detail.show_tiers(self._broker.snapshot)
        if wanted != self._shown_for or not self._join(rows, labels):
            self._shown_for = None  # until all of it is there
            if await self._show_anew(rows, labels, number):
                self._shown_for = wanted
        if number == self._asked_for:
            await self._count()

    def _fit_columns(self) -> None:
        """Make the columns as wide as what is in them: Qt does so for new columns, but not for new rows."""
        for column in range(self.model.columnCount()):
            if self.list.horizontalHeader().sectionResizeMode(column) is _TO_CONTENTS:
                self.list.resizeColumnToContents(column)

    def _join(self, rows: list[HistoryEntry], labels: dict[str, str]) -> bool:
        """Show the latest among what is shown; the person stays where they are. False: they do not join."""
        bar = self.list.verticalScrollBar()
        scrolled, before = bar.value(), self._chosen_entry()
        fresh = self.model.merge(rows, labels)
        if fresh is None:
            return False
        if scrolled:
            bar.setValue(scrolled + fresh)
        if self._chosen_entry() != before:
            self._chosen()
        return True

    async def _show_anew(self, rows: list[HistoryEntry], labels: dict[str, str], number: int) -> bool:
        """Show other rows, a few in each turn; false when something else was wanted meanwhile."""
        chosen = self._exchange.entry.request_id if self._exchange else None
        self.model.show_rows(rows[:_SLICE], labels)
        rest = [rows[start : start + _SLICE] for start in range(_SLICE, len(rows), _SLICE)]
        steps: list[Callable[[], None]] = [partial(self.model.add_rows, some, more=False) for some in rest]
        for step in (*steps, self._fit_columns):
            await own_turn()
            if number != self._asked_for:
                return False
            step()
        self.model.add_rows([], more=len(rows) == PAGE)
        await own_turn()
        place = next((n for n, row in enumerate(rows) if row.request_id == chosen), 0)
        if rows:
            # Not selectRow: read from right to left it looks for a column left of the first, and finds none.
            self.list.setCurrentIndex(self.model.index(place, 0))
        else:
            self._exchange = None
            self.detail.show_nothing()
        return True

    async def _more(self, number: int) -> None:
        rows = self.model.rows
        older = await self._broker.history(PAGE, rows[-1].request_id if rows else None, self._wanted())
        if number == self._asked_for:
            self.model.add_rows(older, more=len(older) == PAGE)
            await self._count()

    async def _labels(self) -> dict[str, str]:
        """Return the tiers there are and those that were, by id."""
        labels = {quote.tier.id: quote.tier.label for quote in self._broker.snapshot}
        for row in await self._broker.ledger.by_tier(Period.ALL):
            if row.tier:
                labels.setdefault(row.tier, row.tier)
        return labels

    def _wanted(self) -> HistoryFilter:
        return self.filters.wanted(_today())

    async def _count(self) -> None:
        """Say how many requests there are, and what they cost and saved in all."""
        nothing = ""
        if not self.model.rows:
            nothing = (
                tr("Nothing fits what is looked for.")
                if self.filters.narrow
                else tr("Nothing was asked yet.")
            )
        self.list.say_nothing(nothing)
        self.export_button.setEnabled(not nothing)
        if nothing:
            self._say("")
            return
        wanted, number = self._wanted(), self._asked_for
        found = await self._broker.ledger.apart(lambda ledger: ledger.found(wanted))
        if number == self._asked_for and not self.list.nothing:
            self._say(_summary(found, len(self.model.rows)))

    def _chosen_entry(self) -> HistoryEntry | None:
        rows = self.list.selectionModel().selectedRows()
        return self.model.entry(rows[0].row()) if rows else None

    def _chosen(self) -> None:
        entry = self._chosen_entry()
        if entry is not None:
            self._tasks.run(self._show(entry.request_id))

    async def _show(self, request_id: str) -> None:
        exchange = await self._broker.ledger.exchange(request_id)
        entry = self._chosen_entry()
        if entry is None or entry.request_id != request_id:
            return  # another was chosen meanwhile
        if self._exchange is None or self._exchange.entry.request_id != request_id:
            self.notice.hide()
        self._exchange = exchange
        labels = {quote.tier.id: quote.tier.label for quote in self._broker.snapshot}
        tier = exchange.entry.tier
        self.detail.show_exchange(exchange, labels.get(tier or "", tier or UNKNOWN))

    # What is done with a request

    def _again(self, tier_id: str) -> None:
        if self._exchange is not None:
            entry = self._exchange.entry
            self.again_wanted.emit(entry.prompt, tier_id, entry.private, entry.request_id)

    def _copy(self) -> None:
        if self._exchange is not None and self._exchange.answer:
            QGuiApplication.clipboard().setText(self._exchange.answer)
            self._say(tr("Answer copied."))
            self._tasks.run(self._broker.note_signal(self._exchange.entry.request_id, Sign.COPIED))

    def _rate(self, rating: int | None) -> None:
        if self._exchange is not None:
            self._tasks.run(self._keep_rating(self._exchange.entry.request_id, rating))

    async def _keep_rating(self, request_id: str, rating: int | None) -> None:
        await self._broker.rate(request_id, rating)
        self.model.put((await self._broker.ledger.exchange(request_id)).entry)

    def _ask_to_delete(self) -> None:
        if self._exchange is not None:
            self._doomed = self._exchange.entry.request_id
            self.notice.say(_DELETE, [(tr("Delete"), self._delete_it)], kind="warn")

    def _delete_key(self) -> None:
        """Ask as the button does, where that can be pressed."""
        if self.detail.delete.isEnabled():
            self._ask_to_delete()

    def _delete_it(self) -> None:
        self._tasks.run(self._delete(self._doomed))

    async def _delete(self, request_id: str) -> None:
        _, left = await self._services.forget_requests([request_id])
        exchange = await self._broker.ledger.exchange(request_id)
        self.model.put(exchange.entry)
        self._chosen()
        kept = tr(" These copies still have it: {copies}.", copies=", ".join(map(str, left))) if left else ""
        self._say(tr("Deleted.{kept}", kept=kept))

    def export(self) -> None:
        """Ask for a file, without holding the loop, and write what is shown there."""
        self._dialog = QFileDialog(
            self, tr("Export what is shown as CSV"), "compute-broker-history.csv", tr("CSV files (*.csv)")
        )
        self._dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self._dialog.setDefaultSuffix("csv")
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.fileSelected.connect(self.export_to)
        self._dialog.open()

    def export_to(self, path: str) -> None:
        """Write all requests that fit what is looked for to ``path``."""
        self._tasks.run(self._export(Path(path)))

    async def _export(self, path: Path) -> None:
        written = await self._broker.export(path, self._wanted())
        self._say(
            counted("{count} row written to {path}", "{count} rows written to {path}", written, path=path)
        )

    # The rest

    def _world_changed(self) -> None:
        if self.isVisible():
            self._timer.start()

    def _say(self, text: str) -> None:
        self.message.setText(text)

    def build(self) -> Iterator[None]:
        """Build it from the top downwards."""
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        self.filters = Filters(self._theme)
        column.addWidget(self.filters)
        yield from self.filters.parts
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(M)
        column.addWidget(split, 1)
        self._build_list(split)
        yield
        self.detail = Detail(self._theme)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 5)
        split.setStretchFactor(1, 4)
        split.setSizes([640, 460])
        yield from self.detail.parts
        self._build_foot(column)
        self.resize(1140, 680)
        yield
        self._connect()

    def _build_list(self, split: QSplitter) -> None:
        self.list = Listing(tr("Requests"))
        split.addWidget(self.list)
        self.list.setModel(self.model)
        plain(self.list)
        header = self.list.horizontalHeader()
        header.setSectionResizeMode(_TO_CONTENTS)
        header.setSectionResizeMode(_PROMPT, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_TIER, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(_TIER, _TIER_WIDTH)
        header.setResizeContentsPrecision(ROWS_MEASURED)
        header.setMinimumSectionSize(56)

    def _build_foot(self, column: QVBoxLayout) -> None:
        self.notice = Notice(self._theme, tr("Question"))
        column.addWidget(self.notice)
        self.message = text_label("", tr("Message"), kind="muted")
        self.export_button = QPushButton(tr("Export what is shown…"))
        self.export_button.setAccessibleName(tr("Export what is shown as CSV"))
        row = QHBoxLayout()
        row.setSpacing(S)
        column.addLayout(row)
        row.addWidget(self.message, 1)
        row.addWidget(self.export_button)

    def _connect(self) -> None:
        self.filters.changed.connect(self._timer.start)
        self.model.more_wanted.connect(lambda: self._tasks.run(self._more(self._asked_for)))
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._chosen())
        self.detail.again.connect(self._again)
        self.detail.rated.connect(self._rate)
        self.detail.copied.connect(self._copy)
        self.detail.deleted.connect(self._ask_to_delete)
        self.export_button.clicked.connect(self.export)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete_key)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.filters.search.setFocus)
        self._unsubscribe.append(self._broker.subscribe(self._world_changed))


def _summary(found: Found, shown: int) -> str:
    """Return how many requests there are, how many of them are shown, and their sums."""
    if found.requests > shown:
        said = tr(
            "The latest {shown} of {all} requests; scroll for more.",
            shown=figure(f"{shown:,}"),
            all=figure(f"{found.requests:,}"),
        )
    else:
        said = counted("{count} request.", "{count} requests.", found.requests)
    sums = tr("In all {spent} spent", spent=format_usd(found.spent))
    if found.saved_requests:
        sums = tr("{sums}, {saved} saved", sums=sums, saved=format_usd(found.saved))
    return f"{said} {sums}."


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
