"""List prices from the `genai-prices` catalog: offline, dated, and never a guess.

The package is imported in a worker thread (0.2 s), off the start path.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from compute_broker.core.imports import LATE_IMPORT
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, PriceBand, TokenRates
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind

_PROVIDER_IDS = {
    ProviderKind.ANTHROPIC: "anthropic",
    ProviderKind.OPENROUTER: "openrouter",
    ProviderKind.OPENAI: "openai",
}
_ROUTING_SUFFIX = re.compile(r":(floor|nitro|exacto|online)$")
"""OpenRouter's ways of picking a host; the catalog knows the model without them."""


def lists(kind: ProviderKind) -> bool:
    """Whether the catalog has prices for this kind of provider at all."""
    return kind in _PROVIDER_IDS


def plain_model(model: str) -> str:
    """Return ``model`` without OpenRouter's routing suffix: what price lists know it by."""
    return _ROUTING_SUFFIX.sub("", model)


async def load(wanted: Iterable[tuple[ProviderKind, str]]) -> dict[tuple[ProviderKind, str], Price | str]:
    """Return a price, or the reason for none, for each (provider, model); reading happens in a thread."""
    pairs = [pair for pair in wanted if lists(pair[0])]
    if not pairs:
        return {}
    return await asyncio.to_thread(lambda: {pair: look_up(*pair) for pair in pairs})


def look_up(kind: ProviderKind, model: str, updated: datetime | None = None) -> Price | str:
    """Return the list price of ``model`` now, or why there is none, as the end of a sentence. Blocking.

    ``updated`` is when the catalog in use was fetched, where it is not the bundled one.
    """
    with LATE_IMPORT:
        from genai_prices import Usage, calc_price  # noqa: PLC0415 - 0.2 s, wanted in a thread only

    name = plain_model(model)
    unknown = tr(
        "the price list does not know {model}; give price_in and price_out in the settings", model=model
    )
    now = datetime.now(UTC)
    try:
        found = calc_price(
            Usage(input_tokens=1, output_tokens=1),
            name,
            provider_id=_PROVIDER_IDS[kind],
            genai_request_timestamp=now,
        )
    except LookupError:
        return unknown
    if found.model.id != name and not _same_model(found.model.id, name):
        return unknown
    try:
        return _price(found.model_price, updated or _as_of(now), updated=updated)
    except (ValueError, TypeError) as error:
        return tr("the price list has no usable price for {model} ({error})", model=model, error=error)


def _same_model(listed: str, asked: str) -> bool:
    """Whether ``asked`` is ``listed`` with a date behind it; other tails are other models."""
    tail = asked.casefold().removeprefix(listed.casefold())
    return tail == "" or re.fullmatch(r"-20\d{6}", tail) is not None


def _as_of(now: datetime) -> datetime:
    """Return the day of the newest change in the list, up to ``now``: its figures are at least that recent.

    The package carries no date of its own (its snapshot's time is when it was loaded: facts, prices 1).
    """
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - loaded already by look_up

    models = (model for provider in get_snapshot().providers for model in provider.models)
    rows = (row for model in models if isinstance(model.prices, list) for row in model.prices)
    days = (getattr(row.constraint, "start_date", None) for row in rows)
    newest = max((day for day in days if isinstance(day, date) and day <= now.date()), default=now.date())
    return datetime(newest.year, newest.month, newest.day, tzinfo=UTC)


def _price(listed: Any, as_of: datetime, *, updated: datetime | None) -> Price:
    thresholds = sorted({step for rate in _rates(listed) for step in _steps(rate)})
    bands = tuple(PriceBand(step, _token_rates(listed, above=step)) for step in thresholds)
    edition = (
        f" {_version()}" if updated is None else tr(", updated {updated}", updated=f"{updated:%Y-%m-%d}")
    )
    return Price(
        rates=_token_rates(listed, above=0),
        basis=CostBasis.METERED,
        source=f"genai-prices{edition}",
        as_of=as_of,
        bands=bands,
    )


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - brings an e-mail parser, for one word

    return version("genai-prices")


def _rates(listed: Any) -> list[Any]:
    names = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")
    return [rate for name in names if (rate := getattr(listed, name, None)) is not None]


def _steps(rate: Any) -> list[int]:
    return [tier.start for tier in getattr(rate, "tiers", [])]


def _token_rates(listed: Any, *, above: int) -> TokenRates:
    def nanos(name: str) -> int | None:
        rate = getattr(listed, name, None)
        return None if rate is None else nanos_from_usd(_at(rate, above))

    if listed.input_mtok is None or listed.output_mtok is None:
        raise ValueError(tr("no price per token"))
    return TokenRates(
        input=nanos_from_usd(_at(listed.input_mtok, above)),
        output=nanos_from_usd(_at(listed.output_mtok, above)),
        cache_read=nanos("cache_read_mtok"),
        cache_write_5m=nanos("cache_write_mtok"),
        cache_write_1h=nanos("cache_write_1h_mtok"),
    )


def _at(rate: Any, above: int) -> Decimal:
    """Return the rate of a prompt just above ``above`` tokens."""
    if isinstance(rate, Decimal):
        return rate
    price: Decimal = rate.base
    for tier in sorted(rate.tiers, key=lambda step: step.start):
        if tier.start <= above:
            price = tier.price
    return price
