"""What an attempt is set aside for and settled at, when the provider does not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broker.builders import quote
from broker.world import ask, cloud, end_of, world, write_settings
from compute_broker.broker.settling import Running
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.stream import Message, Role, StreamEnd
from compute_broker.core.tier import ProviderKind
from compute_broker.core.usage import Certainty, FinishReason, Usage
from compute_broker.ledger.records import AttemptKind, Outcome
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Reply

QUOTE = quote("haiku", 2.0, ("1", "5"))


def running(*pieces: str, usage: Usage | None = None, end: StreamEnd | None = None) -> Running:
    messages = (Message(Role.USER, "x" * 400),)
    return Running(QUOTE, messages, 1, 1000, AttemptKind.ANSWER, pieces=list(pieces), usage=usage, end=end)


def test_without_usage_the_texts_are_counted_and_marked_as_an_estimate():
    settled = running("y" * 40, end=StreamEnd(FinishReason.STOP, None)).settle(Outcome.OK)
    assert (settled.usage.input_tokens, settled.usage.output_tokens) == (100, 10)
    assert settled.certainty is Certainty.ESTIMATED
    assert settled.cost == QUOTE.price.cost(settled.usage) > 0


def test_of_a_broken_stream_the_providers_input_and_the_longer_output_count():
    settled = running("y" * 40, usage=Usage(77, 3)).settle(Outcome.CUT_OFF)
    assert (settled.usage.input_tokens, settled.usage.output_tokens) == (77, 10)
    assert settled.certainty is Certainty.ESTIMATED


def test_a_tier_that_could_reserve_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        replace(QUOTE.tier, max_output_tokens=0)


async def test_without_a_limit_of_the_persons_the_tiers_own_is_set_aside():
    with AnthropicDouble() as claude:
        claude.key = "sk-test"
        claude.enqueue(Reply("Yes."))
        block = "\n".join(
            line for line in cloud("haiku", claude.url).splitlines() if "max_output_tokens" not in line
        )
        async with world(write_settings(block), anthropic="sk-test") as services:
            receipt = end_of(await ask(services, "Is it?")).receipt
            found = await services.broker.ledger.exchange(receipt.request_id)
            default = TierSettings(id="haiku", provider=ProviderKind.ANTHROPIC).max_output_tokens
            assert claude.chats[0].json["max_tokens"] == default
            price = services.broker.snapshot.quotes["haiku"].price
            assert found.attempts[0].reserved >= price.cost(Usage(0, default))
