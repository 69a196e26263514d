"""How an answer went, as far as it tells how the next one will go: speed, first word, draw."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """One whole answer of a tier, with the model and the effort that gave it. ``None`` is not known.

    ``milliwatts`` is the mean draw above idle that a sensor measured meanwhile, where one did.
    """

    tier: str
    model: str
    effort: str
    tokens_per_second: float | None
    first_word_ms: int | None
    milliwatts: int | None = None
