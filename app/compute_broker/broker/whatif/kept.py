"""What a decision note keeps besides its report, so that the choice can be made again under other rules.

Short lists by tier, since there is one for each request: the rates that its prompt met, in nano-dollars per
million tokens, and what else scales a cost. The chances of pairs only where answers could be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compute_broker.broker import pairs
from compute_broker.broker.screening import Rules
from compute_broker.core.decision import Considered, Decision
from compute_broker.core.price import CostBasis, Price
from compute_broker.core.task import Task


def kept(decision: Decision, rules: Rules) -> Mapping[str, Any]:
    """Return the ``kept`` part of the decision note, as plain values for JSON."""
    task = decision.task
    found: dict[str, Any] = {
        "tiers": {
            row.quote.tier.id: _offer(row, row.quote.price, task)
            for row in decision.considered
            if row.quote.price is not None
        },
        "cross_check": rules.cross_check.value,
    }
    if rules.tier_id is not None or rules.better_than is not None or rules.avoid:
        found["by_hand"] = True
    if rules.warm_tier is not None and rules.warm_tokens:
        found["warm"] = [rules.warm_tier, rules.warm_tokens]
    if task.checkable >= pairs.CHECKABLE:
        found["checkable"] = round(task.checkable, 3)
        found["pairs"] = {
            row.quote.tier.id: _member(row, task)
            for row in decision.considered
            if row.direct_cost is not None
        }
    return found


def _offer(row: Considered, price: Price, task: Task) -> list[float | None]:
    """Return rates in, out and cache read, the fee per request, verbosity, longest answer, ability's sd."""
    tier, rates = row.quote.tier, price.rates_for(task.prompt_tokens)
    money = [rates.input, rates.output, rates.cache_read, price.per_request]
    if price.basis is CostBasis.SUBSCRIPTION:
        money = [0, 0, 0, 0]
    sd = tier.abilities.ability(task.category).sd
    return [*money, round(tier.abilities.verbosity, 4), tier.max_output_tokens, round(sd, 2)]


def _member(row: Considered, task: Task) -> list[Any]:
    """Return the chances at each node of the difficulty, the family, and the crowded server if any."""
    one = pairs.member(0, row.quote, 0, task)
    chances = [round(chance, 5) for chance in one.chances]
    return [chances, one.family, one.server] if one.server else [chances, one.family]
