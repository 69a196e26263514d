"""Where prices come from beside what is read live: whether the catalog is fetched anew, and from where."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox

from compute_broker.config.edits import Value
from compute_broker.config.price_settings import LEAST_SPOT_SECONDS, MOST_SPOT_SECONDS, Prices
from compute_broker.core.texts import tr
from compute_broker.desktop.settings.entries import whole_number
from compute_broker.desktop.settings.lines import Field
from compute_broker.desktop.settings.rows import Section, Verdict
from compute_broker.desktop.settings.writer import Answer
from compute_broker.desktop.theme import Theme
from compute_broker.net.address import AddressError, split_url

_SECONDS_WIDTH = 130


class PricesSection(Section):
    """``put`` writes one setting, and tells what is wrong with it, or nothing."""

    def __init__(self, theme: Theme, put: Callable[[str, Value, Answer], None]) -> None:
        """Build the rows."""
        super().__init__(
            theme,
            tr("Prices"),
            tr("Where figures come from: a catalog, OpenRouter's live lists, your own, spot feeds."),
        )
        self._put = put
        self.update_catalog = QCheckBox(tr("Fetch the price catalog anew each day"))
        self.update_catalog.setAccessibleName(tr("Fetch the price catalog anew each day"))
        self.add_check(self.update_catalog, "prices.update_catalog")
        problem = Verdict(tr("Price catalog, problem"))
        self.column.addWidget(problem)
        self.update_catalog.clicked.connect(lambda on: put("prices.update_catalog", on, problem.say))
        self.catalog_url = Field(
            tr("Address of the price catalog"), self._address_typed, empty=tr("the project's own page")
        )
        self._add_field(tr("Catalog from"), self.catalog_url, "prices.catalog_url")
        self.spot = Field(tr("Seconds between two looks at a spot feed"), self._seconds_typed, empty="60")
        self.spot.setFixedWidth(_SECONDS_WIDTH)
        self._add_field(tr("Spot feeds"), self.spot, "prices.spot_seconds")

    def show_settings(self, prices: Prices) -> None:
        """Show what is in force."""
        self.update_catalog.setChecked(prices.update_catalog)
        self.catalog_url.show_text(prices.catalog_url)
        self.spot.show_text(str(prices.spot_seconds))

    def _add_field(self, title: str, field: Field, setting: str) -> None:
        self.add_row(title, field, setting=setting)
        self.column.addWidget(field.problem)

    def _address_typed(self, text: str) -> None:
        try:
            if text:
                split_url(text)
        except AddressError as error:
            self.catalog_url.wrong(f"{error}.")
            return
        self._put("prices.catalog_url", text or None, self.catalog_url.wrong)

    def _seconds_typed(self, text: str) -> None:
        try:
            seconds = whole_number(text, LEAST_SPOT_SECONDS, MOST_SPOT_SECONDS)
        except ValueError as error:
            self.spot.wrong(str(error))
            return
        self._put("prices.spot_seconds", seconds, self.spot.wrong)
