"""What one program saw of a local tier's speed, the next one knows: one price, and no change of it."""

from __future__ import annotations

import asyncio

from broker.world import LOCAL, ask, cloud, end_of, world, write_settings
from compute_broker.broker import broker as broker_module
from compute_broker.broker.events import Finished
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.core.usage import Certainty, Usage
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.records import NewAttempt, NewRequest, RequestStatus, Settlement
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.script import Reply

PAUSES = (0.012, 0.008, 0.016)
"""Seconds between words: a speed of its own for each answer."""


def local(services):
    return services.broker.snapshot.quotes["local"]


def offered(quote):
    return quote.tokens_per_second, quote.first_token_ms, quote.price.rates


async def noted(services):
    await services.prices.note()
    return [(row.input, row.output) for row in reversed(await services.prices.changes("local"))]


async def test_a_command_shows_the_price_that_the_running_tray_shows():
    with LMStudioDouble() as studio:
        home = write_settings(LOCAL.format(url=studio.url))
        async with world(home) as tray:
            assert local(tray).tokens_per_second is None
            guessed = local(tray).price.rates
            for pause in PAUSES:
                studio.enqueue(Reply("word " * 40, pause=pause))
                assert isinstance(end_of(await ask(tray, "Why?")), Finished)
            assert local(tray).tokens_per_second is not None
            assert local(tray).price.rates != guessed
            async with world(home) as command:
                assert offered(local(command)) == offered(local(tray))
                changes, seen = await noted(command), offered(local(tray))
            assert await noted(tray) == changes
            assert changes[0] == (guessed.input, guessed.output)
            assert len(changes) == 2, "from an estimate to a speed that was seen, and no more"
        async with world(home, probe=False) as later:
            assert offered(local(later)) == seen, "also before anybody looked at the server"
            assert await noted(later) == changes


async def test_another_tariff_is_a_change_of_the_price():
    with LMStudioDouble() as studio:
        home = write_settings(LOCAL.format(url=studio.url))
        async with world(home) as services:
            before = await noted(services)
        dearer = "[electricity]\nusd_per_kwh = 0.60\n"
        home.settings.write_text(home.settings.read_text("utf-8") + dearer, "utf-8")
        async with world(home) as services:
            after = await noted(services)
            assert after[:-1] == before
            assert after[-1][1] == 2 * before[-1][1]


async def test_a_hosted_tiers_speed_is_known_after_a_restart():
    with AnthropicDouble() as double:
        home = write_settings(cloud("haiku", double.url))
        async with world(home, probe=False) as services:
            assert services.broker.snapshot.quotes["haiku"].tokens_per_second is None
            ledger, request_id = services.broker.ledger, new_request_id()
            await ledger.begin(NewRequest(request_id, "quick_ask", "Why?"))
            new = NewAttempt("haiku", Place.CLOUD, ProviderKind.ANTHROPIC, "claude-haiku-5-5", None, None)
            reservation = await ledger.reserve(request_id, new)
            await ledger.settle(
                reservation.id,
                Settlement(1, Certainty.EXACT, Usage(10, 100), first_word_ms=300, tokens_per_second=120.0),
            )
            await ledger.finish(request_id, RequestStatus.ANSWERED, answered_by=reservation.id)
        async with world(home, probe=False) as services:
            quote = services.broker.snapshot.quotes["haiku"]
            assert (quote.tokens_per_second, quote.first_token_ms) == (120.0, 300)


async def test_what_a_command_saw_is_known_to_the_tray_that_runs(monkeypatch):
    monkeypatch.setattr(broker_module, "_REFRESH_SECONDS", 0.05)
    with LMStudioDouble() as studio:
        home = write_settings(LOCAL.format(url=studio.url))
        async with world(home) as tray:
            async with world(home) as command:
                studio.enqueue(Reply("word " * 40, pause=0.01))
                assert isinstance(end_of(await ask(command, "Why?")), Finished)
                seen = offered(local(command))
            changed = asyncio.Event()
            tray.broker.subscribe(changed.set)
            async with asyncio.timeout(20):
                while offered(local(tray)) != seen:
                    await changed.wait()
                    changed.clear()
