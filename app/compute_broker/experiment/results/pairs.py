"""What has to be judged: each distinct answer against the baseline's, where no program can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compute_broker.experiment.judge.pairwise import Pair
from compute_broker.experiment.results.scoring import Scorer
from compute_broker.experiment.run.arms import Prompt, look_up
from compute_broker.experiment.run.calls import Answer
from compute_broker.experiment.run.setup import Item


def answers_of(prompt: Prompt, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return the answer of each arm: each tier by its id, each mode by its name; no entry where none came.

    Raises:
        NeedsError: not all has been asked.
    """
    found = {quote.tier.id: look_up(prompt.alone(quote), answers) for quote in prompt.setup.quotes}
    for mode in prompt.setup.modes:
        answer = prompt.follow(mode, answers).answer
        if answer is not None:
            found[mode_id(mode)] = answer
    return found


def mode_id(mode: str) -> str:
    """Return the name of a mode's arm, which no tier can have."""
    return f"@{mode}"


def checked(prompt: Prompt, found: Iterable[Answer], scorer: Scorer) -> bool:
    """Return whether a program can tell of every answer; if of one it cannot, judges compare all of them."""
    return all(scorer.score(prompt.item, answer) is not None for answer in found if answer.usable)


def pairs_of(prompt: Prompt, answers: Mapping[str, Answer], scorer: Scorer) -> list[Pair]:
    """Return the pairs that want a judge; none where a program can tell.

    Raises:
        NeedsError: not all has been asked.
    """
    found = answers_of(prompt, answers)
    if checked(prompt, found.values(), scorer):
        return []
    baseline = found[prompt.setup.baseline]
    others = {answer.key: answer for answer in found.values() if answer.key != baseline.key}
    return [
        Pair(
            prompt.item.id,
            prompt.item.prompt,
            guide(prompt.item),
            baseline,
            other,
            private=prompt.private,
        )
        for other in others.values()
    ]


def guide(item: Item) -> dict[str, Any]:
    """Return what helps a judge: the reference, and what the item's check says of a good answer."""
    told: dict[str, Any] = {"reference": item.reference} if item.reference else {}
    told.update({name: value for name, value in item.check.items() if name != "kind" and value})
    return told
