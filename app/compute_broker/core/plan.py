"""A plan as the person has it: what it allows, per window and per week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Plan:
    """What a tier's plan allows. Limits of ``None`` do not exist; a window begins with its first prompt.

    ``week_day`` (0 is Monday) and ``week_time`` are when a week begins anew, local time.
    """

    window_hours: int
    requests: int | None = None
    tokens: int | None = None
    week_requests: int | None = None
    week_tokens: int | None = None
    week_day: int = 0
    week_time: time = time(0)
    stops: bool = False
