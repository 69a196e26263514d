"""The market: one immutable snapshot of every tier's state and price, and what keeps it true.

Nothing here is I/O until :meth:`Market.load_prices`, :meth:`Market.refresh` or :meth:`Market.start`.
Real requests are the best probe: what they meet is told by the ``record_*`` methods (``recording``).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from compute_broker.core.ability import AbilityRow, corrected
from compute_broker.core.conditions import Conditions
from compute_broker.core.headroom import PlanStanding
from compute_broker.core.listeners import Listeners
from compute_broker.core.price_origin import PriceKind
from compute_broker.core.quote import Availability, Quote, Snapshot, State
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind, Tier
from compute_broker.market import catalog
from compute_broker.market.abilities import ability_row
from compute_broker.market.availability.ask import missing_key, probe
from compute_broker.market.breaker import FIRST_WAIT, LONGEST_WAIT, Breaker
from compute_broker.market.hold import Memory
from compute_broker.market.known import Known
from compute_broker.market.pace import LOCAL_EVERY, TRIAL_EVERY, interval
from compute_broker.market.plan_price import by_plan
from compute_broker.market.price_reading import PriceReading
from compute_broker.market.pricing import CatalogReader, PriceBook
from compute_broker.market.recording import Recording, model_at
from compute_broker.market.rush import in_use
from compute_broker.market.sleeping import SleepWatch, one_by_one
from compute_broker.market.speeds import SpeedBook
from compute_broker.market.terms import Terms
from compute_broker.market.updated_catalog import Listed
from compute_broker.net.client import make_client

if TYPE_CHECKING:
    import httpx2

    from compute_broker.market.conditions import ConditionReader
    from compute_broker.market.host_book import Speed

__all__ = ["FIRST_WAIT", "LONGEST_WAIT", "Market"]

_log = logging.getLogger(__name__)

Watched = Sequence[tuple[Tier, Known]]

_CONNECT_SECONDS = 3.0
_SHORTEST_PAUSE = timedelta(seconds=1)
_NO_LONGER = timedelta(seconds=30)
"""The longest pause of the background loop: after a night's sleep the machine looks again soon."""


class Market(Recording):
    """Keeps the snapshot. Lives on one event loop, whichever that is."""

    def __init__(
        self,
        tiers: Sequence[Tier],
        *,
        keys: Callable[[str], str | None],
        builtin_state: Callable[[], Availability],
        terms: Terms | None = None,
        conditions: ConditionReader | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        rng: Callable[[], float] = random.random,
        awake: Callable[[], float] | None = None,
    ) -> None:
        """Make the first snapshot from what is known without asking anybody.

        ``terms`` are the person's own figures, ``rng`` jitters the breakers' waits. ``awake`` counts seconds
        and stands still while the machine sleeps: without it no sleep is noticed.
        """
        self._keys = keys
        self._builtin_state = builtin_state
        self._clock = clock
        self._rng = rng
        self._tiers: tuple[Tier, ...] = ()
        self._known: dict[str, Known] = {}
        self._speeds = SpeedBook()
        self._prices = PriceBook()
        self._reading = PriceReading(self._prices, self._open, clock, self._rebuild)
        self._conditions = conditions
        self._listeners = Listeners()
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._loop: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._hidden = self._sparing = False
        self._sleep = SleepWatch(clock, awake)
        self._plans: Mapping[str, PlanStanding] = {}
        self._snapshot = Snapshot()
        self._learned: Callable[[Tier, str, AbilityRow], AbilityRow] = lambda _tier, _model, row: row
        self.set_tiers(tiers, terms)

    @property
    def snapshot(self) -> Snapshot:
        """The one snapshot; replaced as a whole, never changed."""
        return self._snapshot

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` when the snapshot was replaced; return the way to stop that."""
        return self._listeners.add(listener)

    def set_tiers(self, tiers: Sequence[Tier], terms: Terms | None = None) -> None:
        """Take over the tiers of changed settings; what is known of unchanged ones stays."""
        old = {tier.id: tier for tier in self._tiers}
        self._tiers = tuple(tiers)
        self._prices.terms = terms or Terms()
        same = {tier.id for tier in tiers if _same_server(old.get(tier.id), tier)}
        self._known = {
            tier.id: self._known[tier.id] if tier.id in same else Known(Breaker(self._rng)) for tier in tiers
        }
        self._prices.keep_draws(same)
        self._speeds.keep(same)
        self._rebuild()
        self._wake.set()

    def learn(self, learned: Callable[[Tier, str, AbilityRow], AbilityRow]) -> None:
        """Apply what use has taught to the abilities of every tier: ``(tier, model, row)`` to a row."""
        self._learned = learned
        self._rebuild()

    def set_enabled(self, tier_id: str, enabled: bool) -> None:  # noqa: FBT001 - it is the switch itself
        """Switch a tier, in the snapshot at once."""
        self._tiers = tuple(
            replace(tier, enabled=enabled) if tier.id == tier_id else tier for tier in self._tiers
        )
        self._rebuild()
        self._wake.set()

    def set_hidden(self, hidden: bool) -> None:  # noqa: FBT001 - it is the state itself
        """Look four times less often while nobody looks at us, and with fresh patience once somebody does."""
        if hidden != self._hidden:
            self._hidden = hidden
            for known in self._known.values():
                known.misses = known.misses if hidden else min(known.misses, 1)
            self._change_pace()

    def set_sparing(self, sparing: bool) -> None:  # noqa: FBT001 - it is the state itself
        """Look three times less often while the machine is to be spared: on battery."""
        if sparing != self._sparing:
            self._sparing = sparing
            self._change_pace()

    def set_plans(self, plans: Mapping[str, PlanStanding]) -> None:
        """Take over how the plans of the tiers stand that are paid by one."""
        if plans != self._plans:
            self._plans = plans
            self._rebuild()

    async def load_prices(self, read: CatalogReader = catalog.load) -> None:
        """Read list prices for every tier that has one, through ``read``; offline is no error."""
        await self._prices.load_catalog(self._tiers, read)
        self._rebuild()

    def take_catalog_update(self, listed: Listed, *, keep: bool = False) -> None:
        """Take in what an update of the catalog says; without ``keep`` earlier ones are forgotten."""
        self._prices.take_update(listed, self._tiers, self._clock(), keep=keep)
        self._rebuild()

    def remember_prices(self, memories: Mapping[tuple[str, PriceKind], Memory]) -> None:
        """Take over what the ledger has of prices; a held one that was believed is in force from now on."""
        if self._prices.remember(memories, self._tiers, self._clock()):
            self._rebuild()

    def believe_price(self, tier_id: str) -> bool:
        """Put a tier's held price in force at the person's word; return whether there was one."""
        now = self._clock()
        believed = any(self._prices.believe(tier, now) for tier in self._tiers if tier.id == tier_id)
        if believed:
            self._rebuild()
        return believed

    def price_settled(self, tier: Tier) -> bool:
        """Whether every source that comes before a tier's price in force has been asked since the start."""
        return self._prices.settled(tier)

    def price_was_read(self, tier: Tier, kind: PriceKind) -> bool:
        """Whether a tier's price has been read from that kind of source since the start."""
        return self._prices.was_read(tier, kind)

    async def refresh(
        self, *, force: bool = False, read_keys: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Ask every enabled tier that is due (``force``: every one) how it is, all at the same time.

        Each answer is in the snapshot as soon as it is there: a dead host delays nobody, and a slow
        keyring only the tiers that need a key. ``read_keys`` is called before a key is asked for.
        """
        await self._read_conditions()
        if self._sleep.slept() and not force:
            self._wake_up()
        asked = [(tier, self._known[tier.id]) for tier in self._watched()]
        keyless = [(tier, known) for tier, known in asked if not tier.key_name]
        keyed = [(tier, known) for tier, known in asked if tier.key_name]
        await asyncio.gather(
            self._ask_due(keyless, dict.fromkeys((tier.key_name for tier, _ in keyless), ""), force=force),
            self._ask_keyed(keyed, read_keys, force=force),
            self._reading.read_spots(self._watched(), force=force, hidden=self._hidden),
        )
        self._rebuild()

    async def _read_conditions(self) -> None:
        """Learn the state of this machine, where a rule of the person's asks for it."""
        rule = self._prices.terms.rule
        if self._conditions is None:
            if not rule.asks:
                return
            from compute_broker.market.conditions import ConditionReader  # noqa: PLC0415 - few have a rule

            self._conditions = ConditionReader()
        if await self._conditions.refresh(rule):
            self._rebuild()

    async def _ask_keyed(
        self, asked: Watched, read_keys: Callable[[], Awaitable[None]] | None, *, force: bool
    ) -> None:
        if not asked:
            return
        if read_keys is not None:
            await read_keys()
        keys = await asyncio.to_thread(self._read_keys, {tier.key_name for tier, _ in asked})
        await self._ask_due(asked, keys, force=force)

    async def _ask_due(self, asked: Watched, keys: Mapping[str | None, str | None], *, force: bool) -> None:
        now = self._clock()
        due = [(tier, known) for tier, known in asked if force or known.due(now)]
        keyed = [tier for tier, _ in asked if keys[tier.key_name] is not None]
        await asyncio.gather(
            *(self._look_at(tier, known, keys[tier.key_name]) for tier, known in due),
            self._reading.read_live(keyed, keys, force=force),
        )

    def start(self) -> None:
        """Keep the snapshot fresh from now on."""
        if self._loop is None:
            self._loop = asyncio.create_task(self._keep_fresh())

    async def stop(self) -> None:
        """Stop asking and close the connections."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.cancel()
            await asyncio.wait({loop})
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def pause(self) -> float:
        """Return the seconds until somebody is to be looked at again."""
        now = self._clock()
        looks = [self._known[tier.id].next_look or now for tier in self._watched()]
        wait = min((look - now for look in looks), default=LOCAL_EVERY)
        wait = min(wait, self._prices.terms.until_change(now) or wait)
        return max(_SHORTEST_PAUSE, min(wait, _NO_LONGER)).total_seconds()

    def _watched(self) -> list[Tier]:
        return [tier for tier in self._tiers if tier.enabled and tier.provider is not ProviderKind.BUILTIN]

    def _interval(self, tier_id: str) -> timedelta:
        watched = self._watched()
        tier = next((tier for tier in watched if tier.id == tier_id), None)
        known = self._known[tier_id]
        if tier is None:
            return LOCAL_EVERY
        if known.failed_lately(self._clock()):
            return TRIAL_EVERY
        return interval(tier, watched, misses=known.misses, hidden=self._hidden, sparing=self._sparing)

    def _change_pace(self) -> None:
        """Look when it is time by the new pace, counted from the last look."""
        for tier in self._watched():
            known = self._known[tier.id]
            if known.looked_at is not None:
                known.next_look = known.looked_at + self._interval(tier.id)
        self._wake.set()

    def _wake_up(self) -> None:
        """Look at one tier after the other: the machine slept, so that all are due at once."""
        for tier, moment in one_by_one(self._watched(), self._clock()):
            self._known[tier.id].next_look = moment

    def _read_keys(self, names: Collection[str | None]) -> dict[str | None, str | None]:
        """Return the keys by name, ``None`` where missing.

        Blocks on the keyring when a key is asked for the first time: for a thread.
        """
        return {name: self._keys(name) for name in names if name}

    async def _look_at(self, tier: Tier, known: Known, key: str | None) -> None:
        seen = missing_key(tier) if key is None else await probe(tier, await self._open(), key)
        if self._known.get(tier.id) is not known:
            return  # the settings changed meanwhile: this answer is another server's
        changed = known.look(seen)
        known.looked_at = self._clock()
        known.next_look = known.looked_at + self._interval(tier.id)
        if changed:
            self._rebuild()

    async def _open(self) -> httpx2.AsyncClient:
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(make_client, connect_seconds=_CONNECT_SECONDS)
            return self._client

    async def _keep_fresh(self) -> None:
        failed = False
        while True:
            self._wake.clear()
            wait = _NO_LONGER.total_seconds() if failed else self.pause()
            began = self._clock()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
            if self._sleep.overslept(began, wait):
                self._sleep.slept()
                self._wake_up()
            try:
                await self.refresh()
                failed = False
            except Exception:  # noqa: BLE001 - a loop that ends is worse than whatever this was
                _log.exception("looking at the tiers failed; the next round is tried all the same")
                failed = True

    def _rebuild(self) -> None:
        now = self._clock()
        quotes = {tier.id: self._quote(tier, now) for tier in self._tiers}
        self._snapshot = Snapshot(quotes, now, self._state())
        self._listeners.tell()

    def _quote(self, tier: Tier, now: datetime) -> Quote:
        known = self._known[tier.id]
        seen = self._availability(tier, known, now)
        model = model_at(tier, seen)
        row = tier.abilities if model == tier.model else ability_row(model, tier.effort)
        tier = replace(tier, abilities=self._learned(tier, model, corrected(row, tier.corrections)))
        timed = self._speeds.of(tier.id, model, tier.effort)
        speed = timed.tokens_per_second or seen.tokens_per_second
        found = self._prices.price(tier, speed, now)
        price, reason, plan = found.price, found.reason, self._plans.get(tier.id)
        if plan is not None:
            seen, price, reason = by_plan(plan, seen, price, reason, now)
        quote = Quote(
            tier,
            seen,
            price,
            reason,
            first_token_ms=None if timed.first_ms is None else round(timed.first_ms),
            tokens_per_second=speed,
            price_kind=found.kind,
            held=found.held,
            rule=self._prices.terms.rule.reason(tier, self._state(), now),
            since=_since(self._snapshot.quotes.get(tier.id), seen),
            answering=known.answering,
            rate=known.rate_left(now),
            plan=plan,
        )
        return _with_speed_of_others(quote, found.speed)

    def _state(self) -> Conditions:
        return self._conditions.current if self._conditions is not None else Conditions()

    def _availability(self, tier: Tier, known: Known, now: datetime) -> Availability:
        if not tier.enabled:
            return Availability(State.OFF, tr("switched off"), now)
        if tier.provider is ProviderKind.BUILTIN:
            return in_use(self._builtin_state(), known.answering, now)
        return known.availability(now)


def _with_speed_of_others(quote: Quote, speed: Speed | None) -> Quote:
    """Return the quote with what others measured, where nothing was measured here."""
    if speed is None or quote.tokens_per_second is not None:
        return quote
    first = quote.first_token_ms if quote.first_token_ms is not None else speed.first_token_ms
    return replace(
        quote, tokens_per_second=speed.tokens_per_second, first_token_ms=first, speed_source=speed.source
    )


def _since(before: Quote | None, seen: Availability) -> datetime:
    """Return when the tier came to be in the state it is in."""
    if before is None or before.since is None or before.availability.state is not seen.state:
        return seen.as_of
    return min(before.since, seen.as_of)


def _same_server(old: Tier | None, new: Tier) -> bool:
    if old is None:
        return False
    return (old.provider, old.base_url, old.model, old.key_name) == (
        new.provider,
        new.base_url,
        new.model,
        new.key_name,
    )
