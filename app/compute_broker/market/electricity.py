"""What a local answer costs, as a price per token with its working.

    per token = watts above idle / tokens per second = joules; x tariff / 3.6e6 J = dollars
    and where asked for, + hardware per second / tokens per second

The person's own watts come first, then what a sensor measured at earlier answers, then an estimate; speed
that was seen comes before an estimate. Each is marked in the working.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from compute_broker.core.energy import Energy
from compute_broker.core.money import format_rate
from compute_broker.core.price import CostBasis, PowerRate, Price, TokenRates
from compute_broker.core.texts import figure, tr
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


_DRAW_MEMORY = 0.7
"""How much of the known draw stays when another answer was measured."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Milliwatts above idle while answering, and in words where that is from."""

    milliwatts: int
    origin: str
    measured: bool = False


def draw_of(tier: Tier, watts: Decimal | None, seen: Draw | None) -> Draw:
    """Return the best figure there is: the person's ``watts``, what was ``seen``, else an estimate."""
    if watts:
        return Draw(int(watts * 1000), tr("yours"))
    return seen or Draw(int(DEFAULT_WATTS.get(tier.provider, DEFAULT_GPU_WATTS) * 1000), tr("estimated"))


def measured_draw(energy: Energy, before: Draw | None) -> Draw:
    """Return the draw that a tier is known for after another measured answer: an exponential mean."""
    drawn = energy.milliwatts
    if before is not None:
        drawn = round(_DRAW_MEMORY * before.milliwatts + (1 - _DRAW_MEMORY) * drawn)
    return Draw(drawn, tr("measured by {sensor}", sensor=energy.sensor), measured=True)


def electricity_price(
    tier: Tier,
    *,
    nanos_per_kwh: int,
    draw: Draw,
    tokens_per_second: float | None,
    now: datetime,
    hardware_per_hour: int = 0,
) -> Price:
    """Return the price of a local tier; the speed is what was seen, hardware in nano-dollars an hour."""
    speed = tokens_per_second or DEFAULT_SPEED.get(tier.provider, DEFAULT_GPU_SPEED)
    # mW / (tokens/s) = mJ a token; a million tokens of 1 mJ are 1 kJ, and 1 kWh is 3,600 kJ.
    electricity = math.ceil(draw.milliwatts / speed * nanos_per_kwh / 3600)
    hardware = math.ceil(hardware_per_hour / 3600 / speed * 1_000_000)
    output = max(1, electricity + hardware)
    source = working(draw, speed, nanos_per_kwh, seen=tokens_per_second is not None)
    source += tr(" = {rate} a million tokens out", rate=format_rate(max(1, electricity)))
    if hardware:
        source += tr(
            " + {rate} for the hardware you bought = {rate_2}",
            rate=format_rate(hardware),
            rate_2=format_rate(output),
        )
    return Price(
        rates=TokenRates(input=max(1, output // _PREFILL_SHARE), output=output),
        basis=CostBasis.AMORTISED if hardware else CostBasis.ELECTRICITY,
        source=source,
        as_of=now,
        power=PowerRate(draw.milliwatts, nanos_per_kwh, draw.measured, hardware_per_hour),
    )


def working(draw: Draw, speed: float, nanos_per_kwh: int, *, seen: bool) -> str:
    """Return the working in one line, each figure with where it is from."""
    tariff = Decimal(nanos_per_kwh) / 1_000_000_000
    return tr(
        "electricity: {watts} W above idle ({origin}) / {speed} tokens/s ({part}) x {tariff} USD/kWh",
        watts=_watts(draw.milliwatts),
        origin=draw.origin,
        speed=f"{speed:.0f}",
        part=tr("seen") if seen else tr("estimated"),
        tariff=figure(f"{tariff:.2f}"),
    )


def _watts(milliwatts: int) -> str:
    """Return watts with as many decimals as matter: none from 100 W."""
    watts = milliwatts / 1000
    return f"{watts:.0f}" if watts >= 100 else figure(f"{watts:.1f}".removesuffix(".0"))  # noqa: PLR2004 - three digits
