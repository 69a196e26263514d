"""What a person asks of the broker, and what comes back while it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from compute_broker.broker.haste import Haste
from compute_broker.broker.warmth import Warm
from compute_broker.core.attachment import Attachment
from compute_broker.core.decision import Decision, Mode
from compute_broker.core.price import CostBasis
from compute_broker.core.quote import Quote
from compute_broker.core.stream import Message
from compute_broker.core.texts import tr
from compute_broker.core.usage import Certainty, FinishReason, Usage
from compute_broker.ledger.records import BudgetLimit


class Source(StrEnum):
    """Where a prompt came from."""

    QUICK_ASK = "quick_ask"
    COMMAND_LINE = "command_line"
    GATEWAY = "gateway"
    EXPERIMENT = "experiment"


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How to treat one prompt. ``None`` means: as the settings say.

    ``history`` are the earlier turns of the conversation, oldest first; ``override_budget`` lets this
    one request pass a hard budget, and is recorded; ``deadline`` in seconds bounds all
    attempts until the first word; an answer under way may take its time.
    """

    source: Source = Source.QUICK_ASK
    mode: Mode | None = None
    tier_id: str | None = None
    private: bool = False
    history: tuple[Message, ...] = ()
    better_than: str | None = None
    """A tier id: choose the cheapest tier with a better chance than that one ("ask a better tier")."""
    override_budget: bool = False
    project: str | None = None
    warm: Warm | None = None
    """What the conversation so far has in a provider's cache: see :func:`warmth.warm_after`."""
    deadline: float = 300.0
    limits: tuple[BudgetLimit, ...] = ()
    """Budgets of the caller's own, beside those of the settings."""
    so_far: str = ""
    """What an answer to this prompt said before it was cut off: the next one goes on from there."""
    again_of: str | None = None
    """An earlier request of the same question, or the one whose answer is gone on with: a person with the
    baseline would have asked once, so its baseline counts once."""
    avoid: tuple[str, ...] = ()
    """Tier ids that are not to answer this one: whose answer was cut off just now."""
    attached: tuple[Attachment, ...] = ()
    """What comes along: texts are a part of the prompt as sent and stored, images travel beside it."""
    haste: Haste | None = None
    """How the person says that a silent tier was waited for long enough."""
    max_output_tokens: int | None = None
    """At most this many tokens of answer; ``None``: as many as the tier may give."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision, before anything is sent."""

    request_id: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Attempt:
    """A tier is being asked now; ``following`` would be asked if it failed, if any is left."""

    quote: Quote
    following: Quote | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Failover:
    """A tier failed before its first word; the next one is asked. ``reason`` is for a person."""

    failed: Quote
    reason: str
    too: tuple[Quote, ...] = ()
    """The tiers that are passed over for the same reason: nothing listens at the address of all of them."""


@dataclass(frozen=True, slots=True)
class Checking:
    """An answer is there and is being checked by ``by``; ``disagreed``: it was, and ``by`` settles it."""

    by: Quote
    disagreed: bool = False


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was said so far does not stand; the deltas that follow are the answer of ``quote``."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class BudgetWarning:
    """A soft budget threshold was crossed by this request, for the first time in its period."""

    text: str


class CheckOutcome(StrEnum):
    """What came of a second opinion: both agreed, a third settled it, or it could not be had."""

    CONFIRMED = "confirmed"
    SETTLED = "settled"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Check:
    """A second opinion on an answer; ``note`` says in a few words who confirmed or settled it."""

    outcome: CheckOutcome
    note: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an answer cost and saved. Money in nano-dollars; ``None`` is unknown, never zero.

    ``cost`` is the sum over all attempts of the request and of deciding. ``saved`` is signed:
    ``baseline_cost`` minus cost, as the ledger has them: of a later answer to a question (``again``) no
    baseline is counted. ``latency_ms`` is the time spent waiting for providers until the last word.
    """

    request_id: str
    answer: str
    quote: Quote
    model: str
    usage: Usage
    finish: FinishReason
    cost: int | None
    certainty: Certainty
    basis: CostBasis
    baseline_label: str | None
    baseline_cost: int | None
    saved: int | None
    latency_ms: int
    decision: Decision
    check: Check | None = None
    """The second opinion, where the plan was a cross-check."""
    again: bool = False
    """Whether its question had an answer already: this one came on top."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is complete (or cut off: see ``receipt.finish``) and settled."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer. ``message`` says why and what to do; the prompt is kept under ``request_id``.

    ``over_budget`` tells that sending again with ``override_budget`` would be allowed.
    """

    request_id: str
    message: str
    over_budget: bool = False


AskEvent = Decided | Attempt | Delta | Checking | Replaced | Failover | BudgetWarning | Finished | Failed


@dataclass(frozen=True, slots=True)
class BudgetView:
    """One budget as a person sees it. Nano-dollars; ``spent`` includes what is reserved."""

    period: str
    limit: int
    hard: bool
    spent: int
    source: str | None = None
    project: str | None = None

    @property
    def general(self) -> bool:
        """Whether it is for everything, not for one source or project."""
        return self.source is None and self.project is None

    @property
    def whose(self) -> str:
        """What it is for, in words; empty when for everything."""
        parts = []
        if self.source:
            parts.append(tr("source {source}", source=self.source))
        if self.project:
            parts.append(tr("project {project}", project=self.project))
        return ", ".join(parts)

    def binds(self, source: str, project: str | None) -> bool:
        """Return whether a request from ``source`` for ``project`` counts against it."""
        return self.source in (None, source) and self.project in (None, project)

    @property
    def left(self) -> int:
        """What may still be spent, at least 0."""
        return max(0, self.limit - self.spent)


@dataclass(frozen=True, slots=True)
class Spend:
    """Today, this week and this month, as icon, menu and panel show them. Nano-dollars.

    ``*_estimated`` is the part of the sum that is estimated; ``unknown_today`` counts requests whose
    cost nobody knows (they are in no sum). ``answered_today`` counts prompts that got an answer, as every
    count of prompts does: one that was refused, or that failed, is in the history only.
    """

    today: int = 0
    week: int = 0
    month: int = 0
    saved_today: int = 0
    saved_month: int = 0
    answered_today: int = 0
    estimated_today: int = 0
    unknown_today: int = 0
    compared_today: int = 0
    """Requests that ``saved_today`` sums over: with none of them nobody knows what was saved."""
    budgets: tuple[BudgetView, ...] = ()
    """All budgets; those of one source or project come last."""
    by_tier_today: Mapping[str, int] = field(default_factory=dict)
