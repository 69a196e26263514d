"""Checks of answers by program: the exact result, a choice, words that must be there."""

from __future__ import annotations

from compute_broker.broker.sameness import Sameness, compare, final_answer
from compute_broker.experiment.run.setup import Item


def check(item: Item, answer: str) -> float | None:
    """Return the score of ``answer`` in [0, 1]; ``None`` where only a judge can tell.

    ``exact`` and ``choice`` compare the final result with the reference; ``contains`` counts the ``all``
    words of the check (or the reference) that are in the answer.
    """
    kind = item.check.get("kind")
    if kind in {"exact", "choice"} and item.reference is not None:
        return _exact(item.reference, answer)
    if kind == "contains":
        wanted = item.check.get("all") or ([item.reference] if item.reference else [])
        text = answer.casefold()
        return sum(str(word).casefold() in text for word in wanted) / len(wanted) if wanted else None
    return None


def _exact(reference: str, answer: str) -> float:
    if compare(reference, answer) is Sameness.SAME:
        return 1.0
    # An answer in prose that names no result: its last line may be the result alone.
    lines = [line for line in answer.strip().splitlines() if line.strip()]
    if final_answer(answer) is None and lines:
        return float(compare(reference, lines[-1]) is Sameness.SAME)
    return 0.0
