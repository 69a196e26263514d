"""The table behind a report: prompts by arms, whether they were asked now or recorded long ago.

An arm is a tier alone or the broker in one mode. Money is in nano-dollars, ``None`` where nobody knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ScoredBy = Literal["", "program", "model", "person"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one arm did with one prompt.

    ``score`` is in [0, 1]: of a checked answer its own, of a judged one 1 better than the baseline's, 0.5
    equal, 0 worse; ``None`` where nobody could tell. ``cost`` counts everything that was paid, deciding
    included. ``key`` is the same for two arms that gave the very same answer.
    """

    tier: str
    text: str
    cost: int | None
    score: float | None
    key: str
    scored_by: ScoredBy = ""
    model: str = ""
    path: str = "single"
    why: str = ""
    note: str = ""
    reused: bool = False
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: int | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt with its outcome in every arm."""

    id: str
    prompt: str
    category: str
    difficulty: str
    stakes: str
    outcomes: Mapping[str, Outcome]
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """A tier alone or the broker in a mode."""

    id: str
    label: str
    kind: Literal["tier", "mode"]
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class TierFacts:
    """What a tier was and cost: dollars per million tokens as text, and where and when that was read."""

    id: str
    label: str
    model: str
    price_in: str
    price_out: str
    basis: str
    source: str
    as_of: str
    abilities: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two judges on the same pairs: Cohen's kappa, ``None`` where it does not exist."""

    one: str
    other: str
    pairs: int
    same: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Judging:
    """Who judged, how often, at what cost (nano-dollars), and how far they agree.

    ``flipped`` counts pairs on which the order decided, ``invalid`` those on which a judge did not keep to
    the words.
    """

    judges: tuple[str, ...] = ()
    pairs: int = 0
    flipped: int = 0
    invalid: int = 0
    cost: int = 0
    agreements: tuple[Agreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """Everything a report says. ``margin`` is that of non-inferiority, in score.

    ``extra`` goes into the report as it is: a replay's curves.
    """

    title: str
    kind: Literal["run", "replay"]
    version: str
    made: str
    seed: int
    margin: float
    baseline: str
    arms: tuple[Arm, ...]
    rows: tuple[Row, ...]
    tiers: tuple[TierFacts, ...]
    unfinished: int = 0
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    judging: Judging = Judging()
    spent: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
