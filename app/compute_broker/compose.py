"""Wires everything: settings to tiers, tiers to the market, and all of it to one broker.

async with opened() as services:
    async for event in services.broker.ask("How do tides work?"): ...
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from compute_broker import errands
from compute_broker.broker.broker import Broker, Preferences
from compute_broker.broker.price_keeping import PriceKeeping
from compute_broker.broker.reading import Classifying
from compute_broker.classify import default_classifier
from compute_broker.config.home import Home
from compute_broker.config.keys import KeyStore
from compute_broker.config.logs import start_log
from compute_broker.config.schema import Settings
from compute_broker.config.store import SettingsStore
from compute_broker.config.tier_settings import DEFAULT_URLS
from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.quote import Snapshot, State
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.from_settings import limits_of, plans_of, privacy_rules, terms_of, tiers_of
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.market.catalog import load as load_catalog
from compute_broker.market.market import Market
from compute_broker.providers.builtin.engine import BuiltinEngine
from compute_broker.providers.door import ProviderDoor
from compute_broker.providers.keycheck import check_key

if TYPE_CHECKING:
    from compute_broker.market.power.meter import PowerMeter
    from compute_broker.market.server_check import Report
    from compute_broker.market.survey import Hardware, Survey

PROBE_SECONDS = 2.5
"""How long a command waits to learn which tiers are up; a slower one is asked all the same."""

HOUSEKEEPING_SECONDS = 3600.0
"""How often the day's backup is seen to: by the hour, since a machine may sleep at midnight."""

_LATE_SECONDS = 30.0
"""How long the first keys may take before the tray looks on without them: at login all programs start."""

_log = logging.getLogger(__name__)


class Services:
    """The program's parts. Make them, ``await start()``, use :attr:`broker`, ``await close()``."""

    def __init__(self, home: Home | None = None, *, sparing: bool = False) -> None:
        """Read the settings file; nothing else is touched.

        ``sparing`` is for a program that stays: a child reads keys and prices, which saves 25 MB here.
        """
        self._sparing = sparing
        self.home = home or Home.find()
        self.settings = SettingsStore(self.home)
        self._in_force = self.settings.current
        """The settings that market and broker go by."""
        self._listed: set[tuple[ProviderKind, str]] | None = None
        """The models whose prices were looked up; ``None`` before the first look."""
        self.keys = KeyStore()
        self.engine = BuiltinEngine()
        self.door = ProviderDoor(self.keys.get, self.engine)
        self.market = self._make_market()
        self._broker: Broker | None = None
        self._prices: PriceKeeping | None = None
        self._ledger: AsyncLedger | None = None
        self._looking: asyncio.Task[None] | None = None
        self._housekeeping: asyncio.Task[None] | None = None
        self._stop_log: Callable[[], None] = lambda: None
        self._stop_listening: Callable[[], None] = lambda: None

    @cached_property
    def machine(self) -> Survey:
        """What looks at this machine's hardware, when asked and never by itself."""
        from compute_broker.market.survey import Survey  # noqa: PLC0415 - only who looks at it pays for it

        return Survey()

    async def look_at_machine(self) -> Hardware:
        """Return what this machine has; a thread reads the code that looks, which takes 30 ms once."""
        await asyncio.to_thread(import_module, "compute_broker.market.survey")
        return await self.machine.look()

    @cached_property
    def meter(self) -> PowerMeter:
        """What measures the electricity of this machine's answers; a tier with watts of its own is not."""
        from compute_broker.market.power.meter import PowerMeter  # noqa: PLC0415 - only who answers here pays

        return PowerMeter(lambda tier_id: tier_id in terms_of(self.settings.current).watts)

    @property
    def broker(self) -> Broker:
        """The broker; there is one as soon as :meth:`start` has opened the ledger."""
        if self._broker is None:
            raise RuntimeError("the services are not started")
        return self._broker

    @property
    def prices(self) -> PriceKeeping:
        """The history of prices; there is one as soon as :meth:`start` has opened the ledger."""
        if self._prices is None:
            raise RuntimeError("the services are not started")
        return self._prices

    async def start(self, *, probe: bool = True) -> None:
        """Open the ledger and read the classifier; with ``probe`` also :meth:`look` once.

        Raises:
            LedgerError: the ledger cannot be used; the text says what to do.
        """
        self.home.prepare()
        self._stop_log = start_log(self.home.log, self.keys.secrets)
        if self._sparing:
            await errands.make_ledger(self.home.ledger)
        self._ledger = await AsyncLedger.open(self.home.ledger)
        classifier, paces = await asyncio.gather(
            # Reading its weights takes 25 ms, longer than a loop that draws a window may wait.
            asyncio.to_thread(default_classifier),
            self._ledger.paces(),
        )
        self.market.recall(paces)
        self._broker = Broker(
            classifier=classifier,
            market=self.market,
            ledger=self._ledger,
            door=self.door,
            preferences=self._preferences,
            save_switch=self._save_switch,
            meter=lambda: self.meter,
            catch_up=self.catch_up,
        )
        await self._broker.start()
        self._prices = PriceKeeping(self.market, self._ledger)
        await self._prices.start()
        self.settings.tell_through = asyncio.get_running_loop().call_soon_threadsafe
        self._stop_listening = self.settings.subscribe(self._settings_changed)
        if probe:
            await self.look()

    async def look(self) -> None:
        """Read the price list, and meanwhile ask keyring and servers how things stand for ``PROBE_SECONDS``.

        What they tell later is taken over when it comes. The keyring is left alone unless an enabled
        tier needs a key.
        """
        if self._looking is not None:
            self._looking.cancel()
        asking = self.market.refresh(force=True, read_keys=self._read_keys)
        self._looking = asyncio.create_task(asking)
        await asyncio.gather(_seen(self._looking), self._read_catalog())

    async def catch_up(self) -> None:
        """Take over what somebody else has written into the settings file since it was read.

        Whoever awaits this goes on with the file's settings, also where nobody can watch it (a home on the
        network). Where nothing changed it costs one look at the file, in a thread.
        """
        try:
            await asyncio.to_thread(self.settings.catch_up)
        except EnvironmentFaultError as error:
            _log.warning("the settings could not be read again: %s", error)
        self._settings_changed()

    async def follow(self) -> None:
        """Catch up, and look at what the file names for the first time: a model has a price to be read."""
        await self.catch_up()
        if self._listed is not None and not self._models() <= self._listed:
            await self.look()

    async def look_again(self) -> None:
        """Ask the tiers whose turn it is, for ``PROBE_SECONDS``: for a program that waits for prompts."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self.market.refresh())
        await _seen(self._looking)

    async def close(self) -> None:
        """Stop and release everything, the engine's child process included. Closing twice does nothing.

        A part that fails to close keeps no other from it; what it raised is raised at the end.
        """
        async with AsyncExitStack() as parts:  # closes from the last to the first
            parts.callback(self._stop_log)
            if self._ledger is not None:
                parts.push_async_callback(self._ledger.close)
            parts.push_async_callback(self.door.close)
            if self._broker is not None:
                parts.push_async_callback(self._broker.close)
            if self._prices is not None:
                parts.push_async_callback(self._prices.close)
            parts.push_async_callback(self.market.stop)
            if "meter" in self.__dict__:  # it was wanted
                parts.push_async_callback(self.meter.close)
            parts.push_async_callback(self._end_tasks)
            parts.callback(self._stop_listening)

    async def watch(self) -> None:
        """Look once; from then on keep the market true and back the ledger up daily, until closed."""
        try:
            await self.look()
            if self._looking is not None:
                await asyncio.wait({self._looking}, timeout=_LATE_SECONDS)
        except Exception:  # noqa: BLE001 - whatever it was, the market goes on
            _log.exception("the first look at the tiers failed; they are looked at again")
        self.market.start()
        if self._ledger is not None:
            self._housekeeping = asyncio.create_task(self._keep_house(self._ledger))
            await self._look_after(self._ledger)

    async def forget_before(self, day: date) -> tuple[int, list[Path]]:
        """Have the ledger forget what was said before the local day ``day``, copies included.

        Returns how many prompts, and copies that were left because only the person can judge them.

        Raises:
            LedgerError: the ledger cannot be written.
        """
        ledger = self.broker.ledger
        count = await ledger.forget(day)
        if not count:
            return 0, []
        return count, await ledger.forget_in_copies(self.home.backups, day)

    async def forget_requests(self, request_ids: Sequence[str]) -> tuple[int, list[Path]]:
        """Have the ledger forget what was said in these requests, copies included; as :meth:`forget_before`.

        Raises:
            LedgerError: the ledger cannot be written.
        """
        ledger = self.broker.ledger
        count = await ledger.forget_requests(request_ids)
        return count, await ledger.forget_in_copies(self.home.backups, request_ids)

    async def test_key(self, provider: ProviderKind, key: str, base_url: str = "") -> str:
        """Try a key for real and return what the provider said, in a sentence.

        Raises:
            BrokerError: the key is refused or the provider cannot be reached; the text says which.
        """
        return await check_key(provider, key, base_url or DEFAULT_URLS[provider])

    async def test_server(self, address: str, key: str = "", place: Place | None = None) -> Report:
        """Find out what answers at ``address``: its kind and models, or what is wrong and what to do."""
        from compute_broker.market.server_check import check_server  # noqa: PLC0415 - seldom wanted

        return await check_server(address, key, place)

    async def _read_keys(self) -> None:
        """Read the keys of the tiers that are on; the child, once it runs, reads those of all tiers."""
        tiers = [tier for tier in self.settings.current.tiers if tier.key_name]
        names = {tier.key_name for tier in tiers if tier.enabled and tier.key_name}
        if self._sparing:
            await errands.read_keys(self.keys, {tier.key_name for tier in tiers if tier.key_name})
        else:
            await asyncio.to_thread(self.keys.load, names)

    async def _read_catalog(self) -> None:
        """Read list prices; where the person wants updates, the latest too, which the tray fetches daily."""
        self._listed = self._models()
        await self.market.load_prices(errands.read_prices if self._sparing else load_catalog)
        prices = self.settings.current.prices
        if not prices.update_catalog:
            self.market.take_catalog_update({})
            return
        found = await errands.read_updated_prices(
            self._models(), self.home.catalog, fetch=self._sparing, url=prices.catalog_url
        )
        self.market.take_catalog_update(found, keep=True)

    async def _keep_house(self, ledger: AsyncLedger) -> None:
        """Look after the ledger by the hour, however long the program runs."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            await self._look_after(ledger)
            await self._update_catalog()

    async def _update_catalog(self) -> None:
        """Read the catalog's update anew where the person wants updates: the child fetches it once a day."""
        if not self.settings.current.prices.update_catalog:
            return
        try:
            await self._read_catalog()
        except Exception:  # noqa: BLE001 - a loop that ends is worse than whatever this was
            _log.exception("the price catalog was not updated; it is tried again")

    async def _look_after(self, ledger: AsyncLedger) -> None:
        """Forget what is older than the person keeps, and make the day's copy."""
        try:
            days = self.settings.current.data.keep_prompts_days
            if days is not None:
                await self.forget_before(datetime.now().astimezone().date() - timedelta(days=days))
            await ledger.backup_daily(self.home.backups)
        except Exception:  # noqa: BLE001 - a loop that ends is worse than whatever this was
            _log.exception("the care of the ledger failed; it is tried again")

    async def _end_tasks(self) -> None:
        tasks = {task for task in (self._looking, self._housekeeping) if task is not None}
        self._looking = self._housekeeping = None
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _models(self) -> set[tuple[ProviderKind, str]]:
        """Return the models that tiers name, by provider."""
        return {(tier.provider, tier.model) for tier in self.settings.current.tiers}

    def _save_switch(self, tier_id: str, enabled: bool) -> None:  # noqa: FBT001 - it is the switch itself
        from compute_broker.config.edits import set_tier_value  # noqa: PLC0415 - brings tomlkit

        self.settings.update(set_tier_value(tier_id, "enabled", enabled))

    def _preferences(self) -> Preferences:
        settings = self.settings.current
        return Preferences(
            settings.quality,
            settings.baseline,
            limits_of(settings),
            settings.cross_check.of,
            settings.most_seconds,
            Classifying(settings.classifier),
            settings.classifier_tier,
            privacy_rules(tuple(settings.privacy.words), tuple(settings.privacy.presets)),
            plans_of(settings),
        )

    def _settings_changed(self) -> None:
        """Take over tiers, prices and budgets after any change of the file."""
        settings = self.settings.current
        if settings == self._in_force:
            return
        self._in_force = settings
        self.market.set_tiers(tiers_of(settings), terms_of(settings))
        if self._broker is not None:
            self._broker.settings_changed()

    def _make_market(self) -> Market:
        settings = self.settings.current
        return Market(
            tiers_of(settings),
            keys=self.keys.get,
            builtin_state=self.engine.state,
            terms=terms_of(settings),
            awake=time.monotonic,
        )


async def _seen(looking: asyncio.Task[None]) -> None:
    """Wait ``PROBE_SECONDS`` for ``looking`` and leave it going after that."""
    done, _ = await asyncio.wait({looking}, timeout=PROBE_SECONDS)
    if not done:
        looking.add_done_callback(_log_failure)
    elif not looking.cancelled():
        looking.result()


def _log_failure(late: asyncio.Task[None]) -> None:
    if not late.cancelled() and (error := late.exception()) is not None:
        _log.error("looking at the tiers failed", exc_info=error)


@asynccontextmanager
async def opened(home: Home | None = None, *, probe: bool = True) -> AsyncIterator[Services]:
    """Start the services for one command, and close them whatever happens."""
    services = Services(home)
    try:
        await services.start(probe=probe)
        yield services
    finally:
        await services.close()


def catalog_snapshot(home: Home | None = None) -> tuple[Snapshot, Settings]:
    """Return the settings' tiers with their prices, taken as if all were up: for planning, not asking."""
    services = Services(home)
    asyncio.run(services.market.load_prices())
    snapshot = services.market.snapshot
    quotes = {
        quote.tier.id: replace(quote, availability=replace(quote.availability, state=State.READY), rule="")
        for quote in snapshot
        if quote.tier.enabled
    }
    return Snapshot(quotes, snapshot.as_of), services.settings.current
