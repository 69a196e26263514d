"""The words of a search in the settings: what they begin, and what else means the same."""

from __future__ import annotations

import re

from compute_broker.core.texts import tr

_GROUPS = (
    tr("hotkey, shortcut, keyboard, key combination"),
    tr("colour, color, theme, dark, light, appearance"),
    tr("budget, limit, money, spending, amount, dollars, usd"),
    tr("price, cost, tariff, money"),
    tr("start at login, autostart, startup, boot"),
    tr("notification, alert, message, warn"),
    tr("quiet, mute, silent, do not disturb"),
    tr("private, privacy, secret, confidential, local only"),
    tr("delete, retention, forget, keep, history"),
    tr("second opinion, cross-check, cross check, verify"),
    tr("mode, quality, thrifty, balanced, best, floor"),
    tr("tier, model, provider, server"),
    tr("watts, power, electricity, energy, kwh"),
    tr("key, token, password, credential, keyring"),
    tr("gateway, api, proxy, endpoint, base url, other programs"),
    tr("wait, timeout, slow, patience, seconds"),
    tr("context, prompt length, longest prompt"),
    tr("effort, thinking, reasoning"),
    tr("order, move, sort, rearrange"),
    tr("diagnostics, help, support, bug, log file"),
)
"""Words that mean one another here: whoever looks for one finds the others too.

A translation lists the words of its own language, as many as it likes, with a comma and a space between.
"""

SYNONYMS = tuple(tuple(group.casefold().split(", ")) for group in _GROUPS)

_BETWEEN = re.compile(r"[\W_]+")
"""What stands between words: a search finds beginnings of words."""


def fits(text: str, wanted: list[list[str]]) -> bool:
    """Return whether every wanted word, or one that means it, begins a word of ``text``."""
    plain = f" {_BETWEEN.sub(' ', text.casefold())}"
    return all(any(f" {_BETWEEN.sub(' ', word)}" in plain for word in words) for words in wanted)


def meanings(text: str) -> list[list[str]]:
    """Return the words of a search, each with those that mean the same; all in small letters."""
    text = " ".join(text.casefold().split())
    if not text:
        return []
    whole = [group for group in SYNONYMS if text in group]
    if " " in text and whole:
        return [[each for group in whole for each in group]]
    return [_same(word) for word in text.split(" ")]


def _same(word: str) -> list[str]:
    """Return the word and what means it; a beginning of three letters counts as the word."""
    least = 3
    groups = [
        group
        for group in SYNONYMS
        if any(each == word or (len(word) >= least and each.startswith(word)) for each in group)
    ]
    return [word, *(each for group in groups for each in group)]
