"""Words at the very start of a prompt that steer it: ``@haiku``, ``/best``, ``/private``. No widgets.

Only a whole word counts, only at the start, and only before the rest of a prompt. What steers is not sent. A
path such as ``/etc/hosts`` is text like any other; an ``@word`` that names no tier, or several, is told, so
that nobody sends to one tier what was meant for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from compute_broker.core.decision import MODES, Mode
from compute_broker.core.names import named
from compute_broker.core.quote import Quote
from compute_broker.core.texts import tr
from compute_broker.core.tier import Tier
from compute_broker.desktop.ask.naming import begun, meant, name_of

PRIVATE = "/private"
_WORD = re.compile(r"\s*([@/][\w.-]*)[:,;!?]?(?=\s|$)")
"""A word with what people put behind a name that they call."""
_OPEN_WORD = re.compile(r"(?:\s*[@/][\w.-]+\s+)*([@/][\w.-]*)$")


@dataclass(frozen=True, slots=True)
class Steered:
    """A prompt without its steering words, and what they said; ``None`` and false where nothing."""

    prompt: str
    tier_id: str | None = None
    mode: Mode | None = None
    private: bool = False
    unclear: str = ""
    """The first word with ``@``, as it was typed, when no tier bears that name, or more than one does."""
    maybe: tuple[Tier, ...] = ()
    """The tiers that :attr:`unclear` may mean."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A word that would complete what is typed, and what it means."""

    word: str
    meaning: str


def steered(text: str, tiers: Sequence[Tier], *, alone: bool = False) -> Steered:
    """Return ``text`` with its steering words taken out; ``tiers`` are those that ``@`` may name.

    ``alone``: such words count even when nothing follows them, since something is attached.
    """
    found = Steered(text)
    rest = text
    while (match := _WORD.match(rest)) is not None:
        word, name = match[1].lower(), match[1][1:].lower()
        named_tiers = meant(name, tiers) if word.startswith("@") and found.tier_id is None else ()
        if word.startswith("@") and name and found.tier_id is None and len(named_tiers) != 1:
            return replace(found, unclear=match[1], maybe=named_tiers)
        after = rest[match.end() :].lstrip()
        if not after and not alone:
            return found  # a prompt that is nothing but such words is meant as it stands
        if named_tiers:
            found = replace(found, prompt=after, tier_id=named_tiers[0].id)
        elif word.startswith("/") and name in MODES and found.mode is None:
            found = replace(found, prompt=after, mode=MODES[name])
        elif word == PRIVATE:
            found = replace(found, prompt=after, private=True)
        else:
            return found
        rest = after
    return found


def forced(text: str, tiers: Sequence[Tier], tier: Tier) -> str:
    """Return ``text`` with ``tier`` named at its start in place of others; without, if it was that one."""
    words, rest, before = [], text, None
    while (match := _WORD.match(rest)) is not None:
        word, name = match[1].lower(), match[1][1:].lower()
        named_tiers = meant(name, tiers) if word.startswith("@") else ()
        if named_tiers and before is None:
            before = named_tiers
        elif word.startswith("@") or (name not in MODES and word != PRIVATE):
            break
        else:
            words.append(match[1])
        rest = rest[match.end() :].lstrip()
    start = [] if before == (tier,) else [f"@{name_of(tier, tiers)}"]
    return " ".join([*start, *words, rest])


def open_word(before_caret: str) -> str | None:
    """Return the steering word that is being typed at the caret, or ``None``: ``@ha``, ``/``."""
    match = _OPEN_WORD.fullmatch(before_caret)
    return match[1] if match else None


def offers(word: str, quotes: Iterable[Quote]) -> Sequence[Offer]:
    """Return what ``word`` (``@`` or ``/`` and some letters) may become.

    A tier is offered for whatever begins a name of it: its id, its label, a word of that, its provider; in
    this order, and then in the person's.
    """
    if word.startswith("@"):
        by_id = {quote.tier.id: quote for quote in quotes}
        tiers = [quote.tier for quote in by_id.values()]
        return [
            Offer(f"@{name_of(tier, tiers)}", _tier_meaning(by_id[tier.id]))
            for tier in begun(word[1:], tiers)
            if tier.enabled
        ]
    modes = [
        Offer(f"/{name}", tr("at least {floor} of the best chance", floor=f"{mode.floor * 100:.0f} %"))
        for name, mode in MODES.items()
    ]
    modes.append(Offer(PRIVATE, tr("stays on this machine")))
    return [offer for offer in modes if offer.word.startswith(word.lower())]


def _tier_meaning(quote: Quote) -> str:
    state = quote.availability.state
    return quote.tier.label if state.usable else f"{quote.tier.label}, {named(state)}"
