"""What was read of the spot feeds, tier by tier, and when each is to be read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from compute_broker.core.price import TokenRates
from compute_broker.core.texts import tr
from compute_broker.core.tier import Tier
from compute_broker.market.hold import WAITS, Memory, Watched
from compute_broker.market.merge import NoPrice, Offer
from compute_broker.market.spot import BadFeedError, SpotReading, parse_spot

_MOST_PATIENCE = 8


@dataclass(slots=True)
class _Place:
    """One address or file: when it was last asked, and how often in a row in vain."""

    asked_at: datetime
    misses: int = 0


@dataclass(slots=True)
class _Entry:
    watched: Watched[SpotReading]
    complaint: str = ""


@dataclass(slots=True)
class SpotBook:
    """Remembers the readings. No I/O: :meth:`take` gets the bytes, or the fault of reading them."""

    _places: dict[str, _Place] = field(default_factory=dict)
    _entries: dict[tuple[str, str, str], _Entry] = field(default_factory=dict)

    def due(
        self, spots: Mapping[str, str], tiers: Iterable[Tier], every: timedelta, now: datetime
    ) -> dict[str, list[Tier]]:
        """Return the feeds to be read now, each with its tiers. One that fails is read less and less."""
        found: dict[str, list[Tier]] = {}
        for tier in tiers:
            where = spots.get(tier.id)
            if where and self._is_due(where, every, now):
                found.setdefault(where, []).append(tier)
        return found

    def asked(self, where: str, now: datetime) -> None:
        """Note that a feed is being read, whatever comes of it."""
        self._places.setdefault(where, _Place(now)).asked_at = now

    def take(self, where: str, tier: Tier, found: bytes | BadFeedError, now: datetime, memory: Memory) -> str:
        """Take in what a feed says of ``tier``; return what was wrong, empty when nothing was."""
        entry = self._entries.setdefault(_key(where, tier), _Entry(Watched(_rates)))
        try:
            reading = _parsed(found, tier.model, now, entry.watched.read_at)
        except BadFeedError as error:
            entry.complaint = tr("the spot feed {error}", error=error)
        else:
            entry.complaint = ""
            entry.watched.take(reading, now, as_of=reading.as_of, memory=memory)
        return entry.complaint

    def answered(self, where: str, *, well: bool) -> None:
        """Note whether a feed that was asked had a price for any of its tiers."""
        place = self._places[where]
        place.misses = 0 if well else place.misses + 1

    def offer(self, spots: Mapping[str, str], tier: Tier, now: datetime) -> Offer:
        """Return the price now, or why there is none: no lesser source knows what moves by the minute."""
        where = spots.get(tier.id)
        if not where:
            return None
        entry = self._entries.get(_key(where, tier))
        if entry is None:
            return NoPrice(tr("the spot feed has not been read yet"))
        watched = entry.watched
        if watched.good is None:
            return NoPrice(
                tr("the spot feed's price {waits}", waits=WAITS) if watched.held else entry.complaint
            )
        note = tr("; a sudden change waits to be confirmed") if watched.held else ""
        price = watched.good.price(now, note=note)
        if isinstance(price, str):
            return NoPrice(f"{price}; {entry.complaint}" if entry.complaint else price)
        return price

    def settled(self, spots: Mapping[str, str], tier: Tier) -> bool:
        """Whether the feed of ``tier`` has been asked, with whatever success."""
        return _key(spots.get(tier.id, ""), tier) in self._entries

    def watched(self, spots: Mapping[str, str], tier: Tier) -> Watched[SpotReading] | None:
        """Return the readings of one tier, for their hold."""
        entry = self._entries.get(_key(spots.get(tier.id, ""), tier))
        return None if entry is None else entry.watched

    def _is_due(self, where: str, every: timedelta, now: datetime) -> bool:
        place = self._places.get(where)
        if place is None:
            return True
        patience = min(1 << max(0, place.misses - 1), _MOST_PATIENCE)
        return now - place.asked_at >= every * patience


def _parsed(
    found: bytes | BadFeedError, model: str, now: datetime, known_from: datetime | None
) -> SpotReading:
    if isinstance(found, BadFeedError):
        raise found
    reading = parse_spot(found, model, now)
    if known_from is not None and reading.as_of < known_from:
        raise BadFeedError(tr("went back to an older time, and is not believed"))
    return reading


def _key(where: str, tier: Tier) -> tuple[str, str, str]:
    return (where, tier.id, tier.model)


def _rates(reading: SpotReading, _now: datetime) -> TokenRates:
    return reading.rates
