"""What is wrong with a settings file, in one sentence with its line and the remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from enum import Enum
from typing import Any, get_args, get_type_hints

from compute_broker.config.remedies import remedy
from compute_broker.config.schema import Settings
from compute_broker.core.texts import begun, tr

Location = tuple[int | str, ...]

_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_KEY = re.compile(r"Invalid enum value '(?P<name>.*)' - at `key` in `\$(?P<path>[^`]*)`")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_LENGTH = re.compile(r"Expected `(?P<kind>str|array)` of length (?P<bound>[<>]=) (?P<count>\d+)")
_NAMED = re.compile(r"(?P<name>[a-z_]+): (?P<what>.+)", re.DOTALL)


def describe(message: str, tree: Any, text: str) -> str:
    """Return ``line N: what is wrong; what to do`` for a validation message of msgspec.

    ``tree`` is the parsed file and ``text`` its source, for the value and the line.
    """
    location, what = _split(message)
    if match := _KEY.fullmatch(message):
        location = _steps(match["path"])
        what = _wrong_key(location, match["name"])
    elif match := _UNKNOWN.fullmatch(what):
        location, what = (*location, match[1]), _unknown(location, match[1])
    elif match := _MISSING.fullmatch(what):
        what = tr("{dotted} is missing; add it", dotted=f"{_dotted((*location, match[1]))!r}")
    elif (match := _NAMED.fullmatch(what)) and match["name"] in _fields(location):
        location = (*location, match["name"])
        what = f"{_dotted(location)}: {match['what']}"
    elif location and (isinstance(location[-1], str) or what.startswith("Expected")):
        what = _wrong_value(location, what, tree)
    line = line_of(text, location)
    return tr("line {line}: {what}", line=line, what=what) if line else what


def begun_with_name(what: str) -> str:
    """Return ``what`` as a sentence begins, unless the name of a setting comes first: that stays as it is."""
    return what if "." in what.split(maxsplit=1)[0] else begun(what)


def _split(message: str) -> tuple[Location, str]:
    """Return where and what: ``Expected `int` - at `$.tiers[0].x``` is (tiers, 0, x) and the text."""
    match = _PATH.search(message)
    if match is None:
        return (), message
    return _steps(match["path"]), message[: match.start()]


def _steps(path: str) -> Location:
    return tuple(name or int(index) for name, index in _STEP.findall(path))


def _wrong_key(location: Location, name: str) -> str:
    """Return that a table has no such entry, and which it may have."""
    choices = [choice for kind in get_args(_type_at(location)) for choice in _listed(kind)]
    return tr(
        "{dotted} has no {name}; it may have {choices}",
        dotted=_dotted(location),
        name=f"{name!r}",
        choices=", ".join(choices),
    )


def _wrong_value(location: Location, what: str, tree: Any) -> str:
    value = tree
    for step in location:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return f"{_dotted(location)}: {what}"
    if match := _LENGTH.fullmatch(what):
        return _wrong_length(
            _dotted(location), len(value), match["kind"], match["bound"], int(match["count"])
        )
    allowed = _listed(_type_at(location))
    name = next(step for step in reversed(location) if isinstance(step, str))
    return tr(
        "{dotted} is {value}; {replace}",
        dotted=_dotted(location),
        value=_shown(value),
        replace=tr("it should be {choices}", choices=" or ".join(allowed)) if allowed else remedy(name, what),
    )


def _shown(value: Any) -> str:
    """Return a value as a settings file has it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _wrong_length(name: str, length: int, kind: str, bound: str, count: int) -> str:
    """Return what is wrong with a text or a list that is too long or too short."""
    if not length:
        return tr("{name} is empty; write something, or take it out", name=name)
    told = tr("{name} is {length} characters long", name=name, length=length)
    if kind == "array":
        told = tr("{name} has {length} entries", name=name, length=length)
    if bound == "<=":
        return tr("{told}; at most {count} are allowed", told=told, count=count)
    return tr("{told}; at least {count} are needed", told=told, count=count)


def _unknown(location: Location, name: str) -> str:
    guess = difflib.get_close_matches(name, _fields(location), n=1)
    hint = tr("did you mean {guess}?", guess=f"{guess[0]!r}") if guess else tr("take it out")
    return tr("there is no setting {dotted}; {hint}", dotted=f"{_dotted((*location, name))!r}", hint=hint)


def _type_at(location: Location) -> Any:
    """Return the declared type of what lies at ``location``."""
    kind: Any = Settings
    for step in location:
        kind = get_args(kind)[0] if isinstance(step, int) else get_type_hints(_section(kind)).get(step)
    return kind


def _section(kind: Any) -> Any:
    """Return the section that an optional one (``PlanSettings | None``) is when it is there."""
    options = [each for each in get_args(kind) if hasattr(each, "__struct_fields__")]
    return options[0] if options else kind


def _fields(location: Location) -> list[str]:
    return list(getattr(_section(_type_at(location)), "__struct_encode_fields__", ()))


def _listed(kind: Any) -> list[str]:
    """Return the values that a setting of this type may have, where they are few."""
    for option in (kind, *get_args(kind)):
        if isinstance(option, type) and issubclass(option, Enum):
            return [str(member.value) for member in option]
        if named := [choice for choice in get_args(option) if isinstance(choice, str)]:
            return named
    return []


def _dotted(location: Sequence[int | str]) -> str:
    return ".".join(step for step in location if isinstance(step, str))


def line_of(text: str, location: Sequence[int | str]) -> int | None:
    """Return the 1-based line of a key such as ``("tiers", 2, "price_in")``; its block's line if absent."""
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    if not names:
        return None
    lines = text.splitlines()
    header = ".".join(names[:-1])
    start = _block_start(lines, header, index) if header else 0
    if start is None:
        start = _block_start(lines, ".".join(names), index)
        return line_of(text, location[:-1]) if start is None else start  # perhaps in a table on one line
    key = re.compile(rf"\s*[\"']?{re.escape(names[-1])}[\"']?\s*=")
    for number in range(start, len(lines)):
        if number > start and header and lines[number].lstrip().startswith("["):
            break
        if key.match(lines[number]):
            return number + 1
    return start or _block_start(lines, ".".join(names), index)


def _block_start(lines: list[str], header: str, index: int) -> int | None:
    """Return the 1-based line of the ``index``-th block of that name."""
    wanted = re.compile(rf"\s*\[{{1,2}}\s*{re.escape(header)}\s*\]{{1,2}}")
    found = [number + 1 for number, line in enumerate(lines) if wanted.match(line)]
    return found[index] if index < len(found) else None
