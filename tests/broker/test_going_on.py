"""An answer that was cut off is gone on with: by another tier, from where it ended, each part booked once."""

from __future__ import annotations

from broker.test_ask import ask, cloud, end_of, text_of, world, write_settings
from compute_broker.broker.broker import going_on
from compute_broker.broker.events import AskOptions, Failed
from compute_broker.core.decision import Verdict
from compute_broker.core.usage import FinishReason
from doubles.script import Reply, Tokens


async def test_another_tier_goes_on_where_the_first_one_ended(claude):
    claude.enqueue(Reply("one two three four", cut_after=2, usage=Tokens(input=50, output=9)))
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        first = end_of(await ask(services, "Count to six", tier_id="haiku")).receipt
        assert first.finish is FinishReason.CUT_OFF
        claude.enqueue(Reply("five six"))
        avoid = (first.quote.tier.id,)
        options = AskOptions(so_far=first.answer, avoid=avoid)
        row = next(
            row
            for row in services.broker.preview("Count to six", options).considered
            if row.quote.tier.id == "haiku"
        )
        assert (row.verdict, row.reason) == (Verdict.UNAVAILABLE, "its answer was cut off just now")
        events = await ask(services, "Count to six", so_far=first.answer, avoid=avoid)
        assert end_of(events).receipt.quote.tier.id == "opus"
        assert text_of(events) == "five six"
        sent = claude.chats[1].json["messages"]
        assert [turn["role"] for turn in sent] == ["user", "assistant", "user"]
        assert "Count to six" in str(sent[0]["content"])
        assert first.answer.strip() in str(sent[1]["content"])
        assert "Go on exactly where that ends" in str(sent[2]["content"])
        entries = await services.broker.history()
        assert [entry.status for entry in entries] == ["answered", "cut_off"]
        assert {entry.prompt for entry in entries} == {"Count to six"}


async def test_with_no_other_tier_nothing_is_sent_and_the_reason_is_told(claude):
    home = write_settings(cloud("haiku", claude.url))
    async with world(home, anthropic="sk-test") as services:
        failed = end_of(await ask(services, "Count", so_far="one", avoid=("haiku",)))
        assert isinstance(failed, Failed)
        assert claude.chats == []


def test_an_answer_from_the_beginning_has_no_such_turns():
    assert going_on("") == ()


async def test_what_is_gone_on_with_is_held_against_the_privacy_rules_too(claude):
    rule = '[privacy]\nwords = ["Project Falcon"]\n'
    home = write_settings(cloud("haiku", claude.url), rule)
    async with world(home, anthropic="sk-test") as services:
        assert not services.broker.preview("Who leads it?").task.private
        options = AskOptions(so_far="Project Falcon is led by")
        assert services.broker.preview("Who leads it?", options).task.private
        failed = end_of(await ask(services, "Who leads it?", so_far=options.so_far))
        assert isinstance(failed, Failed)
        assert claude.chats == []
