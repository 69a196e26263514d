"""A recorded decision, read back as far as it can be made again."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from compute_broker.broker.pairs import Member
from compute_broker.core.decision import CrossCheck, Verdict
from compute_broker.core.money import NANOS_PER_USD, per_mtok_cost, round_mtok
from compute_broker.core.quote import Quote
from compute_broker.core.task import Stakes, Task

TYPICAL_SD = 1.0
"""Logits: how unsure an ability is taken to be where a note does not say: as of a model known by its size."""

_BY_HAND = (": you chose it.", ": the cheapest with a better chance")
"""How the reasons of notes from before ``kept`` tell that a person chose."""


class Row(msgspec.Struct, frozen=True):
    """One considered tier, as the report has it."""

    tier: str
    verdict: Verdict
    p_success: float | None = None
    direct_cost_usd: float | None = None
    reason: str = ""


class PlanNote(msgspec.Struct, frozen=True):
    """The plan that was chosen."""

    kind: str
    tiers: tuple[str, ...]
    referee: str | None = None
    p_success: float | None = None
    p_agree: float | None = None


class Offer(msgspec.Struct, frozen=True, array_like=True):
    """What a tier's answer costs: nano-dollars per million tokens and per request, and its length."""

    rate_in: int
    rate_out: int
    rate_read: int | None
    per_request: int
    verbosity: float
    longest: int
    sd: float

    def cost(self, prompt: int, length: int, cached: int = 0) -> int:
        """Return nano-dollars for a prompt and an answer of so many tokens, ``cached`` of it read cheaper."""
        read = self.rate_in if self.rate_read is None else self.rate_read
        parts = ((prompt - cached, self.rate_in), (cached, read), (length, self.rate_out))
        return round_mtok(sum(per_mtok_cost(tokens, rate) for tokens, rate in parts)) + self.per_request


class MemberNote(msgspec.Struct, frozen=True, array_like=True):
    """What makes a tier a member of pairs."""

    chances: tuple[float, ...]
    family: str
    server: str = ""


class Kept(msgspec.Struct, frozen=True):
    """The part that was kept for this; older notes have none."""

    tiers: dict[str, Offer]
    cross_check: CrossCheck = CrossCheck.OFF
    by_hand: bool = False
    warm: tuple[str, int] | None = None
    checkable: float = 0.0
    pairs: dict[str, MemberNote] = {}


class Note(msgspec.Struct, frozen=True):
    """A decision as it was noted."""

    considered: tuple[Row, ...]
    quality_floor: float
    plan: PlanNote | None = None
    mode: str = ""
    category: str = ""
    stakes: Stakes = Stakes.LOW
    reason: str = ""
    prompt_tokens: int = 0
    expected_output_tokens: int = 0
    kept: Kept | None = None

    @property
    def by_hand(self) -> bool:
        """Whether a person chose the tier, or asked for a better one."""
        if self.kept is not None:
            return self.kept.by_hand
        return any(words in self.reason for words in _BY_HAND)

    def row(self, tier: str) -> Row | None:
        """Return what was noted of ``tier``."""
        return next((row for row in self.considered if row.tier == tier), None)

    def sd(self, tier: str) -> float:
        """Return how unsure the tier's ability was, in logits."""
        offer = self.kept.tiers.get(tier) if self.kept is not None else None
        return TYPICAL_SD if offer is None else offer.sd


_decoder = msgspec.json.Decoder(Note)


def read(decision_json: str | None) -> Note | None:
    """Return the note, or ``None`` where there is none or it tells too little."""
    if not decision_json:
        return None
    try:
        return _decoder.decode(decision_json)
    except msgspec.DecodeError:
        return None


def nanos(usd: float | None) -> int | None:
    """Return a report's dollars as nano-dollars: exact below nine million dollars, as they were written."""
    return None if usd is None else round(usd * NANOS_PER_USD)


@dataclass(frozen=True, slots=True)
class Members:
    """Makes members of pairs from what a note kept of them."""

    kept: Kept

    def __call__(self, key: int, quote: Quote, cost: int, task: Task) -> Member:  # noqa: ARG002 - pairs.member's signature
        """Return the tier as it stood then; one without chances pairs with nobody."""
        note = self.kept.pairs[quote.tier.id]
        return Member(key, cost, note.chances, note.family, note.server)
