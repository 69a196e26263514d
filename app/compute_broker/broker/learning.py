"""What use has taught of the tiers, applied to their abilities, and said in sentences.

Lessons belong to a tier and a model: a tier that is given another model begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from compute_broker.core.ability import AbilityRow
from compute_broker.core.learning import Evidence, Taught, learned_verbosity, taught
from compute_broker.core.task import Category
from compute_broker.ledger.views import Lengths, Lesson

_CATEGORIES = frozenset(category.value for category in Category)

SAYS = 0.05
"""Logits: a smaller shift is not worth a word."""
ENOUGH_ANSWERS = 5
"""So many lengths seen before a verbosity is worth a word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was learned of one tier in one category."""

    tier_id: str
    label: str
    model: str
    category: Category
    taught: Taught

    @property
    def sentence(self) -> str:
        """``Kimi K2.6 did better than expected on your writing: 14 of 15``."""
        found = self.taught
        if abs(found.shift) < SAYS:
            verdict = "did as expected"
        else:
            verdict = "did better than expected" if found.shift > 0 else "did worse than expected"
        return f"{self.label} {verdict} on your {self.category.value}: {found.good} of {found.total}"


@dataclass(frozen=True, slots=True)
class Learned:
    """All lessons, by tier and model. Empty is a fine beginning."""

    lessons: Mapping[tuple[str, str], Mapping[Category, tuple[Evidence, ...]]] = field(default_factory=dict)
    lengths: Mapping[tuple[str, str], Lengths] = field(default_factory=dict)
    _applied: dict[tuple[str, str], tuple[AbilityRow, AbilityRow]] = field(default_factory=dict)

    def applied(self, tier_id: str, model: str, row: AbilityRow) -> AbilityRow:
        """Return ``row`` as use has changed it for a tier with ``model``; worked out once for each row."""
        known = self._applied.get((tier_id, model))
        if known is None or known[0] is not row:
            known = self._applied[tier_id, model] = (row, self._apply(tier_id, model, row))
        return known[1]

    def _apply(self, tier_id: str, model: str, row: AbilityRow) -> AbilityRow:
        found, lengths = self.lessons.get((tier_id, model)), self.lengths.get((tier_id, model))
        if not found and lengths is None:
            return row
        after = {category: taught(row.ability(category), each) for category, each in (found or {}).items()}
        notes = {
            category: f"on your {category.value} {each.good} of {each.total} were good"
            for category, each in after.items()
            if abs(each.shift) >= SAYS
        }
        verbosity = row.verbosity
        if lengths is not None:
            verbosity = learned_verbosity(row.verbosity, lengths.count, lengths.mean_log)
        abilities = {**row.abilities, **{category: each.ability for category, each in after.items()}}
        return replace(row, abilities=abilities, verbosity=verbosity, learned=notes)

    def findings(self, labels: Mapping[str, str]) -> list[Finding]:
        """Return what was learned of the tiers in ``labels``, by id; figures as of the last snapshot."""
        return [
            Finding(tier_id, labels[tier_id], model, category, taught(row.ability(category), each))
            for (tier_id, model), (row, _) in self._applied.items()
            if tier_id in labels
            for category, each in self.lessons.get((tier_id, model), {}).items()
        ]


def learned_from(lessons: Iterable[Lesson], lengths: Iterable[Lengths], today: date) -> Learned:
    """Return lessons and lengths in the shape in which they are applied; unknown categories are left out."""
    sorted_: dict[tuple[str, str], dict[Category, list[Evidence]]] = {}
    for each in lessons:
        if each.category not in _CATEGORIES:
            continue
        days_ago = max(0, (today - date.fromisoformat(each.day)).days)
        evidence = Evidence(each.difficulty, each.good, each.weight, days_ago)
        of_tier = sorted_.setdefault((each.tier, each.model), {})
        of_tier.setdefault(Category(each.category), []).append(evidence)
    return Learned(
        {key: {category: tuple(some) for category, some in found.items()} for key, found in sorted_.items()},
        {(each.tier, each.model): each for each in lengths},
    )
