"""What waits to be taken into a conversation's document, and how much of it is taken at a time."""

from __future__ import annotations

SLICE = 450
"""Characters of Markdown taken at a time: they are parsed and laid out anew with what stands before them."""
PLAIN_SLICE = 4_000
"""Characters of plain text taken at a time."""
ANSWER, QUESTION, NOTE = "answer", "question", "note"


class Piece:
    """A question, an answer or a note of which some is still to be taken."""

    def __init__(self, kind: str, text: str) -> None:
        """Nothing of ``text`` is taken yet."""
        self.kind, self.text = kind, text
        self.whole = True
        """Whether nothing was taken yet."""

    @property
    def is_short(self) -> bool:
        """Whether all that is left can be taken at once."""
        return len(self.text) <= self._most

    def take(self) -> str:
        """Take some out: of plain text whole lines, without the last end, or words where there are any."""
        count = self._most if self.kind == ANSWER else self._whole_lines()
        taken, self.text = self.text[:count], self.text[count:]
        self.whole = False
        return taken.removesuffix("\n") if self.kind != ANSWER and self.text else taken

    @property
    def _most(self) -> int:
        return SLICE if self.kind == ANSWER else PLAIN_SLICE

    def _whole_lines(self) -> int:
        if self.is_short:
            return len(self.text)
        ends = (self.text.rfind(mark, 0, self._most) + 1 for mark in "\n ")
        return next((end for end in ends if end), self._most)
