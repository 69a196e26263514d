"""The usage window: a period's sums, fourteen days of bars, and tables that agree with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from compute_broker.core.money import format_usd
from compute_broker.desktop.ask.words import UNKNOWN
from compute_broker.desktop.placing import show_at_cursor
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.desktop.usage.bars import DayBars
from compute_broker.desktop.usage.figures import Figures, first_day, read_figures
from compute_broker.desktop.usage.tables import SumsTable
from compute_broker.ledger.records import Period
from compute_broker.ledger.views import HistoryFilter

if TYPE_CHECKING:
    from compute_broker.compose import Services

PERIODS = (
    (Period.DAY, "Today"),
    (Period.WEEK, "This week"),
    (Period.MONTH, "This month"),
    (Period.ALL, "All"),
)
_TOTALS = ("Spent", "Saved", "Requests")
_READ_MS = 200


class UsageWindow(QWidget):
    """Reads the ledger when shown, and again whenever something was spent."""

    hidden_by_person = Signal()
    history_wanted = Signal()

    def __init__(self, services: Services, theme: Theme) -> None:
        """Build the window hidden; nothing is read until it is shown."""
        super().__init__()
        self._broker = services.broker
        self._settings = services.settings
        self._theme = theme
        self._tasks = Tasks(self._say)
        self._dialog: QFileDialog | None = None
        self._refresh_timer = QTimer(self, singleShot=True, interval=_READ_MS)
        self._refresh_timer.timeout.connect(self.refresh)
        self._make_widgets()
        self._arrange()
        self._connect()
        self._unsubscribe: Callable[[], None] | None = self._broker.subscribe(self._world_changed)

    # What the shell calls

    def open_at_cursor(self) -> None:
        """Show the window on the cursor's screen."""
        show_at_cursor(self)

    async def settled(self) -> None:
        """Wait until nothing of this window is under way."""
        await self._tasks.settled()

    async def shut(self) -> None:
        """End what runs."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._refresh_timer.stop()
        await self._tasks.cancel()

    # Events

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Read the figures as they are now."""
        super().showEvent(event)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape hides."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.hidden_by_person.emit()
        else:
            super().keyPressEvent(event)

    # Reading

    def refresh(self) -> None:
        """Read the figures again."""
        self._tasks.run(self._load())

    async def _load(self) -> None:
        period = self.period
        figures = await read_figures(self._broker.ledger, period, _today())
        if period is self.period:
            self._show(figures)

    @property
    def period(self) -> Period:
        """The period chosen."""
        return PERIODS[self.tabs.currentIndex()][0]

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
        self.by_category.show_rows(_category_rows(figures))

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
        today = _today()
        first = first_day(self.period, today)
        wanted = HistoryFilter(from_day=first, to_day=today if first else None)
        written = await self._broker.export(path, wanted)
        self._say(f"{written} {'row' if written == 1 else 'rows'} written to {path}")

    # The rest

    def _world_changed(self) -> None:
        if self.isVisible():
            self._refresh_timer.start()

    def _say(self, text: str) -> None:
        self.message.setText(text)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(lambda _index: self.refresh())
        self.history_button.clicked.connect(self.history_wanted)
        self.export_button.clicked.connect(self.export)

    def _make_widgets(self) -> None:
        self.setProperty("kind", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Compute Broker: usage")
        self.setAccessibleName("Usage")
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
        self.by_tier = SumsTable("Sums by tier", ("Tier", "Requests", "Spent", "Saved"))
        self.by_category = SumsTable("Sums by category", ("Category", "Requests", "Spent", "Saved"))
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
        tables = QHBoxLayout()
        tables.setSpacing(M)
        tables.addWidget(self.by_tier, 1)
        tables.addWidget(self.by_category, 1)
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


def _category_rows(figures: Figures) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (
            row.category.capitalize() or "Not classified",
            str(row.requests),
            f"{format_usd(row.spent)}{' +' + UNKNOWN if row.unknown else ''}",
            format_usd(row.saved),
        )
        for row in figures.categories
    ]
    if not figures.whole:
        rows.append(("The latest 5,000 requests only", "", "", ""))
    return rows


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


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
