"""What a kilowatt-hour costs at this hour: a flat price, and hours of the day with prices of their own.

Hours are the clock on the wall: on the days the clocks change a span is an hour shorter or longer, as the
meter's own clock has it. An answer is charged at the price of the moment it was asked: that is the price
that was quoted, set aside and stored with it, and answers take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

DEFAULT_TARIFF = 300_000_000
"""Nano-dollars per kWh when the person gave none: 0.30 USD."""


@dataclass(frozen=True, slots=True)
class Span:
    """Local hours from ``first`` up to, and without, ``last``; past midnight when ``last`` is no later.

    ``days`` are those on which the span begins, 0 is Monday; empty: every day.
    """

    first: time
    last: time
    days: frozenset[int] = frozenset()

    def holds(self, at: datetime) -> bool:
        """Return whether the local time ``at`` lies within."""
        clock, today = at.time(), at.weekday()
        if self.first < self.last:
            return self.first <= clock < self.last and self._on(today)
        if clock >= self.first:
            return self._on(today)
        return clock < self.last and self._on((today - 1) % 7)

    def _on(self, day: int) -> bool:
        return not self.days or day in self.days


def full_minute_after(moment: datetime) -> datetime:
    """Return the next full minute, in UTC: the earliest at which any span begins or ends."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tariff:
    """Nano-dollars per kWh: ``flat``, and the spans that differ; where they overlap the later one holds."""

    flat: int = DEFAULT_TARIFF
    hours: tuple[tuple[Span, int], ...] = ()

    def at(self, moment: datetime, zone: tzinfo | None = None) -> int:
        """Return the price at an aware ``moment``; ``zone`` is the system's own when not given."""
        return self._for(moment.astimezone(zone))

    def until_change(self, moment: datetime, zone: tzinfo | None = None) -> timedelta | None:
        """Return the time to the next full minute if the price is another then, else ``None``.

        Every change lies on a full minute, and who asks again within a minute misses none, also when
        clocks are put forward or back.
        """
        next_minute = full_minute_after(moment)
        if not self.hours or self.at(next_minute, zone) == self.at(moment, zone):
            return None
        return next_minute - moment

    def _for(self, local: datetime) -> int:
        for span, price in reversed(self.hours):
            if span.holds(local):
                return price
        return self.flat
