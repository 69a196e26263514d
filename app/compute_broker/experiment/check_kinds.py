r"""What an answer is held against: the kinds of check, as they stand in a file of prompts.

A pattern is a phrase, which must occur as whole words whatever its case, or a regular expression between
slashes (``/^\d+$/``), which is searched for with ``IGNORECASE`` and ``MULTILINE``.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

OPTIONS = "ABCDEFGHIJ"
_ONE_OR_MORE = msgspec.Meta(min_length=1)
_COUNT = msgspec.Meta(ge=0)


class Kind(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """A kind of check; ``kind`` in the file says which."""


class Exact(Kind, frozen=True, kw_only=True, tag="exact"):
    """The final answer is one of ``accept``, or else the reference, but for case and articles."""

    accept: list[str] = []


class Choice(Kind, frozen=True, kw_only=True, tag="choice"):
    """The final answer is the letter ``answer``, A to J, or else the reference."""

    answer: Annotated[str, msgspec.Meta(pattern=f"^[{OPTIONS}]?$")] = ""


class Number(Kind, frozen=True, kw_only=True, tag="number"):
    """The final answer is ``value``, or else the reference, off by no more than ``tolerance`` (same unit)."""

    value: float | None = None
    tolerance: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Contains(Kind, frozen=True, kw_only=True, tag="contains"):
    """All patterns of ``all``, at least one of ``any`` and none of ``none`` occur, within the limits.

    ``words`` and ``lines`` are the fewest and the most (both counted in); lines that are empty do not count.
    ``json_keys``: the answer is one JSON object that has these keys, alone or in one fenced block.
    """

    all: list[str] = []
    any: list[str] = []
    none: list[str] = []
    words: tuple[Annotated[int, _COUNT], Annotated[int, _COUNT]] | None = None
    lines: tuple[Annotated[int, _COUNT], Annotated[int, _COUNT]] | None = None
    json_keys: list[str] = []


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call of the function and the JSON value that must come of it; a tuple counts as a list."""

    args: list[Any]
    expected: Any


class Code(Kind, frozen=True, kw_only=True, tag="code"):
    """The answer's code defines ``function`` and passes all ``tests``: statements with asserts, or cases."""

    function: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*$")]
    tests: Annotated[list[str | Case], _ONE_OR_MORE]
    language: Literal["python"] = "python"


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a good answer does, and its weight among the others."""

    point: Annotated[str, _ONE_OR_MORE]
    weight: Annotated[float, msgspec.Meta(gt=0)] = 1.0


class Rubric(Kind, frozen=True, kw_only=True, tag="rubric"):
    """Only a judge can tell, by ``points``, or by a ``rubric`` in words; without either by its own sense."""

    points: list[Point] = []
    rubric: str = ""


Check = Exact | Choice | Number | Contains | Code | Rubric


def parse_check(value: dict[str, Any], reference: str | None = None) -> Check:
    """Return the check that ``value`` describes; an empty one leaves it to a judge.

    ``reference`` is the right answer where the check itself does not say one.

    Raises:
        ValueError: it describes none, or there is nothing to hold an answer against; the text says so.
    """
    if not value:
        return Rubric()
    try:
        found: Check = msgspec.convert(value, Check)
    except msgspec.ValidationError as error:
        raise ValueError(f"its check makes no sense: {error}") from error
    if isinstance(found, (Exact, Choice, Number)):
        return _with_reference(found, (reference or "").strip())
    if isinstance(found, Contains):
        for each in (*found.all, *found.any, *found.none):
            pattern(each)
        if found == Contains():
            raise ValueError("its check asks for nothing")
    return found


def _with_reference(found: Exact | Choice | Number, reference: str) -> Check:
    """Return ``found`` with the reference for the answer that it does not say itself."""
    if isinstance(found, Exact) and not found.accept:
        if not reference:
            raise ValueError("its check is exact, but neither accept nor reference says an answer")
        return Exact(accept=[reference])
    if isinstance(found, Choice) and not found.answer:
        letter = reference.strip("().").upper()
        if len(letter) != 1 or letter not in OPTIONS:
            raise ValueError(f"its check is a choice, but its reference is no letter from A to {OPTIONS[-1]}")
        return Choice(answer=letter)
    if isinstance(found, Number) and found.value is None:
        try:
            return Number(value=float(reference), tolerance=found.tolerance)
        except ValueError:
            raise ValueError("its check is a number, but neither value nor reference is one") from None
    return found


def pattern(text: str) -> re.Pattern[str]:
    """Return the expression that finds a pattern.

    Raises:
        ValueError: it is no regular expression, or empty.
    """
    body = text[1:-1] if len(text) > 1 and text.startswith("/") and text.endswith("/") else None
    if not (text if body is None else body).strip():
        raise ValueError("its check has an empty pattern")
    if body is None:
        words = r"\s+".join(re.escape(word) for word in text.split())
        body = rf"(?<!\w){words}(?!\w)"
    try:
        return re.compile(body, re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        raise ValueError(f"its check has the pattern {text}, which is none: {error}") from error
