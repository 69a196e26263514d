"""Scores by program: whether an answer is right, where that can be told without a model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from compute_broker.broker.sameness import Sameness, compare, final_answer
from compute_broker.experiment.check_kinds import (
    OPTIONS,
    Choice,
    Code,
    Contains,
    Exact,
    Number,
    Rubric,
    parse_check,
    pattern,
)
from compute_broker.experiment.code_answers import run_code
from compute_broker.experiment.numerals import last_readings
from compute_broker.experiment.prompts import PromptItem

_ROUNDING = 1e-9
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_SAID = re.compile(
    rf"\b(?:answer|option|choice|antwort|respuesta|réponse)\b(?:\s+(?:is|ist|es|est))?\s*[:=]?\s*[*_(]*"
    rf"([{OPTIONS}])(?![\w'’])",
    re.IGNORECASE,
)
_LETTER = re.compile(rf"[*_(\s]*([{OPTIONS}])\b(?:[.:)*_]|\s*$)")


def check(item: PromptItem, answer: str, *, allow_code: bool = False) -> float | None:
    """Return how right ``answer`` is, in [0, 1]; ``None`` where only a judge can tell.

    Code in an answer is run, in a child that can do little (see :mod:`compute_broker.experiment.sandbox`),
    only if ``allow_code`` says so, for which the person is to be asked; without it the score is ``None``. An
    empty answer scores 0 wherever a program can tell at all.

    Raises:
        ValueError: the item's check makes no sense, which `read_prompts` does not let happen.
        EnvironmentFaultError: this machine cannot run code safely.
    """
    kind = parse_check(item.check, item.reference)
    if isinstance(kind, Code):
        return float(run_code(kind, answer)) if allow_code else None
    if isinstance(kind, Exact):
        return float(_exact(kind, answer))
    if isinstance(kind, Choice):
        return float(chosen(answer) == kind.answer)
    if isinstance(kind, Number):
        return float(_number(kind, answer))
    if isinstance(kind, Contains):
        return float(bool(answer.strip()) and not missing(kind, answer))
    return None


def needs_judge(item: PromptItem, *, allow_code: bool) -> bool:
    """Return whether no program can tell of answers to ``item``."""
    kind = parse_check(item.check, item.reference)
    return isinstance(kind, Rubric) or (isinstance(kind, Code) and not allow_code)


def runs_code(item: PromptItem) -> bool:
    """Return whether checking an answer to ``item`` means to run code from it."""
    return isinstance(parse_check(item.check, item.reference), Code)


def _exact(kind: Exact, answer: str) -> bool:
    return any(
        compare(f"Answer: {said}", f"Answer: {accepted}") is Sameness.SAME
        for said in _final(answer)
        for accepted in kind.accept
    )


def _final(answer: str) -> Iterator[str]:
    """Yield what may be the final answer: as marked, or else the whole, the last line, or its bold words."""
    marked = final_answer(answer)
    if marked is not None:
        yield marked
    lines = [line.strip() for line in answer.split("\n") if line.strip(" \t\r`")]
    if not lines or (marked is not None and marked != answer.strip()):
        return
    yield lines[-1]
    yield " ".join(lines)
    yield from _BOLD.findall(lines[-1])[-1:]


def chosen(answer: str) -> str | None:
    """Return the letter that an answer to a choice settles on, as a capital; ``None`` where it names none."""
    for said in _final(answer):
        if found := _LETTER.match(said):
            return found[1]
    if letters := _SAID.findall(answer):
        return str(letters[-1]).upper()
    bold = [found[1] for said in _BOLD.findall(answer) if (found := _LETTER.match(said))]
    return bold[-1] if bold else None


def _number(kind: Number, answer: str) -> bool:
    value = kind.value or 0.0
    off = [abs(reading - value) for reading in last_readings(answer)]
    return bool(off) and min(off) <= kind.tolerance + _ROUNDING


def missing(kind: Contains, answer: str) -> list[str]:
    """Return what an answer lacks of ``kind``, in words; nothing when it has all."""
    lacks = [f"has no {each}" for each in kind.all if not pattern(each).search(answer)]
    if kind.any and not any(pattern(each).search(answer) for each in kind.any):
        lacks.append(f"has none of {', '.join(kind.any)}")
    lacks += [f"has {each}" for each in kind.none if pattern(each).search(answer)]
    lines = [line for line in answer.split("\n") if line.strip()]
    counts = {"words": len(answer.split()), "lines": len(lines)}
    for name, limits in (("words", kind.words), ("lines", kind.lines)):
        if limits is not None and not limits[0] <= counts[name] <= limits[1]:
            lacks.append(f"has {counts[name]} {name}, not {limits[0]} to {limits[1]}")
    if kind.json_keys:
        value = _json(answer)
        if value is None:
            lacks.append("is no JSON object")
        else:
            lacks += [f"has no key {key}" for key in kind.json_keys if key not in value]
    return lacks


def _json(answer: str) -> dict[str, Any] | None:
    """Return the object that an answer is, alone or in its only fenced block."""
    blocks = _FENCED.findall(answer)
    try:
        value = json.loads(blocks[0] if len(blocks) == 1 else answer)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
