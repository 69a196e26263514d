"""Takes ``<think>...</think>`` out of the beginning of an answer.

Servers that do not part a model's thinking from its answer (LM Studio with the setting off, vLLM without a
reasoning parser) send it as the first words of the text. Thinking is no part of the answer (``core.stream``).
"""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"
_MAX_HELD = 2**20
"""Thinking kept in case it was the answer after all, in characters."""


_MAX_BLANK = 64
"""White space that may come before the mark, in characters."""


class ThoughtFilter:
    """Feed it pieces of text as they come; it gives back what belongs to the answer."""

    def __init__(self) -> None:
        """Begin undecided: the first characters tell whether there is thinking to take out."""
        self._state = "undecided"
        self._held: list[str] = []
        self._size = 0
        self._tail = ""

    def take(self, piece: str) -> tuple[str, bool]:
        """Return the part of the answer in ``piece``, and whether it brought thinking."""
        if self._state == "undecided":
            piece = self._decide(self.rest() + piece)
        if self._state == "answering" or not piece:
            return piece, False
        return self._think(piece)

    def rest(self) -> str:
        """Return what is still held when the answer ends: thinking that never closed was the answer."""
        held = "".join(self._held)
        self._held, self._size = [], 0
        return held

    def _decide(self, text: str) -> str:
        """Return ``text`` once it is plain what it is; hold it back until then."""
        start = text.lstrip()
        if start.startswith(_OPEN):
            self._state = "thinking"
        elif not _OPEN.startswith(start) or len(text) > _MAX_BLANK:
            self._state = "answering"
        else:
            self._hold(text)
            return ""
        return text

    def _think(self, piece: str) -> tuple[str, bool]:
        window = self._tail + piece
        before, close, after = window.partition(_CLOSE)
        if not close:
            self._hold(piece)
            self._tail = before[1 - len(_CLOSE) :]
            return "", True
        self.rest()
        self._state = "answering"
        return after.lstrip("\n"), True

    def _hold(self, piece: str) -> None:
        self._size += len(piece)
        if self._size <= _MAX_HELD:
            self._held.append(piece)
        else:
            self._held.clear()
