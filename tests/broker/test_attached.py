"""Attachments through the broker: who may see them, what they cost, what is kept, and what stays here."""

from __future__ import annotations

import pytest

from broker.builders import ALL, HAIKU, LOCAL, OPUS, SONNET, quote, snapshot, task
from broker.world import LOCAL as LOCAL_BLOCK
from broker.world import ask, cloud, end_of, text_of, world, write_settings
from compute_broker.broker.events import AskOptions, Failed, Finished
from compute_broker.broker.policy import Rules, decide
from compute_broker.core.attachment import Attachment, TextFile, image
from compute_broker.core.decision import MODES, Verdict
from compute_broker.core.quote import State
from compute_broker.core.stream import Message, Role
from compute_broker.core.task import Need
from compute_broker.core.tier import Place, ProviderKind
from doubles.anthropic_api import AnthropicDouble
from doubles.images import images_of
from doubles.lmstudio_api import LMStudioDouble
from doubles.script import Failure, Reply
from support.pictures import png

RULES = Rules(MODES["balanced"])
SEEING = quote("seeing", 3.0, ("2", "10"), vision=True)
NOTES = TextFile("notes.txt", "The code word is heron.")


def picture(width: int = 1500, height: int = 750) -> Attachment:
    found = image("chart.png", png(width, height))
    assert found is not None
    return found


def test_an_image_bars_tiers_that_cannot_see_even_when_no_other_is_left() -> None:
    seen = task(images=1, needs=frozenset({Need.VISION}))
    decision = decide(seen, snapshot(HAIKU, SEEING), RULES)
    assert decision.quote is not None
    assert decision.quote.tier.id == "seeing"
    (row,) = [row for row in decision.considered if row.verdict is Verdict.DOES_NOT_FIT]
    assert row.reason == "cannot see images, and an image is attached"
    assert decision.fallbacks == ()
    nobody = decide(seen, ALL, RULES)
    assert nobody.plan is None
    assert nobody.reason == (
        "An image is attached, and no tier that can see images can take it now: "
        "make one available, or remove the image."
    )


def test_the_nearest_tier_that_could_see_it_is_named() -> None:
    locked = quote("locked", 3.0, ("2", "10"), vision=True, state=State.NEEDS_KEY)
    decision = decide(task(images=2), snapshot(HAIKU, locked), RULES)
    assert "2 images are attached" in decision.reason
    assert "(Locked: locked is needs_key)" in decision.reason


def test_a_private_image_needs_eyes_on_this_machine() -> None:
    here = quote(
        "here",
        1.0,
        ("0.02", "0.30"),
        vision=True,
        place=Place.PERSONAL,
        base_url="http://127.0.0.1:1234",
        provider=ProviderKind.LMSTUDIO,
    )
    private = task(images=1, private=True)
    assert decide(private, snapshot(SEEING, here), RULES).quote == here
    assert (
        "no tier on this machine that can see images"
        in decide(private, snapshot(SEEING, LOCAL), RULES).reason
    )


def test_a_budget_that_is_too_small_is_said_before_sight() -> None:
    poor = Rules(MODES["balanced"], budget_left=1)
    assert "Your budget" in decide(task(images=1), snapshot(SEEING, OPUS, SONNET), poor).reason


def test_who_is_named_by_hand_must_see_too() -> None:
    decision = decide(task(images=1), snapshot(HAIKU, SEEING), Rules(MODES["balanced"], tier_id="haiku"))
    assert decision.reason == "Haiku cannot take it: cannot see images, and an image is attached."


async def test_an_image_is_seen_counted_and_not_kept() -> None:
    with AnthropicDouble() as double:
        double.enqueue(Reply("A chart."))
        home = write_settings(cloud("haiku", double.url))
        async with world(home, anthropic="sk-1") as services:
            blind = services.broker.preview("What does it show?")
            options = AskOptions(attached=(picture(), NOTES))
            seeing = services.broker.preview("What does it show?", options)
            assert seeing.task.images == 1
            assert seeing.task.prompt_tokens >= blind.task.prompt_tokens + 1500
            assert (seeing.expected_cost or 0) > (blind.expected_cost or 0)
            events = await ask(services, "What does it show?", attached=(picture(), NOTES))
            assert text_of(events) == "A chart."
            sent = double.chats[0].json
            assert [len(data) for data in images_of(sent)] == [len(png(1500, 750))]
            said = sent["messages"][0]["content"][-1]["text"]
            assert "The code word is heron." in said
            (entry,) = await services.broker.history(1)
            assert entry.prompt == said
            assert entry.prompt.endswith("[image: chart.png, 1500x750]")
            end = end_of(events)
            assert isinstance(end, Finished)
            assert end.receipt.usage.input_tokens >= 1500


async def test_what_is_set_aside_covers_the_image() -> None:
    with AnthropicDouble() as double:
        head = "[budget.daily]\namount = 0.0003\nhard = true\n"
        home = write_settings(cloud("haiku", double.url, max_output=100), head=head)
        async with world(home, anthropic="sk-1") as services:
            assert services.broker.preview("Hi").plan is not None
            twice = AskOptions(attached=(picture(), picture()))
            refused = services.broker.preview("Hi", twice)
            assert refused.plan is None
            assert "budget" in refused.reason


async def test_a_rule_reads_attached_texts_and_names(monkeypatch: pytest.MonkeyPatch) -> None:
    with AnthropicDouble() as double:
        head = '[privacy]\nwords = ["heron"]\n'
        home = write_settings(cloud("haiku", double.url), head=head)
        async with world(home, anthropic="sk-1") as services:
            for attached in (
                NOTES,
                TextFile("heron.csv", "1,2"),
                TextFile("long.txt", "x " * 9000 + "heron"),
            ):
                end = end_of(await ask(services, "Sum it up", attached=(attached,)))
                assert isinstance(end, Failed)
                assert "heron" in end.message
            assert double.chats == []


async def test_a_private_attachment_goes_to_this_machine_only() -> None:
    with AnthropicDouble() as double, LMStudioDouble() as here:
        here.models[0].key = "qwen3-vl-8b"
        here.enqueue(Failure(500, "server_error", "broken"))
        home = write_settings(
            cloud("haiku", double.url), LOCAL_BLOCK.format(url=here.url).replace("*", "qwen3-vl-8b")
        )
        async with world(home, anthropic="sk-1") as services:
            end = end_of(await ask(services, "What is it?", attached=(picture(), NOTES), private=True))
            assert isinstance(end, Failed)
            assert images_of(here.chats[0].json) == [png(1500, 750)]
            assert double.chats == []


async def test_a_follow_up_still_sees_what_was_shown() -> None:
    with AnthropicDouble() as double:
        home = write_settings(cloud("haiku", double.url))
        async with world(home, anthropic="sk-1") as services:
            shown = Message(Role.USER, "Look", (picture(),))  # type: ignore[arg-type] # it is an image
            history = (shown, Message(Role.ASSISTANT, "I see."))
            options = AskOptions(history=history)
            assert services.broker.preview("And now?", options).task.images == 1
            assert services.broker.preview("And now?", options).task.prompt_tokens > 1500
            await ask(services, "And now?", history=history)
            assert len(images_of(double.chats[0].json)) == 1
