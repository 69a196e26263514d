"""Ten tiers as a person may well have them: abilities of the table, list prices of autumn 2026."""

from __future__ import annotations

from datetime import UTC, datetime

from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.quote import Availability, Quote, Snapshot, State
from compute_broker.core.tier import Place, ProviderKind, Tier
from compute_broker.market.abilities import ability_row

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_HERE, _OFFICE, _WEB = "http://127.0.0.1:1234", "http://10.0.0.5:8000", "https://openrouter.ai/api/v1"
_TIERS = (
    ("builtin", "smollm2-135m-instruct", Place.PERSONAL, ProviderKind.BUILTIN, "", "0.01", "0.10"),
    ("desk", "qwen3-8b", Place.PERSONAL, ProviderKind.LMSTUDIO, _HERE, "0.01", "0.09"),
    ("rack", "qwen3.6-27b", Place.OFFICE, ProviderKind.VLLM, _OFFICE, "0.05", "0.40"),
    ("gpt-oss", "gpt-oss-120b", Place.DISTRIBUTED, ProviderKind.OPENROUTER, _WEB, "0.039", "0.18"),
    ("deepseek", "deepseek-v4-flash", Place.DISTRIBUTED, ProviderKind.OPENROUTER, _WEB, "0.14", "0.28"),
    ("gemma", "gemma-4-31b", Place.DISTRIBUTED, ProviderKind.OPENROUTER, _WEB, "0.15", "0.40"),
    ("kimi", "kimi-k2.6", Place.DISTRIBUTED, ProviderKind.OPENROUTER, _WEB, "0.95", "4.00"),
    ("haiku", "claude-haiku-5.5", Place.CLOUD, ProviderKind.ANTHROPIC, "", "0.10", "0.50"),
    ("sonnet", "claude-sonnet-5.5", Place.CLOUD, ProviderKind.ANTHROPIC, "", "2", "10"),
    ("opus", "claude-opus-5.5", Place.CLOUD, ProviderKind.ANTHROPIC, "", "4", "20"),
)


def ten_tiers() -> Snapshot:
    """Return the ten, all of them up."""
    quotes = {}
    for name, model, place, provider, url, usd_in, usd_out in _TIERS:
        tier = Tier(name, name.title(), place, provider, model, ability_row(model), url)
        rates = TokenRates(nanos_from_usd(usd_in), nanos_from_usd(usd_out))
        price = Price(rates, CostBasis.METERED, "list prices", NOW)
        quotes[name] = Quote(tier, Availability(State.READY, "ready", NOW), price)
    return Snapshot(quotes, NOW)
