"""What a period will have cost by its end, from what the days before cost. Pure arithmetic, nothing read.

A day is expected to cost the level of the last weeks times the habit of its weekday. The level is a mean
in which a day counts half after three weeks; the habit of a weekday is its mean against all, drawn towards
1 as if two average days had been seen besides. What is left of the period is then a sum of days. Its
variance is that of the days around their expectation, n for the days to come and 1.5 n^2/N for what N days
do not tell of level and habits (the factor holds the band near what it says: 75 to 80 % of simulated
months). Spend is never negative and leans to the right, so the band is a gamma distribution's with this
mean and variance, by Wilson and Hilferty's approximation ("The distribution of chi-square", PNAS 17, 1931).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

HALF_LIFE_DAYS = 21.0
PULL = 2.0
"""Average days that every weekday is taken to have seen besides its own."""
UNTOLD = 1.5
FITTED = 4.0
"""Degrees of freedom that a level and seven habits, drawn together, take from the spread."""
FEWEST_DAYS = 3
"""Whole days from which on a forecast is made: two tell nothing of how days differ."""
DAYS_READ = 56
"""Days before today that a forecast looks at: eight of each weekday."""
_LEAST_SHAPE = 1e-3
Z_80 = 1.2816
"""The normal distribution's 90 % point: a band from 10 to 90 % holds four in five."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Spend by the end of ``last_day``, nano-dollars; four times in five it is from ``low`` to ``high``."""

    last_day: date
    low: int
    likely: int
    high: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What days cost: ``level`` on average, ``habits`` per weekday (Monday first), and their spread."""

    level: float
    habits: tuple[float, ...]
    variance: float
    days: float
    """How many equal days the weighted ones are worth."""

    def day(self, day: date) -> float:
        """Return what ``day`` is expected to cost."""
        return self.level * self.habits[day.weekday()]


def forecast(
    spent: int, past: Sequence[tuple[date, int]], today: date, day_left: float, last_day: date
) -> Forecast | None:
    """Return what the period costs by ``last_day``; ``None`` when too few days are known to tell.

    ``spent`` is what it cost until now, ``past`` what each whole day before ``today`` cost, oldest first,
    ``day_left`` the share of today that is to come, in [0, 1]. Days before the first spend do not count.
    """
    rate = rate_of(past)
    if rate is None:
        return None
    ahead = [today + timedelta(days=n) for n in range(1, (last_day - today).days + 1)]
    shares = [(today, max(0.0, min(day_left, 1.0))), *((day, 1.0) for day in ahead)]
    mean = sum(rate.day(day) * share for day, share in shares)
    days = sum(rate.habits[day.weekday()] * share for day, share in shares)
    variance = rate.variance * (days + UNTOLD * days**2 / rate.days)
    low, high = _band(mean, variance)
    return Forecast(last_day, spent + round(low), spent + round(mean), spent + round(high))


def rate_of(past: Sequence[tuple[date, int]]) -> Rate | None:
    """Return what days cost, or ``None`` for fewer than three whole days since the first spend."""
    first = next((number for number, (_, cost) in enumerate(past) if cost), len(past))
    known = past[first:]
    if len(known) < FEWEST_DAYS:
        return None
    weights = [0.5 ** ((len(known) - 1 - n) / HALF_LIFE_DAYS) for n in range(len(known))]
    total = sum(weights)
    habits = _habits(known)
    level = sum(weight * cost for weight, (_, cost) in zip(weights, known, strict=True)) / total
    around = [cost - level * habits[day.weekday()] for day, cost in known]
    equal = total**2 / sum(weight**2 for weight in weights)
    variance = sum(w * each**2 for w, each in zip(weights, around, strict=True)) / total
    return Rate(level, habits, variance * equal / max(equal - FITTED, 1.0), equal)


def _habits(known: Sequence[tuple[date, int]]) -> tuple[float, ...]:
    mean = sum(cost for _, cost in known) / len(known)
    raw = []
    for weekday in range(7):
        costs = [cost for day, cost in known if day.weekday() == weekday]
        raw.append((sum(costs) + PULL * mean) / ((len(costs) + PULL) * mean))
    return tuple(each * 7.0 / sum(raw) for each in raw)


def _band(mean: float, variance: float) -> tuple[float, float]:
    """Return the 10 and 90 % points of a gamma distribution, on either side of its mean."""
    if mean <= 0.0 or variance <= 0.0:
        return mean, mean
    shape = max(mean**2 / variance, _LEAST_SHAPE)
    low, high = (
        mean * max(0.0, 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape))) ** 3 for z in (-Z_80, Z_80)
    )
    return min(low, mean), max(high, mean)
