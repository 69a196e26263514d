"""Sets of prompts: our own, MT-Bench, Arena-Hard, or any JSON lines with a mapping of names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from compute_broker.core.errors import PersonError
from compute_broker.experiment.check_kinds import parse_check
from compute_broker.resources_path import resource

_IDS = ("id", "uid", "question_id")
_MOST_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class PromptItem:
    """A prompt of an experiment, with what its answer is held against. ``id`` is unique in its set.

    ``category``, ``difficulty`` and ``stakes`` are the set's own labels, empty where it has none. ``check``
    is as in the file; see :mod:`compute_broker.experiment.check_kinds`. Empty: only a judge can tell.
    """

    id: str
    prompt: str
    category: str = ""
    difficulty: str = ""
    stakes: str = ""
    reference: str | None = None
    check: dict[str, Any] = field(default_factory=dict)
    private: bool = False


NAMES = tuple(each.name for each in fields(PromptItem))


def own_set() -> Path:
    """Return the file with this project's own 100 prompts."""
    return resource("experiment", "prompts.jsonl")


def parse_mapping(pairs: Mapping[str, str] | list[str] | tuple[str, ...]) -> dict[str, str]:
    """Return a mapping from our names to the file's, from ``prompt=question`` and the like.

    Raises:
        PersonError: one is no pair, or its first half is none of our names.
    """
    given = list(pairs.items()) if isinstance(pairs, Mapping) else [_pair(text) for text in pairs]
    for name, _ in given:
        if name not in NAMES:
            raise PersonError(f"there is no field {name!r} to map to; the fields are: {', '.join(NAMES)}")
    return dict(given)


def _pair(text: str) -> tuple[str, str]:
    name, equals, other = (part.strip() for part in text.partition("="))
    if not (name and equals and other):
        raise PersonError(f"{text!r} maps nothing; write it like prompt=question")
    return name, other


def read_prompts(path: Path, mapping: Mapping[str, str] | None = None) -> list[PromptItem]:
    """Return the prompts in ``path``, one JSON object a line, in its order.

    Each line is our own format (``prompt``), MT-Bench's or Arena-Hard's (``turns``, of which the first is
    taken), or whatever ``mapping`` says, from our names to the file's. A line without an id gets its number.

    Raises:
        PersonError: the file cannot be read, holds no prompt, or lines are bad; the text names each of them.
    """
    renamed = parse_mapping(mapping or {})
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PersonError(f"{path} cannot be read: {error}") from error
    items: list[PromptItem] = []
    bad: list[str] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            item = _item(line, number, renamed)
        except ValueError as error:
            bad.append(f"line {number} of {path.name}: {error}")
            continue
        if item.id in lines:
            bad.append(f"line {number} of {path.name}: it has the id {item.id!r} of line {lines[item.id]}")
            continue
        lines[item.id] = number
        items.append(item)
    if bad:
        rest = [f"and {len(bad) - _MOST_TOLD} more bad lines"] if len(bad) > _MOST_TOLD else []
        raise PersonError("\n".join(bad[:_MOST_TOLD] + rest))
    if not items:
        raise PersonError(f"{path} holds no prompt; write one JSON object with a prompt on each line")
    return items


def _item(line: str, number: int, mapping: Mapping[str, str]) -> PromptItem:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON ({error})") from error
    if not isinstance(raw, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - all that is wrong with a line is one kind
    known = _named(raw, mapping)
    check = known.get("check") or {}
    if not isinstance(check, dict):
        raise ValueError("its check is no object")  # noqa: TRY004 - likewise
    private = known.get("private", False)
    if not isinstance(private, bool):
        raise ValueError("its private is neither true nor false")  # noqa: TRY004 - likewise
    reference = _reference(known.get("reference"))
    parse_check(check, reference)
    return PromptItem(
        id=_word(known, "id") or f"line-{number}",
        prompt=_prompt(known, mapping),
        category=_word(known, "category"),
        difficulty=_word(known, "difficulty"),
        stakes=_word(known, "stakes"),
        reference=reference,
        check=check,
        private=private,
    )


def _named(raw: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields under our names."""
    known = {name: raw[name] for name in NAMES if name in raw}
    for name in _IDS:
        if "id" not in known and name in raw:
            known["id"] = raw[name]
    if "prompt" not in known and isinstance(raw.get("turns"), list) and raw["turns"]:
        first = raw["turns"][0]
        known["prompt"] = first.get("content") if isinstance(first, dict) else first
    for name, other in mapping.items():
        if other not in raw:
            raise ValueError(f"it has no {other!r}, which was to be its {name}")
        known[name] = raw[other]
    return known


def _prompt(known: dict[str, Any], mapping: Mapping[str, str]) -> str:
    prompt = known.get("prompt")
    if isinstance(prompt, str) and prompt.strip():
        return prompt
    told = "" if "prompt" in mapping else "; say which field is the prompt, like --map prompt=question"
    raise ValueError(f"it has no prompt{told}")


def _word(known: dict[str, Any], name: str) -> str:
    value = known.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f"its {name} is neither text nor a whole number")  # noqa: TRY004 - one kind
    return str(value).strip()


def _reference(value: object) -> str | None:
    """Return the reference as text; MT-Bench has one for each turn."""
    first = value[0] if isinstance(value, list) and value else value
    if first is None or first == []:
        return None
    return first if isinstance(first, str) else json.dumps(first, ensure_ascii=False)
