"""Where prices come from beside what is read live: whether the catalog is fetched anew."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtWidgets import QCheckBox

from compute_broker.config.edits import Value
from compute_broker.config.price_settings import Prices
from compute_broker.core.texts import tr
from compute_broker.desktop.settings.rows import AmountEdit, Section
from compute_broker.desktop.theme import Theme


class PricesSection(Section):
    """``put`` writes one setting, ``wrong`` says what is wrong with what was typed."""

    def __init__(self, theme: Theme, put: Callable[[str, Value], None], wrong: Callable[[str], None]) -> None:
        """Build the rows."""
        super().__init__(
            theme,
            tr("Prices"),
            tr("Where figures come from: a catalog, OpenRouter's live lists, your own, spot feeds."),
        )
        self.update_catalog = QCheckBox(tr("Fetch the price catalog anew each day"))
        self.update_catalog.setAccessibleName(tr("Fetch the price catalog anew each day"))
        self.update_catalog.clicked.connect(lambda on: put("prices.update_catalog", on))
        self.add_check(self.update_catalog, "prices.update_catalog")
        self.spot = AmountEdit(
            tr("Seconds between two looks at a spot feed"),
            lambda seconds: put("prices.spot_seconds", None if seconds is None else int(seconds)),
            wrong,
            empty="60",
        )
        self.add_row(tr("Spot feeds"), self.spot, setting="prices.spot_seconds")

    def show_settings(self, prices: Prices) -> None:
        """Show what is in force."""
        self.update_catalog.setChecked(prices.update_catalog)
        self.spot.show_amount(Decimal(prices.spot_seconds))
