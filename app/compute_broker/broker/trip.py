"""The way of one order over its candidates, and what went wrong on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compute_broker.broker.events import AskOptions
from compute_broker.broker.settling import Running
from compute_broker.core.decision import Decision, Plan
from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.quote import Quote
from compute_broker.core.stream import Message
from compute_broker.core.texts import counted, tr
from compute_broker.ledger.records import AttemptKind, BudgetLimit

_SHARED_FAULTS = {Fault.KEY_REFUSED, Fault.NO_MONEY}
"""Faults of an account, not of a model: every tier with the same key has them."""


@dataclass(frozen=True, slots=True)
class Order:
    """All that is to be known of one request."""

    request_id: str
    decision: Decision
    messages: tuple[Message, ...]
    options: AskOptions
    limits: Sequence[BudgetLimit]


class Trip:
    """What has been tried for one order so far. ``end`` is the deadline on the caller's clock, in seconds."""

    def __init__(self, order: Order, end: float) -> None:
        """Nothing has been tried."""
        self.order = order
        self.end = end
        self.runs: list[Running] = []
        self.trouble: list[str] = []
        self.over_budget = False
        self.closed = False
        """Whether the ledger has the request's end."""
        self._left: list[Quote] = []
        self._barred_keys: set[str | None] = set()
        self._deserted: set[str] = set()
        """Addresses at which nothing listens."""

    @property
    def plan(self) -> Plan:
        """The plan to follow."""
        plan = self.order.decision.plan
        if plan is None:
            raise ValueError(tr("a decision without a plan cannot be run"))
        return plan

    def candidates(self) -> Iterator[Quote]:
        """Yield the tiers to ask one after the other, without those that were found to be no use meanwhile.

        The chosen tier, then the fallbacks. After a cross-check that came to nothing: its referee first,
        then those of the two that were not asked yet.
        """
        plan, decision = self.plan, self.order.decision
        by_hand = self.order.options.tier_id is not None
        chosen = (plan.referee, *plan.tiers) if plan.referee else plan.tiers
        tried = {run.quote.tier.id for run in self.runs if run.sent}
        self._left = [
            quote
            for quote in (*chosen, *(() if by_hand else decision.fallbacks))
            if quote.tier.id not in tried
        ]
        self._pass_over()
        while self.has_more():
            yield self._left.pop(0)

    def has_more(self) -> bool:
        """Return whether there is another candidate; drops those whose key has been refused."""
        self._left = [quote for quote in self._left if quote.tier.key_name not in self._barred_keys]
        return bool(self._left)

    @property
    def following(self) -> Quote | None:
        """The candidate that would be asked next, if any."""
        return self._left[0] if self.has_more() else None

    def heard(self) -> Running | None:
        """Return the attempt whose answer stands so far: the latest complete one, else the latest begun."""
        spoken = [run for run in self.runs if run.has_words and run.kind is AttemptKind.ANSWER]
        whole = [run for run in spoken if run.complete]
        found = whole or spoken
        return found[-1] if found else None

    def waited_ms(self, running: Running) -> int:
        """Return the milliseconds from sending until ``running`` had answered.

        What ran side by side counts once: of a cross-check's two, the slower.
        """
        pair = {quote.tier.id for quote in self.plan.tiers} if self.plan.referee else set()
        both = [run for run in self.runs if run.quote.tier.id in pair]
        after = [run for run in self.runs if run.quote.tier.id not in pair]
        if running in after:
            after = after[: after.index(running) + 1]
        deciding = self.order.decision.task.deciding_ms
        return (
            deciding + max((run.elapsed_ms for run in both), default=0) + sum(run.elapsed_ms for run in after)
        )

    def failed(self, quote: Quote, error: ProviderError) -> tuple[Quote, ...]:
        """Note a failure; a refused key or an empty account bars every tier that shares it.

        Returns:
            Those that are passed over because nothing listens at the address of all of them.
        """
        self.trouble.append(f"{quote.tier.label}: {error}")
        if error.fault in _SHARED_FAULTS and quote.tier.key_name is not None:
            self._barred_keys.add(quote.tier.key_name)
        if error.nobody_there and quote.tier.origin:
            self._deserted.add(quote.tier.origin)
        return self._pass_over()

    def _pass_over(self) -> tuple[Quote, ...]:
        """Take out what is left at an address where nothing listens: it would fail as the first one did."""
        over = tuple(quote for quote in self._left if quote.tier.origin in self._deserted)
        self._left = [quote for quote in self._left if quote not in over]
        self.trouble += [quote.tier.label for quote in over]
        return over

    def sum_up(self) -> str:
        """Return why there is no answer, in one sentence and a remedy."""
        if not self.trouble:
            return tr("No tier was left to ask; your prompt is kept and can be sent again.")
        others = len(self.trouble) - 1
        more = (
            counted(", and {count} other tier failed too", ", and {count} other tiers failed too", others)
            if others
            else ""
        )
        first = self.trouble[0].rstrip(".")
        return tr(
            "No answer: {first}{more}. Your prompt is kept and can be sent again.", first=first, more=more
        )
