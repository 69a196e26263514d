"""A tier that is dead on a real socket: it is given up quickly, by itself or at the person's word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing

import pytest

from broker.builders import HAIKU, LOCAL, snapshot, task
from broker.world import cloud, end_of, text_of, world, write_settings
from compute_broker.broker.attempts import CONNECT_FAR_SECONDS, CONNECT_NEAR_SECONDS, _connect_seconds
from compute_broker.broker.events import AskOptions, Attempt, Delta, Failed, Failover, Finished
from compute_broker.broker.haste import Haste
from compute_broker.broker.policy import Rules, decide
from compute_broker.broker.trip import Order, Trip
from compute_broker.core.decision import MODES
from compute_broker.core.quote import State
from compute_broker.desktop.ask.words import failover_line
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Gate, Reply
from support.dead_ports import hanging_port, refused_port, silent_port

DEAD = """
[[tiers]]
id = "dead"
label = "LM Studio"
provider = "lmstudio"
model = "claude-opus-5-5"
base_url = "{url}"
price_in = 0.01
price_out = 0.01
"""

PRICED = "price_in = 0.10\nprice_out = 0.50\n"


@pytest.mark.parametrize("dead", [hanging_port, refused_port], ids=["hanging", "refused"])
async def test_a_connection_that_does_not_come_about_is_given_up_within_a_second_or_so(
    dead: Callable[[], AbstractContextManager[str]],
) -> None:
    with AnthropicDouble() as double, dead() as url:
        double.enqueue(Reply("Here I am."))
        home = write_settings(DEAD.format(url=url), cloud("haiku", double.url) + PRICED)
        async with world(home, probe=False, anthropic="sk-1") as services:
            events, at = [], {}
            async with aclosing(services.broker.ask("What is the capital of France?")) as told:
                async for event in told:
                    events.append(event)
                    at.setdefault(type(event), time.monotonic())
            took = at[Failover] - at[Attempt]
            assert [type(event) for event in events if isinstance(event, Attempt | Failover)] == [
                Attempt,
                Failover,
                Attempt,
            ]
            assert text_of(events) == "Here I am."
            assert took < CONNECT_NEAR_SECONDS + 2.0, (
                "five seconds is what it takes where nothing else is left"
            )
            attempts = (await services.broker.ledger.exchange(end_of(events).receipt.request_id)).attempts
            assert [each.cost for each in attempts if each.tier == "dead"] in ([0], [None])


async def test_a_silent_tier_is_left_at_the_persons_word_and_its_cost_is_counted() -> None:
    with AnthropicDouble() as double, silent_port() as url:
        double.enqueue(Reply("Here I am."))
        home = write_settings(DEAD.format(url=url), cloud("haiku", double.url) + PRICED)
        async with world(home, probe=False, anthropic="sk-1") as services:
            haste, events = Haste(), []
            options = AskOptions(haste=haste)
            async with aclosing(services.broker.ask("What is the capital of France?", options)) as told:
                async for event in told:
                    events.append(event)
                    if isinstance(event, Attempt) and event.quote.tier.id == "dead":
                        assert event.following is not None
                        assert event.following.tier.id == "haiku"
                        asyncio.get_running_loop().call_later(0.05, haste.hurry)
            (failover,) = [event for event in events if isinstance(event, Failover)]
            assert failover.reason == "you did not wait for it"
            end = events[-1]
            assert isinstance(end, Finished)
            assert end.receipt.quote.tier.id == "haiku"
            state = services.broker.snapshot.quotes["dead"].availability.state
            assert state.usable, "impatience says nothing of the tier"
            exchange = await services.broker.ledger.exchange(end.receipt.request_id)
            costs = {each.tier: each.cost for each in exchange.attempts}
            assert costs["dead"], "it may have been billed: it is counted as an estimate"
            assert end.receipt.cost == sum(cost or 0 for cost in costs.values())


async def test_an_answer_that_has_begun_is_not_hurried_away() -> None:
    with AnthropicDouble() as double:
        gate = Gate()
        double.enqueue(Reply("One two three.", hold=gate, hold_after=1))
        home = write_settings(cloud("haiku", double.url) + PRICED, cloud("opus", double.url) + PRICED)
        async with world(home, probe=False, anthropic="sk-1") as services:
            haste, events = Haste(), []
            async with aclosing(services.broker.ask("Count", AskOptions(haste=haste))) as told:
                async for event in told:
                    events.append(event)
                    if isinstance(event, Delta) and not gate.is_open:
                        haste.hurry()
                        gate.open()
            assert text_of(events) == "One two three."
            assert len(double.chats) == 1


async def test_the_last_tier_cannot_be_hurried_to_nowhere_without_a_word() -> None:
    with silent_port() as url:
        home = write_settings(DEAD.format(url=url))
        async with world(home, probe=False) as services:
            haste = Haste()
            events = []
            async with aclosing(services.broker.ask("Hi", AskOptions(haste=haste))) as told:
                async for event in told:
                    events.append(event)
                    if isinstance(event, Attempt):
                        assert event.following is None
                        asyncio.get_running_loop().call_later(0.05, haste.hurry)
            end = events[-1]
            assert isinstance(end, Failed)
            assert "you did not wait for it" in end.message


def test_a_connection_is_given_less_time_only_where_another_tier_is_left() -> None:
    def trip(*quotes: object) -> Trip:
        decision = decide(task(), snapshot(*quotes), Rules(MODES["best"]))  # type: ignore[arg-type] # quotes
        return Trip(Order("r", decision, (), AskOptions(), ()), 0.0)

    both, alone = trip(HAIKU, LOCAL), trip(HAIKU)
    next(both.candidates())
    next(alone.candidates())
    assert _connect_seconds(both, LOCAL) == CONNECT_NEAR_SECONDS
    assert _connect_seconds(both, HAIKU) == CONNECT_FAR_SECONDS
    assert _connect_seconds(alone, HAIKU) is None


async def test_tiers_at_an_address_where_nothing_listens_are_passed_over_and_told_of_in_one_line() -> None:
    with AnthropicDouble() as double, refused_port() as url:
        double.enqueue(Reply("Here I am."))
        gone = ("opus", "sonnet", "fable")
        dead = [cloud(each, url) + "price_in = 0.01\nprice_out = 0.01\n" for each in gone]
        home = write_settings(*dead, cloud("haiku", double.url) + PRICED)
        async with world(home, probe=False, anthropic="sk-1") as services:
            events = [event async for event in services.broker.ask("What is the capital of France?")]
            (failover,) = [event for event in events if isinstance(event, Failover)]
            assert len([event for event in events if isinstance(event, Attempt)]) == 2
            assert {quote.tier.id for quote in (failover.failed, *failover.too)} == set(gone)
            assert text_of(events) == "Here I am."
            quotes = services.broker.snapshot.quotes
            for dead_id in gone:
                seen = quotes[dead_id].availability
                assert seen.state is State.DOWN
                assert seen.reason.endswith(", nothing listens there")
                assert "(" not in seen.reason
            following = quotes["haiku"]
            line = failover_line(failover, following)
            assert line.count("(") == 1
            assert "are at the same address. Asking Claude Haiku." in line
            exchange = await services.broker.ledger.exchange(end_of(events).receipt.request_id)
            assert len(exchange.attempts) == 2


async def test_when_only_such_tiers_are_left_all_of_them_count_as_failed() -> None:
    with refused_port() as url:
        home = write_settings(*(cloud(each, url) + PRICED for each in ("opus", "sonnet", "haiku")))
        async with world(home, probe=False, anthropic="sk-1") as services:
            last = end_of([event async for event in services.broker.ask("What is the capital of France?")])
            assert isinstance(last, Failed)
            assert ", nothing listens there, and 2 other tiers failed too." in last.message
