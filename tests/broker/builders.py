"""Small tiers, quotes and tasks for tests of the broker. Prices are list prices of autumn 2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from compute_broker.core.ability import Ability, AbilityRow
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.quote import Availability, Quote, Snapshot, State
from compute_broker.core.task import Category, Stakes, Task
from compute_broker.core.tier import Place, ProviderKind, Tier

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def row(mean: float, *, verbosity: float = 1.0, vision: bool = False, tools: bool = False) -> AbilityRow:
    abilities = {category: Ability(mean, 0.2) for category in Category}
    return AbilityRow(abilities, verbosity=verbosity, vision=vision, tools=tools)


def price(usd_in: str, usd_out: str, basis: CostBasis = CostBasis.METERED) -> Price:
    return Price(TokenRates(nanos_from_usd(usd_in), nanos_from_usd(usd_out)), basis, "test list", NOW)


def quote(
    tier_id: str,
    ability: float,
    usd: tuple[str, str] | None,
    *,
    state: State = State.READY,
    provider: ProviderKind = ProviderKind.OPENAI,
    place: Place = Place.CLOUD,
    base_url: str = "https://models.example/v1",
    verbosity: float = 1.0,
    vision: bool = False,
    context: int | None = None,
    key_name: str | None = None,
    max_output: int = 4096,
) -> Quote:
    tier = Tier(
        id=tier_id,
        label=tier_id.title(),
        place=place,
        provider=provider,
        model=f"{tier_id}-model",
        abilities=row(ability, verbosity=verbosity, vision=vision),
        base_url=base_url,
        key_name=key_name,
        context_tokens=context,
        max_output_tokens=max_output,
    )
    return Quote(tier, Availability(state, f"{tier_id} is {state}", NOW), price(*usd) if usd else None)


def snapshot(*quotes: Quote) -> Snapshot:
    return Snapshot({item.tier.id: item for item in quotes}, NOW)


def task(difficulty: float = 0.0, **changes: object) -> Task:
    plain = Task(
        category=Category.KNOWLEDGE,
        difficulty=difficulty,
        difficulty_sd=0.3,
        stakes=Stakes.LOW,
        prompt_tokens=100,
        expected_output_tokens=300,
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # names are Task's own


LOCAL = quote(
    "local",
    0.5,
    ("0.02", "0.30"),
    place=Place.PERSONAL,
    base_url="http://127.0.0.1:1234",
    provider=ProviderKind.LMSTUDIO,
)
HAIKU = quote("haiku", 2.0, ("0.10", "0.50"))
SONNET = quote("sonnet", 3.0, ("2", "10"))
OPUS = quote("opus", 3.5, ("4", "20"))
ALL = snapshot(LOCAL, HAIKU, SONNET, OPUS)
