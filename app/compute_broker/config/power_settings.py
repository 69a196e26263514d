"""The settings of what a local answer costs: ``[electricity]`` and ``[hardware]``."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from compute_broker.config.hours import clock
from compute_broker.config.section import MOST_USD, Section, in_range
from compute_broker.core.texts import tr

_MOST_YEARS = 50
_HOURS_A_DAY = 24


class TariffHours(Section, frozen=True, kw_only=True):
    """An ``[[electricity.hours]]`` block: local hours with a price of their own, past midnight if need be.

    ``days`` are those on which the hours begin; none: every day. Of blocks that overlap the later holds.
    """

    first: str = msgspec.field(name="from")
    last: str = msgspec.field(name="to")
    usd_per_kwh: Decimal
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse hours and prices that mean nothing."""
        self.times  # noqa: B018 - it raises
        in_range("usd_per_kwh", self.usd_per_kwh, MOST_USD)

    @property
    def times(self) -> tuple[time, time]:
        """From when to when; the same twice is the whole day."""
        return clock("from", self.first), clock("to", self.last)


class Electricity(Section, frozen=True, kw_only=True):
    """What a local tier costs: the tariff in USD per kWh, and hours that differ."""

    usd_per_kwh: Decimal = Decimal("0.30")
    hours: Annotated[list[TariffHours], Meta(max_length=50)] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a tariff that means nothing."""
        in_range("usd_per_kwh", self.usd_per_kwh, MOST_USD)


class HardwareCost(Section, frozen=True, kw_only=True):
    """Hardware whose price shall count in local answers; no ``paid``: it does not count.

    ``paid`` and ``resale`` in USD, ``years`` of use, ``hours_per_day`` of answering. ``tiers`` are the ids of
    those it serves; none: every server on this machine.
    """

    paid: Decimal | None = None
    resale: Decimal = Decimal(0)
    years: Decimal = Decimal(4)
    hours_per_day: Decimal = Decimal("2.4")
    tiers: list[str] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse figures that mean nothing."""
        in_range("paid", self.paid, MOST_USD)
        in_range("resale", self.resale, MOST_USD)
        in_range("years", self.years, _MOST_YEARS)
        in_range("hours_per_day", self.hours_per_day, _HOURS_A_DAY)
        for name, figure in (("years", self.years), ("hours_per_day", self.hours_per_day)):
            if not figure:
                raise ValueError(tr("{name}: write a figure above 0", name=name))
        if self.paid is not None and self.resale > self.paid:
            raise ValueError(tr("resale: it cannot bring more than was paid for it"))
