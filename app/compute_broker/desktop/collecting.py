"""Python's cyclic garbage, collected on Qt's thread only.

The interpreter collects in whichever thread happens to allocate. A Qt object that hangs in a cycle would
then be destroyed in a worker thread, its timers with it, which Qt forbids. So the automatic collection is off
while the desktop runs, and a slow timer does its work where Qt's objects live.
"""

from __future__ import annotations

import ctypes
import gc
import sys

from PySide6.QtCore import QObject, Qt, QTimer

IDLE_MS, BUSY_MS = 5_000, 1_000
"""Looked at seldom while there is nothing to collect, and often in use: a second of garbage is little."""
FRESH_OBJECTS = 2_000
"""Fewer new objects than this are not worth a look: an idle program collects nothing."""
OLDER_EVERY, WHOLE_EVERY = 8, 48
"""Every so many collections what survived is looked at too: with a settled program a few milliseconds."""


def give_back_memory() -> None:
    """Hand what the start used and freed back to the system, where the C library keeps it (glibc)."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class Collector(QObject):
    """Collects while it lives; :meth:`stop` gives the work back to the interpreter."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Take over from the interpreter."""
        super().__init__(parent)
        gc.disable()
        self._rounds = 0
        self._timer = QTimer(self, interval=IDLE_MS)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect what is young, and now and then everything, if there is anything to collect."""
        busy = gc.get_count()[0] >= FRESH_OBJECTS
        self._timer.setInterval(BUSY_MS if busy else IDLE_MS)
        if not busy:
            return
        gc.collect(2 if self._rounds % WHOLE_EVERY == 0 else 1 if self._rounds % OLDER_EVERY == 0 else 0)
        if self._rounds == 0:
            gc.freeze()  # what the start has made stays for good, and need not be looked at again
            give_back_memory()
        self._rounds += 1

    def stop(self) -> None:
        """Let the interpreter collect again."""
        self._timer.stop()
        gc.enable()
