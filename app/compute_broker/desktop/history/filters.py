"""What the history shows: words, tier, category, source, time, cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from compute_broker.broker.events import Source
from compute_broker.core.names import named
from compute_broker.core.task import Category
from compute_broker.core.texts import begun, tr
from compute_broker.desktop.building import InParts
from compute_broker.desktop.settings.rows import Choice
from compute_broker.desktop.theme import S, Theme
from compute_broker.ledger.views import HistoryFilter

_WEEK, _MONTH = 6, 29
_TIMES = ((tr("Any time"), None), (tr("Today"), 0), (tr("Last 7 days"), _WEEK), (tr("Last 30 days"), _MONTH))
"""Days before today from which on requests are shown."""
_CENT = 10_000_000
_COSTS = (
    (tr("Any cost"), None),
    (tr("Over 0.1 ¢"), _CENT // 10),
    (tr("Over 1 ¢"), _CENT),
    (tr("Over 10 ¢"), 10 * _CENT),
    (tr("Over $1"), 100 * _CENT),
)
"""Nano-dollars."""
_SOURCES = {
    Source.QUICK_ASK: tr("Quick ask"),
    Source.COMMAND_LINE: tr("Command line"),
    Source.GATEWAY: tr("Other programs"),
    Source.EXPERIMENT: tr("Experiments"),
}


class Filters(QWidget, InParts):
    """``changed`` says that :meth:`wanted` returns something else now."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        """Want everything; tiers come with :meth:`show_tiers`."""
        super().__init__()
        self._theme = theme
        self.begin(whole=False)

    def build(self) -> Iterator[None]:
        """Build the search, then one choice after the other below it."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr('Search prompts and answers: all words, "some together"'))
        self.search.setAccessibleName(tr("Search the history"))
        column.addWidget(self.search)
        yield
        self.search.setClearButtonEnabled(True)  # Qt looks for its sign on the disk
        yield
        self._row = QHBoxLayout()
        self._row.setSpacing(S)
        column.addLayout(self._row)
        self.tier = self._choice(tr("Tier"), [(tr("Any tier"), None)])
        categories = [(begun(named(each)), each.value) for each in Category]
        self.category = self._choice(tr("Category"), [(tr("Any category"), None), *categories])
        yield
        sources = [(name, source.value) for source, name in _SOURCES.items()]
        self.source = self._choice(tr("Source"), [(tr("Any source"), None), *sources])
        self.time = self._choice(tr("Time"), _TIMES)
        self.cost = self._choice(tr("Cost"), _COSTS)
        self._choices = (self.tier, self.category, self.source, self.time, self.cost)
        yield
        self.clear = QPushButton(tr("Show all"))
        self.clear.setAccessibleName(tr("Show all requests"))
        self._row.addStretch(1)
        self._row.addWidget(self.clear)
        self.search.textChanged.connect(self._moved)
        for each in self._choices:
            each.currentIndexChanged.connect(self._moved)
        self.clear.clicked.connect(self.want_all)
        self._moved()

    def _choice(self, name: str, offers: Sequence[tuple[str, object]]) -> Choice:
        choice = Choice(self._theme, name)
        self._row.addWidget(choice)
        for title, value in offers:
            choice.addItem(title, value)
        return choice

    def wanted(self, today: date) -> HistoryFilter:
        """Return what is to be shown; ``today`` is the local day."""
        back = self.time.currentData()
        return HistoryFilter(
            text=self.search.text().strip() or None,
            tier=self.tier.currentData(),
            category=self.category.currentData(),
            source=self.source.currentData(),
            from_day=None if back is None else today - timedelta(days=back),
            over=self.cost.currentData(),
        )

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.search.text().strip()) or any(each.currentIndex() > 0 for each in self._choices)

    def want_all(self) -> None:
        """Leave nothing out."""
        self.blockSignals(True)  # noqa: FBT003 - Qt's signature
        self.search.clear()
        for each in self._choices:
            each.setCurrentIndex(0)
        self.blockSignals(False)  # noqa: FBT003 - Qt's signature
        self._moved()

    def show_tiers(self, tiers: Iterable[tuple[str, str]]) -> None:
        """Offer these tiers, id and label; the one that is chosen stays."""
        offered = [(self.tier.itemData(row), self.tier.itemText(row)) for row in range(1, self.tier.count())]
        if list(tiers) == offered:
            return
        chosen = self.tier.currentData()
        self.tier.blockSignals(True)  # noqa: FBT003 - Qt's signature
        while self.tier.count() > 1:
            self.tier.removeItem(1)
        for tier, label in tiers:
            self.tier.addItem(label, tier)
        self.tier.setCurrentIndex(max(0, self.tier.findData(chosen)))
        self.tier.blockSignals(False)  # noqa: FBT003 - Qt's signature

    def _moved(self) -> None:
        self.clear.setVisible(self.narrow)
        self.changed.emit()
