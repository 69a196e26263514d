"""Do two answers say the same? Exact where they end in a number, a choice or a few words; else unclear.

The final answer is looked for where models put it: after "Answer:" (what :data:`HINT` asks for), in a LaTeX
box, in a JSON object, or in an answer that is a few words altogether.
"""

from __future__ import annotations

import json
import re
import unicodedata
from enum import Enum
from fractions import Fraction

HINT = "End with one last line that begins with 'Answer:' and holds the final result and nothing else."
"""Sent along when two answers will be compared, so that the result can be found in each."""

FEW_WORDS = 12
_MARKED = re.compile(
    r"(?:^|\n)[\s>*_#-]*(?:the\s+)?(?:final\s+)?answer\W{0,4}\s*(?:is\s*)?[:=][\s*_]*(?P<rest>[^\n]*)",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_DRESS = re.compile(r"[*_`$]|\\[()\[\],!;]|\\(?:text|mathrm|mathbf|left|right|displaystyle)\b")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?|[-+]?\.\d+")
_RATIO = re.compile(r"([-+]?\d+)\s*/\s*(\d+)")
_CHOICE = re.compile(r"\(?([A-Ja-j])\)?(?:[.:)]\s*.*)?")
_FEW_UNITS = 3
_MOST_DIGITS = 60


class Sameness(Enum):
    """What a comparison of two answers found."""

    SAME = "same"
    DIFFERENT = "different"
    UNCLEAR = "unclear"


def compare(one: str, other: str) -> Sameness:
    """Return whether two answers come to the same result, as far as that can be told without a model."""
    first, second = final_answer(one), final_answer(other)
    if first is None or second is None:
        return Sameness.UNCLEAR
    if _plain(first) == _plain(second):
        return Sameness.SAME
    for kind in (_number, _choice):
        ours, theirs = kind(first), kind(second)
        if ours is not None and theirs is not None:
            return Sameness.SAME if ours == theirs else Sameness.DIFFERENT
    return Sameness.UNCLEAR


def final_answer(text: str) -> str | None:
    """Return the final result that ``text`` comes to; ``None`` where it does not say one in few words."""
    marked = list(_MARKED.finditer(text))
    boxed = _BOXED.findall(text)
    if marked and marked[-1]["rest"].strip():
        found = _BOXED.findall(marked[-1]["rest"])
        return str(found[-1]) if found else marked[-1]["rest"].strip()
    if boxed:
        return str(boxed[-1])
    stated = _in_json(text)
    if stated is not None:
        return stated
    return text.strip() if 0 < len(text.split()) <= FEW_WORDS else None


def _in_json(text: str) -> str | None:
    inner = re.sub(r"^\s*```(?:json)?\s*|\s*```\s*$", "", text)
    try:
        value = json.loads(inner)
    except ValueError:
        return None
    if isinstance(value, dict) and "answer" in value:
        value = value["answer"]
    return json.dumps(value, sort_keys=True, ensure_ascii=False) if not isinstance(value, str) else value


def _plain(text: str) -> str:
    """Return ``text`` without what does not change its meaning: dress, case, articles, final stops."""
    flat = unicodedata.normalize("NFKC", _FRACTION.sub(r"\1/\2", text)).casefold()
    flat = re.sub(r"[{}\"'“”‘’]", "", _DRESS.sub("", flat))
    flat = re.sub(r"\b(?:the|a|an)\b", " ", flat)
    return " ".join(flat.split()).strip(" .!,;:")


def _number(text: str) -> Fraction | None:
    """Return the only number in ``text``, whose other words are at most a unit; ``None`` otherwise."""
    flat = _plain(text)
    ratio = _RATIO.search(flat)
    rest = _RATIO.sub(" ", flat, count=1) if ratio else flat
    numbers = _NUMBER.findall(rest)
    words = re.findall(r"[^\W\d_]+", rest)
    if len(words) > _FEW_UNITS or len(numbers) != (0 if ratio else 1):
        return None
    if ratio:
        value = Fraction(int(ratio[1]), int(ratio[2])) if int(ratio[2]) else None
    else:
        digits = numbers[0].replace(",", "")
        value = Fraction(digits) if len(digits) <= _MOST_DIGITS else None
    return value


def _choice(text: str) -> str | None:
    """Return the letter of a choice such as ``(B)`` or ``b. Paris``; ``None`` where it is none."""
    found = _CHOICE.fullmatch(text.strip().strip("*_`$ ").rstrip("."))
    return found[1].upper() if found else None
