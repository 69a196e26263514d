"""What a reply's headers say of the rate limits: how much is left, of how much, and when it is back.

Anthropic names the moment (RFC 3339), OpenAI and those who speak like it a span (``1m12.5s``, ``250ms``),
OpenRouter a Unix time in milliseconds (facts: anthropic 5, openrouter).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from compute_broker.core.headroom import RateHeadroom

ANTHROPIC = "anthropic-ratelimit-{what}-{figure}"
OPENAI = "x-ratelimit-{figure}-{what}"

_MAX_DIGITS = 15
_LONGEST = timedelta(days=31)
"""A limit that comes back later than this is a misreading."""

_SPAN = re.compile(r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,7}(?:\.\d{1,9})?)s)?")
_MILLISECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)ms")
_FIRST_UNIX_TIME = 1_000_000_000


def headroom(headers: Mapping[str, str], names: str, now: datetime | None = None) -> list[RateHeadroom]:
    """Return what is left by the headers that ``names`` makes of a figure and of what it counts.

    Nothing when no header says how much is left.
    """
    now = now or datetime.now(UTC)

    def read(figure: str, what: str) -> str:
        return headers.get(names.format(figure=figure, what=what), "")

    found = RateHeadroom(
        requests_remaining=_count(read("remaining", "requests")),
        tokens_remaining=_count(read("remaining", "tokens")),
        requests_limit=_count(read("limit", "requests")),
        tokens_limit=_count(read("limit", "tokens")),
        requests_reset=reset_time(read("reset", "requests"), now),
        tokens_reset=reset_time(read("reset", "tokens"), now),
    )
    nothing = found.requests_remaining is None and found.tokens_remaining is None
    return [] if nothing else [found]


def reset_time(text: str, now: datetime) -> datetime | None:
    """Return the moment that a reset header means, ``None`` when it makes no sense."""
    moment = _moment(text.strip(), now)
    return moment if moment is not None and moment - now <= _LONGEST else None


def _moment(text: str, now: datetime) -> datetime | None:
    if not text.isascii() or not text:
        return None
    milliseconds = _MILLISECONDS.fullmatch(text)
    if milliseconds:
        return now + timedelta(milliseconds=float(milliseconds[1]))
    span = _SPAN.fullmatch(text)
    if span:
        days, hours, minutes, seconds = (float(part or 0) for part in span.groups())
        return now + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if text.isdigit() and len(text) <= _MAX_DIGITS:
        return _unix(int(text), now)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _unix(figure: int, now: datetime) -> datetime:
    """Return the moment of a Unix time in milliseconds or seconds; a small number is a span in seconds."""
    if figure < _FIRST_UNIX_TIME:
        return now + timedelta(seconds=figure)
    seconds = figure / 1000 if figure >= _FIRST_UNIX_TIME * 1000 else figure
    return datetime.fromtimestamp(min(seconds, now.timestamp() + 10**8), UTC)


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None
