"""Server-sent events out of a stream of bytes, with a bound on what is kept.

Follows the WHATWG rules (HTML standard, section 9.2.6): lines end in CR, LF or CRLF wherever the bytes
were split, a line that begins with a colon is a comment, ``data`` lines of one event are joined by LF.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.texts import tr

MAX_EVENT_BYTES = 2**20
"""One event, and so one line, may have 1 MiB: hundreds of times what any provider sends (facts: case 27)."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``name`` is empty when the stream gave none."""

    name: str
    data: str


@dataclass(slots=True)
class SseParser:
    """Feed it bytes from ``who`` (for a sentence), take events. Comments and unknown fields are dropped."""

    who: str
    max_event_bytes: int = MAX_EVENT_BYTES
    _line: bytearray = field(default_factory=bytearray)
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _held: int = 0
    _after_cr: bool = False
    _first: bool = True

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that ``chunk`` completes.

        Raises:
            ProviderError: MALFORMED, when a line or an event passes the bound.
        """
        for piece in chunk.splitlines(keepends=True):
            yield from self._take(piece)

    def _take(self, piece: bytes) -> Iterator[Event]:
        if self._after_cr and piece == b"\n":
            self._after_cr = False
            return
        self._after_cr = False
        ended = piece.endswith((b"\n", b"\r"))
        self._line += piece.rstrip(
            b"\r\n"
        )  # line ends do not count: it must not matter where a CRLF is split
        self._check()
        if not ended:
            return
        self._after_cr = piece.endswith(b"\r")
        line = bytes(self._line).decode("utf-8", "replace")
        self._line.clear()
        if self._first:
            self._first, line = False, line.removeprefix("\ufeff")
        event = self._end_of_line(line)
        if event is not None:
            yield event

    def _end_of_line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            return None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
            self._held += len(value) + 1
            self._check()
        return None

    def _dispatch(self) -> Event | None:
        event = Event(self._name, "\n".join(self._data)) if self._data else None
        self._name, self._data, self._held = "", [], 0
        return event

    def _check(self) -> None:
        if self._held + len(self._line) > self.max_event_bytes:
            raise ProviderError(
                Fault.MALFORMED,
                tr(
                    "{who} sent a line of more than {limit} KiB, and was cut off",
                    who=self.who,
                    limit=self.max_event_bytes // 1024,
                ),
                may_be_billed=True,
            )
