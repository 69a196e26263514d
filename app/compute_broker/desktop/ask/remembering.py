"""What the window knows of earlier times: draft, prompts, what a crash left unanswered, its width."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QTimer

from compute_broker.broker.broker import Broker
from compute_broker.core.texts import tr
from compute_broker.desktop.ask.layout import AskLayout
from compute_broker.desktop.ask.memory import Draft, Recall, lost_question
from compute_broker.desktop.ask.sizes import Sizes, screen_key
from compute_broker.desktop.tasks import Tasks

_SAVE_MS = 500


class Remembering:
    """Brings back what was, and keeps what is."""

    def __init__(
        self, parts: AskLayout, broker: Broker, tasks: Tasks, sizes: Sizes, put: Callable[[str], None]
    ) -> None:
        """``put`` puts an earlier prompt, as it was stored, into the input."""
        self._parts, self._broker, self._tasks, self._put = parts, broker, tasks, put
        self.draft = Draft(broker, tasks)
        self.recall = Recall(broker)
        self._sizes = sizes
        self._known = False
        self._timer = QTimer(parts, singleShot=True, interval=_SAVE_MS)
        self._timer.timeout.connect(self._save_width)
        parts.widened.connect(self._widened)

    async def wake(self, *, fresh: Callable[[], bool]) -> None:
        """Restore the draft after a crash and fetch earlier prompts; ``fresh``: nothing was asked yet."""
        await asyncio.to_thread(self._sizes.load)
        self._known = True
        self.fit_screen()
        draft = await self._broker.load_draft()
        if draft and not self._parts.input.text and fresh():
            self._parts.input.set_text(draft)
            self._parts.input.selectAll()  # a key begins anew, an arrow goes on with it
        await self._bring_back(fresh)
        await self.recall.load()

    def fit_screen(self) -> None:
        """Be as wide as the person made the window on this screen."""
        width = self._sizes.width_on(screen_key(self._parts.screen())) if self._known else None
        if width is not None:
            self._parts.choose_width(width)

    def step(self, step: int) -> None:
        """Recall an older (1) or newer (-1) prompt."""
        text = self.recall.step(step, fresh=not self._parts.input.recalling)
        if text is not None:
            self._put(text)
            self._parts.input.recalling = bool(text)

    async def shut(self) -> None:
        """Write what is not written yet."""
        await self.draft.flush()
        if self._timer.isActive():
            self._timer.stop()
            await asyncio.to_thread(self._sizes.save)

    async def _bring_back(self, fresh: Callable[[], bool]) -> None:
        """Put a question that a crash left unanswered back into an empty input."""
        lost = await lost_question(self._broker.ledger)
        if lost is None or self._parts.input.text or not fresh():
            return
        self._put(lost.prompt)
        if lost.private != self._parts.controls.is_private:
            self._parts.controls.private.setChecked(lost.private)
        self._parts.advice.say(tr("The program ended before this was answered. Press Enter to ask again."))
        await self._broker.ledger.dismiss(lost.request_id)
        self._parts.fit()

    def _widened(self, width: int) -> None:
        self._sizes.note(screen_key(self._parts.screen()), width)
        self._timer.start()

    def _save_width(self) -> None:
        self._tasks.run(asyncio.to_thread(self._sizes.save))
