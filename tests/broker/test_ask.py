"""One prompt through the whole path, over real HTTP, a real ledger and the real SDK."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path

from broker.world import LOCAL, ask, cloud, csv_rows, end_of, text_of, world, write_settings
from compute_broker.broker.events import AskOptions, Attempt, Decided, Delta, Failed, Failover, Finished
from compute_broker.config.edits import set_value
from compute_broker.core.decision import MODES
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.stream import Message, Role
from compute_broker.core.usage import Certainty, FinishReason
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import Period
from doubles.lmstudio_api import LMStudioDouble
from doubles.script import Failure, Gate, Reply, Silence, Tokens

HARD = "Prove that there are infinitely many primes congruent to 3 modulo 4, with every step justified."


async def test_a_prompt_is_decided_streamed_settled_and_exported(claude, tmp_path):
    claude.enqueue(Reply("Paris is the capital.", usage=Tokens(input=2000, output=400)))
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url), head='baseline = "opus"\n')
    async with world(home, anthropic="sk-test") as services:
        events = await ask(services, "What is the capital of France?", tier_id="haiku")
        assert isinstance(events[0], Decided)
        assert isinstance(events[1], Attempt)
        assert text_of(events) == "Paris is the capital."
        receipt = end_of(events).receipt
        # Haiku 5.5: 0.10 in, 0.50 out per million; Opus 5.5: 4 and 20 (facts, November 2026).
        assert receipt.cost == nanos_from_usd("0.0004")
        assert receipt.certainty is Certainty.EXACT
        assert receipt.saved == receipt.baseline_cost - receipt.cost > 0
        assert services.broker.spend.today == receipt.cost
        path = tmp_path / "usage.csv"
        assert await services.broker.export(path) == 1
    (row,) = csv_rows(path)
    assert row["tier"] == "haiku"
    assert row["cost_usd"] == "0.0004"
    assert row["cost_basis"] == "metered"
    assert row["source"] == "quick_ask"
    assert row["status"] == "answered"
    assert row["input_tokens"] == "2000"


async def test_a_dead_tier_is_passed_over_before_the_first_word(claude):
    claude.enqueue(Failure(529, "overloaded_error", "Overloaded"), model="claude-haiku-5-5")
    claude.enqueue(Reply("From Opus."), model="claude-opus-5-5")
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        events = await ask(services, "Say hello", mode=MODES["thrifty"])
        assert text_of(events) == "From Opus."
        failover = next(event for event in events if isinstance(event, Failover))
        assert failover.failed.tier.id == "haiku"
        assert end_of(events).receipt.quote.tier.id == "opus"
        assert await services.broker.ledger.call(Ledger.verify)


async def test_after_the_first_word_a_break_is_an_answer_cut_off_and_paid(claude):
    claude.enqueue(Reply("one two three four", cut_after=2, usage=Tokens(input=50, output=9)))
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        events = await ask(services, "Count", tier_id="haiku")
        receipt = end_of(events).receipt
        assert receipt.finish is FinishReason.CUT_OFF
        assert receipt.answer == text_of(events) != ""
        assert not any(isinstance(event, Failover) for event in events)
        assert receipt.cost
        assert receipt.certainty is Certainty.ESTIMATED
        (entry,) = await services.broker.history()
        assert entry.status == "cut_off"


async def test_stop_settles_what_was_used_and_frees_the_reservation(claude):
    gate = Gate()
    claude.enqueue(Reply("one two three", hold=gate, hold_after=1, usage=Tokens(input=50, output=9)))
    home = write_settings(cloud("haiku", claude.url))
    async with world(home, anthropic="sk-test") as services:
        async with aclosing(services.broker.ask("Count", AskOptions())) as events:
            async for event in events:
                if isinstance(event, Delta):
                    break
        await claude.chats[0].hung_up()
        gate.open()
        spend = await services.broker.ledger.spend(Period.DAY)
        assert spend.reserved == 0
        assert spend.spent > 0
        (entry,) = await services.broker.history()
        assert entry.status == "cancelled"
        assert (await services.broker.ledger.call(Ledger.verify)).ok


async def test_a_refused_key_bars_every_tier_that_shares_it_and_the_prompt_is_kept(claude):
    claude.key = "another"
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        failed = end_of(await ask(services, "A question"))
        assert isinstance(failed, Failed)
        assert len(claude.chats) <= 1
        (entry,) = await services.broker.ledger.open_requests()
        assert entry.prompt == "A question"
        assert (await services.broker.ledger.spend(Period.DAY)).spent == 0


async def test_a_private_prompt_reaches_only_this_machine(claude):
    with LMStudioDouble() as studio:
        studio.enqueue(Failure(500, "internal_error", "broken"))
        home = write_settings(LOCAL.format(url=studio.url), cloud("opus", claude.url))
        async with world(home, anthropic="sk-test") as services:
            failed = end_of(await ask(services, HARD, private=True))
            assert isinstance(failed, Failed)
            answered = end_of(await ask(services, "hello", private=True))
            assert isinstance(answered, Failed | Finished)
    assert claude.chats == []


async def test_a_hard_budget_holds_and_can_be_passed_once_on_purpose(claude):
    head = "[budget.daily]\namount = 0.0001\nhard = true\n"
    home = write_settings(cloud("haiku", claude.url), head=head)
    async with world(home, anthropic="sk-test") as services:
        failed = end_of(await ask(services, "How?"))
        assert isinstance(failed, Failed)
        assert failed.over_budget
        assert claude.chats == []
        assert isinstance(end_of(await ask(services, "How?", override_budget=True)), Finished)


async def test_concurrent_requests_never_pass_a_hard_budget(claude):
    claude.answer = lambda prompt: "word " * 500
    head = "[budget.daily]\namount = 0.003\nhard = true\n"
    home = write_settings(cloud("haiku", claude.url), head=head)
    async with world(home, anthropic="sk-test") as services:
        ends = await asyncio.gather(*(ask(services, f"Question {n}") for n in range(16)))
        spent = (await services.broker.ledger.spend(Period.DAY)).spent
        assert spent <= nanos_from_usd("0.003")
        assert {type(end_of(events)) for events in ends} == {Finished, Failed}


async def test_a_follow_up_sends_the_conversation(claude):
    home = write_settings(cloud("haiku", claude.url))
    history = (Message(Role.USER, "My name is Ada."), Message(Role.ASSISTANT, "Hello Ada."))
    async with world(home, anthropic="sk-test") as services:
        await ask(services, "What is my name?", history=history)
    sent = claude.chats[0].json["messages"]
    assert [turn["role"] for turn in sent] == ["user", "assistant", "user"]


async def test_the_preview_agrees_with_what_is_done(claude):
    home = write_settings(cloud("haiku", claude.url), cloud("sonnet", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        preview = services.broker.preview(HARD)
        decided = (await ask(services, HARD))[0]
        assert decided.decision.quote.tier.id == preview.quote.tier.id
        assert decided.decision.reason == preview.reason


async def test_a_draft_survives_a_restart(claude, home: Path):
    where = write_settings(cloud("haiku", claude.url))
    async with world(where) as services:
        await services.broker.save_draft("half a thought")
    async with world(where) as services:
        assert await services.broker.load_draft() == "half a thought"


async def test_switching_a_tier_off_takes_effect_at_once_and_stays(claude):
    where = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(where, anthropic="sk-test") as services:
        await services.broker.set_enabled("haiku", False)
        assert services.broker.preview("hello").quote.tier.id == "opus"
    async with world(where, anthropic="sk-test") as services:
        assert services.broker.preview("hello").quote.tier.id == "opus"


async def test_half_a_character_does_not_lose_the_prompt(claude):
    home = write_settings(cloud("haiku", claude.url))
    async with world(home, anthropic="sk-test") as services:
        assert isinstance(end_of(await ask(services, "broken \udc80 text")), Finished)
    assert "broken" in str(claude.chats[0].json["messages"])


async def test_a_fault_of_ours_is_settled_logged_and_passed_over(claude, monkeypatch, logs):
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    logs.expect("ERROR .*an adapter failed unexpectedly")
    async with world(home, anthropic="sk-test") as services:
        real = services.door.stream

        async def stumble(request):
            if request.tier.id == "haiku":
                raise RuntimeError("our own mistake")
            async with aclosing(real(request)) as events:
                async for event in events:
                    yield event

        monkeypatch.setattr(services.door, "stream", stumble)
        events = await ask(services, "Say hello", mode=MODES["thrifty"])
        assert end_of(events).receipt.quote.tier.id == "opus"
        assert (await services.broker.ledger.spend(Period.DAY)).reserved == 0


async def test_a_prompt_longer_than_any_context_is_told_so(claude):
    small = cloud("haiku", claude.url) + "context_tokens = 300\n"
    async with world(write_settings(small), anthropic="sk-test") as services:
        failed = end_of(await ask(services, "word " * 1000))
        assert isinstance(failed, Failed)
        assert "longer than any available tier" in failed.message


async def test_the_deadline_holds_until_the_first_word_and_no_longer(claude):
    gate = Gate()
    claude.enqueue(Reply("warm"), Silence())
    home = write_settings(cloud("haiku", claude.url))
    async with world(home, anthropic="sk-test") as services:
        await ask(services, "Hello")  # the SDK's first request may take longer than the deadline below
        failed = end_of(await ask(services, "Nobody there?", deadline=0.3))
        assert isinstance(failed, Failed)
        assert "time allowed" in failed.message
        claude.wait_chat(2)
        claude.enqueue(Reply("one two three", hold=gate, hold_after=1))
        services.market.record_success("haiku")
        loop = asyncio.get_running_loop()
        loop.create_task(gate.reached()).add_done_callback(lambda _: loop.call_later(3.3, gate.open))
        answered = end_of(await ask(services, "Count slowly", deadline=3.0))
        assert answered.receipt.answer == "one two three"
        assert answered.receipt.latency_ms > 3000


async def test_a_raised_budget_holds_for_the_next_prompt(claude):
    head = "[budget.daily]\namount = {}\nhard = true\n"
    home = write_settings(cloud("haiku", claude.url), head=head.format("0.0001"))
    async with world(home, anthropic="sk-test") as services:
        assert isinstance(end_of(await ask(services, "How?")), Failed)
        services.settings.update(set_value("budget.daily.amount", Decimal("1.00")))
        assert isinstance(end_of(await ask(services, "How?")), Finished)


async def test_blanks_are_no_words_and_the_last_failure_announces_no_next_tier(claude):
    claude.enqueue(Reply("\n \n"), model="claude-haiku-5-5")
    claude.enqueue(Reply("\n\nFrom Opus."), model="claude-opus-5-5")
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        events = await ask(services, "Say hello", mode=MODES["thrifty"])
        assert text_of(events) == end_of(events).receipt.answer == "\n\nFrom Opus."
        assert sum(isinstance(event, Failover) for event in events) == 1
        claude.enqueue(Failure(529, "overloaded_error", "Overloaded"))
        events = await ask(services, "Say hello", tier_id="opus")
        assert isinstance(end_of(events), Failed)
        assert not any(isinstance(event, Failover) for event in events)


async def test_a_sum_is_as_sure_as_its_least_sure_part(claude):
    """Haiku thinks, is billed, and says nothing; Opus answers exactly: the sum is an estimate."""
    claude.enqueue(Reply(" ", cut_after=1), model="claude-haiku-5-5")
    claude.enqueue(Reply("From Opus."), model="claude-opus-5-5")
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        receipt = end_of(await ask(services, "Say hello", mode=MODES["thrifty"])).receipt
        assert receipt.quote.tier.id == "opus"
        assert receipt.certainty is Certainty.ESTIMATED


async def test_a_better_tier_that_fails_is_not_replaced_by_the_first_one(claude):
    claude.enqueue(Failure(529, "overloaded_error", "Overloaded"), model="claude-opus-5-5")
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        failed = end_of(await ask(services, "Say hello", better_than="haiku"))
        assert isinstance(failed, Failed)
        assert {chat.json["model"] for chat in claude.chats} == {"claude-opus-5-5"}
