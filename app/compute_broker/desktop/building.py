"""What takes longer than a frame to build is built part by part: at once, or a part in each turn of the loop.

A window of two hundred widgets takes a tenth of a second, for which a key that is pressed would have to wait.
Parts are put into their window before they are filled: whatever finds its place later than what it holds has
all of that dressed anew.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from importlib import import_module
from typing import Any

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from compute_broker.desktop.loop import own_turn
from compute_broker.desktop.tasks import Tasks

_log = logging.getLogger(__name__)

AHEAD = "ask.window"
"""The window that is built at the start, which is to take little memory."""
SLICE = 0.003
"""Seconds after which a turn ends with the part that is being built; the longest part takes 11 ms."""


class InParts:
    """Has a frame, and :attr:`parts` that fill it. Who wants it whole need not know of them."""

    parts: Iterator[None] = iter(())
    """Builds another part at each step; at its end there is nothing left to build."""
    stands = False
    """Whether all of it was built."""

    def build(self) -> Iterator[None]:
        """Build the parts, and stop after each."""
        raise NotImplementedError

    def begin(self, *, whole: bool) -> None:
        """Begin to build: all of it now when ``whole``, else as :attr:`parts` are asked for."""
        self.parts = self._to_the_end()
        if whole:
            for _ in self.parts:
                pass

    def _to_the_end(self) -> Iterator[None]:
        yield from self.build()
        self.stands = True


class Building:
    """The windows that are being built, and what is to be done with each once it stands."""

    def __init__(self, tasks: Tasks) -> None:
        """Build in ``tasks``."""
        self._tasks = tasks
        self._wishes: dict[str, Callable[[], None]] = {}
        self._begun: list[tuple[QWidget, Iterator[None]]] = []

    def builds(self, module: str) -> bool:
        """Whether the window of a module is being built."""
        return module in self._wishes

    def build(self, module: str, make: Callable[[], Iterator[None]], then: Callable[[], None]) -> None:
        """Have the window of a module built by the parts of ``make``, and do ``then`` when it stands.

        Asked for again meanwhile, it is built once, and the latest wish holds.
        """
        begun = module in self._wishes
        self._wishes[module] = then
        if not begun:
            self._tasks.run(self._build(module, make))

    async def _build(self, module: str, make: Callable[[], Iterator[None]]) -> None:
        """Have a thread read the code, which takes up to a tenth of a second; then build, part by part."""
        try:
            await asyncio.to_thread(_read, module)
            await in_turns(make())
        finally:
            then = self._wishes.pop(module)
        then()

    def whole(self, window: QWidget, parts: Iterator[None], *, dress: bool) -> Iterator[None]:
        """Build a window to its end; ``dress`` one that is shown then, so that this takes less."""
        self._begun.append((window, parts))
        yield
        window.fontMetrics().horizontalAdvance("x")  # the first of all has the system's fonts looked through
        yield
        for _ in parts:  # not "yield from": they are gone on with when this was given up
            yield
        if dress:
            yield from dressed(window)
        self._begun.remove((window, parts))

    async def finish(self) -> list[QWidget]:
        """Build to their end the windows that were given up meanwhile, and return them.

        One that cannot be built is among them as far as it came: it has to be ended all the same.
        """
        begun, self._begun = self._begun, []
        for _, parts in begun:
            try:
                await in_turns(parts)
            except Exception:  # noqa: BLE001 - logged whole, and the other windows have to end too
                _log.exception("a window could not be built to its end")
        return [window for window, _ in begun]


async def in_turns(parts: Iterator[None]) -> None:
    """Build on for :data:`SLICE` in each turn: smaller parts share one, as each turn costs a moment."""
    begun = time.perf_counter()
    for _ in parts:
        if time.perf_counter() - begun >= SLICE:
            await own_turn()
            begun = time.perf_counter()
    await own_turn()


def dressed(window: QWidget) -> Iterator[None]:
    """Dress a hidden window and reckon the size of what will be seen: showing it does all that in one turn.

    From the leaves upwards, as Qt dresses all that a widget holds with it.
    """
    for widget in reversed(window.findChildren(QWidget)):
        if isValid(widget):  # it may have gone in a turn in between
            widget.ensurePolished()
            yield
    window.ensurePolished()
    yield
    seen = [each for each in reversed(window.findChildren(QWidget)) if each.isVisibleTo(window)]
    for layout in [layout for layout in (each.layout() for each in seen) if layout is not None]:
        if isValid(layout):
            layout.totalMinimumSize()
            layout.totalSizeHint()
            yield


def painted_later(widget: QWidget) -> Coroutine[Any, Any, None]:
    """Have a widget painted in another turn than this one, which lays it out and paints what is around it.

    It is not painted from now on; what is returned has it painted in the next turn.
    """
    widget.setUpdatesEnabled(False)
    return _painted(widget)


async def _painted(widget: QWidget) -> None:
    await own_turn()
    widget.setUpdatesEnabled(True)


def _read(module: str) -> None:
    """Import a window's module, and what any but the one that is built ahead is going to need."""
    import_module(f"compute_broker.desktop.{module}")
    if module != AHEAD:
        import_module("compute_broker.desktop.widget_kinds")
