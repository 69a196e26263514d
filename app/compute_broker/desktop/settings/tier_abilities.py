"""Of one tier: the person's own word for what it can do, in place of the table's figure."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QWidget

from compute_broker.config.edits import Value
from compute_broker.config.tier_settings import LEAST_ABILITY, MOST_ABILITY, TierSettings
from compute_broker.core.names import named
from compute_broker.core.task import Category
from compute_broker.core.texts import begun, figure, tr
from compute_broker.desktop.settings.entries import decimal_number
from compute_broker.desktop.settings.fold import Entries, Fold
from compute_broker.desktop.settings.lines import Lines
from compute_broker.market.abilities import ability_row

_LIKE = re.compile(r"like \S.{0,198}")


class TierAbilities(Fold):
    """A field for each kind of task; an empty one shows the table's figure."""

    TITLE = tr("Abilities")

    @staticmethod
    def entries(tier: TierSettings) -> Entries:  # noqa: ARG004 - every tier has all of it
        """Return the kinds of task."""
        return [("tiers.ability", begun(named(each.value))) for each in Category]

    def summary(self) -> str:
        """Return what the person corrected."""
        given = self.tier.ability or {}
        said = [f"{named(category.value)} {_said(value)}" for category, value in given.items()]
        return ", ".join(said) or tr("as the table says")

    def make(self, lines: Lines) -> None:
        """Add a line for each kind of task."""
        for place, category in enumerate(Category):
            hint = None if place == 0 else QWidget()  # said once is enough
            title = begun(named(category.value))
            self.add_field(lines, category.value, "tiers.ability", title, hint=hint)

    def fill(self) -> None:
        """Show what is in force, and the table's figures where nothing was said."""
        row, given = ability_row(self.tier.model, self.tier.effort), self.tier.ability or {}
        for category in Category:
            field = self.fields[category.value]
            by_table = figure(f"{row.ability(category).mean:.1f}")
            field.setPlaceholderText(tr("{figure} by the table", figure=by_table))
            field.show_text(_said(given[category]) if category in given else "")

    def read(self, name: str, text: str) -> Value:  # noqa: ARG002 - they are all read alike
        """Return a figure or ``like MODEL``, which may lack its ``like``."""
        if re.fullmatch(r"[-+$]?[\d.,]+", text) or not text:
            return decimal_number(text, LEAST_ABILITY, MOST_ABILITY)
        told = text if text.lower().startswith("like ") else f"like {text}"
        if not _LIKE.fullmatch(told):
            raise ValueError(tr("{text} does not do here: write a figure, or “like” and a model.", text=text))
        return told


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else figure(f"{value:g}")
