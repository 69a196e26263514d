"""Prices of a tier, and the exact cost of an answer at that price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compute_broker.core.money import ceil_mtok, per_mtok_cost, round_mtok
from compute_broker.core.usage import Usage


class CostBasis(StrEnum):
    """What makes a tier cost money."""

    METERED = "metered"
    ELECTRICITY = "electricity"
    AMORTISED = "amortised"
    SUBSCRIPTION = "subscription"
    SPOT = "spot"


@dataclass(frozen=True, slots=True)
class TokenRates:
    """Nano-dollars per million tokens.

    A missing cache rate bills the cached tokens as ordinary input, and a missing reasoning rate
    bills them as ordinary output: never as zero.
    """

    input: int
    output: int
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None

    def __post_init__(self) -> None:
        """Refuse negative rates: a feed's ``-1`` means "unknown", and unknown is no price."""
        for rate in (
            self.input,
            self.output,
            self.cache_read,
            self.cache_write_5m,
            self.cache_write_1h,
            self.reasoning,
        ):
            if rate is not None and rate < 0:
                msg = f"a price of {rate} nano-dollars per million tokens is below zero"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class PriceBand:
    """Rates for every token of a request whose whole prompt is *strictly* above the threshold."""

    above_prompt_tokens: int
    rates: TokenRates


@dataclass(frozen=True, slots=True)
class PowerRate:
    """What running a local model adds to the electricity bill, and what its hardware loses meanwhile.

    ``milliwatts`` is the draw above idle, ``nanos_per_kwh`` the tariff; ``measured`` tells a draw that a
    sensor saw at earlier answers from an estimate. ``hardware_nanos_per_hour`` is the amortisation in
    nano-dollars for each hour of answering, 0 where the person did not ask for it.
    """

    milliwatts: int
    nanos_per_kwh: int
    measured: bool = False
    hardware_nanos_per_hour: int = 0

    def cost(self, milliseconds: int, microjoules: int | None = None) -> int:
        """Return nano-dollars for that time, each part rounded up.

        ``microjoules`` is the energy above idle that a sensor measured; without it the draw stands in:
        mW x ms = uJ, and 1 kWh = 3.6e12 uJ.
        """
        energy = self.milliwatts * milliseconds if microjoules is None else microjoules
        electricity = -(-energy * self.nanos_per_kwh // 3_600_000_000_000)
        return electricity + -(-self.hardware_nanos_per_hour * milliseconds // 3_600_000)


@dataclass(frozen=True, slots=True)
class Price:
    """A tier's price at one moment, with where it came from.

    ``rates`` always holds figures per token, for comparison and display. Where ``power`` is set, the
    real cost of an answer follows from its energy where that was measured, else from its seconds.
    """

    rates: TokenRates
    basis: CostBasis
    source: str
    as_of: datetime
    bands: tuple[PriceBand, ...] = ()
    per_request: int = 0
    power: PowerRate | None = None
    included_tokens: int | None = None
    """Of a subscription: the tokens its plan still covers, beyond which one pays; ``None``: all there are."""

    def rates_for(self, prompt_tokens: int) -> TokenRates:
        """Return the rates of the highest band that ``prompt_tokens`` is strictly above."""
        chosen, threshold = self.rates, -1
        for band in self.bands:
            if prompt_tokens > band.above_prompt_tokens > threshold:
                chosen, threshold = band.rates, band.above_prompt_tokens
        return chosen

    def cost(self, usage: Usage, *, milliseconds: int = 0, microjoules: int | None = None) -> int:
        """Return the cost in nano-dollars, rounded once, half up (formula: facts, prices section 2).

        cost = (P - R - W5 - W1) x in + R x read + W5 x w5 + W1 x w1 + (O - T) x out + T x reasoning

        Of a local tier the time in ``milliseconds`` and the measured energy above idle count instead.
        """
        if self.power is not None and (milliseconds > 0 or microjoules is not None):
            return self.power.cost(milliseconds, microjoules) + self.per_request
        cost = round_mtok(self._numerator(usage)) + self.per_request
        return self._beyond_plan(cost, usage.input_tokens + usage.output_tokens)

    def ceiling(self, prompt_tokens: int, max_output_tokens: int) -> int:
        """Return what to reserve: no answer within ``max_output_tokens`` costs more.

        Every prompt token is taken at the dearest rate it could meet, a cache write included.
        """
        rates = self.rates_for(prompt_tokens)
        dearest_in = max(rates.input, rates.cache_write_5m or 0, rates.cache_write_1h or 0)
        dearest_out = max(rates.output, rates.reasoning or 0)
        total = per_mtok_cost(prompt_tokens, dearest_in) + per_mtok_cost(max_output_tokens, dearest_out)
        return self._beyond_plan(ceil_mtok(total) + self.per_request, prompt_tokens + max_output_tokens)

    def _beyond_plan(self, cost: int, tokens: int) -> int:
        """Return the share of ``cost`` that a plan does not cover, rounded up: of the tokens beyond it."""
        if self.basis is not CostBasis.SUBSCRIPTION:
            return cost
        if self.included_tokens is None or tokens <= self.included_tokens:
            return 0
        return -(-cost * (tokens - self.included_tokens) // tokens)

    def _numerator(self, usage: Usage) -> int:
        rates = self.rates_for(usage.input_tokens)
        fresh = (
            usage.input_tokens
            - usage.cache_read_tokens
            - usage.cache_write_5m_tokens
            - usage.cache_write_1h_tokens
        )
        parts = (
            (fresh, rates.input),
            (usage.cache_read_tokens, _first(rates.cache_read, rates.input)),
            (usage.cache_write_5m_tokens, _first(rates.cache_write_5m, rates.input)),
            (usage.cache_write_1h_tokens, _first(rates.cache_write_1h, rates.input)),
            (usage.output_tokens - usage.reasoning_tokens, rates.output),
            (usage.reasoning_tokens, _first(rates.reasoning, rates.output)),
        )
        return sum(per_mtok_cost(tokens, rate) for tokens, rate in parts)


def _first(rate: int | None, fallback: int) -> int:
    return fallback if rate is None else rate
