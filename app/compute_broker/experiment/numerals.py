"""Numbers as people and models write them: commas, points, spaces and apostrophes."""

from __future__ import annotations

import re

from compute_broker.broker.sameness import final_answer

_SPACES = "  \u2009"
_NUMERAL = re.compile(
    rf"(?<![\w.,])(?P<sign>[-+−]\s?)?[$€£¥]?\s?"
    rf"(?P<body>\d{{1,3}}(?:[{_SPACES}'’]\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*|[.,]\d+)"
    rf"(?:\s*/\s*(?P<under>\d+)(?![\d/]))?(?P<power>\s*[×x·]\s*10\^?\{{?(?P<exponent>[-−]?\d{{1,2}})|[eE][-+]?\d{{1,2}})?"
)
_BOLD = re.compile(r"\*\*([^*\n]*[^*\n:])\*\*(?!\s*:)")
_EQUALS = re.compile(r"[=≈]")
_LATEX = re.compile(r"\\[,;! ]|\{,\}|(?<=\d)\\text\{[^}]*\}|\$(?=\d)|(?<=\d)\$")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")


def readings(text: str) -> list[list[float]]:
    """Return each number in ``text``, in order, with all its readings.

    ``1,234`` is 1234, or 1.234 in German; ``1/4`` is 0.25.
    """
    flat = _LATEX.sub("", _FRACTION.sub(r"\1/\2", text.replace("\u00a0", " ").replace("\u202f", " ")))
    return [_values(found) for found in _NUMERAL.finditer(flat)]


def last_readings(answer: str) -> list[float]:
    """Return the readings of the number that an answer comes to; empty where there is none.

    It is the one marked as the final answer (after an equals sign, else the first), or else the last one in
    the last bold words with a number that are no heading, or else the last of all.
    """
    marked = final_answer(answer)
    if marked is not None and marked != answer.strip():
        settled = readings(_EQUALS.split(marked)[-1]) or readings(marked)
        if settled:
            return settled[0]
    for place in (*reversed(_BOLD.findall(answer)), answer):
        if found := readings(place):
            return found[-1]
    return []


def _values(found: re.Match[str]) -> list[float]:
    body = re.sub(rf"[{_SPACES}'’]", "", found["body"])
    sign = -1.0 if (found["sign"] or "").strip() in {"-", "−"} else 1.0
    under = float(found["under"] or 1)
    power = found["power"] or ""
    scale = 10.0 ** int((found["exponent"] or power.lstrip("eE") or "0").replace("−", "-"))
    return [sign * value / under * scale for value in _plain(body)] if under else []


def _plain(body: str) -> list[float]:
    """Return the readings of digits with commas and points among them."""
    marks = [mark for mark in body if mark in ",."]
    if not marks:
        return [float(body)]
    if len(set(marks)) == 2:  # noqa: PLR2004 - both: the last one is the decimal mark
        thousands = marks[0]
        return [float(body.replace(thousands, "").replace(",", "."))]
    whole, _, rest = body.partition(marks[0])
    grouped = 1 <= len(whole) <= 3 and all(len(part) == 3 for part in rest.split(marks[0]))  # noqa: PLR2004
    if len(marks) > 1:
        return [float(body.replace(marks[0], ""))] if grouped else []
    decimal = float(body.replace(",", "."))
    return [decimal, float(whole + rest)] if grouped and whole != "0" else [decimal]
