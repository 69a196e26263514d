"""Settings that another program changed hold for the very next question, watched or not."""

from __future__ import annotations

import asyncio
import sys

from broker.world import ask, cloud, end_of, world, write_settings
from compute_broker.broker.events import Failed, Finished
from compute_broker.config.home import Home
from compute_broker.core.quote import State
from doubles.anthropic_api import AnthropicDouble

HARD = "\n[budget.daily]\namount = 0.000001\nhard = true\n"


async def command(*arguments):
    """Run our own command line as the person does, beside the program that runs."""
    running = await asyncio.create_subprocess_exec(sys.executable, "-m", "compute_broker", *arguments)
    assert await running.wait() == 0


async def test_a_hard_budget_that_was_written_by_hand_holds_for_the_next_question():
    with AnthropicDouble() as double:
        async with world(write_settings(cloud("haiku", double.url)), anthropic="sk-1") as services:
            assert isinstance(end_of(await ask(services, "What is a tide?")), Finished)
            path = Home.find().settings
            text = path.read_text("utf-8")
            scratch = path.with_name("scratch")
            scratch.write_text(text + HARD, "utf-8")
            scratch.replace(path)
            last = end_of(await ask(services, "And the moon?"))
            assert isinstance(last, Failed)
            assert last.over_budget
            path.write_text(text, "utf-8")
            assert isinstance(end_of(await ask(services, "And the moon?")), Finished)
        assert len(double.chats) == 2


async def test_a_tier_that_the_command_line_switched_off_is_not_asked():
    with AnthropicDouble() as double:
        home = write_settings(cloud("haiku", double.url), cloud("sonnet", double.url))
        async with world(home, anthropic="sk-1") as services:
            first = end_of(await ask(services, "What is a tide?"))
            assert isinstance(first, Finished)
            await command("tiers", "disable", first.receipt.quote.tier.id)
            second = end_of(await ask(services, "What is a tide?"))
            assert isinstance(second, Finished)
            assert second.receipt.quote.tier.id != first.receipt.quote.tier.id


async def test_a_bad_file_leaves_the_last_good_budget_in_force():
    with AnthropicDouble() as double:
        home = write_settings(cloud("haiku", double.url), HARD)
        async with world(home, anthropic="sk-1") as services:
            home.settings.write_text("[budget.daily]\namount = 'lots'\n", "utf-8")
            assert isinstance(end_of(await ask(services, "What is a tide?")), Failed)
            assert services.settings.problem is not None
            assert double.chats == []


async def test_a_question_is_answered_although_the_settings_cannot_be_kept(monkeypatch, logs):
    logs.expect("the settings could not be read again")
    with AnthropicDouble() as double:
        home = write_settings(cloud("haiku", double.url))
        async with world(home, anthropic="sk-1") as services:
            monkeypatch.setattr("compute_broker.config.store.tempfile.mkstemp", _full_disk)
            home.settings.write_text(home.settings.read_text("utf-8") + HARD, "utf-8")
            last = end_of(await ask(services, "What is a tide?"))
            assert isinstance(last, Failed), "and by the budget that was read"
            assert last.over_budget


async def test_a_tier_that_was_added_beside_a_running_tray_gets_its_price_and_state():
    with AnthropicDouble() as double:
        home = write_settings(cloud("haiku", double.url))
        async with world(home, anthropic="sk-1") as services:
            home.settings.write_text(home.settings.read_text("utf-8") + cloud("sonnet", double.url), "utf-8")
            await services.follow()
            quote = services.broker.snapshot.quotes["sonnet"]
            assert (quote.availability.state, quote.price is not None) == (State.READY, True)


def _full_disk(**_):
    raise OSError(28, "No space left on device")
