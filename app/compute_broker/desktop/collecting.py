"""Python's cyclic garbage, collected on Qt's thread only.

The interpreter collects in whichever thread happens to allocate. A Qt object that hangs in a cycle would
then be destroyed in a worker thread, its timers with it, which Qt forbids. So the automatic collection is off
while the desktop runs, and a timer does its work where Qt's objects live: slow while nobody is there, and a
little at a time while a window of ours has the focus, as a thousand objects take a millisecond.
"""

from __future__ import annotations

import ctypes
import gc
import sys

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWindow

from compute_broker.core.imports import importing_late

IDLE_MS, BUSY_MS = 5_000, 250
"""Looked at seldom while there is nothing to collect, and often in use."""
FRESH_OBJECTS = 1_000
"""Fewer new objects than this are not worth a look: an idle program collects nothing."""
OLDER_EVERY = 8
"""Every so many collections what survived is looked at too: with a settled program a few milliseconds."""
WHOLE_EVERY, WHOLE_IN_USE = 48, 960
"""Every so many collections everything is looked at, which takes a frame: seldom while somebody is there."""


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
        self._rounds = self._since_whole = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._pace(in_use=False)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._focus_moved)

    def collect(self) -> None:
        """Collect what is young, and now and then everything, if there is anything to collect."""
        busy = gc.get_count()[0] >= FRESH_OBJECTS
        was_in_use = self._timer.interval() == BUSY_MS
        self._pace(in_use=busy or QGuiApplication.focusWindow() is not None)
        if not busy or importing_late():
            return  # what a package brings is young to begin with: a hundred thousand objects to look at
        self._since_whole += 1
        whole = self._rounds == 0 or self._since_whole >= (WHOLE_IN_USE if was_in_use else WHOLE_EVERY)
        gc.collect(2 if whole else 1 if self._rounds % OLDER_EVERY == 0 else 0)
        if whole:
            self._since_whole = 0
        if self._rounds == 0:
            gc.freeze()  # what the start has made stays for good, and need not be looked at again
            give_back_memory()
        self._rounds += 1

    def _focus_moved(self, window: QWindow | None) -> None:
        """Begin to look often as soon as a window is used."""
        if window is not None:
            self._pace(in_use=True)

    def _pace(self, *, in_use: bool) -> None:
        """Look often or seldom: seldom with a timer that may come with others, in whole seconds."""
        interval = BUSY_MS if in_use else IDLE_MS
        if self._timer.interval() != interval:
            self._timer.setTimerType(Qt.TimerType.CoarseTimer if in_use else Qt.TimerType.VeryCoarseTimer)
            self._timer.start(interval)

    def stop(self) -> None:
        """Let the interpreter collect again."""
        self._timer.stop()
        gc.enable()
