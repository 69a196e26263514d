"""What the quick ask window remembers: the draft, across crashes, and earlier prompts for the up arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QTimer

from compute_broker.broker.events import Source
from compute_broker.desktop.tasks import Tasks
from compute_broker.ledger.records import RequestStatus
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.ledger.views import HistoryEntry

SAVE_MS = 300
_RECALL_LIMIT = 50


class KeepsDrafts(Protocol):
    """The part of the broker that keeps a draft."""

    async def save_draft(self, text: str) -> None:
        """Keep it."""
        ...


class Remembered(Protocol):
    """A line of the history, as far as recall needs it."""

    @property
    def prompt(self) -> str:
        """What was asked."""
        ...

    @property
    def source(self) -> str:
        """Who asked."""
        ...


class KeepsHistory(Protocol):
    """The part of the broker that remembers prompts."""

    async def history(self, limit: int = 50) -> Sequence[Remembered]:
        """Return the latest requests, newest first."""
        ...


async def lost_question(ledger: AsyncLedger) -> HistoryEntry | None:
    """Return the latest question of this window that its program did not live to answer, if any waits."""
    for row in await ledger.open_requests(5):
        if row.status is RequestStatus.INTERRUPTED and row.source == Source.QUICK_ASK.value:
            return row
    return None


class Draft:
    """Writes what is typed a moment after the last key, and never an older text after a newer one."""

    def __init__(self, keeper: KeepsDrafts, tasks: Tasks) -> None:
        """Nothing is written until something changes."""
        self._keeper = keeper
        self._tasks = tasks
        self._text = ""
        self._saved: str | None = None
        self._writing = False
        self._timer = QTimer(singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(lambda: self._tasks.run(self.flush()))

    def changed(self, text: str) -> None:
        """Note what is typed now."""
        self._text = text
        self._timer.start()

    def clear(self) -> None:
        """The text was sent: it is in the ledger now."""
        self._text = ""
        self._timer.stop()
        self._tasks.run(self.flush())

    async def flush(self) -> None:
        """Write now what is not written yet."""
        self._timer.stop()
        if self._writing:
            return
        self._writing = True
        try:
            while self._text != (self._saved or ""):
                text = self._text
                await self._keeper.save_draft(text)
                self._saved = text
        finally:
            self._writing = False


class Recall:
    """Earlier prompts, newest first, each once."""

    def __init__(self, keeper: KeepsHistory) -> None:
        """Know nothing yet."""
        self._keeper = keeper
        self._prompts: list[str] = []
        self._at = -1

    async def load(self) -> None:
        """Fetch the prompts asked in this window before."""
        rows = await self._keeper.history(_RECALL_LIMIT)
        older = [row.prompt for row in rows if row.source == Source.QUICK_ASK.value and row.prompt]
        self._prompts = list(dict.fromkeys([*self._prompts, *older]))

    def add(self, prompt: str) -> None:
        """Remember a prompt as the newest."""
        self._prompts = list(dict.fromkeys([prompt, *self._prompts]))
        self._at = -1

    def step(self, step: int, *, fresh: bool) -> str | None:
        """Return the prompt one older (1) or newer (-1); past the newest ``""``, past the oldest ``None``."""
        at = (-1 if fresh else self._at) + step
        if at >= len(self._prompts):
            return None
        self._at = max(at, -1)
        return self._prompts[self._at] if self._at >= 0 else ""
