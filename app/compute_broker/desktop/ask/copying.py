"""Copying the latest answer: as Markdown, as text, or one block of code of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from compute_broker.core.texts import tr
from compute_broker.desktop.ask.session import Conversation
from compute_broker.desktop.tasks import Tasks

_MOST_BLOCKS = 9
_MOST_CHARS = 40


class Copying:
    """Puts what is wanted on the clipboard, says so, and tells that it was."""

    def __init__(
        self, talk: Conversation, tasks: Tasks, announce: Callable[[str], None], copied: Callable[[], None]
    ) -> None:
        """``announce`` speaks to a screen reader; ``copied`` is called for each answer that was copied."""
        self._talk = talk
        self._tasks = tasks
        self._announce = announce
        self._copied = copied

    def as_markdown(self) -> None:
        """Copy the answer as it came."""
        if text := self._answer():
            self._put(text, tr("Answer copied"))
            self._copied()

    def as_text(self) -> None:
        """Copy the answer as it reads, without marks."""
        if text := self._answer():
            self._tasks.run(self._put_plain(text))
            self._copied()

    def fill(self, menu: QMenu) -> None:
        """Offer every way of copying the answer in ``menu``."""
        from compute_broker.desktop.markdown.plain import code_blocks  # noqa: PLC0415 - when first wanted

        menu.clear()
        for title, keys, act in (
            (tr("Copy as Markdown"), "Ctrl+Shift+C", self.as_markdown),
            (tr("Copy as text"), "Ctrl+Alt+C", self.as_text),
        ):
            action = QAction(f"{title}\t{keys}", menu)
            action.triggered.connect(act)
            menu.addAction(action)
        found = code_blocks(self._answer())[:_MOST_BLOCKS]
        if found:
            menu.addSeparator()
        for number, code in enumerate(found, 1):
            first = " ".join(code.text.strip().split("\n", 1)[0].split())
            shown = first if len(first) <= _MOST_CHARS else f"{first[: _MOST_CHARS - 1]}…"
            action = QAction(
                tr("Copy code {number}: {shown}", number=number, shown=shown).replace("&", "&&"), menu
            )
            action.triggered.connect(partial(self.code, code.text))
            menu.addAction(action)

    def code(self, text: str) -> None:
        """Copy one block of code."""
        self._put(text, tr("Code copied"))
        self._copied()

    def _answer(self) -> str:
        return self._talk.last.text if self._talk.last is not None else ""

    async def _put_plain(self, text: str) -> None:
        from compute_broker.desktop.markdown.plain import plain  # noqa: PLC0415 - when first wanted

        self._put(await plain(text), tr("Answer copied as text"))

    def _put(self, text: str, said: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._announce(said)
