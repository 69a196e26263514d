"""What is wrong with a settings file, in one sentence with its line and the remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from compute_broker.config.schema import Budgets, BudgetSettings, Desktop, Electricity, Settings, TierSettings

if TYPE_CHECKING:
    from pydantic import ValidationError

_SECTIONS = {
    "budget": Budgets,
    "electricity": Electricity,
    "desktop": Desktop,
    "tiers": TierSettings,
    "daily": BudgetSettings,
    "weekly": BudgetSettings,
    "monthly": BudgetSettings,
}


def describe(error: ValidationError, text: str) -> str:
    """Return the first problem as ``line N: what is wrong; what to do``, and how many more there are."""
    first, *others = error.errors(include_url=False)
    location = first["loc"]
    line = line_of(text, location)
    name = ".".join(str(part) for part in location if not isinstance(part, int))
    what = _remedy(first["type"], name, location, str(first["msg"]), first.get("input"))
    more = f" ({len(others)} more after it)" if others else ""
    return f"line {line}: {what}{more}" if line else f"{what}{more}"


def _remedy(kind: str, name: str, location: Sequence[int | str], message: str, given: object) -> str:
    if kind == "extra_forbidden":
        guess = difflib.get_close_matches(str(location[-1]), _names_beside(location), n=1)
        hint = f"did you mean {guess[0]!r}?" if guess else "take it out"
        return f"there is no setting {name!r}; {hint}"
    if kind == "missing":
        return f"{name!r} is missing; add it"
    message = message.removeprefix("Value error, ").replace("Input should", "it should")
    if name and isinstance(given, str | int | float | bool):
        return f"{name} is {given!r}; {message}"
    return f"{name}: {message}" if name else message


def _names_beside(location: Sequence[int | str]) -> list[str]:
    section: type = Settings
    for part in location[:-1]:
        if isinstance(part, str) and part in _SECTIONS:
            section = _SECTIONS[part]
    return list(section.model_fields)  # type: ignore[attr-defined] # every section is a pydantic model


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
        return None if start is None else start
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
