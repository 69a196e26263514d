"""Whether a set of prompts is sound: each reference must pass the check of its own prompt."""

from __future__ import annotations

from collections.abc import Iterable

from compute_broker.experiment.check_kinds import Contains, parse_check
from compute_broker.experiment.checks import check, missing
from compute_broker.experiment.prompts import PromptItem

_NONSENSE = "I do not know."


def unsound(items: Iterable[PromptItem]) -> list[str]:
    """Return one sentence for each prompt whose reference fails its check, or whose check passes anything.

    Code is not run; what only a judge can tell is passed over.
    """
    found = []
    for item in items:
        if check(item, _NONSENSE):
            found.append(f"{item.id}: its check lets pass {_NONSENSE!r}")
        if item.reference is not None and check(item, item.reference) == 0.0:
            found.append(f"{item.id}: its reference does not pass its own check{_why(item, item.reference)}")
    return found


def _why(item: PromptItem, answer: str) -> str:
    kind = parse_check(item.check, item.reference)
    return f": it {'; '.join(missing(kind, answer))}" if isinstance(kind, Contains) else ""
