"""Qt's event loop as asyncio's, with timers that end when they are called off.

qasync lets a timer that was called off run to its end. Each answer sets a dozen bounds of up to five
minutes and calls them off when it is there: each would keep a timer, and what it was to call, for as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimerEvent
from qasync import QEventLoop

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def own_turn() -> None:
    """Wait for a turn of the loop that no one else who waits so shares.

    For work that takes a part of a frame and may as well come a moment later: what was done before is painted
    meanwhile, and a key that was pressed is heard.
    """
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0)


class Loop(QEventLoop):  # type: ignore[misc] # qasync ships no type information
    """qasync's loop; what is to happen later has timers of ours."""

    def __init__(self, app: QObject) -> None:
        """Run on the application's own loop."""
        self._later = _Timers()
        super().__init__(app)

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Call ``callback`` in ``delay`` seconds; what is returned can be cancelled, and is gone then."""
        if delay <= 0:
            soon: asyncio.Handle = super().call_later(delay, callback, *args, context=context)
            return soon
        handle = asyncio.TimerHandle(self.time() + delay, callback, args, self, context)
        self._later.start(handle, delay)
        return handle

    def close(self) -> None:
        """End the timers too."""
        self._later.clear()
        super().close()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Be told by a handle that it was cancelled (asyncio's own protocol)."""
        self._later.stop(handle)


class _Timers(QObject):
    """Qt's timers by their numbers, each with the handle that it runs."""

    def __init__(self) -> None:
        super().__init__()
        self._handles: dict[int, asyncio.TimerHandle] = {}
        self._numbers: dict[int, int] = {}
        """Timer numbers by the identity of their handles, which compare by what they call."""

    def __len__(self) -> int:
        return len(self._handles)

    def start(self, handle: asyncio.TimerHandle, delay: float) -> None:
        number = self.startTimer(max(1, round(delay * 1000)))
        self._handles[number] = handle
        self._numbers[id(handle)] = number

    def stop(self, handle: asyncio.TimerHandle) -> None:
        number = self._numbers.pop(id(handle), None)
        if number is not None:
            del self._handles[number]
            self.killTimer(number)

    def clear(self) -> None:
        for number in self._handles:
            self.killTimer(number)
        self._handles.clear()
        self._numbers.clear()

    def timerEvent(self, event: QTimerEvent) -> None:  # noqa: N802 - Qt's name
        number = event.timerId()
        self.killTimer(number)
        handle = self._handles.pop(number, None)
        if handle is not None:
            del self._numbers[id(handle)]
            handle._run()  # noqa: SLF001 - what a loop does with a handle; it has no public name
