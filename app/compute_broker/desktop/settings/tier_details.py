"""What a person may say of one tier: name, place, own price, power, lengths, effort, key. Applied at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from compute_broker.config.described import description
from compute_broker.config.edits import Change, Value, set_tier_value, together
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.names import named
from compute_broker.core.texts import figure, tr, within
from compute_broker.core.tier import Effort, Place
from compute_broker.desktop.settings.rows import Choice, described, said, text_label
from compute_broker.desktop.theme import S, Theme
from compute_broker.from_settings import tier_of

PLACES = (
    (None, tr("By its address")),
    (Place.PERSONAL, tr("This machine")),
    (Place.OFFICE, tr("The office network")),
    (Place.EDGE, tr("An edge server")),
    (Place.DISTRIBUTED, tr("Distributed hosts")),
    (Place.CLOUD, tr("The cloud")),
)
EFFORTS = (
    (Effort.DEFAULT, tr("As the model does")),
    (Effort.OFF, tr("No thinking")),
    (Effort.LOW, tr("Low")),
    (Effort.MEDIUM, tr("Medium")),
    (Effort.HIGH, tr("High")),
)
_FIELDS = (
    ("label", tr("Name"), ""),
    ("price_in", tr("Price in"), tr("from the list")),
    ("price_out", tr("Price out"), tr("from the list")),
    ("watts", tr("Watts"), tr("estimated")),
    ("context_tokens", tr("Context"), tr("as the server says")),
    ("max_output_tokens", tr("Longest answer"), ""),
    ("key", tr("Key name"), tr("none")),
    ("spot", tr("Spot feed"), tr("none")),
)
"""Settings that are typed, their titles, and what an empty field means."""
_BETWEEN_THOUSANDS = re.compile(r"(?<=\d)[ ,.](?=\d{3}(?!\d))")
_MONEY = ("price_in", "price_out")
_WHOLE = ("context_tokens", "max_output_tokens")
_DECIMAL = (*_MONEY, "watts")


class TierDetails(QWidget):
    """``apply`` writes a change of the settings file; ``wrong`` shows what is wrong with what was typed."""

    def __init__(
        self,
        theme: Theme,
        tier: TierSettings,
        apply: Callable[[Change], None],
        wrong: Callable[[str], None],
    ) -> None:
        """Build the fields for ``tier``."""
        super().__init__()
        self.tier = tier
        self._apply, self._wrong = apply, wrong
        self.fields: dict[str, QLineEdit] = {}
        self._lines: list[tuple[QWidget, ...]] = []
        self._name = tier.label or tier.id
        self.setAccessibleName(tr("{name}, details", name=self._name))
        self.place = self._choice(theme, "place", tr("Place"))
        for place, title in PLACES:
            self.place.addItem(title, place and place.value)
        self.effort = self._choice(theme, "effort", tr("Effort"))
        for effort, title in EFFORTS:
            self.effort.addItem(title, effort.value)
        self.privacy = text_label("", tr("{name}, private prompts", name=self._name), kind="muted")
        self._arrange()
        self.show_tier(tier)

    def show_tier(self, tier: TierSettings) -> None:
        """Show the settings in force, unless the person is just typing others."""
        self.tier = tier
        for name, field in self.fields.items():
            if not field.hasFocus():
                field.setText(_text(getattr(tier, name)))
        self.place.setCurrentIndex(self.place.findData(tier.place and tier.place.value))
        self.effort.setCurrentIndex(self.effort.findData(tier.effort.value))
        self.privacy.setText(privacy_words(tier))

    def _choice(self, theme: Theme, name: str, title: str) -> Choice:
        choice = Choice(theme, f"{self._name}, {within(title)}")
        described(choice, f"tiers.{name}")
        choice.activated.connect(lambda _index: self._chosen(name, choice))
        return choice

    def _chosen(self, name: str, choice: Choice) -> None:
        value = choice.currentData()
        self._put({name: None if value == Effort.DEFAULT else value})

    def _typed(self, name: str) -> None:
        text = self.fields[name].text().strip()
        if text == _text(getattr(self.tier, name)):
            return
        try:
            value = _value(name, text)
        except ValueError as error:
            self._wrong(str(error))
            return
        if name in _MONEY:
            self._priced(name, value)
        else:
            self._put({name: value})

    def _priced(self, name: str, value: Value) -> None:
        """Both prices go together: one alone waits for the other."""
        other = _MONEY[1 - _MONEY.index(name)]
        try:
            second = _value(other, self.fields[other].text().strip())
        except ValueError as error:
            self._wrong(str(error))
            return
        if (value is None) is (second is None):
            self._put({name: value, other: second})
        elif value is None:
            self._wrong(tr("Empty the other price too, to go back to the list's."))
        else:
            self._wrong(tr("Give the other price too; both hold from then on."))

    def _put(self, values: dict[str, Value]) -> None:
        self._wrong("")
        self._apply(together(*(set_tier_value(self.tier.id, name, value) for name, value in values.items())))

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(26, 0, 0, S)
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(S)
        self._row(grid, tr("Place"), self.place, self.privacy)
        for name, title, empty in _FIELDS:
            field = QLineEdit()
            field.setAccessibleName(f"{self._name}, {within(title)}")
            described(field, f"tiers.{name}")
            field.setPlaceholderText(empty)
            field.setMaximumWidth(220)
            field.editingFinished.connect(lambda name=name: self._typed(name))
            self.fields[name] = field
            self._row(grid, title, field, self._hint(name, title))
        self._row(grid, tr("Effort"), self.effort, self._hint("effort", tr("Effort")))
        grid.setColumnStretch(2, 1)

    def _row(self, grid: QGridLayout, title: str, control: QWidget, hint: QWidget) -> None:
        label = text_label(title, tr("{name}, {title}, label", name=self._name, title=title))
        label.setBuddy(control)
        label.setMinimumWidth(110)
        for column, widget in enumerate((label, control, hint)):
            grid.addWidget(widget, len(self._lines), column)
        self._lines.append((label, control, hint))

    def show_lines(self, fits: Callable[[str], bool]) -> None:
        """Show the lines whose words fit; all of them when none does."""
        words = [" ".join(text for each in line for text in said(each, deep=False)) for line in self._lines]
        found = [fits(text) for text in words]
        for line, shown in zip(self._lines, found, strict=True):
            for widget in line:
                widget.setVisible(shown or not any(found))

    def _hint(self, name: str, title: str) -> QWidget:
        return text_label(
            tr(description(f"tiers.{name}")),
            tr("{name}, {title}, hint", name=self._name, title=title),
            kind="muted",
        )


def privacy_words(tier: TierSettings) -> str:
    """Return whether private prompts may go to a tier, and why."""
    if tier_of(tier).on_this_machine:
        return tr("Private prompts may go here: they stay on this machine.")
    if tier.where is Place.PERSONAL:
        return tr("No private prompts: what is asked here may leave this machine.")
    return tr("No private prompts: {where} is not this machine.", where=named(tier.where))


def _text(value: object) -> str:
    if value is None:
        return ""
    return figure(f"{value:f}") if isinstance(value, Decimal) else str(value)


def _value(name: str, text: str) -> Value:
    """Return what was typed as the setting's value; empty takes it out.

    Raises:
        ValueError: it is no figure; the text says what would do.
    """
    if not text:
        return None
    if name in _WHOLE:
        digits = _BETWEEN_THOUSANDS.sub("", text)
        if not digits.isdecimal():
            raise ValueError(tr("{text} is no number of tokens: write digits, such as 8192.", text=text))
        return int(digits)
    if name in _DECIMAL:
        try:
            return Decimal(text.strip("$ ").replace(",", "."))
        except InvalidOperation:
            raise ValueError(tr("{text} is no figure: write one such as 2.50.", text=text)) from None
    return text
