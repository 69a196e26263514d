"""A classified prompt: what is asked, how hard it is, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Category(StrEnum):
    """The kinds of work on which tiers differ. ``chat`` is what is none of the others."""

    ANALYSIS = "analysis"
    WRITING = "writing"
    CODING = "coding"
    KNOWLEDGE = "knowledge"
    REASONING = "reasoning"
    CHAT = "chat"


class Stakes(StrEnum):
    """Is being wrong costly or irreversible?"""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Need(StrEnum):
    """What a tier must be able to do to take the task at all."""

    VISION = "vision"
    TOOLS = "tools"
    CURRENT_FACTS = "current_facts"


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt as the policy sees it.

    ``difficulty`` and its standard deviation are in logits, on the scale of the tiers' abilities:
    a tier whose ability equals the difficulty succeeds half the time. ``category_weights`` sums
    to 1 and spreads the task over categories when the classifier is unsure; empty means certain.
    ``checkable`` is the chance, in [0, 1], that two answers can be compared for sameness.
    """

    category: Category
    difficulty: float
    difficulty_sd: float
    stakes: Stakes
    prompt_tokens: int
    expected_output_tokens: int
    needs: frozenset[Need] = frozenset()
    private: bool = False
    images: int = 0
    """Images that come with it or its conversation: a fact, where ``needs`` are read from words."""
    private_rule: str = ""
    """The person's rule that made it private; empty when it was said by hand, or not at all."""
    checkable: float = 0.0
    category_weights: tuple[tuple[Category, float], ...] = ()
    slope: float = 1.0
    classifier: str = ""
    deciding_cost: int = field(default=0)
    """Nano-dollars spent on classifying, when a model was asked."""
    deciding_ms: int = field(default=0)
    """Milliseconds spent waiting for that model."""

    def weights(self) -> tuple[tuple[Category, float], ...]:
        """Return the spread over categories; all on ``category`` when nothing else is known."""
        return self.category_weights or ((self.category, 1.0),)
