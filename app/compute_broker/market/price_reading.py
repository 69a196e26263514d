"""Reads the prices that move into the price book. A failure leaves the last good ones with their age."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from compute_broker.core.errors import PersonError, ProviderError
from compute_broker.core.tier import Tier
from compute_broker.market.pace import spot_interval
from compute_broker.market.pricing import PriceBook, hosts_key
from compute_broker.net.client import get_json

if TYPE_CHECKING:
    import httpx2

_log = logging.getLogger(__name__)

Opener = Callable[[], Awaitable["httpx2.AsyncClient"]]


class PriceReading:
    """Knows where prices are read; the book knows what they mean."""

    def __init__(
        self, book: PriceBook, client: Opener, clock: Callable[[], datetime], changed: Callable[[], None]
    ) -> None:
        """``client`` opens the client when it is first wanted; ``changed`` is told after each reading."""
        self._book, self._client, self._clock, self._changed = book, client, clock, changed

    async def read_live(
        self, tiers: Sequence[Tier], keys: Mapping[str | None, str | None], *, force: bool = False
    ) -> None:
        """Read what of OpenRouter is due for ``tiers``, whose keys are there."""
        due = self._book.live_due(tiers, self._clock(), force=force)
        await asyncio.gather(
            *(self._read_live(key, tier, keys[tier.key_name], tiers) for key, tier in due.items())
        )

    async def read_spots(self, tiers: Sequence[Tier], *, force: bool = False, hidden: bool = False) -> None:
        """Read the spot feeds that are due, files as often as asked for, addresses within the pace."""
        terms, now = self._book.terms, self._clock()
        if not terms.spots:
            return
        from compute_broker.market.spot_source import is_address  # noqa: PLC0415 - few have such a feed

        wanted = [tier for tier in tiers if tier.id in terms.spots]
        addresses = len({terms.spots[tier.id] for tier in wanted if is_address(terms.spots[tier.id])})
        far = spot_interval(terms.spot_every, addresses, tiers, hidden=hidden)
        due: dict[str, list[Tier]] = {}
        for remote, every in ((True, far), (False, terms.spot_every)):
            found = self._book.spots.due(terms.spots, wanted, timedelta(0) if force else every, now)
            due |= {where: of for where, of in found.items() if is_address(where) is remote}
        await asyncio.gather(*(self._read_spot(where, of) for where, of in due.items()))

    async def _read_live(self, key: Hashable, tier: Tier, secret: str | None, tiers: Sequence[Tier]) -> None:
        now, root = self._clock(), tier.base_url.rstrip("/")
        hosts = key != tier.base_url
        model = quote(hosts_key(tier)[1], safe="/:~._-")
        url = f"{root}/models/{model}/endpoints" if hosts else f"{root}/models"
        headers = {"authorization": f"Bearer {secret}"} if hosts and secret else None
        try:
            with self._book.live_reading(key, now):
                _, body = await get_json(await self._client(), url, headers=headers)
        except (ProviderError, PersonError) as error:
            _log.info("OpenRouter's prices were not read: %s", error)
            self._book.tried.add(key)
            self._changed()
            return
        complaint = self._take(key, tier, body, tiers, now)
        self._book.tried.add(key)
        if complaint:
            _log.info("%s: %s", tier.id, complaint)
        self._changed()

    def _take(self, key: Hashable, tier: Tier, body: Any, tiers: Sequence[Tier], now: datetime) -> str:
        if key == tier.base_url:
            return self._book.take_live(tier.base_url, body, tiers, now)
        return self._book.take_hosts(hosts_key(tier), body, tiers, now)

    async def _read_spot(self, where: str, tiers: Sequence[Tier]) -> None:
        from compute_broker.market.spot_source import read_spot  # noqa: PLC0415 - few have such a feed

        now = self._clock()
        self._book.spots.asked(where, now)
        found = await read_spot(where, tiers[0].place, self._client)
        complaint = self._book.take_spot(where, found, tiers, now)
        if complaint:
            _log.info("%s: %s", tiers[0].id, complaint)
        self._changed()
