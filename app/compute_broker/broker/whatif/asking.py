"""Asking what-if of the ledger off the loop: in a thread, told of progress, stopped when nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable

from compute_broker.broker.whatif.reckon import what_if
from compute_broker.broker.whatif.result import Question, WhatIf
from compute_broker.core.quote import Snapshot
from compute_broker.ledger.records import Period
from compute_broker.ledger.threaded import AsyncLedger


async def asked(
    ledger: AsyncLedger,
    period: Period,
    question: Question,
    snapshot: Snapshot,
    told: Callable[[int, int], None] | None = None,
) -> WhatIf:
    """Return what ``question`` makes of a period; ``told`` hears, in the thread, how many of how many.

    Cancelling ends the thread's work at the next two hundred requests.
    """
    gone = threading.Event()
    places = {quote.tier.id: quote.tier.place.value for quote in snapshot}

    def progress(done: int, of: int) -> bool:
        if told is not None and not gone.is_set():
            told(done, of)
        return not gone.is_set()

    try:
        return await ledger.apart(
            lambda each: what_if(each, period, question, places=places, progress=progress)
        )
    finally:
        gone.set()
