"""How the parts of a tier's details write: values by name, and who hears what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compute_broker.config.edits import Value, set_tier_part, set_tier_value, together
from compute_broker.desktop.settings.writer import Answer, Apply

PutTier = Callable[[Mapping[str, Value], Answer], None]
"""Sets values of one tier, or of one of its parts."""


def showing_again(answer: Answer, show: Callable[[], None]) -> Answer:
    """Return who hears what ``answer`` does, and calls ``show`` where the change was refused."""

    def answered(problem: str) -> None:
        answer(problem)
        if problem:
            show()

    return answered


def putting(apply: Apply, tier_id: str, part: str = "") -> PutTier:
    """Return the way to set values of a tier, or of its ``hosts``, ``plan`` or ``ability``."""

    def put(values: Mapping[str, Value], answer: Answer) -> None:
        if part:
            apply(set_tier_part(tier_id, part, values), answer)
        else:
            apply(together(*(set_tier_value(tier_id, name, value) for name, value in values.items())), answer)

    return put
