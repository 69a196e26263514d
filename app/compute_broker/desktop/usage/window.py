"""The usage window: a period's sums and days, a table that agrees with them, and what-if over both."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QPushButton, QTabBar, QVBoxLayout

from compute_broker.broker.whatif.asking import asked
from compute_broker.broker.whatif.result import Question, WhatIf
from compute_broker.broker.whatif.words import remainder, sentence
from compute_broker.core.money import format_usd
from compute_broker.core.names import named
from compute_broker.core.texts import begun, counted, figure, tr
from compute_broker.desktop.ask.words import UNKNOWN
from compute_broker.desktop.loop import own_turn
from compute_broker.desktop.pane import Pane
from compute_broker.desktop.settings.rows import Choice, text_label
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.desktop.usage.bars import DayBars, Ghost
from compute_broker.desktop.usage.cards import TotalCard, outlook, unanswered, uncertain
from compute_broker.desktop.usage.figures import MOST_DAYS, Figures, read_figures
from compute_broker.desktop.usage.picture import picture
from compute_broker.desktop.usage.rows import COLUMNS, WHAT_IF, group_rows, total_row
from compute_broker.desktop.usage.tables import SumsTable
from compute_broker.desktop.usage.what_if_bar import WhatIfBar
from compute_broker.desktop.wrapping import keep_room
from compute_broker.ledger.periods import Calendar
from compute_broker.ledger.records import Period
from compute_broker.ledger.views import Group, HistoryFilter

if TYPE_CHECKING:
    from compute_broker.compose import Services

PERIODS = (
    (Period.DAY, tr("Today")),
    (Period.WEEK, tr("This week")),
    (Period.MONTH, tr("This month")),
    (Period.QUARTER, tr("This quarter")),
    (Period.ALL, tr("All")),
)
_NOTHING = (
    tr("Nothing was asked today."),
    tr("Nothing was asked this week."),
    tr("Nothing was asked this month."),
    tr("Nothing was asked this quarter."),
    tr("Nothing was asked yet."),
)
_SAID = (tr("today"), tr("this week"), tr("this month"), tr("this quarter"), tr("all that is recorded"))
"""The periods as they stand in a sentence."""
_TOTALS = (tr("Spent"), tr("Saved"), tr("Requests"), tr("Forecast"))
_SHARES = (10, 10, 8, 13)
"""Of the width, by how much each has to say."""
_READ_MS = 200


class UsageWindow(Pane):
    """Reads the ledger when shown, and again whenever something was spent."""

    history_wanted = Signal()

    def __init__(self, services: Services, theme: Theme, *, whole: bool = True) -> None:
        """Build the window hidden; nothing is read until it is shown."""
        super().__init__(tr("Usage"))
        self._broker = services.broker
        self._settings = services.settings
        self._theme = theme
        self._dialog: QFileDialog | None = None
        self._figures: Figures | None = None
        self._found: WhatIf | None = None
        self._asking: asyncio.Task[None] | None = None
        self._refresh_timer = QTimer(self, singleShot=True, interval=_READ_MS)
        self._refresh_timer.timeout.connect(self.refresh)
        self.begin(whole=whole)

    async def shut(self) -> None:
        """Read no more, and end what runs."""
        self._refresh_timer.stop()
        await super().shut()

    # Events

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Read the figures as they are now."""
        super().showEvent(event)
        self.refresh()

    # Reading

    def refresh(self) -> None:
        """Read the figures again."""
        self._tasks.run(self._load())

    async def _load(self) -> None:
        period, group = self.period, self.group
        calendar = Calendar()
        today = calendar.local(datetime.now(UTC)).date()
        figures = await read_figures(self._broker.ledger, period, group, calendar, today)
        for show in (self._show_totals, self._show_bars, self._show_table):
            if (period, group) != (self.period, self.group):
                return  # something else is wanted by now
            show(figures)
            await own_turn()  # each is painted by itself: all at once takes more than half a frame
        self.ask()

    @property
    def period(self) -> Period:
        """The period chosen."""
        return PERIODS[self.tabs.currentIndex()][0]

    @property
    def group(self) -> Group | None:
        """By what the table sums; ``None`` is by tier."""
        chosen = self.grouping.currentData()
        return Group(chosen) if chosen else None

    def _show_totals(self, figures: Figures) -> None:
        total, settings = figures.total, self._settings.current
        self.spent.say(format_usd(total.spent), uncertain(figures))
        baseline = self._labels().get(settings.baseline, settings.baseline)
        if total.saved_requests:
            self.saved.say(format_usd(total.saved), tr("against {baseline}", baseline=baseline))
        else:
            self.saved.say(UNKNOWN, tr("no answer compares with {baseline} yet", baseline=baseline))
        self.requests.say(figure(f"{total.answered:,}"), unanswered(total))
        self.forecast.say(*outlook(figures))
        quotes = self._broker.snapshot.quotes
        self.what_if.show_rules(settings.quality, quotes.get(settings.baseline), list(quotes.values()))
        keep_room(self)

    def _show_bars(self, figures: Figures) -> None:
        self.bars.show_days(figures.spans, figures.ahead)
        self.caption.setVisible(not figures.whole)

    def _show_table(self, figures: Figures) -> None:
        self._figures = figures
        self.table.say_nothing(_NOTHING[self.tabs.currentIndex()])
        self._show_found()

    def _show_found(self) -> None:
        """Show table and ghost bars, both with what was found for what is asked."""
        if self._figures is None:
            return
        self.bars.show_ghost(self._ghost())
        group = self._figures.group
        self.table.name_first_column(tr("Tier") if group is None else begun(named(group)))
        for column in WHAT_IF:
            self.table.setColumnHidden(column, self._found is None)
        rows = group_rows(self._figures, self._labels(), self._found)
        self.table.show_rows(rows, total_row(self._figures, self._found))

    def _ghost(self) -> Ghost | None:
        """Return by how much each bar would differ; nothing while nothing is asked."""
        if self._found is None or self._figures is None:
            return None
        return self._found.by_hour if self._figures.period is Period.DAY else self._found.by_day

    def _labels(self) -> dict[str, str]:
        return {quote.tier.id: quote.tier.label for quote in self._broker.snapshot}

    # What if

    def ask(self) -> None:
        """Reckon the period anew under what the bar asks; what was under way for an older question ends."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        question = self.what_if.question
        if not question.asks:
            if self._found is not None:
                self._found = None
                self._show_found()
            return
        if question.mode is not None:
            crossed = self._settings.current.cross_check.of(question.mode)
            question = replace(question, cross_check=crossed)
        self._asking = self._tasks.run(self._answer(question, self.period))

    async def _answer(self, question: Question, period: Period) -> None:
        broker, loop = self._broker, asyncio.get_running_loop()

        def told(done: int, of: int) -> None:
            if done:
                loop.call_soon_threadsafe(
                    self.what_if.say,
                    tr("{done} of {of} requests reckoned…", done=figure(f"{done:,}"), of=figure(f"{of:,}")),
                )

        found = await asked(broker.ledger, period, question, broker.snapshot, told)
        if period is not self.period:
            return
        self._found = found
        said = _SAID[self.tabs.currentIndex()]
        self.what_if.say(sentence(found, self._labels(), said), remainder(found))
        self._show_found()

    # Export

    def export(self) -> None:
        """Ask for a file, without holding the loop, and write the chosen period's rows there."""
        self._dialog = QFileDialog(
            self, tr("Export usage as CSV"), "compute-broker-usage.csv", tr("CSV files (*.csv)")
        )
        self._dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self._dialog.setDefaultSuffix("csv")
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.fileSelected.connect(self.export_to)
        self._dialog.open()

    def export_to(self, path: str) -> None:
        """Write the chosen period's rows to ``path``."""
        self._tasks.run(self._export(Path(path)))

    async def _export(self, path: Path) -> None:
        now = datetime.now(UTC)
        first = None if self.period is Period.ALL else Calendar().first_day(self.period, now)
        wanted = HistoryFilter(from_day=first, to_day=Calendar().local(now).date() if first else None)
        written = await self._broker.export(path, wanted)
        self._say(
            counted("{count} row written to {path}", "{count} rows written to {path}", written, path=path)
        )

    def _copy_figures(self) -> None:
        """Put the table on the clipboard as CSV, as it is shown."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([PERIODS[self.tabs.currentIndex()][1]])
        if self._found is not None:
            writer.writerow([self.what_if.sentence.text()])
        writer.writerows(self.table.texts())
        QGuiApplication.clipboard().setText(text.getvalue())
        self._say(tr("The table is on the clipboard as CSV."))

    def _copy_chart(self) -> None:
        """Put the bars on the clipboard as an image, with what they do not say themselves below."""
        parts = [PERIODS[self.tabs.currentIndex()][1]]
        parts += [] if self.caption.isHidden() else [self.caption.text()]
        parts += [] if self._found is None else [self.what_if.sentence.text()]
        caption = "\n".join(parts)
        QGuiApplication.clipboard().setImage(picture(self.bars, self._theme, caption))
        self._say(tr("The chart is on the clipboard as an image."))

    # The rest

    def _world_changed(self) -> None:
        if self.isVisible():
            self._refresh_timer.start()

    def _say(self, text: str) -> None:
        self.message.setText(text)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(lambda _index: self.refresh())
        self.history_button.clicked.connect(self.history_wanted)
        self.grouping.activated.connect(lambda _index: self.refresh())
        self.what_if.changed.connect(self.ask)
        self.copy_figures.clicked.connect(self._copy_figures)
        self.copy_chart.clicked.connect(self._copy_chart)
        self.export_button.clicked.connect(self.export)
        self._unsubscribe.append(self._broker.subscribe(self._world_changed))

    def build(self) -> Iterator[None]:
        """Build it from the top downwards."""
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        self._build_top(column)
        yield
        yield from self._build_cards(column)
        self._build_bars(column)
        yield
        self.what_if = WhatIfBar(self._theme)
        column.addWidget(self.what_if)
        yield
        self._build_ways_out(column)
        yield
        self.table = SumsTable(tr("Sums"), COLUMNS)
        column.addWidget(self.table, 1)
        self.message = text_label("", tr("Message"), kind="muted")
        column.addWidget(self.message)
        self.resize(940, 760)
        yield
        self._connect()

    def _build_top(self, column: QVBoxLayout) -> None:
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(tr("Period"))
        for _, title in PERIODS:
            self.tabs.addTab(title)
        self.export_button = QPushButton(tr("Export CSV…"))
        self.export_button.setAccessibleName(tr("Export the period as CSV"))
        self.history_button = QPushButton(tr("History…"))
        self.history_button.setAccessibleName(tr("Show the requests behind the figures"))
        top = QHBoxLayout()
        top.addWidget(self.tabs, 1)
        top.addWidget(self.history_button)
        top.addWidget(self.export_button)
        column.addLayout(top)

    def _build_cards(self, column: QVBoxLayout) -> Iterator[None]:
        self.spent, self.saved, self.requests, self.forecast = (
            TotalCard(title, self._theme) for title in _TOTALS
        )
        cards = QHBoxLayout()
        cards.setSpacing(M)
        column.addLayout(cards)
        for card, share in zip((self.spent, self.saved, self.requests, self.forecast), _SHARES, strict=True):
            cards.addWidget(card, share)
        yield

    def _build_bars(self, column: QVBoxLayout) -> None:
        self.bars = DayBars(self._theme)
        self.caption = text_label(
            tr("The bars are those of the last {days} days.", days=MOST_DAYS), tr("Caption"), kind="muted"
        )
        self.caption.hide()
        frame = QFrame()
        frame.setProperty("kind", "card")
        column.addWidget(frame)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(M, S, M, S)
        inside.addWidget(self.bars)
        inside.addWidget(self.caption)

    def _build_ways_out(self, column: QVBoxLayout) -> None:
        """Build what goes with the table: the ways out of the window, and what it sums by."""
        self.grouping = Choice(self._theme, tr("What the table sums by"))
        self.grouping.addItem(tr("By tier"), "")
        for group in Group:
            self.grouping.addItem(tr("By {group}", group=named(group)), group.value)
        self.copy_figures = QPushButton(tr("Copy figures"))
        self.copy_figures.setAccessibleName(tr("Copy the table as CSV"))
        self.copy_chart = QPushButton(tr("Copy chart"))
        self.copy_chart.setAccessibleName(tr("Copy the chart as an image"))
        row = QHBoxLayout()
        row.setSpacing(S)
        column.addLayout(row)
        row.addWidget(self.copy_chart)
        row.addWidget(self.copy_figures)
        row.addStretch(1)
        row.addWidget(self.grouping)
