"""What hardware was paid for, to be counted in local answers where the person wants that."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from compute_broker.config.edits import Value
from compute_broker.config.power_settings import HardwareCost
from compute_broker.core.texts import tr, within
from compute_broker.desktop.settings.rows import AmountEdit, Section, described
from compute_broker.desktop.theme import Theme

_PURPOSE = tr(
    "Off unless you write what you paid: a card you own anyway is money spent "
    "already. The loss of value is spread over its hours of answering."
)
_ROWS = (
    ("paid", tr("Paid"), tr("dollars; empty: only electricity counts"), tr("not counted")),
    ("resale", tr("Will still bring"), tr("dollars, at the end"), None),
    ("years", tr("Used for"), tr("years"), None),
    ("hours_per_day", tr("Answers for"), tr("hours a day"), None),
)


class HardwareSection(Section):
    """``put`` sets one setting, ``wrong`` shows what is wrong with what was typed."""

    def __init__(self, theme: Theme, put: Callable[[str, Value], None], wrong: Callable[[str], None]) -> None:
        """Build a row for each figure of the formula."""
        super().__init__(theme, tr("The hardware you bought"), _PURPOSE)
        self.amounts: dict[str, AmountEdit] = {}
        for name, title, hint, empty in _ROWS:

            def told(amount: Decimal | None, name: str = name) -> None:
                put(f"hardware.{name}", amount)

            field = AmountEdit(
                tr("Hardware: {title}, in {hint}", title=within(title), hint=hint), told, wrong, empty=empty
            )
            self.add_row(title, field, hint=hint)
            described(field, f"hardware.{name}")
            self.amounts[name] = field

    def show_settings(self, hardware: HardwareCost) -> None:
        """Show the figures in force."""
        for name, field in self.amounts.items():
            field.show_amount(getattr(hardware, name))
