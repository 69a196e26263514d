"""The usage window: a period's sums, fourteen days of bars, and tables that agree with them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabBar,
    QVBoxLayout,
)

from compute_broker.core.money import format_usd
from compute_broker.desktop.ask.words import UNKNOWN
from compute_broker.desktop.pane import Pane
from compute_broker.desktop.settings.rows import Choice
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.desktop.usage.bars import DayBars
from compute_broker.desktop.usage.figures import Figures, read_figures
from compute_broker.desktop.usage.tables import SumsTable
from compute_broker.ledger.periods import Calendar
from compute_broker.ledger.records import Period
from compute_broker.ledger.views import Group, HistoryFilter

if TYPE_CHECKING:
    from compute_broker.compose import Services

PERIODS = (
    (Period.DAY, "Today"),
    (Period.WEEK, "This week"),
    (Period.MONTH, "This month"),
    (Period.QUARTER, "This quarter"),
    (Period.ALL, "All"),
)
_COLUMNS = ("Category", "Requests", "Spent", "Saved")
_TOTALS = ("Spent", "Saved", "Requests")
_READ_MS = 200


class UsageWindow(Pane):
    """Reads the ledger when shown, and again whenever something was spent."""

    history_wanted = Signal()

    def __init__(self, services: Services, theme: Theme) -> None:
        """Build the window hidden; nothing is read until it is shown."""
        super().__init__("usage", "Usage")
        self._broker = services.broker
        self._settings = services.settings
        self._theme = theme
        self._dialog: QFileDialog | None = None
        self._refresh_timer = QTimer(self, singleShot=True, interval=_READ_MS)
        self._refresh_timer.timeout.connect(self.refresh)
        self._make_widgets()
        self._arrange()
        self._connect()
        self._unsubscribe.append(self._broker.subscribe(self._world_changed))

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
        figures = await read_figures(self._broker.ledger, period, group)
        if (period, group) == (self.period, self.group):
            self._show(figures)

    @property
    def period(self) -> Period:
        """The period chosen."""
        return PERIODS[self.tabs.currentIndex()][0]

    @property
    def group(self) -> Group:
        """By what the second table sums."""
        return Group(self.grouping.currentData())

    def _show(self, figures: Figures) -> None:
        total = figures.total
        _say_total(self.spent, format_usd(total.spent), _uncertain(figures))
        baseline = self._labels().get(self._settings.current.baseline, self._settings.current.baseline)
        if total.saved_requests:
            _say_total(self.saved, format_usd(total.saved), f"against {baseline}")
        else:
            _say_total(self.saved, UNKNOWN, f"no answer compares with {baseline} yet")
        share = f"{total.answered} answered" if total.requests else "none yet"
        _say_total(self.requests, str(total.requests), share)
        self.bars.show_days(figures.days)
        self.by_tier.show_rows(self._tier_rows(figures))
        self.by_group.name_first_column(figures.group.value.capitalize())
        self.by_group.show_rows(_group_rows(figures))

    def _tier_rows(self, figures: Figures) -> list[tuple[str, ...]]:
        labels = self._labels()
        return [
            (
                labels.get(row.tier, row.tier or "No tier answered"),
                str(row.sums.requests),
                format_usd(row.sums.spent),
                format_usd(row.sums.saved) if row.sums.saved_requests else UNKNOWN,
            )
            for row in figures.tiers
        ]

    def _labels(self) -> dict[str, str]:
        return {quote.tier.id: quote.tier.label for quote in self._broker.snapshot}

    # Export

    def export(self) -> None:
        """Ask for a file, without holding the loop, and write the chosen period's rows there."""
        self._dialog = QFileDialog(
            self, "Export usage as CSV", "compute-broker-usage.csv", "CSV files (*.csv)"
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
        self._say(f"{written} {'row' if written == 1 else 'rows'} written to {path}")

    def _copy_figures(self) -> None:
        """Put both tables on the clipboard as CSV, as they are shown."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        title = PERIODS[self.tabs.currentIndex()][1]
        for table in (self.by_tier, self.by_group):
            writer.writerow([title])
            writer.writerows(table.texts())
        QGuiApplication.clipboard().setText(text.getvalue())
        self._say("Both tables are on the clipboard as CSV.")

    def _copy_chart(self) -> None:
        """Put the bars on the clipboard as an image, on the window's ground."""
        picture = self.bars.grab()
        image = QImage(picture.size(), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(picture.devicePixelRatio())
        image.fill(QColor(self._theme.colours.surface))
        painter = QPainter(image)
        painter.drawPixmap(0, 0, picture)
        painter.end()
        QGuiApplication.clipboard().setImage(image)
        self._say("The chart is on the clipboard as an image.")

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
        self.copy_figures.clicked.connect(self._copy_figures)
        self.copy_chart.clicked.connect(self._copy_chart)
        self.export_button.clicked.connect(self.export)

    def _make_widgets(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Period")
        for _, title in PERIODS:
            self.tabs.addTab(title)
        self.export_button = QPushButton("Export CSV…")
        self.export_button.setAccessibleName("Export the period as CSV")
        self.spent, self.saved, self.requests = (_card(title, self._theme) for title in _TOTALS)
        self.bars = DayBars(self._theme)
        self.by_tier = SumsTable("Sums by tier", ("Tier", *_COLUMNS[1:]))
        self.by_group = SumsTable("Sums by category, source, place or project", _COLUMNS)
        self.grouping = Choice(self._theme, "What the second table sums by")
        for group in Group:
            self.grouping.addItem(f"By {group.value}", group.value)
        self.copy_figures = QPushButton("Copy figures")
        self.copy_figures.setAccessibleName("Copy the tables as CSV")
        self.copy_chart = QPushButton("Copy chart")
        self.copy_chart.setAccessibleName("Copy the chart as an image")
        self.history_button = QPushButton("History…")
        self.history_button.setAccessibleName("Show the requests behind the figures")
        self.message = QLabel()
        self.message.setProperty("kind", "muted")
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAccessibleName("Message")

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        top = QHBoxLayout()
        top.addWidget(self.tabs, 1)
        top.addWidget(self.history_button)
        top.addWidget(self.export_button)
        column.addLayout(top)
        cards = QHBoxLayout()
        cards.setSpacing(M)
        for card in (self.spent, self.saved, self.requests):
            cards.addWidget(card, 1)
        column.addLayout(cards)
        frame = QFrame()
        frame.setProperty("kind", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(M, S, M, S)
        inside.addWidget(self.bars)
        column.addWidget(frame)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.copy_chart)
        row.addWidget(self.copy_figures)
        row.addStretch(1)
        row.addWidget(self.grouping)
        column.addLayout(row)
        tables = QHBoxLayout()
        tables.setSpacing(M)
        tables.addWidget(self.by_tier, 1)
        tables.addWidget(self.by_group, 1)
        column.addLayout(tables, 1)
        column.addWidget(self.message)
        self.resize(880, 640)


def _uncertain(figures: Figures) -> str:
    total = figures.total
    parts = []
    if total.estimated:
        parts.append(f"≈ {format_usd(total.estimated)} of it estimated")
    if total.unknown_attempts:
        parts.append(f"{total.unknown_attempts} of unknown cost, counted as reserved")
    return ", ".join(parts) or "all of it as billed"


def _group_rows(figures: Figures) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for row in figures.groups:
        unknown = f" + {row.unknown} unknown" if row.unknown and row.spent else ""
        spent = UNKNOWN if row.unknown and not row.spent else f"{format_usd(row.spent)}{unknown}"
        saved = format_usd(row.saved) if row.saved_requests else UNKNOWN
        rows.append((_name(row.name, figures.group), str(row.requests), spent, saved))
    return rows


def _name(name: str, group: Group) -> str:
    if group is Group.PROJECT:
        return name or "No project"
    return name.replace("_", " ").capitalize() or "None"


def _card(title: str, theme: Theme) -> QFrame:
    card = QFrame()
    card.setProperty("kind", "card")
    card.setAccessibleName(title)
    column = QVBoxLayout(card)
    column.setContentsMargins(L, M, L, M)
    column.setSpacing(2)
    for kind, text, name in (("muted", title, "title"), ("figure", UNKNOWN, "figure"), ("muted", "", "note")):
        label = QLabel(text)
        label.setObjectName(name)
        label.setProperty("kind", kind)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAccessibleName(f"{title}, {name}")
        label.setFont(theme.font("figure" if name == "figure" else "small"))
        column.addWidget(label)
    return card


def _say_total(card: QFrame, figure: str, note: str) -> None:
    for name, text in (("figure", figure), ("note", note)):
        label = card.findChild(QLabel, name)
        if isinstance(label, QLabel):
            label.setText(text)
