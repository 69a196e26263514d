"""What a local answer adds to the electricity bill, as a price per token with its working.

    per token = watts above idle / tokens per second = joules; x tariff / 3.6e6 J = dollars

The defaults are estimates and marked so; the person's own watts and the speed seen replace them.
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal

from compute_broker.core.money import format_rate
from compute_broker.core.price import CostBasis, PowerRate, Price, TokenRates
from compute_broker.core.tier import ProviderKind, Tier

DEFAULT_WATTS = {ProviderKind.BUILTIN: Decimal(18)}
"""Two busy cores of an ordinary laptop or desktop processor draw some 15 to 20 W above idle."""

DEFAULT_GPU_WATTS = Decimal(250)
"""A gaming card while it writes: published figures lie between 40 W (M-series) and 425 W (5090)."""

DEFAULT_SPEED = {ProviderKind.BUILTIN: 90.0}
"""Tokens per second of the built-in model on two cores, measured."""

DEFAULT_GPU_SPEED = 50.0
"""Tokens per second of a 30B-class model at 4 bits on a gaming card (facts, abilities section 5)."""

_PREFILL_SHARE = 20
"""Reading a token costs far less than writing one: 0.10 against 6.9 J on one card; a cautious twentieth."""


def electricity_price(
    tier: Tier, *, nanos_per_kwh: int, watts: Decimal | None, tokens_per_second: float | None, now: datetime
) -> Price:
    """Return the price of a local tier; ``watts`` is the person's figure, the speed what was seen."""
    drawn = watts or DEFAULT_WATTS.get(tier.provider, DEFAULT_GPU_WATTS)
    speed = tokens_per_second or DEFAULT_SPEED.get(tier.provider, DEFAULT_GPU_SPEED)
    milliwatts = int(drawn * 1000)
    # mW / (tokens/s) = mJ a token; a million tokens of 1 mJ are 1 kJ, and 1 kWh is 3,600 kJ.
    output = math.ceil(milliwatts / speed * nanos_per_kwh / 3600)
    return Price(
        rates=TokenRates(input=max(1, output // _PREFILL_SHARE), output=max(1, output)),
        basis=CostBasis.ELECTRICITY,
        source=working(drawn, speed, nanos_per_kwh, own=watts is not None, seen=tokens_per_second is not None)
        + f" = {format_rate(max(1, output))} a million tokens out",
        as_of=now,
        power=PowerRate(milliwatts, nanos_per_kwh, measured=False),
    )


def working(watts: Decimal, speed: float, nanos_per_kwh: int, *, own: bool, seen: bool) -> str:
    """Return the working in one line, each figure with where it is from."""
    tariff = Decimal(nanos_per_kwh) / 1_000_000_000
    return (
        f"electricity: {watts.normalize():f} W above idle ({'yours' if own else 'estimated'}) "
        f"/ {speed:.0f} tokens/s ({'seen' if seen else 'estimated'}) x {tariff:.2f} USD/kWh"
    )
