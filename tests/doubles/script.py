"""What a double is told to do next: one scripted item for each request, as ``MockModel.enqueue`` has it.

Every item is protocol-neutral; each double puts it into its own words.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

PATIENCE = 60.0
"""Seconds after which waiting for something that a test expects has failed."""


class Gate:
    """A door in a scripted answer: the double waits at it until the test opens it. Any thread may."""

    def __init__(self) -> None:
        self._opened: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._reached = threading.Event()

    def open(self) -> None:
        """Let the double go on. Opening twice is harmless."""
        if not self._opened.done():
            self._opened.set_result(None)

    @property
    def is_open(self) -> bool:
        """Whether the test has opened it."""
        return self._opened.done()

    async def reached(self) -> None:
        """Wait until the double stands at the gate (for asynchronous tests)."""
        assert await asyncio.to_thread(self._reached.wait, PATIENCE), "the double never came to the gate"

    def wait_reached(self) -> None:
        """Wait until the double stands at the gate (for ordinary tests)."""
        assert self._reached.wait(PATIENCE), "the double never came to the gate"

    async def passed(self, every: float | None = None, tick: Callable[[], Any] | None = None) -> None:
        """Return when the gate is open; meanwhile await ``tick()`` each ``every`` seconds."""
        self._reached.set()
        opened = asyncio.wrap_future(self._opened)
        while not opened.done():
            await asyncio.wait([opened], timeout=every)
            if tick is not None and not opened.done():
                await tick()


@dataclass(frozen=True)
class Tokens:
    """Usage in the broker's own terms: ``input`` is the whole prompt, ``output`` includes ``reasoning``."""

    input: int
    output: int
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0


COUNTED = Tokens(-1, -1)
"""Let the double count by itself: prompt bytes / 4, and one token for each piece it sends."""


@dataclass(frozen=True)
class Reply:
    """A streamed answer, and where it goes wrong. Counts are in pieces: a word with its space is one.

    text            what to say; ``None`` lets the double's ``answer`` function speak (an echo)
    usage           what to report; ``None`` reports nothing
    raw_usage       keys laid over the reported usage as they are: for absurd figures, ``cost`` and the like
    usage_twice     report the usage a second time
    finish          "stop", "length", "refusal", "tool_calls" or any raw word
    model           the model that the answer names; ``None``: the one asked for
    thinking        pieces of thinking before the first word
    headers         extra response headers
    hold, hold_after  wait at this gate after so many pieces (0: before the first word)
    keepalive       while held, send a keep-alive each so many seconds
    pause           seconds between pieces: a dribble
    cut_after       break the connection after so many pieces
    end_after       end the response cleanly, but early, after so many pieces
    error_after, error  send this error event after so many pieces, then end
    """

    text: str | None = None
    usage: Tokens | None = COUNTED
    raw_usage: Mapping[str, Any] = field(default_factory=dict)
    usage_twice: bool = False
    finish: str = "stop"
    model: str | None = None
    thinking: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: Gate | None = None
    hold_after: int = 0
    keepalive: float | None = None
    pause: float = 0.0
    cut_after: int | None = None
    end_after: int | None = None
    error_after: int | None = None
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Failure:
    """An HTTP error in the double's own shape. ``details`` goes where the protocol puts such things."""

    status: int
    type: str = "api_error"
    message: str = "something broke"
    headers: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Raw:
    """Bytes as they are. A ``Gate`` among the chunks is waited at; ``None`` breaks the connection.

    Without ``content-length`` in ``headers`` the body is sent chunked.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: tuple[bytes | Gate | None, ...] = ()


@dataclass(frozen=True)
class Silence:
    """Never answer: the connection stays open until the caller gives up."""


Item = Reply | Failure | Raw | Silence


def html(status: int = 200) -> Raw:
    """A web page where an answer was expected."""
    page = b"<!doctype html><html><body><h1>Sign in to the hotel's network</h1></body></html>"
    return Raw(status, {"content-type": "text/html"}, (page,))


def redirect(to: str, status: int = 307) -> Raw:
    """A redirect to another address."""
    return Raw(status, {"location": to})


def long_line(size: int = 32 * 2**20, content_type: str = "text/event-stream") -> Raw:
    """One line of ``size`` bytes that never ends."""
    block = b"x" * 2**16
    return Raw(200, {"content-type": content_type}, (b"data: ", *[block] * (size // len(block))))


def gzip_bomb(size: int = 2**26, content_type: str = "application/json", status: int = 200) -> Raw:
    """About ``size`` bytes of spaces in a thousandth of that."""
    packed = _packed_spaces(size)
    headers = {"content-type": content_type, "content-encoding": "gzip"}
    return Raw(status, headers, tuple(packed[i : i + 65536] for i in range(0, len(packed), 65536)))


@cache
def _packed_spaces(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    block = b" " * 2**20
    return b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()
