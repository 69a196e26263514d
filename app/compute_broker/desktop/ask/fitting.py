"""How high the parts of the quick ask are, and where its top is, on a screen too low for all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Part:
    """A part that scrolls where it is lower than it would like to be. Pixels."""

    wanted: int
    least: int


@dataclass(frozen=True, slots=True)
class Scrolling:
    """A part on the screen: how high it is, and how to make it another height."""

    part: Part
    height: int
    be: Callable[[int], None]


def fixed(widget: QWidget, part: Part) -> Scrolling:
    """Return a widget as such a part; it is given the height that it wants when it has none yet."""
    if widget.minimumHeight() != widget.maximumHeight():
        widget.setFixedHeight(part.wanted)
    return Scrolling(part, widget.minimumHeight(), widget.setFixedHeight)


def heights(parts: Sequence[Part], room: int) -> list[int]:
    """Return a height for each part, so that all of them together take ``room`` pixels at most.

    What is too much is taken from the first as far as that gives, then from the second, and so on; where all
    are at their least and it still is too much, that is how high they are.
    """
    over, found = sum(part.wanted for part in parts) - room, []
    for part in parts:
        gives = min(max(0, over), max(0, part.wanted - part.least))
        over -= gives
        found.append(part.wanted - gives)
    return found


def top_of(home: int, height: int, first: int, end: int) -> int:
    """Return where the top of something ``height`` pixels high is that would like to begin at ``home``.

    It lies between ``first`` and before ``end``; what is too high for that begins at ``first``.
    """
    return max(first, min(home, end - height))
