"""How a task is to be done, and the reason for and against every tier."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from compute_broker.core.quote import Quote
from compute_broker.core.task import Task


class PlanKind(StrEnum):
    """One tier answers, or two cheap ones do and a better one settles a disagreement."""

    SINGLE = "single"
    CROSS_CHECK = "cross-check"


class Verdict(StrEnum):
    """What became of a tier in a decision. Every considered tier has exactly one."""

    CHOSEN = "chosen"
    PAIRED = "paired"
    FALLBACK = "fallback"
    DEARER = "dearer"
    BELOW_FLOOR = "below_floor"
    OFF = "off"
    UNAVAILABLE = "unavailable"
    UNPRICED = "unpriced"
    DOES_NOT_FIT = "does_not_fit"
    NOT_PRIVATE = "not_private"
    OVER_BUDGET = "over_budget"


@dataclass(frozen=True, slots=True)
class Mode:
    """A quality floor: how close to the best tier's chance of success a choice must stay, in (0, 1]."""

    name: str
    floor: float

    def __post_init__(self) -> None:
        """Refuse floors that mean nothing."""
        if not 0.0 < self.floor <= 1.0:
            msg = f"a quality floor lies above 0 and at most 1, not {self.floor}"
            raise ValueError(msg)


MODES = {
    "thrifty": Mode("thrifty", 0.90),
    "balanced": Mode("balanced", 0.97),
    "best": Mode("best", 1.00),
}


def parse_mode(text: str) -> Mode:
    """Return a named mode, or one made of a number such as ``0.95``.

    Raises:
        ValueError: neither; the text says what would do.
    """
    if text in MODES:
        return MODES[text]
    try:
        return Mode(text, float(text))
    except ValueError:
        msg = f"{text!r} is no mode: use thrifty, balanced, best, or a number above 0 and up to 1"
        raise ValueError(msg) from None


@dataclass(frozen=True, slots=True)
class Considered:
    """One tier as the policy saw it. Money in nano-dollars, ``None`` where unknown.

    ``expected_cost`` counts the redo of failures at the best tier; ``direct_cost`` does not.
    """

    quote: Quote
    verdict: Verdict
    reason: str
    p_success: float | None = None
    expected_cost: int | None = None
    direct_cost: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The tiers to run. ``cross-check``: the first two answer, ``referee`` settles a disagreement."""

    kind: PlanKind
    tiers: tuple[Quote, ...]
    referee: Quote | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen plan with everything that was weighed.

    ``plan`` is ``None`` when no tier can take the task; ``reason`` then says what to do about it.
    ``fallbacks`` are in the order in which to try them before the first word.
    """

    task: Task
    mode: Mode
    plan: Plan | None
    fallbacks: tuple[Quote, ...]
    considered: tuple[Considered, ...]
    reason: str
    expected_cost: int | None
    baseline: Quote | None
    baseline_cost: int | None

    @property
    def quote(self) -> Quote | None:
        """The tier that answers first, if any."""
        return self.plan.tiers[0] if self.plan else None
