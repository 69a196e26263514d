"""A question asked again: the baseline counts once, on the receipt, in the sums and in what-if."""

from __future__ import annotations

import pytest

from broker.world import ask, cloud, end_of, world, write_settings
from compute_broker.broker.events import AskOptions, Failed
from compute_broker.broker.settling import baseline_counterfactual
from compute_broker.broker.whatif.asking import asked
from compute_broker.broker.whatif.result import Question
from compute_broker.broker.whatif.words import sentence
from compute_broker.broker.words import footer
from compute_broker.core.usage import FinishReason, Usage
from compute_broker.ledger.records import Period
from doubles.script import Failure, Reply, Tokens


def two_claudes(url):
    return write_settings(cloud("haiku", url), cloud("opus", url), head='baseline = "opus"\n')


async def test_a_better_answer_comes_on_top_and_what_if_agrees(claude):
    claude.enqueue(Reply("Water moves.", usage=Tokens(input=1000, output=100)))
    claude.enqueue(Reply("The moon pulls.", usage=Tokens(input=1000, output=150)))
    async with world(two_claudes(claude.url), anthropic="sk-test") as services:
        first = end_of(await ask(services, "And the sea?", tier_id="haiku")).receipt
        better = end_of(
            await ask(services, "And the sea?", better_than="haiku", again_of=first.request_id)
        ).receipt
        assert better.quote.tier.id == "opus"
        assert (better.again, better.baseline_cost, better.saved) == (True, 0, -better.cost)
        assert "on top of the first answer" in footer(better)
        assert "saved" in footer(first)
        spend = services.broker.spend
        assert spend.saved_today == first.baseline_cost - first.cost - better.cost
        assert (spend.answered_today, spend.compared_today) == (2, 2)

        found = await asked(
            services.broker.ledger, Period.DAY, Question(all_on="opus"), services.broker.snapshot
        )
        assert found.would == spend.today + spend.saved_today == first.baseline_cost
        assert (found.moved, found.not_asked) == (1, 1)
        assert "1 of 2 requests would have gone elsewhere, 1 not been asked a second time." in sentence(
            found, {}, "today"
        )
        assert {tier: change.requests for tier, change in found.by_tier.items()} == {"haiku": -1, "opus": 0}
        assert sum(change.cost for change in found.by_tier.values()) == found.would - found.spent


async def test_a_question_that_failed_is_asked_again_as_for_the_first_time(claude):
    claude.enqueue(Failure(529, "overloaded_error", "Overloaded"))
    async with world(two_claudes(claude.url), anthropic="sk-test") as services:
        failed = end_of(await ask(services, "Say hello", tier_id="haiku"))
        assert isinstance(failed, Failed)
        spend = services.broker.spend
        assert (spend.answered_today, spend.compared_today, spend.saved_today) == (0, 0, 0)
        receipt = end_of(await ask(services, "Say hello", tier_id="opus", again_of=failed.request_id)).receipt
        assert (receipt.again, receipt.saved) == (False, 0)
        assert receipt.baseline_cost == receipt.cost > 0
        assert services.broker.spend.compared_today == 1


async def test_going_on_adds_what_the_baseline_would_have_said_more_and_nothing_it_would_have_read(claude):
    claude.enqueue(Reply("one two three four", cut_after=2, usage=Tokens(input=1000, output=9)))
    async with world(two_claudes(claude.url), anthropic="sk-test") as services:
        first = end_of(await ask(services, "Count to six", tier_id="haiku")).receipt
        assert first.finish is FinishReason.CUT_OFF
        claude.enqueue(Reply("five six", usage=Tokens(input=1100, output=90)))
        rest = end_of(
            await ask(services, "Count to six", so_far=first.answer, again_of=first.request_id)
        ).receipt
        opus = services.broker.snapshot.quotes["opus"]
        added = rest.saved + rest.cost
        both = baseline_counterfactual(Usage(1000, first.usage.output_tokens + 90), first.quote, opus)
        assert first.baseline_cost + added == pytest.approx(both, rel=0.01)
        assert added < baseline_counterfactual(Usage(1100, 90), rest.quote, opus)
        assert not rest.again


async def test_a_name_of_no_tier_is_told_at_once_and_leaves_no_row(claude):
    async with world(two_claudes(claude.url), anthropic="sk-test") as services:
        failed = end_of(await ask(services, "Say hello", tier_id="nobody"))
        assert isinstance(failed, Failed)
        assert failed.message == "There is no tier 'nobody'; the tiers are: haiku, opus."
        assert await services.broker.history() == []
        assert claude.chats == []


async def test_a_prompt_that_was_refused_is_kept_and_counts_nowhere(claude):
    async with world(two_claudes(claude.url), anthropic="sk-test") as services:
        options = {"tier_id": "opus", "private": True}
        assert services.broker.preview("Say hello", AskOptions(**options)).plan is None
        failed = end_of(await ask(services, "Say hello", **options))
        (entry,) = await services.broker.history()
        assert (entry.request_id, entry.status, entry.saved) == (failed.request_id, "failed", None)
        spend = services.broker.spend
        assert (spend.answered_today, spend.compared_today) == (0, 0)
