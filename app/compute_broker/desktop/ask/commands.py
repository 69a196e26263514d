"""Words at the very start of a prompt that steer it: ``@haiku``, ``/best``, ``/private``. No widgets.

Only a whole known word counts, only at the start, and only before the rest of a prompt: an address such as
``@someone`` or a path such as ``/etc/hosts`` is text like any other. What steers is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compute_broker.core.decision import MODES, Mode
from compute_broker.core.names import named
from compute_broker.core.quote import Quote
from compute_broker.core.texts import tr

PRIVATE = "/private"
_WORD = re.compile(r"\s*([@/][\w.-]*)(?=\s|$)")
_OPEN_WORD = re.compile(r"(?:\s*[@/][\w.-]+\s+)*([@/][\w.-]*)$")


@dataclass(frozen=True, slots=True)
class Steered:
    """A prompt without its steering words, and what they said; ``None`` and false where nothing."""

    prompt: str
    tier_id: str | None = None
    mode: Mode | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A word that would complete what is typed, and what it means."""

    word: str
    meaning: str


def steered(text: str, tiers: Iterable[str], *, alone: bool = False) -> Steered:
    """Return ``text`` with its steering words taken out; ``tiers`` are the ids that ``@`` may name.

    ``alone``: such words count even when nothing follows them, since something is attached.
    """
    known = set(tiers)
    found = Steered(text)
    rest = text
    while (match := _WORD.match(rest)) is not None:
        word, name = match[1].lower(), match[1][1:].lower()
        after = rest[match.end() :].lstrip()
        if not after and not alone:
            return found  # a prompt that is nothing but such words is meant as it stands
        if word.startswith("@") and name in known and found.tier_id is None:
            found = Steered(after, name, found.mode, found.private)
        elif word.startswith("/") and name in MODES and found.mode is None:
            found = Steered(after, found.tier_id, MODES[name], found.private)
        elif word == PRIVATE:
            found = Steered(after, found.tier_id, found.mode, private=True)
        else:
            return found
        rest = after
    return found


def forced(text: str, tiers: Iterable[str], tier_id: str) -> str:
    """Return ``text`` with ``@tier_id`` at its start in place of another; without, if it was that one."""
    known, words, rest, named = set(tiers), [], text, None
    while (match := _WORD.match(rest)) is not None:
        word, name = match[1].lower(), match[1][1:].lower()
        if word.startswith("@") and name in known and named is None:
            named = name
        elif word.startswith("@") or (name not in MODES and word != PRIVATE):
            break
        else:
            words.append(match[1])
        rest = rest[match.end() :].lstrip()
    start = [] if named == tier_id else [f"@{tier_id}"]
    return " ".join([*start, *words, rest])


def open_word(before_caret: str) -> str | None:
    """Return the steering word that is being typed at the caret, or ``None``: ``@ha``, ``/``."""
    match = _OPEN_WORD.fullmatch(before_caret)
    return match[1] if match else None


def offers(word: str, quotes: Iterable[Quote]) -> Sequence[Offer]:
    """Return the words that begin with ``word`` (``@`` or ``/`` and some letters), tiers in their order."""
    if word.startswith("@"):
        every = [Offer(f"@{quote.tier.id}", _tier_meaning(quote)) for quote in quotes if quote.tier.enabled]
    else:
        every = [
            Offer(f"/{name}", tr("at least {floor} of the best chance", floor=f"{mode.floor * 100:.0f} %"))
            for name, mode in MODES.items()
        ]
        every.append(Offer(PRIVATE, tr("stays on this machine")))
    return [offer for offer in every if offer.word.startswith(word.lower())]


def _tier_meaning(quote: Quote) -> str:
    state = quote.availability.state
    return quote.tier.label if state.usable else f"{quote.tier.label}, {named(state)}"
