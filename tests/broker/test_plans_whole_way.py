"""A tier that is paid by plan, the whole way: settings, ledger, market, decision, reservation, settlement."""

from __future__ import annotations

from broker.world import ask, cloud, end_of, world, write_settings
from compute_broker.broker.events import Finished
from compute_broker.core.price import CostBasis
from compute_broker.ledger.plans import WINDOW, PlanEntry
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Reply, Tokens

ONE_CENT_A_DAY = "[budget.daily]\namount = 0.01\nhard = true\n"


def plan_at(url: str, allowed: str, then: str = "metered") -> str:
    block = cloud("opus", url)
    return f'{block}plan = {{ window_hours = 5, {allowed}, then = "{then}" }}\n'


async def test_prompts_within_a_plan_cost_nothing_and_pass_a_hard_budget_and_those_beyond_it_do_not():
    with AnthropicDouble() as double:
        home = write_settings(
            plan_at(double.url, "requests = 2"), head=f'baseline = "opus"\n{ONE_CENT_A_DAY}'
        )
        async with world(home, anthropic="sk-test") as services:
            broker = services.broker
            for used in (1, 2):
                double.enqueue(Reply("Tides follow the moon.", usage=Tokens(1000, 100)))
                done = end_of(await ask(services, "How do tides work?"))
                assert isinstance(done, Finished)
                assert (done.receipt.cost, done.receipt.basis) == (0, CostBasis.SUBSCRIPTION)
                (window,) = broker.snapshot.quotes["opus"].plan.windows
                assert (window.used, window.left) == (used, 2 - used)
                assert window.resets_at is not None
            quote = broker.snapshot.quotes["opus"]
            assert (quote.in_plan, quote.price.basis) == (False, CostBasis.METERED)
            refused = end_of(await ask(services, "And how do waves work?"))
            assert not isinstance(refused, Finished)
            assert refused.over_budget
            assert broker.spend.today == 0
            paid = end_of(await ask(services, "And how do waves work?", override_budget=True))
            assert paid.receipt.cost > 0
            assert broker.spend.today == paid.receipt.cost


async def test_of_an_answer_that_outlives_the_plan_the_part_beyond_it_is_paid_and_marked_as_an_estimate():
    with AnthropicDouble() as double:
        home = write_settings(plan_at(double.url, "tokens = 2000"))
        async with world(home, anthropic="sk-test") as services:
            double.enqueue(Reply("long", usage=Tokens(1000, 3000)))
            done = end_of(await ask(services, "How do tides work?"))
            whole = 1000 * 4_000 + 3000 * 20_000  # opus: $4 and $20 per million, in nano-dollars a token
            assert done.receipt.cost == whole // 2
            assert done.receipt.certainty.value == "estimated"
            assert not services.broker.snapshot.quotes["opus"].in_plan


async def test_what_was_used_elsewhere_counts_and_a_plan_that_stops_takes_no_prompt_then():
    with AnthropicDouble() as double:
        home = write_settings(plan_at(double.url, "requests = 10", "stop"))
        async with world(home, anthropic="sk-test") as services:
            broker = services.broker
            end = services.market.snapshot.as_of.replace(year=2126)
            await broker.ledger.enter_plan(PlanEntry("opus", WINDOW, "requests", 10, end))
            await broker.refresh_spend()
            decision = broker.preview("How do tides work?")
            assert decision.plan is None
            assert "plan is used up until" in decision.considered[0].reason
            assert double.chats == []
