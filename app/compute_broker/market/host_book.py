"""What was read of OpenRouter's hosts, tier by tier, and the price that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from compute_broker.core.hosts import HostSort
from compute_broker.core.price import TokenRates
from compute_broker.core.texts import tr
from compute_broker.core.tier import Tier
from compute_broker.market.hold import WAITS, Memory, Watched
from compute_broker.market.merge import NoPrice, Offer
from compute_broker.market.openrouter_hosts import (
    BadHostsError,
    Host,
    Wish,
    choose,
    is_named,
    price_of,
    read_hosts,
    suffix_of,
    typical_cost,
)

STALE_AFTER = timedelta(hours=24)
"""Older readings are not believed: the list and the catalog are no worse then."""

_WHY = {
    HostSort.PRICE: tr("the cheapest"),
    HostSort.THROUGHPUT: tr("the fastest"),
    HostSort.LATENCY: tr("the quickest to begin"),
    None: tr("the cheapest"),
}

Hosts = tuple[Host, ...]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Speed:
    """What others measured: tokens per second, milliseconds to the first word, and who says so."""

    tokens_per_second: float | None
    first_token_ms: int | None
    source: str


@dataclass(slots=True)
class _Entry:
    watched: Watched[Hosts]
    nobody: str = ""
    """Why the last reading had no host for this tier; empty when it had one."""


class HostBook:
    """Remembers the readings. No I/O: :meth:`take` gets a parsed body."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._entries: dict[Key, _Entry] = {}

    def take(
        self, body: Any, tier: Tier, now: datetime, *, reference: TokenRates | None, memory: Memory
    ) -> str:
        """Take in the hosts of the model of ``tier``; return what was wrong, empty when nothing was."""
        entry = self._entries.setdefault(_key(tier), _Entry(Watched(_rates_for(tier))))
        try:
            hosts = read_hosts(body, now)
        except BadHostsError as error:
            entry.watched.complaint = str(error)
            return str(error)
        chosen = choose(hosts, _wish(tier), now)
        entry.nobody = chosen if isinstance(chosen, str) else ""
        if not entry.nobody:
            entry.watched.take(hosts, now, reference=reference, memory=memory)
        return entry.nobody

    def offer(self, tier: Tier, now: datetime) -> Offer:
        """Return the price of the host that is quoted, why there is none, or ``None`` when nothing was read.

        When no host matches the person's preferences, no other price would be true: nobody would answer.
        """
        entry = self._entries.get(_key(tier))
        if entry is None:
            return None
        watched = entry.watched
        if entry.nobody:
            return NoPrice(entry.nobody) if tier.hosts else entry.nobody
        if watched.good is None or watched.read_at is None:
            return (
                tr("the price of OpenRouter's hosts {waits}", waits=WAITS)
                if watched.held
                else watched.complaint or None
            )
        if now - watched.read_at > STALE_AFTER:
            return tr("what was read of OpenRouter's hosts is older than a day")
        chosen = choose(watched.good, _wish(tier), now)
        if isinstance(chosen, str):
            return NoPrice(chosen)
        note = tr("; a sudden change waits to be confirmed") if watched.held is not None else ""
        return price_of(chosen, now, as_of=watched.read_at, source=_source(chosen, watched.good, tier) + note)

    def speed(self, tier: Tier, now: datetime) -> Speed | None:
        """Return how fast the quoted host was for others, while the reading is good."""
        entry = self._entries.get(_key(tier))
        if entry is None or entry.nobody or not entry.watched.good or entry.watched.read_at is None:
            return None
        chosen = choose(entry.watched.good, _wish(tier), now)
        if isinstance(chosen, str) or now - entry.watched.read_at > STALE_AFTER:
            return None
        first = None if chosen.first_ms is None else round(chosen.first_ms)
        return Speed(
            chosen.tokens_per_second, first, tr("as OpenRouter measured at {chosen}", chosen=chosen.name)
        )

    def watched(self, tier: Tier) -> Watched[Hosts] | None:
        """Return the readings of one tier, for their hold."""
        entry = self._entries.get(_key(tier))
        return None if entry is None else entry.watched


def _key(tier: Tier) -> Key:
    return (tier.id, tier.base_url, f"{tier.model} {tier.hosts}")


def _wish(tier: Tier) -> Wish:
    return Wish(tier.hosts, suffix_of(tier.model))


def _rates_for(tier: Tier) -> Any:
    def rates(hosts: Hosts, now: datetime) -> TokenRates:
        """Return what a reading means for the tier, or at its cheapest when it has no host for it now."""
        chosen = choose(hosts, _wish(tier), now)
        if not isinstance(chosen, str):
            return price_of(chosen, now, as_of=now).rates
        return min((price_of(host, now, as_of=now).rates for host in hosts), key=typical_cost)

    return rates


def _source(chosen: Host, hosts: Sequence[Host], tier: Tier) -> str:
    up = sum(host.up for host in hosts)
    why = _WHY[_wish(tier).sort]
    if any(is_named(chosen, slug) for slug in tier.hosts.order):
        why = tr("the first of your order")
    elif tier.hosts:
        why = tr("{why} that you allow", why=why)
    policy = tr("; which hosts your data policy leaves out is not told") if tier.hosts.by_data_policy else ""
    return tr(
        "OpenRouter's hosts: {chosen}, {why} ({up} of {count} up){policy}",
        chosen=chosen.name,
        why=why,
        up=up,
        count=len(hosts),
        policy=policy,
    )
