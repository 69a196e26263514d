"""What to write instead of a value that does not fit: msgspec's words for it, as a remedy for a person."""

from __future__ import annotations

import re

from compute_broker.core.texts import tr

_KIND = re.compile(r"Expected `(?P<kind>[^`]+)`, got `[^`]+`")
_BOUND = re.compile(r"Expected `(?:int|float)` (?P<sign>[<>]=?) (?P<bound>-?[\d.]+)")

_NUMBER = tr("write a number, such as 2.50")
_KINDS = {
    "str": tr("write a text in quotes"),
    "int": tr("write a whole number"),
    "float": _NUMBER,
    "decimal": _NUMBER,
    "float | str": tr("write a number, or a text in quotes"),
    "bool": tr("write true or false"),
    "array": tr("write a list in square brackets"),
    "object": tr("write its settings in curly brackets"),
}
_BOUNDS = {
    ">=": tr("write {bound} or more"),
    "<=": tr("write {bound} or less"),
    ">": tr("write more than {bound}"),
    "<": tr("write less than {bound}"),
}
_PATTERNS = {
    "id": tr("write small letters, digits, dots and dashes, at most 40, such as my-server"),
    "language": tr('write "system", or a language such as "de"'),
}


def remedy(name: str, what: str) -> str:
    """Return what to write where setting ``name`` does not fit by msgspec's message ``what``."""
    if match := _KIND.fullmatch(what):
        return _KINDS.get(match["kind"].removesuffix(" | null"), _plain(what))
    if what == "Invalid decimal string":
        return _NUMBER
    if match := _BOUND.fullmatch(what):
        bound = match["bound"].removesuffix(".0")
        return _BOUNDS[match["sign"]].format(bound=bound)
    if "matching regex" in what and name in _PATTERNS:
        return _PATTERNS[name]
    return _plain(what)


def _plain(what: str) -> str:
    return (what[:1].lower() + what[1:]).replace("`", "")
