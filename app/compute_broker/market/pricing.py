"""Every source of a tier's price under one roof: the person's figures, live list, catalog, electricity."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from compute_broker.core.price import Price
from compute_broker.core.tier import Place, ProviderKind, Tier, runs_in_cloud
from compute_broker.market import catalog
from compute_broker.market.electricity import Draw, draw_of, electricity_price
from compute_broker.market.merge import Offer, merge
from compute_broker.market.openrouter_feed import OpenRouterFeed
from compute_broker.market.pace import LIVE_EVERY, LIVE_LEAST
from compute_broker.market.terms import Terms

Listed = Mapping[tuple[ProviderKind, str], Price | str]
CatalogReader = Callable[[Collection[tuple[ProviderKind, str]]], Awaitable[Listed]]
"""How the catalog is read: in a thread, or by a child process that keeps its memory to itself."""


@dataclass(slots=True)
class PriceBook:
    """What is known of prices. ``terms`` are the person's; nothing here does I/O by itself."""

    terms: Terms = field(default_factory=Terms)
    draws: dict[str, Draw] = field(default_factory=dict)
    """What sensors measured while tiers answered, by tier."""
    _listed: dict[tuple[ProviderKind, str], Price | str] = field(default_factory=dict)
    _feeds: dict[str, OpenRouterFeed] = field(default_factory=dict)
    _read_at: dict[str, datetime] = field(default_factory=dict)

    async def load_catalog(self, tiers: Iterable[Tier], read: CatalogReader = catalog.load) -> None:
        """Read the catalog's price of every tier that has one, through ``read``; offline is no error."""
        self._listed |= await read({(tier.provider, tier.model) for tier in tiers})

    def keep_draws(self, tier_ids: Collection[str]) -> None:
        """Forget what was measured of other tiers: their model or server is another now."""
        self.draws = {tier_id: draw for tier_id, draw in self.draws.items() if tier_id in tier_ids}

    def live_due(self, tiers: Iterable[Tier], now: datetime, *, force: bool = False) -> dict[str, Tier]:
        """Return the OpenRouter addresses whose list should be read now, each with one of its tiers."""
        wait = LIVE_LEAST if force else LIVE_EVERY
        routed = {tier.base_url: tier for tier in tiers if tier.provider is ProviderKind.OPENROUTER}
        last = self._read_at
        return {url: tier for url, tier in routed.items() if url not in last or now - last[url] >= wait}

    @contextmanager
    def live_reading(self, url: str, now: datetime) -> Iterator[None]:
        """Note that the list at ``url`` is being read, whatever comes of it, unless that is called off."""
        before = self._read_at.get(url)
        self._read_at[url] = now
        try:
            yield
        except asyncio.CancelledError:
            if before is None:
                del self._read_at[url]
            else:
                self._read_at[url] = before
            raise

    def take_live(self, url: str, body: Any, tiers: Iterable[Tier], now: datetime) -> str:
        """Take in a live list; return what was wrong with it, empty when nothing was."""
        wanted = {catalog.plain_model(tier.model) for tier in tiers if tier.base_url == url}
        feed = self._feeds.setdefault(url, OpenRouterFeed())
        feed.read(body, wanted, now, reference=self._listed_price)
        return feed.complaint

    def price(self, tier: Tier, speed: float | None, now: datetime) -> tuple[Price | None, str]:
        """Return the price of ``tier`` now, or why nobody knows it."""
        own = self.terms.prices.get(tier.id)
        listed = self._listed.get((tier.provider, tier.model))
        return merge(
            own.price(now) if own is not None else None,
            self._live(tier, now),
            listed,
            self._electric(tier, speed, now),
            otherwise=_unknown(tier),
        )

    def _live(self, tier: Tier, now: datetime) -> Offer:
        feed = self._feeds.get(tier.base_url) if tier.provider is ProviderKind.OPENROUTER else None
        return feed.price(catalog.plain_model(tier.model), now) if feed is not None else None

    def _electric(self, tier: Tier, speed: float | None, now: datetime) -> Offer:
        local_kind = tier.place is Place.PERSONAL and not catalog.lists(tier.provider)
        if runs_in_cloud(tier.model) or not (local_kind or tier.on_this_machine):
            return None
        return electricity_price(
            tier,
            nanos_per_kwh=self.terms.tariff.at(now),
            draw=draw_of(tier, self.terms.watts.get(tier.id), self.draws.get(tier.id)),
            tokens_per_second=speed,
            now=now,
            hardware_per_hour=self.terms.wear.of(tier),
        )

    def _listed_price(self, model: str) -> Price | None:
        found = self._listed.get((ProviderKind.OPENROUTER, model))
        return found if isinstance(found, Price) else None


def _unknown(tier: Tier) -> str:
    if catalog.lists(tier.provider):
        return "the price list has not been read yet"
    return "nobody knows its price; give price_in and price_out in the settings"
