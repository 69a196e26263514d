"""What is written into the ledger: requests, attempts, budgets and settlements, as frozen values.

Money is integer nano-dollars, ``None`` where nobody knows. Times are aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compute_broker.core.errors import BudgetExceededError, Fault
from compute_broker.core.price import Price
from compute_broker.core.tier import Effort, Place, ProviderKind
from compute_broker.core.usage import Certainty, Usage


class RequestStatus(StrEnum):
    """Where a request stands. ``interrupted``: the program ended before it could answer."""

    OPEN = "open"
    ANSWERED = "answered"
    CUT_OFF = "cut_off"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def has_answer(self) -> bool:
        """Whether there is a text to show, whole or in part."""
        return self in {RequestStatus.ANSWERED, RequestStatus.CUT_OFF}


HAS_ANSWER = "status IN ('answered', 'cut_off')"
"""The same as :attr:`RequestStatus.has_answer`, as a condition on a row of requests."""


class AttemptState(StrEnum):
    """The life of an attempt: ``reserved``, then ``sent``, then ``settled`` or ``released``."""

    RESERVED = "reserved"
    SENT = "sent"
    SETTLED = "settled"
    RELEASED = "released"


class Outcome(StrEnum):
    """How a billed attempt ended. ``orphaned``: its program died before it could tell."""

    OK = "ok"
    CUT_OFF = "cut_off"
    CANCELLED = "cancelled"
    FAILED = "failed"
    ORPHANED = "orphaned"


class AttemptKind(StrEnum):
    """What an attempt was for: an answer, deciding where to send the prompt, comparing two answers."""

    ANSWER = "answer"
    DECIDING = "deciding"
    COMPARING = "comparing"


class Signal(StrEnum):
    """What a person did with an answer, beside rating it."""

    COPIED = "copied"
    ASKED_BETTER = "asked_better"


class Period(StrEnum):
    """The periods, by local days. A week starts on Monday. ``quarter`` and ``all`` are for views only."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class DecisionNote:
    """What was decided about a request: kept so that the choice can be explained afterwards.

    ``difficulty`` is in logits. ``decision_json`` is the whole decision as JSON text.
    """

    mode: str | None = None
    category: str | None = None
    difficulty: float | None = None
    stakes: str | None = None
    decision_json: str | None = None
    baseline_tier: str | None = None
    baseline_cost: int | None = None
    expected_tokens: int | None = None
    """Output tokens that the task itself was expected to take, before any tier's verbosity."""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A prompt as it comes in. ``id`` comes from :func:`~compute_broker.ledger.ids.new_request_id`.

    ``source`` says who asked (``quick_ask``, ``command_line``, ``gateway``, ``experiment``); ``project``
    is the person's own tag; ``session_id`` ties follow-ups together. ``again_of`` is an earlier request of
    the same question; with ``goes_on`` this one goes on with its answer.
    """

    id: str
    source: str
    prompt: str
    project: str | None = None
    session_id: str | None = None
    private: bool = False
    decision: DecisionNote | None = None
    again_of: str | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """One try at one tier. ``ceiling_nanos`` is what is set aside for it: ``Price.ceiling``.

    A ``ceiling_nanos`` of ``None`` means that nobody knows the price: a hard budget then refuses.
    ``n`` counts a request's attempts from 1 and is given by the ledger unless the caller repeats itself:
    the same ``n`` twice is the same reservation.
    """

    tier_id: str
    place: Place
    provider: ProviderKind
    model: str
    price: Price | None
    ceiling_nanos: int | None
    kind: AttemptKind = AttemptKind.ANSWER
    n: int | None = None
    effort: Effort = Effort.DEFAULT

    def __post_init__(self) -> None:
        """Refuse a reservation below zero."""
        if self.ceiling_nanos is not None and self.ceiling_nanos < 0:
            msg = f"a reservation of {self.ceiling_nanos} nano-dollars is below zero"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class BudgetLimit:
    """At most ``amount`` nano-dollars per period, for everything or for one source or project.

    ``hard`` stops, otherwise it only warns. ``thresholds`` are per cent of the amount at which to warn,
    once per period each; for a hard limit too, so that the stop does not come as a surprise.
    """

    period: Period
    amount: int
    hard: bool
    source: str | None = None
    project: str | None = None
    thresholds: tuple[int, ...] = (80, 100)

    def __post_init__(self) -> None:
        """Refuse budgets that mean nothing."""
        if self.amount < 0:
            msg = f"a budget of {self.amount} nano-dollars is below zero"
            raise ValueError(msg)
        if self.period in {Period.ALL, Period.QUARTER}:
            msg = "a budget is per day, week or month"
            raise ValueError(msg)

    def concerns(self, source: str, project: str | None) -> bool:
        """Return whether a request from ``source`` for ``project`` counts against this budget."""
        return self.source in (None, source) and self.project in (None, project)


@dataclass(frozen=True, slots=True)
class BudgetWarning:
    """A threshold that has just been crossed for the first time in its period.

    ``committed`` is spent plus set aside, this reservation included.
    """

    limit: BudgetLimit
    threshold: int
    committed: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for one attempt, and the warnings that came with it."""

    id: int
    request_id: str
    n: int
    reserved: int | None
    warnings: tuple[BudgetWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended and what it really cost.

    ``cost`` is ``None`` exactly when ``certainty`` is unknown: the attempt then counts at the reserved
    amount. ``charged`` is the provider's own word, if it gave one. Times in milliseconds from sending.
    ``energy_uj`` are the microjoules above idle that a sensor measured, where one did, and ``milliwatts``
    the mean draw meanwhile.
    """

    cost: int | None
    certainty: Certainty
    usage: Usage | None = None
    charged: int | None = None
    outcome: Outcome = Outcome.OK
    latency_ms: int | None = None
    first_word_ms: int | None = None
    served_model: str | None = None
    fault: Fault | None = None
    energy_uj: int | None = None
    milliwatts: int | None = None
    tokens_per_second: float | None = None

    def __post_init__(self) -> None:
        """Refuse a cost below zero, and one that is both known and unknown."""
        if self.cost is not None and self.cost < 0:
            msg = f"a cost of {self.cost} nano-dollars is below zero"
            raise ValueError(msg)
        if (self.cost is None) is not (self.certainty is Certainty.UNKNOWN):
            msg = f"a cost of {self.cost} cannot be {self.certainty}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What start-up found left behind by programs that died: counts, and the requests concerned."""

    released: int = 0
    unknown: int = 0
    interrupted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a check of the whole ledger. ``problems`` are sentences; empty means sound."""

    problems: tuple[str, ...]
    requests: int
    attempts: int
    checked_at: datetime

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems


class BudgetRefusedError(BudgetExceededError):
    """A hard budget would be passed: which one, what is left of it and what was needed (nano-dollars).

    ``needed`` is ``None`` when nobody knows the price of the attempt.
    """

    def __init__(self, message: str, limit: BudgetLimit, left: int, needed: int | None) -> None:
        """Store the figures; ``message`` is what a person reads."""
        super().__init__(message)
        self.limit = limit
        self.left = left
        self.needed = needed
