"""What a person sees while an experiment runs: how far it is, what it has cost, what is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from compute_broker.core.money import format_usd
from compute_broker.core.texts import figure, tr

_SECONDS_A_MINUTE = 60
_MINUTES_AN_HOUR = 60
_LONG = 90


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is: answers there of those wanted so far, and all of it in a line."""

    done: int
    total: int
    line: str


class Progress:
    """Counts answers and tells ``say`` about it; ``clock`` is in seconds and never runs back."""

    def __init__(
        self,
        say: Callable[[Standing], None],
        *,
        budget: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing done. ``budget`` is in nano-dollars."""
        self._say = say
        self._budget = budget
        self._clock = clock
        self._started = clock()
        self._fresh = 0
        self.done = 0
        self.total = 0

    def expect(self, more: int) -> None:
        """Note that so many further answers will be wanted."""
        self.total += more

    def known(self) -> None:
        """Note an answer that was there already."""
        self.done += 1

    def arrived(self, spent: int) -> None:
        """Note an answer, and what all answers have cost so far."""
        self.done += 1
        self._fresh += 1
        self._say(Standing(self.done, self.total, self.line(spent)))

    def line(self, spent: int) -> str:
        """Return how things stand."""
        parts = [
            tr("{done} of {total} answers", done=self.done, total=self.total),
            tr("{amount} spent", amount=format_usd(spent)),
        ]
        if self._budget is not None:
            parts.append(tr("{amount} left", amount=format_usd(max(0, self._budget - spent))))
        if self._fresh:
            each = (self._clock() - self._started) / self._fresh
            parts.append(tr("about {span} to go", span=_span(each * max(0, self.total - self.done))))
        return ", ".join(parts)


def _span(seconds: float) -> str:
    """Return a time as a person says it."""
    if seconds < _LONG:
        return f"{seconds:.0f} s"
    minutes = seconds / _SECONDS_A_MINUTE
    if minutes < _LONG:
        return tr("{minutes} min", minutes=f"{minutes:.0f}")
    return tr("{hours} h", hours=figure(f"{minutes / _MINUTES_AN_HOUR:.1f}"))
