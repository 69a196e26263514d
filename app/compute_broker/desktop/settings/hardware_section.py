"""What hardware was paid for, to be counted in local answers where the person wants that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from PySide6.QtWidgets import QVBoxLayout, QWidget

from compute_broker.config.edits import Value
from compute_broker.config.power_settings import HardwareCost
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.texts import tr, within
from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.elided_check import ElidedCheck
from compute_broker.desktop.settings.amount import AmountEdit
from compute_broker.desktop.settings.rows import Section, described
from compute_broker.desktop.settings.writer import Answer
from compute_broker.desktop.theme import S, Theme
from compute_broker.from_settings import tier_of

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
    """``put`` sets one setting, and tells what is wrong with it, or nothing."""

    def __init__(self, theme: Theme, put: Callable[[str, Value, Answer | None], None]) -> None:
        """Build a row for each figure of the formula."""
        super().__init__(theme, tr("The hardware you bought"), _PURPOSE)
        self.amounts: dict[str, AmountEdit] = {}
        for name, title, hint, empty in _ROWS:

            def told(amount: Decimal | None, name: str = name) -> None:
                put(f"hardware.{name}", amount, self.amounts[name].wrong)

            field = AmountEdit(
                tr("Hardware: {title}, in {hint}", title=within(title), hint=hint), told, empty=empty
            )
            self.add_row(title, field, hint=hint)
            self.column.addWidget(field.problem)
            described(field, f"hardware.{name}")
            self.amounts[name] = field
        self._put = put
        self.tiers: dict[str, ElidedCheck] = {}
        self._served: list[str] = []
        self._offered: list[tuple[str, str]] = []
        serves = QWidget()
        self._boxes = QVBoxLayout(serves)
        self._boxes.setContentsMargins(0, 0, 0, 0)
        self._boxes.setSpacing(S)
        self.add_row(tr("It serves"), serves, hint=tr("none ticked: every server on this machine"))

    def show_settings(self, hardware: HardwareCost, tiers: Sequence[TierSettings]) -> None:
        """Show the figures in force, and which of the servers on this machine they are for."""
        for name, field in self.amounts.items():
            field.show_amount(getattr(hardware, name))
        self._served = list(hardware.tiers)
        self._offer([(tier.id, tier.label or tier.id) for tier in tiers if _could_be_served(tier)])
        for tier_id, box in self.tiers.items():
            box.setChecked(tier_id in self._served)

    def _offer(self, offered: list[tuple[str, str]]) -> None:
        """Have a box for each server, made anew only when there are others."""
        if offered == self._offered:
            return
        self._offered = offered
        for box in self.tiers.values():
            box.hide()
            box.deleteLater()
        self.tiers = {}
        for tier_id, label in offered:
            box = ElidedCheck(label)
            box.setAccessibleName(tr("The hardware serves {label}", label=label))
            described(box, "hardware.tiers")
            box.clicked.connect(lambda on, tier_id=tier_id: self._serve(tier_id, on))
            self._boxes.addWidget(box)
            self.tiers[tier_id] = box

    def _serve(self, tier_id: str, on: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        served = [each for each in self._served if each != tier_id]
        self._put("hardware.tiers", ([*served, tier_id] if on else served) or None, None)


def _could_be_served(tier: TierSettings) -> bool:
    """Return whether it is a server here; nobody bought a processor for the built-in model."""
    return tier.provider is not ProviderKind.BUILTIN and tier_of(tier).on_this_machine
