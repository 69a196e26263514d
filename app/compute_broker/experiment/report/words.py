"""Figures as a person reads them, and text from strangers made harmless."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from compute_broker.core.money import english_usd

_NOT_SHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NONE = "–"


def safe(text: object) -> str:
    """Return any text for HTML: escaped, and with characters that would hide or turn it made visible."""
    return escape(shown(str(text)), quote=True)


def shown(text: str) -> str:
    """Return ``text`` with a mark in place of each character that would hide, turn or overwrite it."""
    return _NOT_SHOWN.sub("\ufffd", text)


def money(usd: float | None) -> str:
    """Return dollars."""
    return _NONE if usd is None else english_usd(round(usd * 1e9))


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as per cent, with a true minus."""
    return _NONE if share is None else _signed(f"{share * 100:.{digits}f}") + " %"


def points(difference: float | None) -> str:
    """Return a difference in score as points of a hundred, with its sign."""
    if difference is None:
        return _NONE
    told = f"{difference * 100:+.1f}"
    return "0.0" if float(told) == 0 else _signed(told)


def interval(found: dict[str, Any], *, as_points: bool = False) -> str:
    """Return a 95 % interval in brackets; empty where there is none."""
    if found["low"] is None or found["high"] is None:
        return ""
    if as_points:
        return f"[{points(found['low'])}, {points(found['high'])}]"
    low, high = (_signed(f"{found[end] * 100:.1f}") for end in ("low", "high"))
    return f"[{low}, {high}]"


def counted(count: int, what: str = "prompt") -> str:
    """Return ``1 prompt``, ``2,000 prompts``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def seconds(milliseconds: float | None) -> str:
    """Return a time."""
    return _NONE if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def score(value: float | None) -> str:
    """Return a score from 0 to 1."""
    return _NONE if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def verdict(arm: dict[str, Any], baseline: str) -> tuple[str, str]:
    """Return what the test of non-inferiority found: a word for the page's style, and a sentence."""
    test = arm["non_inferior"]
    margin = f"{test['margin'] * 100:g}"
    if test["holds"] is None:
        return "open", f"too few prompts for a claim ({test['prompts']})"
    bound = points(test["bound"])
    if test["holds"]:
        return "good", f"not worse than {baseline} by {margin} points or more (bound {bound})"
    return "open", f"not shown to be within {margin} points of {baseline} (bound {bound})"


def _signed(text: str) -> str:
    return text.replace("-", "−")
