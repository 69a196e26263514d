"""The one interface of all classifiers: a prompt in, a :class:`Task` out."""

from __future__ import annotations

from typing import Protocol

from compute_broker.core.task import Task


class Classifier(Protocol):
    """Says what a prompt asks for, without knowing any tier.

    Implementations here are synchronous and pure: the same text always gives the same task, in about
    a millisecond, without network or disk. A classifier that asks a model has its own asynchronous
    entry elsewhere and falls back to one of these.
    """

    def classify(self, prompt: str, *, private: bool = False, history_tokens: int = 0) -> Task:
        """Return the task in ``prompt``; never raises, whatever the text (lone surrogates included).

        ``private`` is copied into the task. ``history_tokens`` are the tokens of the conversation
        so far; they count as prompt tokens.
        """
        ...
