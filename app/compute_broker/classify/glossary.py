"""What a prompt in another language asks, in English words: a small dictionary, word by word.

The weights were learned mostly from English. Question words, verbs of asking and everyday nouns of German,
French, Spanish, Italian and Portuguese are read as their English counterparts, so that the same task in
another language is judged much alike; names and rare words stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

from compute_broker.resources_path import resource

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_TOO = frozenset(
    "die war hat art gift rot mal hell rat tag see fast brief kind bad note arm am come pain chat pour"  # noqa: SIM905
    " son court yo sale fin tire dire pan once red sin mayor mine due sole ore dove male via um dos pie"
    " mai mar sea files pages places plans pas est et le la les un de des el los las no van der von al"
    " del con par sur mes ton tu te il lo ha ho mi ma da di se si ai per tra me he do as os em pot sol"
    " era ser sera hay real gas".split()
)
"""Words of other languages, or names there, that English texts have as well."""

_OPENING = str.maketrans("", "", "¿¡")
_STEM = range(12, 2, -1)
"""Lengths of stems, the longest tried first."""

_TELLING = 80
"""So many words at the head tell the language."""

_SHORT, _SURE = 8, 0.3
"""A text that is not short with a larger share of English words is English, without a look at the others."""

_ENGLISH = frozenset(
    "the a an of to in is are was were be been and or not for on with as at by from this that these those it"  # noqa: SIM905 - a list of words reads better
    " its i you he she we they my your his her our their what who when where which why how do does did can"
    " could should would will have has had if then than there about into write explain list give find make me"
    " please all any some no so but also more most between after before each many much".split()
)


class _Language(NamedTuple):
    """Words, and stems that end with an asterisk; phrases of several words, which go before them.

    ``telling`` are the words and stems that no English text has.
    """

    words: dict[str, str]
    phrases: list[tuple[str, str]]
    telling: frozenset[str]


def in_english(text: str) -> str:
    """Return ``text`` with the common words of another language in English; English stays as it is."""
    low = text.lower()
    words = _WORD.findall(low)[:_TELLING]
    english = sum(word in _ENGLISH for word in words)
    if len(words) >= _SHORT and english > _SURE * len(words):
        return text
    most, best, languages = english, None, _languages()
    counts = Counter(place for word in words for place in _told(word))
    for place, language in enumerate(languages):
        if counts[place] > most and counts[place] >= min(2, len(words) - 1):
            most, best = counts[place], language
    if best is None:
        return text
    for phrase, other in best.phrases:
        if phrase in low:
            low = re.sub(rf"\b{re.escape(phrase)}\b", other, low)
    return _WORD.sub(lambda found: _translated(found[0], best.words), low).translate(_OPENING)


def _told(word: str) -> set[int]:
    """Return the places of the languages that ``word`` tells of."""
    telling = _telling()
    found = set(telling.get(word, ()))
    for size in range(3, min(len(word), 8) + 1):
        found.update(telling.get(word[:size] + "*", ()))
    return found


@cache
def _telling() -> dict[str, list[int]]:
    """Return the words and stems that no English text has, and the places of their languages."""
    found: dict[str, list[int]] = {}
    for place, language in enumerate(_languages()):
        for word in language.telling:
            found.setdefault(word, []).append(place)
    return found


def _translated(word: str, language: dict[str, str]) -> str:
    whole = language.get(word)
    if whole is not None:
        return whole
    for size in _STEM:
        stem = language.get(word[:size] + "*") if size <= len(word) else None
        if stem is not None:
            return stem
    return word


@cache
def _languages() -> tuple[_Language, ...]:
    """Return the dictionaries, read once."""
    found: dict[str, dict[str, str]] = {}
    for line in resource("classifier", "glossary.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, entries = line.split(": ", 1)
            pairs = (entry.split("=", 1) for entry in entries.split())
            entries_of = found.setdefault(name, {})
            entries_of.update((word.replace("_", " "), other.replace("_", " ")) for word, other in pairs)
    english = {word for words in found.values() for other in words.values() for word in other.split()}
    english |= _ENGLISH | _ENGLISH_TOO
    heads = {word[:size] for word in english for size in range(1, len(word) + 1)}
    return tuple(
        _Language(
            words,
            [pair for pair in words.items() if not pair[0].rstrip("*").isalpha()],
            frozenset(
                word
                for word in words
                if word.rstrip("*") not in (heads if word.endswith("*") else english) and len(word) > 1
            ),
        )
        for words in found.values()
    )
