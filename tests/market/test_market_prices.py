"""What a million tokens costs, where the figure is from, and that unknown is never zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.builders import quote
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.core.usage import Usage
from compute_broker.market.catalog import load, look_up
from compute_broker.market.electricity import draw_of, electricity_price
from compute_broker.market.pricing import PriceBook

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LOCAL = quote("x", 0, None, provider=ProviderKind.LMSTUDIO, place=Place.PERSONAL).tier
TINY = quote("x", 0, None, provider=ProviderKind.BUILTIN, place=Place.PERSONAL).tier


def test_the_catalog_knows_the_prototypes_models_with_cache_rates_and_the_cliff():
    haiku = look_up(ProviderKind.ANTHROPIC, "claude-haiku-5-5")
    assert isinstance(haiku, Price)
    # 0.10 in, 0.50 out, read 0.01; five times that strictly above 100,000 tokens (facts, anthropic 1).
    assert haiku.cost(Usage(100_000, 1000)) == nanos_from_usd("0.0105")
    assert haiku.cost(Usage(100_001, 1000)) == nanos_from_usd("0.0525005")
    assert haiku.cost(Usage(100_000, 0, cache_read_tokens=100_000)) == nanos_from_usd("0.001")
    kimi = look_up(ProviderKind.OPENROUTER, "moonshotai/kimi-k2.6")
    assert kimi.cost(Usage(1000, 100, cache_read_tokens=400)) == nanos_from_usd("0.001034")
    assert haiku.source.startswith("genai-prices ")
    # The list's own newest change, not the moment of reading it: Haiku 5.5 came on 2026-10-07.
    assert datetime(2026, 10, 7, tzinfo=UTC) <= haiku.as_of <= datetime.now(UTC)
    assert haiku.as_of == look_up(ProviderKind.ANTHROPIC, "claude-opus-5-5").as_of
    assert haiku.as_of.hour == haiku.as_of.second == 0


@pytest.mark.parametrize("model", ["claude-opus-4-8-madeup", "claude-unheard-of", "", "Ω"])
def test_a_model_the_catalog_does_not_know_has_a_reason_and_no_price(model):
    reason = look_up(ProviderKind.ANTHROPIC, model)
    assert isinstance(reason, str)
    assert "price_in" in reason


def test_a_routing_suffix_does_not_hide_the_price():
    plain = look_up(ProviderKind.OPENROUTER, "moonshotai/kimi-k2.6")
    assert look_up(ProviderKind.OPENROUTER, "moonshotai/kimi-k2.6:floor").rates == plain.rates


async def test_local_servers_are_not_looked_up():
    assert await load({(ProviderKind.LMSTUDIO, "*"), (ProviderKind.BUILTIN, "tiny")}) == {}


def test_electricity_is_watts_over_speed_times_tariff_with_its_working_shown():
    price = electricity_price(
        LOCAL,
        nanos_per_kwh=nanos_from_usd("0.30"),
        draw=draw_of(LOCAL, Decimal(375), None),
        tokens_per_second=54.0,
        now=NOW,
    )
    # 375 W / 54 tokens/s = 6.94 J a token; at 0.30 USD/kWh 0.579 USD a million (facts, prices 3: 0.57).
    assert abs(price.rates.output - nanos_from_usd("0.5787")) < nanos_from_usd("0.0001")
    assert price.basis is CostBasis.ELECTRICITY
    assert (
        "375 W above idle (yours) / 54 tokens/s (seen) x 0.30 USD/kWh = $0.58 a million tokens out"
        in price.source
    )
    assert price.cost(Usage(10, 10), milliseconds=3_600_000) == nanos_from_usd("0.1125")


@pytest.mark.parametrize("kind", [ProviderKind.OLLAMA, ProviderKind.OPENAI])
@pytest.mark.parametrize("model", ["glm-4.6:cloud", "gpt-oss:120b-cloud"])
def test_ollamas_cloud_is_not_priced_as_ones_own_electricity(kind, model):
    tier = replace(LOCAL, provider=kind, model=model, base_url="http://127.0.0.1:11434")
    assert PriceBook().price(tier, None, NOW)[0] is None
    assert PriceBook().price(replace(tier, model="glm-4.6"), None, NOW)[0].basis is CostBasis.ELECTRICITY


@given(st.integers(1, 10_000), st.floats(0.1, 5000), st.integers(1, 10**9))
def test_local_is_never_free(watts, speed, tariff):
    price = electricity_price(
        TINY,
        nanos_per_kwh=tariff,
        draw=draw_of(TINY, Decimal(watts), None),
        tokens_per_second=speed,
        now=NOW,
    )
    assert price.rates.input >= 1
    assert price.rates.output >= price.rates.input
