"""How a task is to be done, and the reason for and against every tier."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from compute_broker.core.quote import Quote
from compute_broker.core.task import Task
from compute_broker.core.texts import tr


class PlanKind(StrEnum):
    """One tier answers, or two cheap ones do and a better one settles a disagreement."""

    SINGLE = "single"
    CROSS_CHECK = "cross-check"


class CrossCheck(StrEnum):
    """When two tiers should check each other: never, when it pays, or wherever answers can be compared."""

    OFF = "off"
    AUTO = "auto"
    ALWAYS = "always"


class Verdict(StrEnum):
    """What became of a tier in a decision. Every considered tier has exactly one.

    Of a cross-check the first tier is ``chosen``, the second ``paired``, and the one that would settle a
    disagreement ``referee``.
    """

    CHOSEN = "chosen"
    PAIRED = "paired"
    REFEREE = "referee"
    DEARER = "dearer"
    BELOW_FLOOR = "below_floor"
    OFF = "off"
    UNAVAILABLE = "unavailable"
    UNPRICED = "unpriced"
    DOES_NOT_FIT = "does_not_fit"
    NOT_PRIVATE = "not_private"
    OVER_BUDGET = "over_budget"
    TOO_SLOW = "too_slow"
    BY_RULE = "by_rule"


@dataclass(frozen=True, slots=True)
class Mode:
    """A quality floor: how close to the best tier's chance of success a choice must stay, in (0, 1]."""

    name: str
    floor: float

    def __post_init__(self) -> None:
        """Refuse floors that mean nothing."""
        if not 0.0 < self.floor <= 1.0:
            msg = tr("a quality floor lies above 0 and at most 1, not {floor}", floor=self.floor)
            raise ValueError(msg)

    @property
    def kin(self) -> str:
        """The named mode whose settings this one shares: the strictest that asks for no more than it does."""
        if self.floor >= MODES["best"].floor:
            return "best"
        return "balanced" if self.floor >= MODES["balanced"].floor else "thrifty"


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
        msg = tr(
            "{text} is no mode: use thrifty, balanced, best, or a number above 0 and up to 1",
            text=f"{text!r}",
        )
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
    """The tiers to run. ``cross-check``: the first two answer, ``referee`` settles a disagreement.

    Of a cross-check: ``agree`` is the expected chance in [0, 1] that the two agree, ``quality`` that the
    outcome is right, ``expected_cost`` the mean cost in nano-dollars, the referee's share included.
    """

    kind: PlanKind
    tiers: tuple[Quote, ...]
    referee: Quote | None = None
    agree: float | None = None
    quality: float | None = None
    expected_cost: int | None = None


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
