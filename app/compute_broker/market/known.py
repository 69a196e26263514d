"""What the market knows of one tier beside its settings, and what follows for its state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.quote import Availability, State
from compute_broker.market.breaker import Breaker, Circuit
from compute_broker.market.pace import LATELY

_SPEED_MEMORY = 0.7
"""How much of the known speed stays when a new one is seen: an exponential mean."""


@dataclass(slots=True)
class Known:
    """One tier's last look, its breaker, its speed, and when to look next.

    ``speed`` is in tokens per second, ``first_ms`` the milliseconds to the first word: exponential means.
    """

    breaker: Breaker = field(default_factory=Breaker)
    seen: Availability | None = None
    refused: str = ""
    """The provider's word on a refused key, until a look or an answer shows otherwise."""
    speed: float | None = None
    first_ms: float | None = None
    misses: int = 0
    next_look: datetime | None = None
    failed_at: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether it is time to look."""
        return self.next_look is None or now >= self.next_look

    def failed_lately(self, now: datetime) -> bool:
        """Whether a real request failed a short while ago, and none has succeeded since."""
        return self.failed_at is not None and now - self.failed_at < LATELY

    def look(self, seen: Availability) -> bool:
        """Take in what a look found; return whether anybody would see a difference."""
        old = self.seen
        changed = old is None or (old.state, old.model, old.reason) != (seen.state, seen.model, seen.reason)
        self.seen = seen
        self.misses = 0 if seen.state.usable else self.misses + 1
        if seen.state.usable:
            changed = changed or bool(self.refused) or self.breaker.retry_at is not None
            self.refused = ""
            self.breaker.answered()
        return changed

    def succeed(
        self, now: datetime, tokens_per_second: float | None, first_word_ms: int | None = None
    ) -> None:
        """Take in that a request was answered."""
        self.breaker.succeed()
        self.refused, self.misses, self.failed_at = "", 0, None
        if self.seen is None or self.seen.state is not State.READY:
            self.seen = _changed(self.seen, State.READY, "answered a prompt just now", now)
        if tokens_per_second is not None and 0 < tokens_per_second < float("inf"):
            before = self.speed or tokens_per_second
            self.speed = _SPEED_MEMORY * before + (1 - _SPEED_MEMORY) * tokens_per_second
        if first_word_ms is not None:
            first = first_word_ms if self.first_ms is None else self.first_ms
            self.first_ms = _SPEED_MEMORY * first + (1 - _SPEED_MEMORY) * first_word_ms

    def fail(self, error: ProviderError, now: datetime) -> None:
        """Take in that a request failed."""
        if error.fault is Fault.KEY_REFUSED:
            self.refused = str(error)
            return
        self.breaker.fail(error, now)
        if error.fault.outage:
            self.failed_at = now

    def availability(self, now: datetime) -> Availability:
        """Return the state at ``now``: what requests met counts for more than what looks found."""
        if self.refused:
            return _changed(self.seen, State.NEEDS_KEY, self.refused, now)
        if self.breaker.error is not None:
            return self._broken(self.breaker.error, now)
        return self.seen or Availability(State.UNKNOWN, "not looked at yet", now)

    def _broken(self, error: ProviderError, now: datetime) -> Availability:
        if self.breaker.circuit(now) is Circuit.OPEN:
            down = _changed(self.seen, State.DOWN, str(error), self.failed_at or now)
            return replace(down, retry_at=self.breaker.retry_at)
        if self.seen is not None and not self.seen.state.usable:
            return self.seen
        return _changed(self.seen, State.UNKNOWN, f"failed before ({error}); may be tried again", now)


def _changed(seen: Availability | None, state: State, reason: str, now: datetime) -> Availability:
    known = seen or Availability(state, reason, now)
    return replace(known, state=state, reason=reason, as_of=now, retry_at=None)
