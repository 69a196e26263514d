"""Scores by program, each answer checked once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from compute_broker.experiment.checks import check
from compute_broker.experiment.run.calls import Answer
from compute_broker.experiment.run.setup import Item

Check = Callable[[Item, str], float | None]
"""Return the score in [0, 1] of an answer to an item; ``None`` where only a judge can tell."""


class Scorer:
    """Checks answers and remembers what came of it."""

    def __init__(self, check: Check) -> None:
        """``check`` may take its time and start children."""
        self._check = check
        self._known: dict[str, float | None] = {}

    def score(self, item: Item, answer: Answer) -> float | None:
        """Return the score of ``answer``: 0 where there is none, ``None`` where only a judge can tell."""
        if answer.key not in self._known:
            self._known[answer.key] = self._check(item, answer.text)
        found = self._known[answer.key]
        return 0.0 if found is not None and not answer.usable else found


def program_scorer(*, allow_code: bool) -> Scorer:
    """Return a scorer that checks as each item's ``check`` says; code is run only with the person's leave."""
    return Scorer(partial(check, allow_code=allow_code))
