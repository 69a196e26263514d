"""What is asked of the past, and what comes back. Money in nano-dollars, chances in [0, 1]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from compute_broker.core.decision import CrossCheck, Mode
from compute_broker.ledger.views import Group


@dataclass(frozen=True, slots=True)
class Question:
    """Other rules for the past: a mode, tiers switched off, or everything on one tier; else as it was.

    ``cross_check`` is how tiers would check each other under ``mode``; ``None``: as it was.
    """

    mode: Mode | None = None
    without: frozenset[str] = frozenset()
    all_on: str | None = None
    cross_check: CrossCheck | None = None

    @property
    def asks(self) -> bool:
        """Whether anything would be otherwise."""
        return bool(self.mode or self.without or self.all_on)


class LeftOut(StrEnum):
    """Why a request stays as it was."""

    EXPERIMENT = "of an experiment"
    BY_HAND = "whose tier was chosen by hand"
    UNANSWERED = "without an answer"
    UNKNOWN_COST = "of unknown cost"
    NOT_KEPT = "of which too little was kept"
    NOBODY = "that no tier left could have taken"


@dataclass(frozen=True, slots=True)
class Quality:
    """The mean chance of a good answer; four times in five it is from ``low`` to ``high``."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Change:
    """How sums would differ: nano-dollars, and answers."""

    cost: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """Requests that would have gone from one tier to another, with what that would have changed.

    ``would`` is the same tier where only those that check it would have been others, and empty where they
    would not have been asked: a later answer to a question, with everything on one tier.
    """

    was: str
    would: str
    requests: int
    cost: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer for one period.

    ``spent`` is all that was spent in it, ``would`` the same under the question: what cannot be reckoned
    anew (``left_out``) counts as it was in both. The qualities are those of the ``reckoned`` requests.
    Changes are by local day, by tier, and by each group that requests are summed by; of a single day also by
    hour, named by its first instant in UTC.
    """

    question: Question
    requests: int = 0
    reckoned: int = 0
    rough: int = 0
    """Those among them whose cost is scaled from what was expected: older notes kept no rates."""
    spent: int = 0
    would: int = 0
    quality: Quality | None = None
    would_quality: Quality | None = None
    moves: tuple[Move, ...] = ()
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    by_day: Mapping[date, int] = field(default_factory=dict)
    by_hour: Mapping[datetime, int] = field(default_factory=dict)
    by_tier: Mapping[str, Change] = field(default_factory=dict)
    by_group: Mapping[Group, Mapping[str, Change]] = field(default_factory=dict)

    @property
    def moved(self) -> int:
        """How many requests another tier would have answered."""
        return sum(move.requests for move in self.moves if move.would not in {"", move.was})

    @property
    def checked_otherwise(self) -> int:
        """How many requests the same tier would have answered, with other second opinions."""
        return sum(move.requests for move in self.moves if move.would == move.was)

    @property
    def not_asked(self) -> int:
        """How many requests would not have been: their question had an answer."""
        return sum(move.requests for move in self.moves if not move.would)
