"""What a provider reports of one answer: tokens, how it ended, and how sure the figure is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_BELIEVABLE_TOKENS = 1_000_000_000
"""A count above this is a fault of the feed, not a long answer (facts: case 26)."""


class FinishReason(StrEnum):
    """Why a stream ended. Only ``stop`` and ``length`` are normal ends."""

    STOP = "stop"
    LENGTH = "length"
    REFUSAL = "refusal"
    TOOL_CALLS = "tool_calls"
    CUT_OFF = "cut_off"
    CANCELLED = "cancelled"


class Certainty(StrEnum):
    """How a figure came about: the provider's word, our estimate, or not known."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one attempt, normalised over providers.

    ``input_tokens`` is the *whole* prompt, cached parts included; ``output_tokens`` includes
    ``reasoning_tokens``. Adapters convert (Anthropic reports its input without cached tokens).

    Raises:
        ValueError: a count is negative, absurdly large, no int, or a part exceeds its whole.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    certainty: Certainty = Certainty.EXACT

    def __post_init__(self) -> None:
        """Refuse counts that no honest provider can mean."""
        for name in (
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_5m_tokens",
            "cache_write_1h_tokens",
            "reasoning_tokens",
        ):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                msg = f"{name} is {value!r}, not a whole number"
                raise ValueError(msg)  # noqa: TRY004 - one error type for a bad report
            if not 0 <= value <= MAX_BELIEVABLE_TOKENS:
                msg = f"{name} is {value}, outside 0 to {MAX_BELIEVABLE_TOKENS}"
                raise ValueError(msg)
        cached = self.cache_read_tokens + self.cache_write_5m_tokens + self.cache_write_1h_tokens
        if cached > self.input_tokens:
            msg = f"cached tokens ({cached}) exceed the prompt ({self.input_tokens})"
            raise ValueError(msg)
        if self.reasoning_tokens > self.output_tokens:
            msg = f"reasoning tokens ({self.reasoning_tokens}) exceed the output ({self.output_tokens})"
            raise ValueError(msg)


def estimate_tokens(text: str) -> int:
    """Return an offline estimate of the tokens in ``text``: UTF-8 bytes / 4, rounded up.

    Bytes, not characters, so that scripts beyond ASCII are not undercounted. Only for previews and
    for streams whose usage is missing; every settled row prefers the provider's own count.
    """
    return -(-len(text.encode("utf-8", "surrogatepass")) // 4)
