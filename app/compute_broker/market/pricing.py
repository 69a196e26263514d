"""Every source of a tier's price under one roof, and what holds: the order is that of ``PriceKind``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from compute_broker.core.energy import Energy
from compute_broker.core.hosts import HostPreferences
from compute_broker.core.price import CostBasis, Price
from compute_broker.core.price_origin import HeldPrice, PriceKind
from compute_broker.core.texts import tr
from compute_broker.core.tier import Place, ProviderKind, Tier, runs_in_cloud
from compute_broker.market import catalog
from compute_broker.market.electricity import Draw, draw_of, electricity_price, measured_draw
from compute_broker.market.hold import NOTHING, Memory, Watched
from compute_broker.market.merge import Offer, merge
from compute_broker.market.pace import LIVE_LEAST, live_interval
from compute_broker.market.terms import Terms
from compute_broker.market.updated_catalog import Listed, Pair, UpdatedCatalog

if TYPE_CHECKING:
    from compute_broker.market.host_book import HostBook, Speed
    from compute_broker.market.openrouter_feed import OpenRouterFeed
    from compute_broker.market.spot import BadFeedError
    from compute_broker.market.spot_book import SpotBook

CatalogReader = Callable[[Collection[Pair]], Awaitable[Listed]]
"""How the catalog is read: in a thread, or by a child process that keeps its memory to itself."""

HostsKey = tuple[str, str, HostPreferences]
"""What one reading of hosts is for: address, model, preferences; new preferences are read for at once."""

_NAMES = {
    PriceKind.SPOT: tr("the spot feed"),
    PriceKind.HOSTS: tr("OpenRouter's hosts"),
    PriceKind.LIST: tr("OpenRouter's list"),
    PriceKind.CATALOG: "genai-prices",
}


class Found(NamedTuple):
    """What is known of a tier's price: the price or why there is none, whence, what waits, others' speed."""

    price: Price | None
    reason: str
    kind: PriceKind | None
    held: HeldPrice | None
    speed: Speed | None


@dataclass(slots=True)
class PriceBook:
    """What is known of prices. ``terms`` are the person's; nothing here does I/O by itself.

    The books of feeds are opened, and their modules loaded, when there is something to write into them.
    """

    terms: Terms = field(default_factory=Terms)
    draws: dict[str, Draw] = field(default_factory=dict)
    """What sensors measured while tiers answered, by tier."""
    _spots: SpotBook | None = None
    _listed: dict[Pair, Price | str] = field(default_factory=dict)
    _updated: UpdatedCatalog = field(default_factory=UpdatedCatalog)
    _feeds: dict[str, OpenRouterFeed] = field(default_factory=dict)
    _hosts: HostBook | None = None
    _read_at: dict[Hashable, datetime] = field(default_factory=dict)
    tried: set[Hashable] = field(default_factory=set)
    """What of OpenRouter has been asked at least once, with whatever success."""
    _updates_known: bool = False
    _memories: Mapping[tuple[str, PriceKind], Memory] = field(default_factory=dict)

    async def load_catalog(self, tiers: Iterable[Tier], read: CatalogReader = catalog.load) -> None:
        """Read the catalog's price of every tier that has one, through ``read``; offline is no error."""
        self._listed |= await read({(tier.provider, tier.model) for tier in tiers})

    def recall_draw(self, tier_id: str, milliwatts: int) -> None:
        """Take in what a sensor measured while a tier answered some time ago."""
        energy = Energy(milliwatts, 1, "")  # uJ in 1 ms are mW
        self.draws[tier_id] = replace(measured_draw(energy, self.draws.get(tier_id)), origin=tr("measured"))

    def keep_draws(self, tier_ids: Collection[str]) -> None:
        """Forget what was measured of other tiers: their model or server is another now."""
        self.draws = {tier_id: draw for tier_id, draw in self.draws.items() if tier_id in tier_ids}

    def take_update(self, listed: Listed, tiers: Iterable[Tier], now: datetime, *, keep: bool) -> None:
        """Take in what an update of the catalog says; without ``keep`` earlier ones are forgotten."""
        self._updates_known = True
        if not keep:
            self._updated.clear()
        for tier in tiers:
            pair = (tier.provider, tier.model)
            price, bundled = listed.get(pair), self._listed.get(pair)
            if isinstance(price, Price):
                known = bundled if isinstance(bundled, Price) else None
                memory = self.memory(tier, PriceKind.CATALOG)
                self._updated.take(pair, price, now, bundled=known, memory=memory)

    def live_due(self, tiers: Iterable[Tier], now: datetime, *, force: bool = False) -> dict[Hashable, Tier]:
        """Return what of OpenRouter should be read now, each with one of its tiers.

        A text is the address of a list, a :data:`HostsKey` the hosts of one model.
        """
        routed = [tier for tier in tiers if tier.provider is ProviderKind.OPENROUTER]
        readings: dict[Hashable, Tier] = {tier.base_url: tier for tier in routed}
        readings |= {hosts_key(tier): tier for tier in routed}
        wait = LIVE_LEAST if force else live_interval(len(readings))
        last = self._read_at
        return {key: tier for key, tier in readings.items() if key not in last or now - last[key] >= wait}

    @contextmanager
    def live_reading(self, key: Hashable, now: datetime) -> Iterator[None]:
        """Note that ``key`` is being read, whatever comes of it, unless that is called off."""
        before = self._read_at.get(key)
        self._read_at[key] = now
        try:
            yield
        except asyncio.CancelledError:
            if before is None:
                del self._read_at[key]
            else:
                self._read_at[key] = before
            raise

    def take_live(self, url: str, body: Any, tiers: Iterable[Tier], now: datetime) -> str:
        """Take in a live list; return what was wrong with it, empty when nothing was."""
        wanted = {catalog.plain_model(tier.model): tier for tier in tiers if tier.base_url == url}
        from compute_broker.market.openrouter_feed import OpenRouterFeed  # noqa: PLC0415 - once there is a list

        feed = self._feeds.setdefault(url, OpenRouterFeed())
        feed.read(
            body,
            set(wanted),
            now,
            reference=self._listed_price,
            memory=lambda model: self.memory(wanted[model], PriceKind.LIST),
        )
        return feed.complaint

    def take_hosts(self, key: HostsKey, body: Any, tiers: Iterable[Tier], now: datetime) -> str:
        """Take in the hosts of a model; return what was wrong with them, empty when nothing was."""
        if self._hosts is None:
            from compute_broker.market.host_book import HostBook  # noqa: PLC0415 - once there are hosts

            self._hosts = HostBook()
        complaint = ""
        for tier in tiers:
            if tier.provider is ProviderKind.OPENROUTER and hosts_key(tier) == key:
                listed = self._listed_price(catalog.plain_model(tier.model))
                complaint = self._hosts.take(
                    body,
                    tier,
                    now,
                    reference=None if listed is None else listed.rates,
                    memory=self.memory(tier, PriceKind.HOSTS),
                )
        return complaint

    def take_spot(self, where: str, found: bytes | BadFeedError, tiers: Sequence[Tier], now: datetime) -> str:
        """Take in a spot feed for its tiers; return what was wrong with it, empty when nothing was."""
        wrong = [
            self.spots.take(where, tier, found, now, self.memory(tier, PriceKind.SPOT)) for tier in tiers
        ]
        self.spots.answered(where, well=not all(wrong))
        return next(filter(None, wrong), "")

    @property
    def spots(self) -> SpotBook:
        """The book of spot feeds."""
        if self._spots is None:
            from compute_broker.market.spot_book import SpotBook  # noqa: PLC0415 - few have such a feed

            self._spots = SpotBook()
        return self._spots

    def price(self, tier: Tier, speed: float | None, now: datetime) -> Found:
        """Return the price of ``tier`` now, or why nobody knows it."""
        own = self.terms.prices.get(tier.id)
        offers: dict[PriceKind, Offer] = {
            PriceKind.OWN: own.price(now) if own is not None else None,
            PriceKind.SPOT: self._spot(tier, now),
            PriceKind.HOSTS: self._or_before(tier, PriceKind.HOSTS, self._hosted(tier, now)),
            PriceKind.LIST: self._or_before(tier, PriceKind.LIST, self._live(tier, now)),
            PriceKind.CATALOG: self._catalog(tier),
            PriceKind.ELECTRICITY: self._electric(tier, speed, now),
        }
        price, reason, kind = merge(offers, otherwise=_unknown(tier))
        others = self._hosts.speed(tier, now) if self._hosts and kind is PriceKind.HOSTS else None
        return Found(price, reason, kind, self._held(tier, price, kind, now), others)

    # -- the hold -----------------------------------------------------------------------------

    def memory(self, tier: Tier, kind: PriceKind) -> Memory:
        """Return what is remembered of a tier's price from that kind of source."""
        return self._memories.get((tier.id, kind), NOTHING)

    def remember(
        self, memories: Mapping[tuple[str, PriceKind], Memory], tiers: Iterable[Tier], now: datetime
    ) -> bool:
        """Take over what the ledger has; return whether a held price is in force now that was believed."""
        self._memories = memories
        believed = [
            watched.recall(self.memory(tier, kind), now)
            for tier in tiers
            for kind, watched in self._watched(tier).items()
        ]
        return any(believed)

    def believe(self, tier: Tier, now: datetime) -> bool:
        """Put the held price of ``tier`` in force at the person's word; return whether there was one."""
        held = self.price(tier, None, now).held
        return held is not None and self._watched(tier)[held.kind].believe()

    def settled(self, tier: Tier) -> bool:
        """Whether every source that comes before the price in force has been asked since the start."""
        if tier.id in self.terms.prices:
            return True
        if tier.id in self.terms.spots:
            return self.spots.settled(self.terms.spots, tier)
        if tier.provider is ProviderKind.OPENROUTER and not {tier.base_url, hosts_key(tier)} <= self.tried:
            return False
        known = self._updates_known and (tier.provider, tier.model) in self._listed
        return known or not catalog.lists(tier.provider)

    def was_read(self, tier: Tier, kind: PriceKind) -> bool:
        """Whether this process has read the tier's price from that kind of source."""
        watched = self._watched(tier).get(kind)
        return watched is not None and (watched.good is not None or watched.held is not None)

    def _watched(self, tier: Tier) -> dict[PriceKind, Watched[Any]]:
        feed = self._feeds.get(tier.base_url) if tier.provider is ProviderKind.OPENROUTER else None
        found = {
            PriceKind.SPOT: self._spots.watched(self.terms.spots, tier) if self._spots else None,
            PriceKind.HOSTS: self._hosts.watched(tier) if self._hosts else None,
            PriceKind.LIST: feed.entry(catalog.plain_model(tier.model)) if feed is not None else None,
            PriceKind.CATALOG: self._updated.watched((tier.provider, tier.model)),
        }
        return {kind: watched for kind, watched in found.items() if watched is not None}

    def _held(
        self, tier: Tier, price: Price | None, kind: PriceKind | None, now: datetime
    ) -> HeldPrice | None:
        """Return what waits to be believed at the source in force, or at one that would come before it."""
        for each, watched in self._watched(tier).items():
            if kind is not None and _comes_before(kind, each):
                return None
            new = watched.held_rates(now)
            old = price.rates if price is not None else watched.good_rates(now)
            old = old or self.memory(tier, each).good
            if new is not None and old is not None and watched.held_at is not None:
                return HeldPrice(each, _NAMES[each], old, new, watched.held_at)
        return None

    def _or_before(self, tier: Tier, kind: PriceKind, offer: Offer) -> Offer:
        """Return the offer, or what was in force before a first reading of this program that is held."""
        memory = self.memory(tier, kind)
        if not isinstance(offer, str) or memory.good is None or memory.good_at is None:
            return offer
        watched = self._watched(tier).get(kind)
        if watched is None or watched.held is None:
            return offer
        source = tr("{names}, before a sudden change that waits to be confirmed", names=_NAMES[kind])
        return Price(memory.good, CostBasis.METERED, source, memory.good_at)

    # -- the sources --------------------------------------------------------------------------

    def _spot(self, tier: Tier, now: datetime) -> Offer:
        return self.spots.offer(self.terms.spots, tier, now) if tier.id in self.terms.spots else None

    def _hosted(self, tier: Tier, now: datetime) -> Offer:
        return self._hosts.offer(tier, now) if self._hosts else None

    def _live(self, tier: Tier, now: datetime) -> Offer:
        feed = self._feeds.get(tier.base_url) if tier.provider is ProviderKind.OPENROUTER else None
        return feed.price(catalog.plain_model(tier.model), now) if feed is not None else None

    def _catalog(self, tier: Tier) -> Offer:
        pair = (tier.provider, tier.model)
        return self._updated.price(pair) or self._listed.get(pair)

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


def hosts_key(tier: Tier) -> HostsKey:
    """Return what a reading of the hosts of ``tier`` is for."""
    return (tier.base_url, catalog.plain_model(tier.model), tier.hosts)


def _comes_before(kind: PriceKind, other: PriceKind) -> bool:
    order = list(PriceKind)
    return order.index(kind) < order.index(other)


def _unknown(tier: Tier) -> str:
    if catalog.lists(tier.provider):
        return tr("the price list has not been read yet")
    return tr("nobody knows its price; give price_in and price_out in the settings")
