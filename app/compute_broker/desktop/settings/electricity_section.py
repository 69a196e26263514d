"""What electricity costs: a price, hours that differ, and what follows for each tier on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from compute_broker.config.edits import Value, add_block, remove_block
from compute_broker.config.hours import DAYS, clock
from compute_broker.config.power_settings import Electricity, TariffHours
from compute_broker.core.money import as_spoken
from compute_broker.core.quote import Snapshot
from compute_broker.core.texts import figure, tr
from compute_broker.desktop.settings.amount import AmountEdit
from compute_broker.desktop.settings.rows import (
    Choice,
    Section,
    Verdict,
    described,
    push_button,
    removable,
    text_label,
)
from compute_broker.desktop.settings.writer import Answer, Apply
from compute_broker.desktop.theme import S, Theme

_DAYS: tuple[tuple[str, list[str]], ...] = (
    (tr("every day"), []),
    (tr("Monday to Friday"), list(DAYS[:5])),
    (tr("Saturday and Sunday"), list(DAYS[5:])),
)
_FIELD_WIDTH = 76


class ElectricitySection(Section):
    """``put`` sets one setting, ``apply`` writes a change; both tell what is wrong with it, or nothing."""

    def __init__(
        self,
        theme: Theme,
        put: Callable[[str, Value, Answer], None],
        apply: Apply,
    ) -> None:
        """Begin with the head; :attr:`parts` build the rest."""
        super().__init__(theme, tr("Electricity"), tr("What an answer of this machine really costs."))
        self.problem = Verdict(tr("{name}, problem", name=self.accessibleName()))
        self._wrong = self.problem.say
        self._apply = partial(apply, answer=self._wrong)
        self._shown: list[TariffHours] | None = None
        self._rows: list[QWidget] = []
        self._amount: Decimal | None = None
        self._theme, self._put = theme, put

    def build(self) -> Iterator[None]:
        """Build the price and the row that adds hours; the lines come with :meth:`show_settings`."""
        self.tariff = AmountEdit(
            tr("Electricity price in dollars per kWh"),
            lambda amount: self._put("electricity.usd_per_kwh", amount, self.tariff.wrong),
        )
        described(self.tariff, "electricity.usd_per_kwh")
        self.add_row(tr("Price"), self.tariff, hint=tr("dollars per kWh"))
        self.column.addWidget(self.tariff.problem)
        yield
        self._lines = QVBoxLayout()
        self._lines.setSpacing(S)
        self.column.addLayout(self._lines)
        self.first = _field("22:00", tr("Hours from"))
        self.last = _field("06:00", tr("Hours to"))
        self.days = Choice(self._theme, tr("Days on which the hours begin"))
        for name, days in _DAYS:
            self.days.addItem(name, days)
        self.amount = AmountEdit(
            tr("Price in these hours in dollars per kWh"), self._typed, self._wrong, empty=figure("0.18")
        )
        self.amount.setMaximumWidth(_FIELD_WIDTH)
        self.add = push_button(tr("Add"), tr("Add these hours"))
        self.add.clicked.connect(self._add)
        for widget, name in (
            (self.first, "from"),
            (self.last, "to"),
            (self.days, "days"),
            (self.amount, "usd_per_kwh"),
        ):
            described(widget, f"electricity.hours.{name}")
        yield
        self._arrange()
        yield
        self.column.addWidget(self.problem)
        self.prices = text_label("", tr("How the prices of local tiers come about"), kind="muted")
        self.column.addWidget(self.prices)
        yield

    @property
    def lines(self) -> list[str]:
        """The hours that are shown, as texts."""
        return [row.accessibleName() for row in self._rows]

    def remove(self, place: int) -> None:
        """Take the hours at ``place`` out."""
        self._apply(remove_block("electricity", "hours", place, tr("Those hours are")))

    def show_settings(self, electricity: Electricity) -> None:
        """Show price and hours in force."""
        self.tariff.show_amount(electricity.usd_per_kwh)
        if electricity.hours == self._shown:
            return
        self._shown = list(electricity.hours)
        for row in self._rows:
            self._lines.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._line(place, hours) for place, hours in enumerate(electricity.hours)]

    def show_prices(self, snapshot: Snapshot) -> None:
        """Show the working of each price that follows from electricity, as the snapshot has it."""
        told = [
            f"{quote.tier.label}: {quote.price.source}"
            for quote in snapshot
            if quote.price is not None and quote.price.power is not None
        ]
        self.prices.setText("\n".join(told))
        self.prices.setVisible(bool(told))

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(text_label(tr("Other price from"), tr("Other price from, label"), kind="muted"))
        row.addWidget(self.first)
        row.addWidget(text_label(tr("to"), tr("to, label"), kind="muted"))
        row.addWidget(self.last)
        for widget in (self.days, self.amount):
            row.addWidget(widget)
        row.addWidget(self.add)
        row.addStretch(1)
        self.column.addLayout(row)

    def _line(self, place: int, hours: TariffHours) -> QWidget:
        text = told(hours)
        row = removable(
            text,
            tr("Hours {place}", place=place + 1),
            tr("Remove the hours: {text}", text=text),
            lambda: self.remove(place),
        )
        self._lines.addWidget(row)
        return row

    def _typed(self, amount: Decimal | None) -> None:
        self._amount = amount

    def _add(self) -> None:
        first, last = self.first.text().strip(), self.last.text().strip()
        try:
            clock(tr("From"), first)
            clock(tr("To"), last)
        except ValueError as error:
            self._wrong(f"{error}.")
            return
        if self._amount is None:
            self._wrong(tr("Write the price in these hours in dollars per kWh, such as 0.18."))
            return
        days = self.days.currentData()
        self._wrong("")
        values: dict[str, Value] = {
            "from": first,
            "to": last,
            "usd_per_kwh": self._amount,
            "days": days or None,
        }
        self._apply(add_block("electricity", "hours", values))
        self.first.clear()
        self.last.clear()
        self._amount = None
        self.amount.show_amount(None)


def told(hours: TariffHours) -> str:
    """Return ``22:00 to 06:00, every day: $0.18 per kWh``."""
    days = next((name for name, days in _DAYS if days == list(hours.days)), ", ".join(hours.days))
    return tr(
        "{first} to {last}, {days}: {usd_per_kwh} per kWh",
        first=hours.first,
        last=hours.last,
        days=days,
        usd_per_kwh=as_spoken(f"${hours.usd_per_kwh:.2f}"),
    )


def _field(example: str, name: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(example)
    field.setAccessibleName(name)
    field.setMaximumWidth(_FIELD_WIDTH)
    field.setMaxLength(5)
    return field
