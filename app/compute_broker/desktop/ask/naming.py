"""Which word after ``@`` means which tier: its id, its label, a word of that, its provider. No widgets.

A person sees labels, never ids; so whatever they read of a tier names it, as long as it names only one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from compute_broker.core.tier import Tier

_BETWEEN = re.compile(r"[^\w.]+")
_SILENT = re.compile(r"[\W_]+")

_Names = Callable[[Tier], Iterable[str]]


def meant(word: str, tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """Return the tiers that ``word`` (without ``@``) may mean, in their order; empty for none.

    What names a tier more closely wins: its id, then its label, then a word of its label, then its provider.
    Among several, those that are on.
    """
    wanted = _plain(word)
    if not wanted:
        return ()
    for tier in tiers:
        if tier.id == word.casefold():
            return (tier,)
    for names in _WAYS:
        found = tuple(tier for tier in tiers if wanted in map(_plain, names(tier)))
        if found:
            return tuple(tier for tier in found if tier.enabled) or found
    return ()


def begun(word: str, tiers: Sequence[Tier]) -> list[Tier]:
    """Return the tiers with a name that begins with ``word``, without ``@``; the closest named first."""
    wanted = _plain(word)
    found: dict[str, Tier] = {}
    for names in _WAYS:
        for tier in tiers:
            if any(_plain(name).startswith(wanted) for name in names(tier)):
                found.setdefault(tier.id, tier)
    return list(found.values())


def name_of(tier: Tier, tiers: Sequence[Tier]) -> str:
    """Return what to write after ``@`` for ``tier``: its id where its label has it, else its label."""
    from_label = _BETWEEN.sub("-", tier.label.casefold()).strip("-.")
    if _plain(tier.id) in map(_plain, _parts(tier)) or meant(from_label, tiers) != (tier,):
        return tier.id
    return from_label


def _parts(tier: Tier) -> Iterable[str]:
    """Return the words of a label, and those before a bracket as one: ``built-in`` of ``Built-in (tiny)``."""
    return [tier.label.partition("(")[0], *tier.label.split(), *_BETWEEN.split(tier.label)]


_WAYS: tuple[_Names, ...] = (
    lambda tier: [tier.id],
    lambda tier: [tier.label],
    _parts,
    lambda tier: [tier.provider.value],
)


def _plain(word: str) -> str:
    """Return ``word`` without what people leave out or write otherwise: ``LM Studio`` as ``lmstudio``."""
    return _SILENT.sub("", word.casefold())
