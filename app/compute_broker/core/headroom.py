"""What is left of what a provider lets one use: rate limits, credit, the windows of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_NEARLY = 50
"""A limit of which less than a fiftieth is left is as good as used up: the next prompt may not fit."""

_UNTOLD_RESET = timedelta(minutes=1)
"""Limits are per minute where nobody says when they come back (facts, anthropic 5)."""


@dataclass(frozen=True, slots=True)
class RateHeadroom:
    """What a reply's headers say is left of the rate limits; ``None`` where they say nothing.

    ``*_reset`` is when the whole limit is there again (UTC).
    """

    requests_remaining: int | None = None
    tokens_remaining: int | None = None
    requests_limit: int | None = None
    tokens_limit: int | None = None
    requests_reset: datetime | None = None
    tokens_reset: datetime | None = None

    def spent_until(self, seen: datetime) -> datetime | None:
        """Return until when a limit, as it was ``seen``, is as good as used up; ``None`` when none is."""
        ends = [
            reset or seen + _UNTOLD_RESET
            for left, limit, reset in (
                (self.requests_remaining, self.requests_limit, self.requests_reset),
                (self.tokens_remaining, self.tokens_limit, self.tokens_reset),
            )
            if left is not None and (left <= 0 or (limit is not None and left * _NEARLY < limit))
        ]
        return max(ends, default=None)

    def holds_until(self, seen: datetime) -> datetime:
        """Return when these figures, as they were ``seen``, say nothing any more: the limits are back."""
        resets = [reset for reset in (self.requests_reset, self.tokens_reset) if reset is not None]
        return max(resets, default=seen + _UNTOLD_RESET)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a key may still spend, in nano-dollars. ``remaining`` of ``None``: the key has no cap of its own.

    ``resets`` is the provider's word for how often (``daily``), ``resets_at`` the moment where it is told.
    ``free_requests`` is what is left today of the requests to free models.
    """

    remaining: int | None
    limit: int | None = None
    used: int | None = None
    resets: str = ""
    resets_at: datetime | None = None
    free_requests: int | None = None


@dataclass(frozen=True, slots=True)
class PlanWindow:
    """One window of a plan: so much of ``unit`` (``requests``, ``tokens``) may be used until ``resets_at``.

    ``resets_at`` is ``None`` while the window has not begun: it does with the next prompt.
    """

    name: str
    unit: str
    limit: int
    used: int
    resets_at: datetime | None

    @property
    def left(self) -> int:
        """What is left, never below zero."""
        return max(0, self.limit - self.used)

    @property
    def percent_left(self) -> int:
        """What is left in whole percent; 0 only when nothing is."""
        return -(-self.left * 100 // self.limit) if self.limit > 0 else 0


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """How a tier's plan stands. ``stops``: it may not be used beyond the plan, else it is metered then."""

    windows: tuple[PlanWindow, ...]
    stops: bool = False

    @property
    def lasts(self) -> bool:
        """Whether something is left of every window."""
        return all(window.left > 0 for window in self.windows)

    @property
    def tightest(self) -> PlanWindow | None:
        """The window with the least left; of those used up, the one that is back last."""
        return min(self.windows, key=_tightness, default=None)

    @property
    def tokens_left(self) -> int | None:
        """Tokens until the first window is used up; ``None`` when no window counts tokens."""
        return min((window.left for window in self.windows if window.unit == "tokens"), default=None)


def _tightness(window: PlanWindow) -> tuple[int, float]:
    back = window.resets_at.timestamp() if window.resets_at is not None else 0.0
    return (window.percent_left, -back)
