"""Rules of the person's own by which a prompt is private: names, patterns, keys, e-mail addresses.

A word matches as a whole word, whatever its case and however its spaces are laid out; ``#`` stands for a
digit and ``*`` for the rest of a word: ``Project Falcon``, ``INV-####``, ``acme*``. Regular expressions are
not wanted here: each rule is looked for in time that grows with the text alone, whatever is typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from compute_broker.core.texts import tr

KEYS = "keys"
EMAILS = "emails"
PRESETS = {KEYS: tr("a key or password"), EMAILS: tr("an e-mail address")}
"""What can be recognised without being named, and how it is called."""

MOST_RULES = 200
LEAST_LETTERS = 2

LONG_TEXT = 4_000
"""From this many characters on, what was found of a text is remembered: an attached file, a long answer."""

_MOST_KNOWN = 32

_KEY_SIGNS = (
    "sk-",
    "ghp_",
    "github_pat_",
    "xox",
    "akia",
    "aiza",
    "-----begin",
    "password",
    "passwd",
    "bearer ",
)
_KEY = re.compile(
    r"\bsk-[a-z0-9_-]{16,200}|\bghp_[a-z0-9]{20,80}|\bgithub_pat_[a-z0-9_]{20,120}|\bxox[abprs]-[a-z0-9-]{10,120}"
    r"|\bakia[a-z0-9]{16}\b|\baiza[a-z0-9_-]{30,50}|-----begin [a-z ]{0,30}private key"
    r"|\bbearer [a-z0-9._~+/-]{20,200}|\bpass(?:word|wd)\s{0,3}[:=]\s{0,3}\S{4}"
)
_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    sign: str
    """What must stand in a text for the rule to match: found at the speed of a plain search."""
    pattern: re.Pattern[str]


class PrivacyRules:
    """The rules of one settings file."""

    def __init__(self, words: Iterable[str] = (), presets: Iterable[str] = ()) -> None:
        """Prepare ``words`` and ``presets``.

        Raises:
            ValueError: a word says too little to be a rule; the text says which and what to do.
        """
        self._rules = tuple(_rule(word) for word in words)
        self._presets = frozenset(presets)
        self._known: dict[str, str | None] = {}

    def rule_for(self, *texts: str) -> str | None:
        """Return the name of the first rule that makes one of ``texts`` private, or ``None``."""
        if not self._rules and not self._presets:
            return None
        return next((found for text in texts if (found := self._judged(text))), None)

    def _judged(self, text: str) -> str | None:
        """Return the rule for one text; for long ones, which come with each key, it is remembered."""
        if len(text) < LONG_TEXT:
            return self._found(_flat(text))
        if text not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[text] = self._found(_flat(text))
        return self._known[text]

    def _found(self, flat: str) -> str | None:
        for rule in self._rules:
            if rule.sign in flat and rule.pattern.search(flat):
                return f"“{rule.name}”"
        if EMAILS in self._presets and "@" in flat and _EMAIL.search(flat):
            return PRESETS[EMAILS]
        if KEYS in self._presets and any(sign in flat for sign in _KEY_SIGNS) and _KEY.search(flat):
            return PRESETS[KEYS]
        return None


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _rule(word: str) -> _Rule:
    flat = _flat(word)
    if len(re.sub(r"[\W_]", "", flat)) < LEAST_LETTERS:
        raise ValueError(
            tr(
                "{word} would make nearly every prompt private; write at least two letters or digits",
                word=f"{word!r}",
            )
        )
    parts = re.split(r"([#*])", flat)
    sign = max((part for part in parts if part not in "#*"), key=len, default="").strip()
    body = "".join({"#": "[0-9]", "*": r"\w{0,64}"}.get(part, re.escape(part)) for part in parts)
    before = r"(?<!\w)" if flat[0].isalnum() or flat[0] == "#" else ""
    after = r"(?!\w)" if flat[-1].isalnum() or flat[-1] == "#" else ""
    return _Rule(word, sign, re.compile(f"{before}{body}{after}"))
