"""What an experiment will cost, before a cent is spent: low, expected, and what it cannot pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from compute_broker.broker.comparing import WORD_TOKENS, able_judge, comparison
from compute_broker.broker.screening import expected_usage
from compute_broker.core.decision import Decision, PlanKind
from compute_broker.core.quote import Quote
from compute_broker.core.usage import Usage
from compute_broker.experiment.judge.pairwise import MOST_TOKENS
from compute_broker.experiment.run.arms import Prompt
from compute_broker.experiment.run.calls import Answer, Call
from compute_broker.experiment.run.setup import Item, Setup

SHORT = 0.5
"""The low figure: every answer half as long as expected."""

_WORD = 8
_JUDGES_READ = 200
"""Tokens of a judge's instruction and of the JSON around the answers."""


@dataclass
class Estimate:
    """Nano-dollars for ``answers`` requests that are still to be made; ``known`` ones are there already."""

    low: float = 0.0
    expected: float = 0.0
    ceiling: int = 0
    answers: float = 0.0
    known: int = 0

    def add(self, low: int, expected: int, ceiling: int, *, chance: float = 1.0) -> None:
        """Add a request that will be made with ``chance``."""
        self.low += low * chance
        self.expected += expected * chance
        self.ceiling += ceiling
        self.answers += chance


def estimate(setup: Setup, answers: Mapping[str, Answer], judged: Callable[[Item], bool]) -> Estimate:
    """Return what is still to be paid; ``judged`` tells the prompts that only a judge can score."""
    found = Estimate()
    seen: set[str] = set()
    for item in setup.items:
        prompt = Prompt(item, setup)
        for quote in setup.quotes:
            _call(found, prompt.alone(quote), answers, seen, setup)
        checks = 0
        for mode in setup.modes:
            decision = prompt.decision(mode)
            if decision.plan is not None and decision.plan.kind is PlanKind.CROSS_CHECK:
                checks += 1
                _cross_check(found, prompt, decision, answers, seen)
        if judged(item):
            for judge in setup.judges:
                _judging(found, prompt, judge, len(setup.quotes) - 1 + checks)
    return found


def _call(
    found: Estimate,
    call: Call,
    answers: Mapping[str, Answer],
    seen: set[str],
    setup: Setup,
    *,
    chance: float = 1.0,
) -> None:
    if call.key in seen:
        return
    seen.add(call.key)
    if call.key in answers:
        found.known += 1
        return
    price = call.quote.price
    if price is None:
        return
    usage = expected_usage(setup.tasks[call.prompt_id], call.quote)
    short = Usage(usage.input_tokens, max(1, round(usage.output_tokens * SHORT)))
    ceiling = price.ceiling(call.prompt_tokens, call.most_tokens)
    found.add(price.cost(short), price.cost(usage), ceiling, chance=chance)


def _cross_check(
    found: Estimate, prompt: Prompt, decision: Decision, answers: Mapping[str, Answer], seen: set[str]
) -> None:
    plan = decision.plan
    if plan is None or plan.referee is None:
        return
    for quote in plan.tiers:
        _call(found, prompt.hinted(quote), answers, seen, prompt.setup)
    apart = 1.0 - (plan.agree or 0.0)
    _call(found, prompt.hinted(plan.referee), answers, seen, prompt.setup, chance=apart)
    length = 4 * decision.task.expected_output_tokens
    messages = comparison(prompt.item.prompt, "x" * length, "x" * length)
    judge = able_judge(decision, messages)
    if judge is not None and judge.price is not None:
        tokens = sum(len(message.text) // 4 for message in messages)
        cost = judge.price.cost(Usage(tokens, _WORD))
        found.add(0, cost, judge.price.ceiling(tokens, WORD_TOKENS), chance=apart)


def _judging(found: Estimate, prompt: Prompt, judge: Quote, pairs: int) -> None:
    """Add both orders of each pair, those with the judge's own answer too: to be on the safe side."""
    if judge.price is None:
        return
    task = prompt.setup.tasks[prompt.item.id]
    longest = max(quote.tier.max_output_tokens for quote in prompt.setup.quotes)
    tokens = _JUDGES_READ + task.prompt_tokens + 2 * task.expected_output_tokens
    most = _JUDGES_READ + task.prompt_tokens + 2 * min(longest, 4_000)
    word = round(_WORD * max(1.0, judge.tier.abilities.verbosity))
    cost = judge.price.cost(Usage(tokens, word))
    for _ in range(2 * pairs):
        found.add(round(cost * SHORT), cost, judge.price.ceiling(most, MOST_TOKENS))
