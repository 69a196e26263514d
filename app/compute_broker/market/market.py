"""The market: one immutable snapshot of every tier's state and price, and what keeps it true.

Nothing here is I/O until :meth:`Market.load_prices`, :meth:`Market.refresh` or :meth:`Market.start`.
Real requests are the best probe: what they meet is told by ``record_success`` and ``record_failure``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.price import Price
from compute_broker.core.quote import Availability, Quote, Snapshot, State
from compute_broker.core.tier import Place, ProviderKind, Tier
from compute_broker.market import catalog, probes
from compute_broker.market.abilities import ability_row
from compute_broker.market.electricity import electricity_price
from compute_broker.market.person_price import PersonPrice
from compute_broker.net.client import open_client

if TYPE_CHECKING:
    import httpx2

_log = logging.getLogger(__name__)

DEFAULT_TARIFF = 300_000_000
"""Nano-dollars per kWh when the person gave none: 0.30 USD."""

LOCAL_EVERY = timedelta(seconds=30)
REMOTE_EVERY = timedelta(minutes=10)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
_SPEED_MEMORY = 0.7
"""How much of the known speed stays when a new one is seen: an exponential mean."""


@dataclass(slots=True)
class _Known:
    """What is known of one tier beside its settings."""

    seen: Availability | None = None
    speed: float | None = None
    failures: int = 0
    next_look: datetime | None = None
    listed: Price | str | None = field(default=None)


class Market:
    """Keeps the snapshot. Lives on one event loop, whichever that is."""

    def __init__(
        self,
        tiers: Sequence[Tier],
        *,
        keys: Callable[[str], str | None],
        builtin_state: Callable[[], Availability],
        person_prices: Mapping[str, PersonPrice] | None = None,
        watts: Mapping[str, Decimal] | None = None,
        nanos_per_kwh: int = DEFAULT_TARIFF,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make the first snapshot from what is known without asking anybody."""
        self._keys = keys
        self._builtin_state = builtin_state
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._listeners: list[Callable[[], None]] = []
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.Task[None] | None = None
        self.set_tiers(tiers, person_prices=person_prices, watts=watts, nanos_per_kwh=nanos_per_kwh)

    @property
    def snapshot(self) -> Snapshot:
        """The one snapshot; replaced as a whole, never changed."""
        return self._snapshot

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` when the snapshot was replaced; return the way to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set_tiers(
        self,
        tiers: Sequence[Tier],
        *,
        person_prices: Mapping[str, PersonPrice] | None = None,
        watts: Mapping[str, Decimal] | None = None,
        nanos_per_kwh: int = DEFAULT_TARIFF,
    ) -> None:
        """Take over the tiers of changed settings; what is known of unchanged ones stays."""
        old = {tier.id: tier for tier in getattr(self, "_tiers", ())}
        self._tiers = tuple(tiers)
        self._person_prices = dict(person_prices or {})
        self._watts = dict(watts or {})
        self._nanos_per_kwh = nanos_per_kwh
        self._known = {
            tier.id: self._known[tier.id]
            if tier.id in self._known and _same_server(old.get(tier.id), tier)
            else _Known()
            for tier in tiers
        }
        self._rebuild()

    def set_enabled(self, tier_id: str, enabled: bool) -> None:  # noqa: FBT001 - it is the switch itself
        """Switch a tier, in the snapshot at once."""
        self._tiers = tuple(
            replace(tier, enabled=enabled) if tier.id == tier_id else tier for tier in self._tiers
        )
        self._rebuild()

    async def load_prices(self) -> None:
        """Read list prices for every tier that has one; offline is no error."""
        wanted = {(tier.provider, tier.model) for tier in self._tiers}
        listed = await catalog.load(wanted)
        for tier in self._tiers:
            if (tier.provider, tier.model) in listed:
                self._known[tier.id].listed = listed[tier.provider, tier.model]
        self._rebuild()

    async def refresh(self, *, force: bool = False) -> None:
        """Ask every enabled tier that is due (``force``: every one) how it is, all at the same time.

        Each answer is in the snapshot as soon as it is there; a dead host delays nobody.
        """
        now = self._clock()
        due = [tier for tier in self._tiers if tier.enabled and (force or self._due(tier, now))]
        await asyncio.gather(*(self._look_at(tier) for tier in due))
        self._rebuild()

    def start(self) -> None:
        """Keep the snapshot fresh from now on."""
        if self._loop is None:
            self._loop = asyncio.create_task(self._keep_fresh())

    async def stop(self) -> None:
        """Stop asking and close the connections."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def record_success(self, tier_id: str, *, tokens_per_second: float | None = None) -> None:
        """Note that a tier answered: it is up, and this fast."""
        known = self._known.get(tier_id)
        if known is None:
            return
        known.failures = 0
        if known.seen is None or known.seen.state is not State.READY:
            known.seen = self._with_model(known.seen, State.READY, "answered a prompt just now")
        if tokens_per_second:
            before = known.speed or tokens_per_second
            known.speed = _SPEED_MEMORY * before + (1 - _SPEED_MEMORY) * tokens_per_second
        known.next_look = self._clock() + REMOTE_EVERY
        self._rebuild()

    def record_failure(self, tier_id: str, error: ProviderError) -> None:
        """Note that a tier failed; an outage takes it out for a growing time, a refused key until changed."""
        known = self._known.get(tier_id)
        if known is None:
            return
        if error.fault in {Fault.KEY_REFUSED, Fault.NO_MONEY}:
            known.seen = self._with_model(known.seen, State.NEEDS_KEY, str(error))
        elif error.fault is Fault.CUT_OFF or not error.fault.outage:
            return
        else:
            known.failures += 1
            wait = min(FIRST_WAIT * 2 ** (known.failures - 1), LONGEST_WAIT)
            if error.retry_after is not None:
                wait = max(wait, timedelta(seconds=min(error.retry_after, 86_400)))
            until = self._clock() + wait
            known.seen = replace(self._with_model(known.seen, State.DOWN, str(error)), retry_at=until)
            known.next_look = until
        self._rebuild()

    def _with_model(self, seen: Availability | None, state: State, reason: str) -> Availability:
        known = seen or Availability(state, reason, self._clock())
        return replace(known, state=state, reason=reason, as_of=self._clock(), retry_at=None)

    def _due(self, tier: Tier, now: datetime) -> bool:
        due = self._known[tier.id].next_look
        return due is None or now >= due

    async def _look_at(self, tier: Tier) -> None:
        if tier.provider is ProviderKind.BUILTIN:
            return
        key = self._keys(tier.key_name) if tier.key_name else None
        if tier.key_name and key is None:
            seen = probes.missing_key(tier)
        else:
            if self._client is None:
                self._client = await open_client()
            seen = await probes.probe(tier, self._client, key)
        known = self._known.get(tier.id)
        if known is None:
            return
        changed = known.seen is None or (known.seen.state, known.seen.model) != (seen.state, seen.model)
        known.seen = seen
        every = LOCAL_EVERY if tier.place is Place.PERSONAL else REMOTE_EVERY
        known.failures = 0 if seen.state.usable else known.failures + 1
        known.next_look = self._clock() + every * min(2 ** max(0, known.failures - 1), 8)
        if changed:
            self._rebuild()

    async def _keep_fresh(self) -> None:
        while True:
            now = self._clock()
            waits = [known.next_look - now for known in self._known.values() if known.next_look is not None]
            await asyncio.sleep(max(5.0, min(waits, default=LOCAL_EVERY).total_seconds()))
            await self.refresh()

    def _rebuild(self) -> None:
        now = self._clock()
        quotes = {tier.id: self._quote(tier, now) for tier in self._tiers}
        self._snapshot = Snapshot(quotes, now)
        for listener in list(self._listeners):
            listener()

    def _quote(self, tier: Tier, now: datetime) -> Quote:
        known = self._known[tier.id]
        seen = self._availability(tier, known, now)
        if seen.model and tier.model == "*":
            tier = replace(tier, abilities=ability_row(seen.model, tier.effort))
        price, reason = self._price(tier, known, now)
        return Quote(tier, seen, price, reason, tokens_per_second=known.speed)

    def _availability(self, tier: Tier, known: _Known, now: datetime) -> Availability:
        if not tier.enabled:
            return Availability(State.OFF, "switched off", now)
        if tier.provider is ProviderKind.BUILTIN:
            return self._builtin_state()
        if known.seen is not None:
            expired = known.seen.retry_at is not None and now >= known.seen.retry_at
            if not expired:
                return known.seen
            return replace(known.seen, state=State.UNKNOWN, reason="failed before; may be tried again")
        return Availability(State.UNKNOWN, "not looked at yet", now)

    def _price(self, tier: Tier, known: _Known, now: datetime) -> tuple[Price | None, str]:
        own = self._person_prices.get(tier.id)
        if own is not None:
            return own.price(now), ""
        if isinstance(known.listed, Price):
            return known.listed, ""
        if isinstance(known.listed, str):
            return None, known.listed
        if catalog.lists(tier.provider):
            return None, "the price list has not been read yet"
        if tier.place is Place.PERSONAL:
            price = electricity_price(
                tier,
                nanos_per_kwh=self._nanos_per_kwh,
                watts=self._watts.get(tier.id),
                tokens_per_second=known.speed,
                now=now,
            )
            return price, ""
        return None, "nobody knows its price; give price_in and price_out in the settings"


def _same_server(old: Tier | None, new: Tier) -> bool:
    if old is None:
        return False
    return (old.provider, old.base_url, old.model, old.key_name) == (
        new.provider,
        new.base_url,
        new.model,
        new.key_name,
    )
