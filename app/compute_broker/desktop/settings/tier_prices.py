"""Of one tier: a price that waits to be believed, and how its price moved, as chart and table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from compute_broker.broker.price_words import change_state, held_sentence
from compute_broker.core.money import format_rate
from compute_broker.core.quote import Quote
from compute_broker.core.texts import tr
from compute_broker.desktop.dates import said
from compute_broker.desktop.settings.price_chart import PriceChart
from compute_broker.desktop.settings.rows import push_button, text_label
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import M, S, Theme
from compute_broker.desktop.usage.tables import SumsTable
from compute_broker.ledger.price_changes import PriceChange

if TYPE_CHECKING:
    from compute_broker.compose import Services

_INDENT = 26
_MOST_SHOWN = 200
"""Changes in chart and table; the command line has all of them."""
_ROWS = 5
"""Rows of the table that are seen without scrolling."""


class TierPrices(QWidget):
    """Closed until :attr:`toggle` is pressed, which the row places beside its other buttons."""

    def __init__(self, services: Services, tasks: Tasks, theme: Theme, tier_id: str, label: str) -> None:
        """Build it without figures; :meth:`show_quote` brings them."""
        super().__init__()
        self._services, self._tasks, self._tier_id = services, tasks, tier_id
        self._theme, self._label = theme, label
        self._shown: object = None
        self._history: _History | None = None
        self.toggle = QPushButton(tr("Prices"))
        self.toggle.setCheckable(True)
        self.toggle.setAutoDefault(False)
        self.toggle.setAccessibleName(tr("{label}, price history", label=label))
        self.held = text_label("", tr("{label}, held price", label=label), kind="warn")
        self.believe = push_button(tr("Believe it"), tr("{label}, believe the held price", label=label))
        self._arrange()
        self.toggle.toggled.connect(self._unfold)
        self.believe.clicked.connect(lambda: self._tasks.run(self._believe()))

    def show_quote(self, quote: Quote) -> None:
        """Show what is held; bring an open history up to date when the price moved."""
        held = quote.held
        self.bar.setVisible(held is not None)
        self._take_room()
        if held is not None:
            self.held.setText(tr("{held_sentence}: believe it?", held_sentence=held_sentence(held)))
            self.held.setToolTip(
                tr("Until the next reading says the same, or you believe it, the old price counts.")
            )
        moved = (quote.price and quote.price.rates, held and held.new, quote.price is None)
        if moved != self._shown:
            self._shown = moved
            if self.toggle.isChecked():
                self._tasks.run(self._read())

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_INDENT, 0, 0, 0)
        column.setSpacing(S)
        self.bar = QFrame()
        self.bar.setProperty("kind", "bar")
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(M, S, S, S)
        row.setSpacing(M)
        row.addWidget(self.held, 1)
        row.addWidget(self.believe)
        column.addWidget(self.bar)
        self._column = column
        self.bar.hide()
        self.hide()

    @property
    def history(self) -> _History:
        """Chart and table, made when they are first wanted: of a dozen tiers hardly one is asked for them."""
        if self._history is None:
            self._history = _History(self._theme, self._label)
            self._history.hide()
            self._column.addWidget(self._history)
        return self._history

    def _unfold(self, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        self.history.setVisible(wanted)
        self._take_room()
        if wanted:
            self._tasks.run(self._read())

    def _take_room(self) -> None:
        """Be there only while there is something to see, so that a row without it stays low."""
        unfolded = self._history is not None and not self._history.isHidden()
        self.setVisible(unfolded or not self.bar.isHidden())

    async def _believe(self) -> None:
        self.believe.setEnabled(False)
        try:
            await self._services.prices.believe(self._tier_id)
        finally:
            self.believe.setEnabled(True)
        if self.toggle.isChecked():
            await self._read()

    async def _read(self) -> None:
        await self._services.prices.note()
        self.history.show_changes(await self._services.prices.changes(self._tier_id, _MOST_SHOWN))


class _History(QWidget):
    """How a price moved, as chart and table."""

    def __init__(self, theme: Theme, label: str) -> None:
        super().__init__()
        self.chart = PriceChart(theme, tr("{label}, price history, chart", label=label))
        self.table = SumsTable(
            tr("{label}, price history, table", label=label),
            (tr("From"), tr("Noted"), tr("In /M"), tr("Out /M"), tr("What")),
        )
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, S)
        inside.setSpacing(S)
        inside.addWidget(self.chart)
        inside.addWidget(self.table)

    def show_changes(self, changes: Sequence[PriceChange]) -> None:
        self.chart.show_changes(changes, datetime.now(UTC))
        self.table.show_rows([_cells(change) for change in changes])
        for number, change in enumerate(changes):
            item = self.table.item(number, 0)
            if item is not None:
                item.setToolTip(change.source)
        rows = max(1, min(len(changes), _ROWS))
        header, high = self.table.horizontalHeader(), self.table.verticalHeader().defaultSectionSize()
        self.table.setFixedHeight(header.sizeHint().height() + rows * high + 4)


def _cells(change: PriceChange) -> list[str]:
    at = change.at.astimezone()
    return [
        change.source,
        said(at, tr("d MMM HH:mm")),
        format_rate(change.input),
        format_rate(change.output),
        change_state(change),
    ]
