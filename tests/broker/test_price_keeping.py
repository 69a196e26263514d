"""What the market quotes is kept, and a word of the person reaches every program of theirs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from broker.world import cloud, write_settings
from compute_broker.broker import price_keeping
from compute_broker.compose import Services
from compute_broker.config.home import Home
from compute_broker.core.money import nanos_from_usd
from doubles.catalog_page import CatalogDouble
from doubles.openrouter_api import KIMI, OpenRouterDouble, endpoint_row

BLOCK = """
[[tiers]]
id = "kimi"
provider = "openrouter"
model = "{model}"
base_url = "{url}"
key = "openrouter"
place = "cloud"
"""


def settings_at(double: OpenRouterDouble, model: str = KIMI) -> Home:
    return write_settings(BLOCK.format(model=model, url=double.url), head='baseline = "kimi"\n')


@asynccontextmanager
async def started(home: Home, *, probe: bool = True):
    services = Services(home)
    services.keys.set("openrouter", "sk", session_only=True)
    try:
        await services.start(probe=False)
        if probe:
            await read_again(services)
        yield services
    finally:
        await services.close()


async def read_again(services: Services) -> None:
    """Have everything read as if a while had passed."""
    services.market._prices._read_at.clear()
    await services.look()
    await services.prices.note()


def host(prompt: str, completion: str) -> list[dict]:
    return [endpoint_row(KIMI, "Novita", prompt, completion)]


async def states(services: Services) -> list[tuple[str, int | None]]:
    return [(row.state.value, row.output) for row in reversed(await services.prices.changes("kimi"))]


async def out(services: Services) -> int:
    return services.market.snapshot.quotes["kimi"].price.rates.output


GOOD, FREE = nanos_from_usd("3.4"), 0


async def test_restarts_and_commands_write_no_change_twice():
    with OpenRouterDouble() as double:
        home = settings_at(double)
        double.endpoints = {KIMI: host("0.0000008", "0.0000034")}
        for _ in range(3):
            async with started(home) as services:
                assert await states(services) == [("in_force", GOOD)]
        async with started(home, probe=False) as services:
            assert await states(services) == [("in_force", GOOD)]
        double.endpoints = {KIMI: host("0.0000008", "0.0000030")}
        async with started(home) as services:
            assert await states(services) == [("in_force", GOOD), ("in_force", nanos_from_usd("3"))]


async def test_a_sudden_change_is_held_across_a_restart_until_it_is_read_again():
    with OpenRouterDouble() as double:
        model = "lab/unlisted"  # of which no catalog could say that it costs something
        home = settings_at(double, model)
        double.endpoints = {model: host("0.0000008", "0.0000034")}
        async with started(home):
            pass
        double.endpoints = {model: host("0", "0")}
        async with started(home) as services:
            assert await out(services) == GOOD, "its first reading is compared with what the ledger remembers"
            assert await states(services) == [("in_force", GOOD), ("held", FREE)]
            assert "before a sudden change" in services.market.snapshot.quotes["kimi"].price.source
            assert services.market.snapshot.quotes["kimi"].held.new.output == FREE
        async with started(home) as services:
            assert await out(services) == GOOD, "a command that is called twice in a minute confirms nothing"


async def test_a_person_believes_a_held_price_in_the_window():
    with OpenRouterDouble() as double:
        async with started(settings_at(double), probe=False) as services:
            double.endpoints = {KIMI: host("0.0000008", "0.0000034")}
            await read_again(services)
            double.endpoints = {KIMI: host("0", "0")}
            await read_again(services)
            assert await out(services) == GOOD
            assert await services.prices.believe("kimi") is not None
            assert await out(services) == FREE
            assert await states(services) == [("in_force", GOOD), ("confirmed", FREE), ("in_force", FREE)]
            assert await services.prices.believe("kimi") is None


async def test_a_commands_word_reaches_the_program_that_runs(monkeypatch):
    monkeypatch.setattr(price_keeping, "LOOK_SECONDS", 0.05)
    with OpenRouterDouble() as double:
        home = settings_at(double)
        async with started(home, probe=False) as tray:
            double.endpoints = {KIMI: host("0.0000008", "0.0000034")}
            await read_again(tray)
            double.endpoints = {KIMI: host("0", "0")}
            await read_again(tray)
            assert await out(tray) == GOOD
            free = asyncio.Event()
            quotes = tray.market
            quotes.subscribe(
                lambda: free.set() if quotes.snapshot.quotes["kimi"].price.rates.output == FREE else None
            )
            async with started(home, probe=False) as command:
                assert (await command.prices.believe("kimi")).output == FREE
            async with asyncio.timeout(10):
                await free.wait()
            await tray.prices.note()
            assert (await states(tray))[-1] == ("in_force", FREE)


async def test_a_glitch_that_is_not_repeated_leaves_nothing_to_believe():
    with OpenRouterDouble() as double:
        async with started(settings_at(double), probe=False) as services:
            for prompt, completion in (("0.0000008", "0.0000034"), ("0", "0"), ("0.0000008", "0.0000034")):
                double.endpoints = {KIMI: host(prompt, completion)}
                await read_again(services)
            assert await states(services) == [("in_force", GOOD), ("dropped", FREE)]
            assert await services.prices.believe("kimi") is None
            assert await out(services) == GOOD


async def test_a_price_is_noted_only_when_every_better_source_has_been_asked():
    with OpenRouterDouble() as double:
        async with started(settings_at(double), probe=False) as services:
            await services.market.load_prices()
            services.market.take_catalog_update({})
            assert services.market.snapshot.quotes["kimi"].price is not None
            await services.prices.note()
            assert await states(services) == []


async def test_an_update_of_the_catalog_is_asked_for_and_used_by_the_program():
    with CatalogDouble() as double:
        head = f'baseline = "haiku"\n[prices]\nupdate_catalog = true\ncatalog_url = "{double.page_url}"\n'
        home = write_settings(cloud("haiku", "http://127.0.0.1:9"), head=head)
        tray = Services(home, sparing=True)
        try:
            await tray.start(probe=False)
            await tray._read_catalog()
            price = tray.market.snapshot.quotes["haiku"].price
            assert price.source.startswith("genai-prices, updated ")
            assert price.rates.output == nanos_from_usd("1")
        finally:
            await tray.close()
        command = Services(home)
        try:
            await command.start(probe=False)
            await command._read_catalog()
            assert command.market.snapshot.quotes["haiku"].price == price, "the next start has it"
        finally:
            await command.close()
        assert len(double.requests) == 1


async def test_without_the_persons_word_the_catalog_is_never_fetched():
    with CatalogDouble() as double:
        head = f'baseline = "haiku"\n[prices]\ncatalog_url = "{double.page_url}"\n'
        tray = Services(write_settings(cloud("haiku", "http://127.0.0.1:9"), head=head), sparing=True)
        try:
            await tray.start(probe=False)
            await tray._read_catalog()
            assert tray.market.snapshot.quotes["haiku"].price.source.startswith("genai-prices 0.")
        finally:
            await tray.close()
        assert double.requests == []
