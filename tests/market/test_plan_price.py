"""A tier that is paid by plan: zero while it lasts, what lies beyond it at its metered price."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from broker.builders import price, quote
from compute_broker.core.headroom import PlanStanding, PlanWindow
from compute_broker.core.price import CostBasis, Price
from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.core.usage import Usage
from compute_broker.ledger.prices import price_from_json, price_to_json
from compute_broker.market.market import Market
from compute_broker.market.person_price import PersonPrice
from compute_broker.market.terms import Terms

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def plan(left: int, *, unit: str = "requests", stops: bool = False) -> PlanStanding:
    window = PlanWindow("window", unit, 100, 100 - left, NOW + timedelta(hours=2, minutes=20))
    return PlanStanding((window,), stops=stops)


def market_with(standing: PlanStanding | None, *, prices: bool = True) -> Market:
    tier = quote("t", 1.0, None, provider=ProviderKind.OPENAI, place=Place.CLOUD).tier
    terms = Terms(prices={"t": PersonPrice(1_000_000_000, 5_000_000_000)} if prices else {})
    asleep = Availability(State.COLD, "asleep", NOW)
    market = Market([tier], keys={}.get, builtin_state=lambda: asleep, terms=terms, clock=lambda: NOW)
    market.set_plans({} if standing is None else {"t": standing})
    return market


def quote_of(market: Market):
    return market.snapshot.quotes["t"]


def test_while_a_plan_lasts_a_prompt_costs_nothing_and_the_rates_are_still_told():
    found = quote_of(market_with(plan(62)))
    assert found.in_plan
    assert found.price.basis is CostBasis.SUBSCRIPTION
    assert found.price.source == "your plan; beyond it your settings"
    assert found.price.rates.output == 5_000_000_000
    assert found.price.cost(Usage(1000, 500)) == 0
    assert found.price.ceiling(100_000, 8192) == 0
    assert found.plan.tightest.percent_left == 62


def test_when_a_plan_is_used_up_its_metered_price_holds_or_it_stops():
    metered = quote_of(market_with(plan(0)))
    assert (metered.price.basis, metered.in_plan) == (CostBasis.METERED, False)
    assert metered.price.cost(Usage(1000, 500)) > 0
    stopped = quote_of(market_with(plan(0, stops=True))).availability
    assert (stopped.state, stopped.reason) == (State.DOWN, "its plan is used up until 14:20")
    assert stopped.retry_at == NOW + timedelta(hours=2, minutes=20)


def test_a_plan_whose_metered_price_nobody_knows_is_covered_and_then_unpriced():
    assert quote_of(market_with(plan(5), prices=False)).price.cost(Usage(10, 10)) == 0
    beyond = quote_of(market_with(plan(0), prices=False))
    assert beyond.price is None
    assert beyond.unpriced_reason


def test_of_a_prompt_that_outlives_the_plan_the_part_beyond_it_is_paid():
    in_tokens = quote_of(market_with(plan(60, unit="tokens"))).price
    assert in_tokens.cost(Usage(40, 20)) == 0
    whole = replace(in_tokens, basis=CostBasis.METERED).cost(Usage(40, 80))
    assert in_tokens.cost(Usage(40, 80)) == whole // 2
    assert in_tokens.ceiling(40, 80) >= in_tokens.cost(Usage(40, 80))
    assert quote_of(market_with(plan(60, unit="tokens", stops=True))).price.ceiling(40, 80) == 0
    assert price_from_json(price_to_json(in_tokens)) == in_tokens


@given(
    covered=st.integers(0, 20_000),
    prompt=st.integers(1, 10_000),
    out=st.integers(0, 10_000),
    most=st.integers(0, 9_000),
)
def test_what_lies_beyond_a_plan_is_between_nothing_and_all_and_never_above_what_was_set_aside(
    covered, prompt, out, most
):
    metered = price("3", "15")
    held: Price = replace(metered, basis=CostBasis.SUBSCRIPTION, included_tokens=covered)
    usage = Usage(prompt, min(out, most))
    assert 0 <= held.cost(usage) <= metered.cost(usage)
    assert held.cost(usage) <= held.ceiling(prompt, most)
    assert (held.cost(usage) == 0) == (prompt + usage.output_tokens <= covered or metered.cost(usage) == 0)
