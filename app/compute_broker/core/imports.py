"""Importing large packages late, one thread at a time."""

from __future__ import annotations

import threading

LATE_IMPORT = threading.RLock()
"""Held while a package that is imported late, in a worker thread, loads.

Packages with circles inside (pydantic, which the price list and the SDK both bring) fail with "partially
initialized module" when two threads begin at two of their ends at once: the interpreter breaks the deadlock
of their locks by letting one see the other's half-made module.
"""


def importing_late() -> bool:
    """Return whether another thread is at such an import now."""
    free = LATE_IMPORT.acquire(blocking=False)
    if free:
        LATE_IMPORT.release()
    return not free
