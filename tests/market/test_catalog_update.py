"""The price catalog's updates: opt-in, by a child, once a day, kept with their date, held like any feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from compute_broker import errands
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import Price
from compute_broker.core.price_origin import PriceKind
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.catalog_update import DAILY
from doubles.catalog_page import HAIKU, CatalogDouble, catalog_of
from doubles.script import Raw, html, redirect
from market.markets import Clock, market_of, tier_of

PAIR = (ProviderKind.ANTHROPIC, HAIKU)


async def updated(cache: Path, double: CatalogDouble, *, fetch: bool = True) -> Price | str | None:
    found = await errands.read_updated_prices({PAIR}, cache, fetch=fetch, url=double.page_url)
    return found.get(PAIR)


def set_back(cache: Path, span: timedelta) -> None:
    kept = json.loads(cache.read_text("utf-8"))
    kept["fetched"] = (datetime.now(UTC) - span).isoformat()
    cache.write_text(json.dumps(kept), "utf-8")


async def test_an_update_is_fetched_once_a_day_and_kept_with_its_date(tmp_path: Path) -> None:
    cache = tmp_path / "price-catalog.json"
    with CatalogDouble() as double:
        assert await updated(cache, double, fetch=False) is None
        assert double.requests == []
        price = await updated(cache, double)
        assert isinstance(price, Price)
        assert price.rates.output == nanos_from_usd("1")
        today = datetime.now(UTC)
        assert price.source in {
            f"genai-prices, updated {today - span:%Y-%m-%d}" for span in (timedelta(0), DAILY)
        }
        assert today - price.as_of < timedelta(minutes=5)
        double.providers = catalog_of(0.3, 1.5)
        assert await updated(cache, double) == price
        assert await updated(cache, double, fetch=False) == price
        assert len(double.requests) == 1
        set_back(cache, DAILY)
        newer = await updated(cache, double)
        assert newer.rates.output == nanos_from_usd("1.5")
        assert len(double.requests) == 2


@pytest.mark.parametrize(
    "raw",
    [
        html(),
        html(status=500),
        redirect("https://elsewhere.example/"),
        Raw(200, {"content-type": "application/json"}, (b"[]",)),
        Raw(200, {"content-type": "application/json"}, (b'[{"id": 1}, 2, 3, 4, 5, 6]',)),
        Raw(200, {"content-type": "application/json"}, (b'{"id": ', None)),
    ],
    ids=["page", "error", "redirect", "empty", "malformed", "broken off"],
)
async def test_a_failure_leaves_the_kept_one_with_its_age(tmp_path: Path, raw: Raw) -> None:
    cache = tmp_path / "price-catalog.json"
    with CatalogDouble() as double:
        await updated(cache, double)
        set_back(cache, 3 * DAILY)
        double.raw = raw
        price = await updated(cache, double)
        assert isinstance(price, Price)
        assert datetime.now(UTC) - price.as_of >= 3 * DAILY
        assert len(double.requests) == 2
        cache.write_text("{", "utf-8")
        assert await updated(cache, double) is None, "no update yet: the bundled list holds"


async def test_an_update_is_held_against_the_bundled_list_and_confirmed_by_the_next_one() -> None:
    tier = tier_of(
        "haiku", ProviderKind.ANTHROPIC, "https://api.anthropic.com", model=HAIKU, place=Place.CLOUD
    )
    clock = Clock()
    market = market_of(tier, clock=clock)
    await market.load_prices()
    bundled = market.snapshot.quotes["haiku"].price

    def update(output: str) -> None:
        clock.now += timedelta(days=1)
        rates = type(bundled.rates)(bundled.rates.input, nanos_from_usd(output))
        price = Price(rates, bundled.basis, "genai-prices, updated", clock.now)
        market.take_catalog_update({PAIR: price}, keep=True)
        market.take_catalog_update({PAIR: price}, keep=True)  # read again, of the same day

    update("0.6")
    assert market.snapshot.quotes["haiku"].price.rates.output == nanos_from_usd("0.6")
    update("0")
    quote = market.snapshot.quotes["haiku"]
    assert quote.price.rates.output == nanos_from_usd("0.6")
    assert quote.held.kind is PriceKind.CATALOG
    update("0")
    assert market.snapshot.quotes["haiku"].price.rates.output == 0
    market.take_catalog_update({})
    assert market.snapshot.quotes["haiku"].price == bundled, "switched off, the bundled list holds again"
