"""What a person may say of one tier: name, model, place, effort, lengths, key; more is folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from compute_broker.config.described import description
from compute_broker.config.edits import Value
from compute_broker.config.tier_settings import (
    DEFAULT_URLS,
    LEAST_CONTEXT,
    MOST_CONTEXT,
    MOST_OUTPUT,
    USUAL_OUTPUT,
    TierSettings,
)
from compute_broker.core.names import named
from compute_broker.core.texts import figure, tr
from compute_broker.core.tier import ANY_MODEL, HOSTED, Effort, Place, ProviderKind
from compute_broker.desktop.building import InParts
from compute_broker.desktop.settings.entries import shown, whole_number
from compute_broker.desktop.settings.fold import Fold
from compute_broker.desktop.settings.lines import Field, Fits, Lines
from compute_broker.desktop.settings.rows import Choice, text_label
from compute_broker.desktop.settings.tier_abilities import TierAbilities
from compute_broker.desktop.settings.tier_hosts import TierHosts
from compute_broker.desktop.settings.tier_plan import TierPlan
from compute_broker.desktop.settings.tier_price import TierPrice
from compute_broker.desktop.settings.tier_put import putting, showing_again
from compute_broker.desktop.settings.writer import Answer, Apply
from compute_broker.desktop.theme import S, Theme
from compute_broker.from_settings import tier_of

Offered = Sequence[tuple[StrEnum | None, str]]
"""Values of a choice, with their titles."""

PLACES: Offered = (
    (None, tr("By its address")),
    (Place.PERSONAL, tr("This machine")),
    (Place.OFFICE, tr("The office network")),
    (Place.EDGE, tr("An edge server")),
    (Place.DISTRIBUTED, tr("Distributed hosts")),
    (Place.CLOUD, tr("The cloud")),
)
EFFORTS: Offered = (
    (Effort.DEFAULT, tr("As the model does")),
    (Effort.OFF, tr("No thinking")),
    (Effort.LOW, tr("Low")),
    (Effort.MEDIUM, tr("Medium")),
    (Effort.HIGH, tr("High")),
)
_TITLES = {
    "label": tr("Name"),
    "model": tr("Model"),
    "place": tr("Place"),
    "base_url": tr("Address"),
    "key": tr("Key name"),
    "effort": tr("Effort"),
    "context_tokens": tr("Context"),
    "max_output_tokens": tr("Longest answer"),
    "id": tr("Short name"),
}
"""The settings that are in sight at once, in their order."""
_WHOLE = {
    "context_tokens": (LEAST_CONTEXT, MOST_CONTEXT),
    "max_output_tokens": (1, MOST_OUTPUT),
}
_MOST_NAME = 60


class TierDetails(QWidget, InParts):
    """``apply`` writes a change of the settings file; what is wrong is said below the field it is about."""

    def __init__(self, theme: Theme, tier: TierSettings, apply: Apply) -> None:
        """Begin with nothing; :attr:`parts` build it."""
        super().__init__()
        self.tier = tier
        self._name = tier.label or tier.id
        self._theme, self._apply, self._put = theme, apply, putting(apply, tier.id)
        self.fields: dict[str, Field] = {}
        self.folds: dict[str, Fold] = {}
        self.setAccessibleName(tr("{name}, details", name=self._name))
        self.begin(whole=False)

    def build(self) -> Iterator[None]:
        """Build the lines for the tier, then the headlines of what is folded away."""
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 0, 0, S)
        column.setSpacing(S)
        self.lines = Lines(self._theme, self._name)
        column.addWidget(self.lines)
        self.privacy = text_label("", tr("{name}, private prompts", name=self._name), kind="muted")
        for name in names_of(self.tier):
            self._add(name)
            yield
        for block, kind in folds_of(self.tier):
            fold = kind(self._theme, self.tier, putting(self._apply, self.tier.id, block))
            column.addWidget(fold)
            self.folds[block] = fold
            yield
        self._show()  # in the step in which it stands, so that no news falls in between

    def show_tier(self, tier: TierSettings) -> None:
        """Show the settings in force, unless the person is just typing others."""
        self.tier = tier
        if self.stands:
            self._show()

    def _show(self) -> None:
        tier = self.tier
        for name, field in self.fields.items():
            field.show_text(self._in_force(name))
        self.place.setCurrentIndex(self.place.findData(tier.place and tier.place.value))
        self.effort.setCurrentIndex(self.effort.findData(tier.effort.value))
        self.privacy.setText(privacy_words(tier))
        for fold in self.folds.values():
            fold.show_tier(tier)

    def show_lines(self, fits: Fits) -> None:
        """Show the lines whose words fit, also those that are folded away; all of it when none does."""
        found = [self.lines.show_lines(fits), *(fold.show_lines(fits) for fold in self.folds.values())]
        self.lines.setVisible(found[0])
        if not any(found):
            self.show_all()

    def show_all(self) -> None:
        """Show every line, and what is folded away as the person left it."""
        self.lines.show()
        self.lines.show_lines(lambda _text: True)
        for fold in self.folds.values():
            fold.show_all()

    def _add(self, name: str) -> None:
        title = _TITLES[name]
        if name == "place":
            self.place = self._choice(name, PLACES, self.privacy)
        elif name == "effort":
            self.effort = self._choice(name, EFFORTS)
        elif name == "id":
            short = text_label(self.tier.id, tr("{name}, short name", name=self._name))
            short.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.lines.add("tiers.id", title, short)
        else:
            self.fields[name] = self.lines.field(
                f"tiers.{name}", title, lambda text: self._typed(name, text), empty=_empty(name, self.tier)
            )
            if name == "label":
                self.fields[name].setMaxLength(_MOST_NAME)

    def _choice(self, name: str, offered: Offered, hint: QWidget | None = None) -> Choice:
        def chosen(value: str | None, answer: Answer) -> None:
            self._put(
                {name: None if value == Effort.DEFAULT else value},
                showing_again(answer, lambda: self.show_tier(self.tier)),
            )

        choice = self.lines.choice(f"tiers.{name}", _TITLES[name], chosen, hint=hint)
        for value, title in offered:
            choice.addItem(title, value and value.value)
        return choice

    def _in_force(self, name: str) -> str:
        value = shown(getattr(self.tier, name))
        return "" if name == "model" and value == ANY_MODEL else value

    def _typed(self, name: str, text: str) -> None:
        field = self.fields[name]
        value: Value = text or None
        try:
            if name in _WHOLE:
                value = whole_number(text, *_WHOLE[name])
        except ValueError as error:
            field.wrong(str(error))
            return
        if name == "model" and value is None and self.tier.provider in HOSTED:
            field.wrong(tr("Say which model: there is none that is loaded there."))
            return
        self._put({name: value}, field.wrong)


def names_of(tier: TierSettings) -> list[str]:
    """Return which settings ``tier`` has among those that are in sight at once."""
    left_out = set() if tier.provider in HOSTED else {"base_url"}
    if tier.provider is ProviderKind.BUILTIN:
        left_out |= {"model", "key"}
    return [name for name in _TITLES if name not in left_out]


def folds_of(tier: TierSettings) -> list[tuple[str, type[Fold]]]:
    """Return what is folded away for ``tier``, by the name of its block in the file, where it has one."""
    folds: list[tuple[str, type[Fold]]] = [("", TierPrice), ("ability", TierAbilities)]
    if tier.provider is ProviderKind.OPENROUTER:
        folds.insert(1, ("hosts", TierHosts))
    if tier.provider is not ProviderKind.BUILTIN:
        folds.insert(1, ("plan", TierPlan))
    return folds


def words_of(tier: TierSettings) -> Iterator[str]:
    """Yield what the details of ``tier`` say, before there are any: a search finds them all the same."""
    for name in names_of(tier):
        yield f"{_TITLES[name]} {tr(description(f'tiers.{name}'))}"
    for _, kind in folds_of(tier):
        yield kind.TITLE
        yield from kind.words_of(tier)


def _empty(name: str, tier: TierSettings) -> str:
    """Return what an empty field means."""
    return {
        "label": tier.id,
        "model": "" if tier.provider in HOSTED else tr("whatever is loaded"),
        "base_url": DEFAULT_URLS[tier.provider],
        "key": tier.key_name or tr("none"),
        "context_tokens": tr("as the server says"),
        "max_output_tokens": figure(f"{USUAL_OUTPUT:,}"),
    }[name]


def privacy_words(tier: TierSettings) -> str:
    """Return whether private prompts may go to a tier, and why."""
    if tier_of(tier).on_this_machine:
        return tr("Private prompts may go here: they stay on this machine.")
    if tier.where is Place.PERSONAL:
        return tr("No private prompts: what is asked here may leave this machine.")
    return tr("No private prompts: {where} is not this machine.", where=named(tier.where))
