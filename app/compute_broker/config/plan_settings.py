"""A tier that is paid by plan: what the plan allows in a window and in a week, and what holds beyond it."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal

from msgspec import Meta

from compute_broker.config.section import Section
from compute_broker.core.texts import tr

MOST_COVERED = 1_000_000_000_000
MOST_HOURS = 744
"""A month of 31 days."""
Count = Annotated[int, Meta(ge=1, le=MOST_COVERED)]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RESETS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)(?:\s+(\d\d?:\d\d))?", re.IGNORECASE)


class PlanSettings(Section, frozen=True, kw_only=True):
    """``plan = {...}`` of a tier, for a plan whose API one may use: no other program's log-in is ever used.

    A window of ``window_hours`` begins with its first prompt and allows so many ``requests``, so many
    ``tokens`` (in and out), or both. A week allows ``week_requests``, ``week_tokens``; it begins anew at
    ``week_resets``, local time. ``then`` is what holds beyond: ``metered`` (its price) or ``stop``.
    """

    window_hours: Annotated[int, Meta(ge=1, le=MOST_HOURS)] = 5
    requests: Count | None = None
    tokens: Count | None = None
    week_requests: Count | None = None
    week_tokens: Count | None = None
    week_resets: str = "mon 00:00"
    then: Literal["metered", "stop"] = "metered"

    def __post_init__(self) -> None:
        """Refuse a plan that allows nothing in particular, and a week that begins at no time."""
        given = (self.requests, self.tokens, self.week_requests, self.week_tokens)
        if all(each is None for each in given):
            raise ValueError(tr("plan: say what it allows: requests or tokens, week_requests or week_tokens"))
        self.week_start  # noqa: B018 - it raises

    @property
    def week_start(self) -> tuple[int, time]:
        """The day (0 is Monday) and the local time at which the week begins anew."""
        found = _RESETS.fullmatch(self.week_resets.strip())
        at = _clock_time((found[2] or "00:00").zfill(5)) if found is not None else None
        if found is None or at is None:
            raise ValueError(
                tr(
                    'plan.week_resets: {week_resets} is no moment of a week; write "mon 09:00"',
                    week_resets=f"{self.week_resets!r}",
                )
            )
        return _DAYS.index(found[1].lower()), at


def _clock_time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
