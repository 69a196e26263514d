"""What the market knows of one tier beside its settings, and what follows for its state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.headroom import RateHeadroom
from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
from compute_broker.market.breaker import Breaker, Circuit
from compute_broker.market.pace import LATELY
from compute_broker.market.rush import in_use, until_text


@dataclass(slots=True)
class Known:
    """One tier's last look, its breaker, and when to look next."""

    breaker: Breaker = field(default_factory=Breaker)
    seen: Availability | None = None
    refused: str = ""
    """The provider's word on a refused key, until a look or an answer shows otherwise."""
    refused_at: datetime | None = None
    misses: int = 0
    looked_at: datetime | None = None
    next_look: datetime | None = None
    failed_at: datetime | None = None
    broken_at: datetime | None = None
    """When its breaker last heard of a failure, an empty account included."""
    answering: int = 0
    """How many prompts of ours it has right now."""
    on_trial: bool = False
    """Whether one of them is the trial of a breaker that is half open."""
    rate: RateHeadroom | None = None
    rate_at: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether it is time to look."""
        return self.next_look is None or now >= self.next_look

    def failed_lately(self, now: datetime) -> bool:
        """Whether a real request failed a short while ago, and none has succeeded since."""
        return self.failed_at is not None and now - self.failed_at < LATELY

    @property
    def is_drained(self) -> bool:
        """Whether its use takes from a credit that only a look tells."""
        credit = self.seen.credit if self.seen is not None else None
        return credit is not None and credit.remaining is not None

    def look(self, seen: Availability) -> bool:
        """Take in what a look found; return whether anybody would see a difference."""
        old = self.seen
        changed = old is None or _visible(old) != _visible(seen)
        self.seen = seen
        self.misses = 0 if seen.state.usable else self.misses + 1
        if seen.state.usable:
            changed = changed or bool(self.refused) or self.breaker.retry_at is not None
            self.refused = ""
            self.breaker.answered()
        return changed

    def start(self, now: datetime) -> None:
        """Take in that a prompt leaves for it. Of a breaker that is half open, the first is the trial."""
        self.answering += 1
        if self.breaker.circuit(now) is Circuit.HALF_OPEN:
            self.on_trial = True

    def word(self, now: datetime) -> None:
        """Take in that an answer has begun: it is up, and whatever it had to load is loaded."""
        self.on_trial = False
        self.breaker.answered()
        if self.seen is None or self.seen.state is not State.READY:
            self.seen = _changed(self.seen, State.READY, tr("is answering a prompt"), now)

    def found_there(self) -> None:
        """Take in that somebody listens at its address after all: another tier there is answering."""
        if self.breaker.error is not None and self.breaker.error.nobody_there:
            self.breaker.answered()

    def end(self) -> None:
        """Take in that a prompt is no longer with it, whatever came of it."""
        self.answering = max(0, self.answering - 1)
        self.on_trial = self.on_trial and self.answering > 0

    def limits(self, rate: RateHeadroom, now: datetime) -> None:
        """Take in what is left of its rate limits."""
        self.rate, self.rate_at = rate, now

    def rate_left(self, now: datetime) -> RateHeadroom | None:
        """Return what is left of its rate limits, as long as that says anything."""
        if self.rate is None or self.rate_at is None or now >= self.rate.holds_until(self.rate_at):
            return None
        return self.rate

    def succeed(self, now: datetime) -> None:
        """Take in that a request was answered."""
        self.breaker.succeed()
        self.refused, self.misses, self.failed_at = "", 0, None
        if self.seen is None or self.seen.state is not State.READY:
            self.seen = _changed(self.seen, State.READY, tr("answered a prompt just now"), now)

    def fail(self, error: ProviderError, now: datetime) -> None:
        """Take in that a request failed."""
        if error.fault is Fault.KEY_REFUSED:
            self.refused, self.refused_at = str(error), now
            return
        self.breaker.fail(error, now)
        self.broken_at = now
        if error.fault.outage:
            self.failed_at = now

    def availability(self, now: datetime) -> Availability:
        """Return the state at ``now``: what requests met counts for more than what looks found."""
        if self.refused:
            return _changed(self.seen, State.NEEDS_KEY, self.refused, self.refused_at or now)
        if self.breaker.error is not None:
            return self._broken(self.breaker.error, now)
        seen = self.seen or Availability(State.UNKNOWN, tr("not looked at yet"), now)
        return self._limited(in_use(seen, self.answering, now), now)

    def _limited(self, seen: Availability, now: datetime) -> Availability:
        """Return ``seen``, busy until a rate limit is back when one is as good as used up."""
        rate = self.rate_left(now)
        until = rate.spent_until(self.rate_at) if rate is not None and self.rate_at is not None else None
        if until is None or until <= now or not seen.state.usable:
            return seen
        reason = tr("its rate limit is used up until {until_text}", until_text=until_text(until))
        return replace(seen, state=State.BUSY, reason=reason, as_of=self.rate_at or now, retry_at=until)

    def _broken(self, error: ProviderError, now: datetime) -> Availability:
        since = self.broken_at or now
        if self.breaker.circuit(now) is Circuit.OPEN:
            down = _changed(self.seen, State.DOWN, str(error), since)
            return replace(down, retry_at=self.breaker.retry_at)
        if self.seen is not None and not self.seen.state.usable:
            return self.seen
        if self.on_trial:
            return _changed(
                self.seen,
                State.DOWN,
                tr("failed before ({error}); a prompt is trying it", error=error),
                since,
            )
        return _changed(
            self.seen, State.UNKNOWN, tr("failed before ({error}); may be tried again", error=error), since
        )


def _visible(seen: Availability) -> tuple[object, ...]:
    return seen.state, seen.model, seen.reason, seen.credit, seen.slots


def _changed(seen: Availability | None, state: State, reason: str, now: datetime) -> Availability:
    known = seen or Availability(state, reason, now)
    return replace(known, state=state, reason=reason, as_of=now, retry_at=None)
