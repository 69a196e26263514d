"""What use has taught of the tiers, applied to their abilities, and said in sentences.

Lessons belong to a tier, its model and its effort: a tier that is given another of them begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from compute_broker.core.ability import AbilityRow
from compute_broker.core.learning import Evidence, Taught, learned_verbosity, taught
from compute_broker.core.names import named
from compute_broker.core.task import Category
from compute_broker.core.texts import tr
from compute_broker.core.tier import Tier
from compute_broker.ledger.views import Lengths, Lesson

Key = tuple[str, str, str]
"""Tier id, model, effort."""

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
    effort: str
    category: Category
    taught: Taught

    @property
    def sentence(self) -> str:
        """``Kimi K2.6 did better than expected on your writing: 14 of 15``."""
        found = self.taught
        if abs(found.shift) < SAYS:
            verdict = tr("did as expected")
        else:
            verdict = tr("did better than expected") if found.shift > 0 else tr("did worse than expected")
        return tr(
            "{label} {verdict} on your {category}: {good} of {total}",
            label=self.label,
            verdict=verdict,
            category=named(self.category),
            good=found.good,
            total=found.total,
        )


@dataclass(frozen=True, slots=True)
class Learned:
    """All lessons, by tier, model and effort. Empty is a fine beginning."""

    lessons: Mapping[Key, Mapping[Category, tuple[Evidence, ...]]] = field(default_factory=dict)
    lengths: Mapping[Key, Lengths] = field(default_factory=dict)
    _applied: dict[Key, tuple[AbilityRow, AbilityRow]] = field(default_factory=dict)

    def applied(self, tier: Tier, model: str, row: AbilityRow) -> AbilityRow:
        """Return ``row`` as use has changed it for ``tier`` with ``model``; worked out once for each row."""
        return self._once((tier.id, model, tier.effort.value), row)

    def prepared(self, before: Learned) -> Learned:
        """Return this with the rows worked out that ``before`` was asked for: no work left for the loop."""
        for key, (row, _) in list(before._applied.items()):
            self._once(key, row)
        return self

    def _once(self, key: Key, row: AbilityRow) -> AbilityRow:
        known = self._applied.get(key)
        if known is None or (known[0] is not row and known[0] != row):
            known = self._applied[key] = (row, self._apply(key, row))
        return known[1]

    def _apply(self, key: Key, row: AbilityRow) -> AbilityRow:
        found, lengths = self.lessons.get(key), self.lengths.get(key)
        if not found and lengths is None:
            return row
        after = {category: taught(row.ability(category), each) for category, each in (found or {}).items()}
        notes = {
            category: tr(
                "on your {category} questions {good} of {total} were good",
                category=named(category),
                good=each.good,
                total=each.total,
            )
            for category, each in after.items()
            if abs(each.shift) >= SAYS
        }
        verbosity = row.verbosity
        if lengths is not None:
            verbosity = learned_verbosity(row.verbosity, lengths.count, lengths.mean_log)
        abilities = {**row.abilities, **{category: each.ability for category, each in after.items()}}
        return replace(row, abilities=abilities, verbosity=verbosity, learned=notes)

    def findings(self, labels: Mapping[str, str], open_rows: Mapping[str, AbilityRow]) -> list[Finding]:
        """Return what was learned of the tiers in ``labels``, by id; figures as of the last snapshot.

        ``open_rows`` are tiers that take any model, of which nobody knows what is loaded now: all that was
        learned of any model of theirs is told.
        """
        rows = {key: row for key, (row, _) in self._applied.items()}
        for key in self.lessons:
            if key[0] in open_rows:
                rows.setdefault(key, open_rows[key[0]])
        return [
            Finding(tier_id, labels[tier_id], model, effort, category, taught(row.ability(category), each))
            for (tier_id, model, effort), row in rows.items()
            if tier_id in labels
            for category, each in self.lessons.get((tier_id, model, effort), {}).items()
        ]


def learned_from(lessons: Iterable[Lesson], lengths: Iterable[Lengths], today: date) -> Learned:
    """Return lessons and lengths in the shape in which they are applied; unknown categories are left out."""
    sorted_: dict[Key, dict[Category, list[Evidence]]] = {}
    for each in lessons:
        if each.category not in _CATEGORIES:
            continue
        days_ago = max(0, (today - date.fromisoformat(each.day)).days)
        evidence = Evidence(each.difficulty, each.good, each.weight, days_ago)
        of_tier = sorted_.setdefault((each.tier, each.model, each.effort), {})
        of_tier.setdefault(Category(each.category), []).append(evidence)
    return Learned(
        {key: {category: tuple(some) for category, some in found.items()} for key, found in sorted_.items()},
        {(each.tier, each.model, each.effort): each for each in lengths},
    )
