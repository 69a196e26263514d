"""What a plan comes to, given the answers there are: the broker's dispatch, replayed on recorded answers.

:func:`follow` asks for answers; whoever has one returns it, whoever has not raises :class:`NeedsError` with
what is wanted. So running, reporting and replaying share one way through a plan.

As in ``broker/dispatch.py`` and ``broker/checking.py``, with one difference: of two answers that agree the
likelier tier's is taken, where the broker shows whichever spoke first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from compute_broker.core.decision import Decision, PlanKind
from compute_broker.core.quote import Quote
from compute_broker.experiment.run.calls import Call


class Path(StrEnum):
    """The way on which a prompt got its answer."""

    SINGLE = "single"
    AGREED = "agreed"
    SETTLED = "settled"
    UNCHECKED = "unchecked"
    FAILED = "failed"


class Said(Protocol):
    """An answer as far as following a plan needs it."""

    @property
    def usable(self) -> bool:
        """Whether there is something to read."""

    @property
    def complete(self) -> bool:
        """Whether it is whole."""


S = TypeVar("S", bound=Said)

Ask = Callable[[Quote, bool], S]
"""Return a tier's answer, asked with the cross-check's hint or without, or raise :class:`NeedsError`."""

Same = Callable[[S, S], tuple[bool, S | None]]
"""Return whether two answers come to the same, and what a tier said when one had to be asked."""


class NeedsError(Exception):
    """Answers are wanted that are not there yet."""

    def __init__(self, wanted: Iterable[Call]) -> None:
        """``wanted`` are the calls that bring them."""
        super().__init__("answers are wanted")
        self.wanted = list(wanted)


@dataclass(frozen=True)
class Followed(Generic[S]):
    """Where a plan led: the answer that stands (``None``: there is none), whose, and all that was paid.

    The first ``side_by_side`` of ``paid`` ran at the same time.
    """

    answer: S | None
    quote: Quote | None
    path: Path
    paid: tuple[S, ...]
    side_by_side: int = 1


def follow(decision: Decision, ask: Ask[S], same: Same[S]) -> Followed[S]:
    """Return where ``decision`` leads.

    Raises:
        NeedsError: for the next step answers are wanted; call again when they are there.
    """
    plan = decision.plan
    if plan is None:
        return Followed(None, None, Path.FAILED, ())
    if plan.kind is PlanKind.SINGLE or plan.referee is None:
        return _single((*plan.tiers, *decision.fallbacks), ask, ())
    first, second = plan.tiers
    one, other = both(lambda: ask(first, True), lambda: ask(second, True))  # noqa: FBT003 - the hint
    if not one.usable and not other.usable:
        return _single((plan.referee, *decision.fallbacks), ask, (one, other))
    paid: tuple[S, ...] = (one, other)
    if one.complete and other.complete:
        agreed, asked = same(one, other)
        paid = paid if asked is None else (*paid, asked)
        if agreed:
            return Followed(one, first, Path.AGREED, paid, 2)
    settled = ask(plan.referee, True)  # noqa: FBT003 - the hint
    paid = (*paid, settled)
    if settled.usable:
        return Followed(settled, plan.referee, Path.SETTLED, paid, 2)
    lead, whose = (one, first) if one.usable else (other, second)
    return Followed(lead, whose, Path.UNCHECKED, paid, 2)


def both(one: Callable[[], S], other: Callable[[], S]) -> tuple[S, S]:
    """Return what both say; what is wanting of either is asked for at once."""
    try:
        first = one()
    except NeedsError as needs:
        try:
            other()
        except NeedsError as more:
            needs.wanted += more.wanted
        raise
    return first, other()


def _single(quotes: Iterable[Quote], ask: Ask[S], paid: tuple[S, ...]) -> Followed[S]:
    """Ask one tier after the other until one has an answer."""
    side_by_side = len(paid) or 1
    for quote in quotes:
        answer = ask(quote, False)  # noqa: FBT003 - the hint
        paid = (*paid, answer)
        if answer.usable:
            return Followed(answer, quote, Path.SINGLE, paid, side_by_side)
    return Followed(None, None, Path.FAILED, paid, side_by_side)
