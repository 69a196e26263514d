"""Asking a model to read a prompt, before anything is decided: always, or where it pays (the hybrid).

The hybrid asks where the learned difficulty, one standard deviation up or down, would lead to another choice,
and where what that choice would save, weighted by the stakes, is more than the asking costs. The question is
an attempt like any other: reserved, sent through the door, settled, part of the request's cost. Whatever goes
wrong with it, the prompt is decided on the learned task.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import StrEnum

from compute_broker.broker.attempts import Asking, Attempts
from compute_broker.broker.events import AskOptions
from compute_broker.broker.settling import Running
from compute_broker.broker.trip import Order
from compute_broker.broker.unbroken import tidied
from compute_broker.classify.questions import ANSWER_TOKENS, MOST_TOKENS, merged, parse, question
from compute_broker.core.decision import Decision, PlanKind, Verdict
from compute_broker.core.quote import Quote
from compute_broker.core.task import Stakes, Task
from compute_broker.core.usage import Usage, estimate_tokens
from compute_broker.ledger.records import AttemptKind, BudgetLimit

_log = logging.getLogger(__name__)

SECONDS = 3.0
"""How long a reading may take; later than this the learned task does."""

CERTAINTY_BOUGHT = 0.5
"""What share of the possible saving a reading brings: it is as unsure as the learned one (questions)."""

WORTH = {Stakes.LOW: 1.0, Stakes.MEDIUM: 3.0, Stakes.HIGH: 10.0}
"""How much dearer a wrong choice is than its money, by stakes. Set by judgement."""


class Classifying(StrEnum):
    """Who reads a prompt."""

    LEARNED = "learned"
    MODEL = "model"
    HYBRID = "hybrid"


@dataclass(frozen=True, slots=True)
class Unread:
    """A prompt that was decided on the learned task so far."""

    request_id: str
    prompt: str
    options: AskOptions
    limits: Sequence[BudgetLimit]
    decision: Decision


class Reader:
    """Reads prompts through a tier."""

    def __init__(self, attempts: Attempts) -> None:
        """Ask through ``attempts``."""
        self._attempts = attempts

    async def read(self, unread: Unread, quote: Quote) -> Task:
        """Return the task as the tier of ``quote`` reads it, or the learned one where it cannot be had."""
        decision = unread.decision
        messages = question(unread.prompt)
        await self._attempts.warm_up(quote)
        options = replace(unread.options, deadline=SECONDS)
        trip = self._attempts.begin(Order(unread.request_id, decision, messages, options, unread.limits))
        reserved = await self._attempts.reserve(
            trip, quote, Asking(messages, AttemptKind.DECIDING, MOST_TOKENS)
        )
        if reserved is None:
            return decision.task
        running, _ = reserved
        try:
            async with asyncio.timeout(SECONDS), aclosing(self._attempts.words(trip, running)) as words:
                async for _text in words:
                    pass
        except TimeoutError:
            await tidied(self._attempts.stop(running))
        except asyncio.CancelledError:
            await tidied(self._attempts.stop(running))
            raise
        return _read(decision.task, running)


def may_read(decision: Decision, quote: Quote | None, prompt: str, budget_left: int | None) -> bool:
    """Return whether ``quote``'s tier can be asked to read this prompt: there, up, priced, and allowed to.

    ``budget_left`` is in nano-dollars: reading must leave enough for the answer.
    """
    if quote is None or quote.price is None or quote.rule or not quote.availability.state.usable:
        return False
    if decision.task.private and not quote.tier.on_this_machine:
        return False
    if budget_left is None or decision.plan is None:
        return True
    answers = (
        each.price.ceiling(decision.task.prompt_tokens, each.tier.max_output_tokens)
        for each in decision.plan.tiers
        if each.price is not None
    )
    return quote.price.ceiling(_asked_tokens(prompt), MOST_TOKENS) + sum(answers) <= budget_left


def worth_asking(decision: Decision, quote: Quote, prompt: str, decide: Callable[[Task], Decision]) -> bool:
    """Return whether a reading could change the choice, and save more than it costs.

    ``decide`` makes a decision for another task. A cross-check needs no reading: it checks the answer itself.
    """
    plan, task = decision.plan, decision.task
    if plan is None or plan.kind is not PlanKind.SINGLE or quote.price is None:
        return False
    verbose = max(1.0, quote.tier.abilities.verbosity)
    price = quote.price.cost(Usage(_asked_tokens(prompt), round(ANSWER_TOKENS * verbose)))
    saved = sum(
        _regret(decision, decide(replace(task, difficulty=task.difficulty + step * task.difficulty_sd)))
        for step in (-1.0, 1.0)
    )
    return CERTAINTY_BOUGHT * WORTH[task.stakes] * saved / 2 > price


def _asked_tokens(prompt: str) -> int:
    return sum(estimate_tokens(message.text) for message in question(prompt))


def _regret(made: Decision, better: Decision) -> int:
    """Return what the choice made would lose against the better one, were the other task the true one.

    Nano-dollars. Where the choice made would fall below the quality floor, the loss is what the person pays,
    by their own floor, to stay above it: the dearer choice's extra cost.
    """
    chosen, other = made.quote, better.quote
    if chosen is None or other is None or chosen.tier.id == other.tier.id:
        return 0
    rows = {row.quote.tier.id: row for row in better.considered}
    ours, theirs = rows[chosen.tier.id], rows[other.tier.id]
    if ours.expected_cost is None or theirs.expected_cost is None:
        return 0
    loss = ours.expected_cost - theirs.expected_cost
    return abs(loss) if ours.verdict is Verdict.BELOW_FLOOR else max(0, loss)


def _read(task: Task, running: Running) -> Task:
    cost = running.settlement.cost if running.settlement else None
    spent = replace(task, deciding_cost=cost or 0, deciding_ms=running.elapsed_ms)
    reading = parse(running.text) if running.complete else None
    if reading is None:
        _log.info("tier %s gave no reading of the prompt", running.quote.tier.id)
        return spent
    return merged(spent, reading, f"{task.classifier} and {running.quote.tier.id}")
