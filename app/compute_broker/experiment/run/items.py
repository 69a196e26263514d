"""Prompts of an experiment, read from JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

from compute_broker.core.errors import PersonError
from compute_broker.experiment.run.setup import Item


def read_items(path: Path) -> list[Item]:
    """Return the prompts in a file of JSON objects, one a line; only ``prompt`` must be there.

    Raises:
        PersonError: the file cannot be read, or a line makes no sense.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PersonError(f"{path} cannot be read as text: {error}") from error
    return [_item(line, number, path) for number, line in enumerate(lines, 1) if line.strip()]


def _item(line: str, number: int, path: Path) -> Item:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise PersonError(f"line {number} of {path} is no JSON ({error}); one object a line") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("prompt"), str) or not entry["prompt"].strip():
        raise PersonError(f'line {number} of {path} needs a text "prompt": {{"id": 1, "prompt": "..."}}')
    check = entry.get("check") or {"kind": "rubric"}
    if not isinstance(check, dict) or not isinstance(check.get("kind"), str):
        raise PersonError(f'line {number} of {path} has a check without a kind: {{"kind": "exact"}}')
    reference = entry.get("reference")
    return Item(
        id=str(entry.get("id", number)),
        category=str(entry.get("category") or ""),
        difficulty=str(entry.get("difficulty") or ""),
        stakes=str(entry.get("stakes") or ""),
        prompt=entry["prompt"],
        reference=None if reference is None else str(reference),
        check=check,
    )
