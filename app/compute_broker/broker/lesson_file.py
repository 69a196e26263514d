"""What was learned, as a file: to keep, to move to another machine, to share.

    {"format": "compute-broker lessons", "version": 1, "lessons": [{"origin": "01a2...", "tier": "kimi",
     "model": "moonshotai/kimi-k2.6", "category": "writing", "difficulty": -0.4, "good": true, "weight": 1.0,
     "day": "2026-11-24", "effort": "default"}]}

No prompt and no answer is in it. ``origin`` names the request, so that no lesson is ever counted twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from compute_broker.core.errors import PersonError
from compute_broker.core.task import Category
from compute_broker.core.texts import counted, tr
from compute_broker.core.tier import Effort
from compute_broker.ledger.views import Lesson

FORMAT = "compute-broker lessons"
VERSION = 1
_Name = Annotated[str, Meta(min_length=1, max_length=200)]


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    origin: _Name
    tier: _Name
    model: _Name
    category: Category
    difficulty: Annotated[float, Meta(ge=-20, le=20)]
    good: bool
    weight: Annotated[float, Meta(gt=0, le=1)]
    day: date
    effort: Effort = Effort.DEFAULT


class _File(msgspec.Struct):
    format: str
    version: int
    lessons: Annotated[list[_Line], Meta(max_length=100_000)]


def told(lessons: int) -> str:
    """Return ``1 lesson``, ``2 lessons``."""
    return counted("{count} lesson", "{count} lessons", lessons)


def lessons_text(lessons: Iterable[Lesson]) -> str:
    """Return ``lessons`` as the text of such a file."""
    rows = [asdict(lesson) for lesson in lessons]
    whole = {"format": FORMAT, "version": VERSION, "lessons": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def write_lessons(path: Path, lessons: Sequence[Lesson]) -> int:
    """Write ``lessons`` to ``path`` and return how many there were.

    Raises:
        PersonError: the file cannot be written.
    """
    try:
        path.write_text(lessons_text(lessons), encoding="utf-8")
    except OSError as error:
        raise PersonError(
            tr(
                "{path} cannot be written: {strerror}. Choose another place.",
                path=path,
                strerror=error.strerror,
            )
        ) from error
    return len(lessons)


def read_lessons(path: Path) -> list[Lesson]:
    """Return the lessons in a file.

    Raises:
        PersonError: it cannot be read, is something else, or was written by a newer version.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise PersonError(
            tr("{path} cannot be read ({strerror}).", path=path, strerror=error.strerror)
        ) from error
    except msgspec.MsgspecError as error:
        raise PersonError(
            tr(
                "{path} holds no lessons ({error}). Choose a file that was exported here.",
                path=path,
                error=error,
            )
        ) from error
    if found.format != FORMAT or found.version > VERSION:
        raise PersonError(
            tr("{path} was written by another program or a newer version; nothing was imported.", path=path)
        )
    return [
        Lesson(
            each.origin,
            each.tier,
            each.model,
            each.category.value,
            each.difficulty,
            each.good,
            each.weight,
            each.day.isoformat(),
            each.effort.value,
        )
        for each in found.lessons
    ]
