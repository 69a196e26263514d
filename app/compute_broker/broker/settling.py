"""What an attempt cost, from what the provider reported and, where it did not, from an estimate."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from compute_broker.core.energy import Energy
from compute_broker.core.errors import ProviderError
from compute_broker.core.price import CostBasis
from compute_broker.core.quote import Quote
from compute_broker.core.stream import Message, StreamEnd, StreamEvent
from compute_broker.core.usage import Certainty, FinishReason, Usage, estimate_tokens
from compute_broker.ledger.records import AttemptKind, Outcome, Settlement

_OUTCOMES = {FinishReason.CUT_OFF: Outcome.CUT_OFF, FinishReason.CANCELLED: Outcome.CANCELLED}


class Reading(Protocol):
    """Measures the electricity of one attempt."""

    async def stop(self) -> Energy | None:
        """End it; return what the attempt took, ``None`` where that is not known. Raises nothing."""
        ...


@dataclass(slots=True)
class Running:
    """One attempt as it goes: what has arrived so far, when, and how it ended."""

    quote: Quote
    messages: tuple[Message, ...]
    reservation_id: int
    max_output_tokens: int
    kind: AttemptKind
    sent: bool = False
    hurried: bool = False
    """Whether the person did not wait for its first word."""
    patience: float = 0.0
    """Seconds it was given for its first word."""
    reading: Reading | None = None
    """What measures its electricity while it is under way, where something does."""
    energy: Energy | None = None
    """What it took, measured; ``None``: estimated from the time."""
    waited: float = 0.0
    """Seconds spent waiting for the provider. Time in which nobody asked for more is the reader's own."""
    pieces: list[str] = field(default_factory=list)
    usage: Usage | None = None
    end: StreamEnd | None = None
    first_word_ms: int | None = None
    failure: ProviderError | None = None
    settlement: Settlement | None = None
    released: bool = False
    _said: int = 0

    @property
    def closed(self) -> bool:
        """Whether the ledger knows what became of the money."""
        return self.released or self.settlement is not None

    @property
    def complete(self) -> bool:
        """Whether the whole answer is there."""
        return self.end is not None and self.failure is None

    @property
    def has_words(self) -> bool:
        """Whether there is anything to read yet."""
        return any(piece.strip() for piece in self.pieces)

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self.pieces)

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds spent waiting for the provider since the prompt was sent."""
        return round(self.waited * 1000)

    @property
    def finish(self) -> FinishReason:
        """How the answer ended; what broke after its first word is cut off."""
        return self.end.finish if self.end is not None and self.failure is None else FinishReason.CUT_OFF

    @property
    def outcome(self) -> Outcome:
        """The ledger's word for :attr:`finish`."""
        return _OUTCOMES.get(self.finish, Outcome.OK)

    def send(self, patience: float) -> None:
        """Note that the prompt leaves now, with ``patience`` seconds for the first word."""
        self.sent, self.patience = True, patience

    async def timed(self, events: AsyncGenerator[StreamEvent, None]) -> AsyncIterator[StreamEvent]:
        """Yield ``events``, counting the time spent waiting for them, and no other."""
        while True:
            asked = time.monotonic()
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
            finally:
                self.waited += time.monotonic() - asked
            yield event

    def heard(self, text: str) -> None:
        """Keep a piece of the answer."""
        self.pieces.append(text)
        if self.first_word_ms is None and self.has_words:
            self.first_word_ms = self.elapsed_ms

    def unsaid(self) -> str:
        """Return what has come since the last call; blanks are held back until there is a word."""
        if not self.has_words:
            return ""
        text = "".join(self.pieces[self._said :])
        self._said = len(self.pieces)
        return text

    @property
    def final_usage(self) -> Usage:
        """The provider's usage; else an estimate from the texts, marked as one."""
        if self.end is not None and self.end.usage is not None:
            return self.end.usage
        prompt = estimate_tokens("".join(message.text for message in self.messages))
        prompt += sum(image.tokens for message in self.messages for image in message.images)
        output = estimate_tokens(self.text)
        if self.usage is None:
            return Usage(prompt, output, certainty=Certainty.ESTIMATED)
        # The stream broke: its input count is the provider's own, its output count lags behind.
        return replace(
            self.usage,
            output_tokens=max(self.usage.output_tokens, output),
            certainty=Certainty.ESTIMATED,
        )

    async def stop_measuring(self) -> None:
        """Learn what its electricity was; a second call changes nothing."""
        reading, self.reading = self.reading, None
        if reading is not None:
            self.energy = await reading.stop()

    def settle(self, outcome: Outcome) -> Settlement:
        """Return the settlement of this attempt as it stands now."""
        usage = self.final_usage
        cost, certainty = self._cost(usage)
        return Settlement(
            cost=cost,
            certainty=certainty,
            usage=usage,
            charged=self.end.charged if self.end else None,
            outcome=outcome,
            latency_ms=self.elapsed_ms,
            first_word_ms=self.first_word_ms,
            served_model=self.end.served_model if self.end else None,
            fault=self.failure.fault if self.failure else None,
            energy_uj=self.energy.microjoules if self.energy else None,
            milliwatts=self.energy.milliwatts if self.energy else None,
            tokens_per_second=self.end.tokens_per_second if self.end else None,
        )

    def _cost(self, usage: Usage) -> tuple[int | None, Certainty]:
        if self.end is not None and self.end.charged is not None:
            return self.end.charged, Certainty.EXACT
        price = self.quote.price
        if price is None:
            return None, Certainty.UNKNOWN
        measured = self.energy.microjoules if self.energy is not None else None
        cost = price.cost(usage, milliseconds=self.elapsed_ms, microjoules=measured)
        if price.power is None:
            beyond_plan = price.basis is CostBasis.SUBSCRIPTION and cost > 0
            return cost, Certainty.ESTIMATED if beyond_plan else usage.certainty
        # Tokens do not enter it: what a sensor saw of this very answer is exact, all else is a guess.
        return cost, Certainty.ESTIMATED if measured is None else Certainty.EXACT


def baseline_counterfactual(usage: Usage, used: Quote, baseline: Quote | None, cached: int = 0) -> int | None:
    """Return what the baseline tier would have cost for the same prompt; ``None`` when nobody knows.

    Its answer is as long as this one, scaled by how much the two models differ in length (their
    verbosity) and within the baseline's own limit. ``cached`` tokens of the conversation would have been in
    its cache as they were in the cache of the tier that held it: the saving is not flattered.
    """
    if baseline is None or baseline.price is None:
        return None
    if baseline.tier.id == used.tier.id:
        return baseline.price.cost(usage)
    length = min(_length(usage, used, baseline), baseline.tier.max_output_tokens)
    read = min(max(cached, usage.cache_read_tokens), usage.input_tokens)
    return baseline.price.cost(Usage(usage.input_tokens, length, cache_read_tokens=read))


def baseline_rest(usage: Usage, used: Quote, baseline: Quote | None, so_far: str) -> int | None:
    """Return what the words that were added to ``so_far`` would have cost the baseline; ``None`` unknown.

    Its own answer would have been whole at once: it would not have read the prompt and the first part again,
    so only the output counts, at the rates of a prompt without that part.
    """
    if baseline is None or baseline.price is None or not so_far:
        return None
    asked = max(0, usage.input_tokens - estimate_tokens(so_far))
    length = usage.output_tokens if baseline.tier.id == used.tier.id else _length(usage, used, baseline)
    return baseline.price.cost(Usage(asked, length)) - baseline.price.cost(Usage(asked, 0))


def _length(usage: Usage, used: Quote, baseline: Quote) -> int:
    """Return the output tokens of the baseline for the same answer."""
    ratio = baseline.tier.abilities.verbosity / max(used.tier.abilities.verbosity, 0.01)
    return round(usage.output_tokens * ratio)
