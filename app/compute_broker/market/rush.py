"""What our own prompts make of a tier's state: servers tell little of how busy they are (facts, lmstudio 9).

A tier that answers as many prompts of ours as its server can is busy; one that was cold and has a prompt is
being loaded by it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr


def in_use(seen: Availability, answering: int, now: datetime) -> Availability:
    """Return ``seen`` as it is while ``answering`` prompts of ours are there."""
    if answering and seen.state is State.COLD:
        return replace(
            seen, state=State.LOADING, reason=tr("is being loaded for a prompt of yours"), as_of=now
        )
    if seen.state in {State.READY, State.UNKNOWN} and seen.slots is not None and answering >= seen.slots:
        return replace(seen, state=State.BUSY, reason=_busy(answering), as_of=now)
    return seen


def until_text(moment: datetime) -> str:
    """Return the local time of ``moment``: ``14:20``."""
    return f"{moment.astimezone():%H:%M}"


def _busy(answering: int) -> str:
    if answering == 1:
        return tr("is answering a prompt of yours; the next one waits its turn")
    return tr("is answering {answering} prompts of yours; the next one waits its turn", answering=answering)
