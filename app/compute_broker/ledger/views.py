"""What is read out of the ledger, as frozen values. Money in nano-dollars, ``None`` unknown; times UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compute_broker.core.tier import Effort
from compute_broker.ledger.records import AttemptState, Period, RequestStatus


@dataclass(frozen=True, slots=True)
class Sums:
    """Money and counts over some span of time.

    ``unknown`` is what attempts of unknown cost are counted at: their reservations. ``saved`` sums over
    ``saved_requests``, those of which the saving is known. ``requests`` are all that came in, also those that
    were refused or failed; a count of prompts or requests that a person reads is ``answered``.
    """

    exact: int = 0
    estimated: int = 0
    unknown: int = 0
    reserved: int = 0
    attempts: int = 0
    unknown_attempts: int = 0
    requests: int = 0
    answered: int = 0
    saved: int = 0
    saved_requests: int = 0

    @property
    def spent(self) -> int:
        """Everything spent, the uncertain part included."""
        return self.exact + self.estimated + self.unknown

    @property
    def committed(self) -> int:
        """Spent plus set aside at this moment."""
        return self.spent + self.reserved


@dataclass(frozen=True, slots=True)
class Spend:
    """The sums of a period that runs until now, with its first instant."""

    period: Period
    start: datetime
    sums: Sums

    @property
    def spent(self) -> int:
        """Everything spent, the uncertain part included."""
        return self.sums.spent

    @property
    def reserved(self) -> int:
        """What is set aside at this moment."""
        return self.sums.reserved

    @property
    def saved(self) -> int:
        """What was saved against the baseline, where both are known."""
        return self.sums.saved


@dataclass(frozen=True, slots=True)
class Spending:
    """Today, this week and this month, read at one moment."""

    today: Spend
    week: Spend
    month: Spend


@dataclass(frozen=True, slots=True)
class TierSpend:
    """The sums of one tier. Requests count at the tier that answered; ``""`` is none."""

    tier: str
    sums: Sums


class Group(StrEnum):
    """By what requests may be summed, besides their tier."""

    CATEGORY = "category"
    SOURCE = "source"
    PLACE = "place"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class GroupSpend:
    """The requests of one category, source, place or project that were answered; ``""`` is none.

    ``spent`` and ``saved`` sum over those that know them; ``unknown`` counts answers of unknown cost.
    Tokens are summed over all attempts, ``None`` where none reported any.
    """

    name: str
    answered: int
    spent: int
    saved: int
    saved_requests: int
    unknown: int
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What attempts read and wrote, thinking included; ``None`` where none reported any."""

    input: int | None = None
    output: int | None = None


@dataclass(frozen=True, slots=True)
class DaySpend:
    """The sums of one local day."""

    day: date
    sums: Sums


@dataclass(frozen=True, slots=True)
class HourSpend:
    """The sums of one hour of a local day; ``start`` is its first instant, in UTC."""

    start: datetime
    sums: Sums


@dataclass(frozen=True, slots=True)
class DayTiers(DaySpend):
    """The sums of one local day, and of each tier in it, the dearest first; they add up to the day's."""

    tiers: tuple[TierSpend, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """What a page of history shows; ``None`` leaves a point open. Days are local and inclusive.

    ``text`` is words that must all be in prompt or answer, in either case; "quotes" keep some together.
    ``over`` is a cost in nano-dollars that must be passed.
    """

    text: str | None = None
    tier: str | None = None
    source: str | None = None
    project: str | None = None
    session_id: str | None = None
    category: str | None = None
    status: RequestStatus | None = None
    from_day: date | None = None
    to_day: date | None = None
    over: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """How many requests a filter finds, and what those of which it is known cost and saved: nano-dollars."""

    requests: int = 0
    spent: int = 0
    saved: int = 0
    saved_requests: int = 0
    """Requests of which the saving is known."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One request as a line of the history.

    ``certainty`` is the weakest among its attempts, ``None`` without any. Tokens are summed over the
    attempts, ``None`` where no attempt reported any. Times in milliseconds. ``again_of`` is the first request
    of the same question; ``again`` says that this is a later answer, of which no baseline is counted.
    """

    request_id: str
    created: datetime
    source: str
    project: str | None
    session_id: str | None
    private: bool
    prompt: str
    status: RequestStatus
    reason: str
    mode: str | None
    category: str | None
    difficulty: float | None
    stakes: str | None
    tier: str | None
    place: str | None
    provider: str | None
    model: str | None
    cost_basis: str | None
    price_source: str | None
    cost: int | None
    certainty: str | None
    baseline_tier: str | None
    baseline_cost: int | None
    saved: int | None
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    latency_ms: int | None
    first_word_ms: int | None
    rating: int | None
    again_of: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class AttemptEntry:
    """One attempt of a request, with the price it was reckoned at (JSON text)."""

    reservation_id: int
    n: int
    kind: str
    tier: str
    place: str
    provider: str
    model: str
    state: AttemptState
    outcome: str | None
    fault: str | None
    reserved: int | None
    cost: int | None
    certainty: str | None
    charged: int | None
    cost_basis: str | None
    price_json: str | None
    input_tokens: int | None
    output_tokens: int | None
    started: datetime
    ended: datetime | None
    latency_ms: int | None
    first_word_ms: int | None
    energy_uj: int | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with everything that is known about it."""

    entry: HistoryEntry
    answer: str | None
    decision_json: str | None
    attempts: tuple[AttemptEntry, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one answer taught of a tier. ``weight`` in (0, 1], ``difficulty`` in logits, ``day`` a day (UTC).

    ``origin`` is the request it came from: the same lesson is never counted twice, on whatever machine.
    """

    origin: str
    tier: str
    model: str
    category: str
    difficulty: float
    good: bool
    weight: float
    day: str
    effort: str = Effort.DEFAULT.value


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a tier's answers were: the mean of ln(actual / expected tokens) over ``count`` answers."""

    tier: str
    model: str
    count: int
    mean_log: float
    effort: str = Effort.DEFAULT.value
