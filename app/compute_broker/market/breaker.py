"""A circuit breaker for one tier: leave a sick server alone for a growing time, then try it once more.

Closed: all is well. Open: left alone until a moment. Half-open: that moment has come, and the next
request is the trial. The wait doubles with each failed trial and is jittered downwards, so that several
programs do not come back in step. A refused key, a refusal or a bad request is not an outage.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from compute_broker.core.errors import Fault, ProviderError

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
LONGEST_RETRY_AFTER = timedelta(days=1)
"""A provider's own word on when to come back is obeyed up to here."""

NO_MONEY_WAIT = timedelta(hours=1)
"""An empty account is not filled by waiting; looked at again when the person asks, or then."""

_JITTER = 0.2
"""The largest share of a wait that chance takes off it: small enough that doubling still grows."""

_HEALED_BY_AN_ANSWER = {Fault.UNREACHABLE, Fault.TIMED_OUT, Fault.CUT_OFF}
"""Faults that a listing disproves. An overloaded server lists its models as well as ever."""


class Circuit(StrEnum):
    """Where the breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """One tier's breaker. It has no clock of its own: every question brings its time."""

    def __init__(self, rng: Callable[[], float] = random.random) -> None:
        """Begin closed. ``rng`` returns numbers in [0, 1]."""
        self._rng = rng
        self._failures = 0
        self._cuts = 0
        self.error: ProviderError | None = None
        self.retry_at: datetime | None = None

    def circuit(self, now: datetime) -> Circuit:
        """Return where the breaker stands at ``now``."""
        if self.retry_at is None:
            return Circuit.CLOSED
        return Circuit.OPEN if now < self.retry_at else Circuit.HALF_OPEN

    def succeed(self) -> None:
        """Close: a request was answered."""
        self._failures = self._cuts = 0
        self.error = self.retry_at = None

    def answered(self) -> None:
        """Note that a listing was answered: it closes what only a dead or silent server had opened."""
        if self.error is not None and self.error.fault in _HEALED_BY_AN_ANSWER:
            self.succeed()

    def fail(self, error: ProviderError, now: datetime) -> None:
        """Open on an outage. Late failures of requests sent before it opened do not lengthen the wait."""
        if error.fault is Fault.NO_MONEY:
            self._open(error, now + NO_MONEY_WAIT)
        elif error.fault.outage and not self._first_cut(error):
            self._fail_by_outage(error, now)

    def _fail_by_outage(self, error: ProviderError, now: datetime) -> None:
        told = _told(error)
        if self.circuit(now) is Circuit.OPEN and self.retry_at is not None:
            self._open(error, max(self.retry_at, now + told))
            return
        self._failures += 1
        self._open(error, now + max(self._wait(), told))

    def _first_cut(self, error: ProviderError) -> bool:
        """Whether one connection broke, as happens to healthy servers; twice running does not."""
        if error.fault is not Fault.CUT_OFF:
            return False
        self._cuts += 1
        return self._cuts == 1 and self.retry_at is None

    def _wait(self) -> timedelta:
        doubled = FIRST_WAIT * (1 << min(self._failures - 1, 20))
        return min(doubled, LONGEST_WAIT) * (1 - _JITTER + _JITTER * self._rng())

    def _open(self, error: ProviderError, until: datetime) -> None:
        self.error, self.retry_at = error, until


def _told(error: ProviderError) -> timedelta:
    """Return how long the provider asked to be left alone."""
    if error.retry_after is None or not error.retry_after > 0:
        return timedelta(0)
    return timedelta(seconds=min(error.retry_after, LONGEST_RETRY_AFTER.total_seconds()))
