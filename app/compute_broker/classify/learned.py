"""The learned classifier: sums of small weights, trained on recorded outcomes and labelled prompts.

How it was trained, on what, and how well it does: docs/routing.md. ``make train`` makes the weights anew.
"""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path

from compute_broker.classify import rules
from compute_broker.classify.artifact import COLUMNS, Artifact, load
from compute_broker.classify.features import features
from compute_broker.classify.glossary import in_english
from compute_broker.classify.text import focus
from compute_broker.core.task import Category, Task
from compute_broker.core.usage import estimate_tokens
from compute_broker.resources_path import resource

_CATEGORIES = tuple(Category(name) for name in COLUMNS[:6])
_LEAST_WEIGHT = 0.05
"""A category less likely than this is left out of the spread."""

_DIFFICULTY = (-8.0, 6.0)
_SD = (0.5, 3.0)
_CHAT_SD = 0.7
"""No outcomes of chat are recorded; greetings differ less from each other than examination questions."""


class LearnedClassifier:
    """Classify by learned weights; the file is read at the first use, or by :meth:`warm`."""

    def __init__(self, path: Path | None = None) -> None:
        """Remember where the weights are; ``None`` means those that ship with the program."""
        self._path = path

    @cached_property
    def _weights(self) -> Artifact:
        return load(self._path or resource("classifier", "weights.bin"))

    def warm(self) -> None:
        """Read the weights and the glossary now; may be called from any thread.

        Raises:
            EnvironmentFaultError: they cannot be read.
        """
        _ = self._weights
        in_english("")

    def classify(self, prompt: str, *, private: bool = False, history_tokens: int = 0) -> Task:
        """Return the task; see :class:`compute_broker.classify.base.Classifier`."""
        said = focus(prompt)
        text = in_english(said)
        outputs = self.outputs(text)
        spread = _spread(outputs[:6], self._weights.header["temperature"])
        category = max(spread, key=lambda pair: pair[1])[0]
        difficulty, log_sd, log_tokens = outputs[6:]
        return Task(
            category=category,
            difficulty=_clamped(difficulty, *_DIFFICULTY),
            difficulty_sd=_CHAT_SD if category is Category.CHAT else _clamped(math.exp(log_sd), *_SD),
            stakes=rules.stakes_of(said, category),
            prompt_tokens=estimate_tokens(prompt) + history_tokens,
            expected_output_tokens=rules.length_of(said, math.exp(_clamped(log_tokens, 1.5, 9.0))),
            needs=rules.needs_of(said),
            private=private,
            checkable=rules.checkable(text, category),
            category_weights=spread if len(spread) > 1 else (),
            slope=self._weights.header["slope"],
            classifier=self._weights.header["name"],
        )

    def outputs(self, text: str) -> list[float]:
        """Return the nine sums for an already focused text, in the order of ``artifact.COLUMNS``."""
        weights, found = self._weights, features(text)
        word_part = weights.hashed_sums(found.words)
        cue_part = weights.hashed_sums(found.cues)
        vector_part, known = weights.word_sums(found.plain)
        by_words = 1.0 / math.sqrt(max(len(found.words), 1))
        by_vectors = 1.0 / math.sqrt(max(known, 1))
        by_cues = weights.header["cue_scale"]
        return [
            bias + by_words * word + by_cues * cue + by_vectors * vector
            for bias, word, cue, vector in zip(
                weights.header["bias"], word_part, cue_part, vector_part, strict=True
            )
        ]


def _spread(logits: list[float], temperature: float) -> tuple[tuple[Category, float], ...]:
    top = max(logits)
    powers = [math.exp((logit - top) / temperature) for logit in logits]
    total = sum(powers)
    likely = [(c, p / total) for c, p in zip(_CATEGORIES, powers, strict=True) if p / total >= _LEAST_WEIGHT]
    kept = sum(weight for _, weight in likely)
    return tuple((category, weight / kept) for category, weight in likely)


def _clamped(value: float, low: float, high: float) -> float:
    return max(low, min(value, high))
