"""Streaming a scripted reply in the words of any protocol, with all that is to go wrong in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from doubles.script import COUNTED, Reply, Tokens
from doubles.server import Out


class Wire(Protocol):
    """How one protocol writes the parts of a streamed answer."""

    def opening(self) -> bytes:
        """Before anything else."""
        ...

    def thinking(self, piece: str) -> bytes:
        """A piece of thinking."""
        ...

    def text(self, piece: str) -> bytes:
        """A piece of the answer."""
        ...

    def keepalive(self) -> bytes:
        """A sign that the connection lives."""
        ...

    def error(self, body: Mapping[str, Any] | None) -> bytes:
        """An error inside the stream."""
        ...

    def closing(self) -> bytes:
        """The proper end."""
        ...


def pieces_of(text: str) -> list[str]:
    """Split into words with the space after them; joined again they are ``text``."""
    words = text.split(" ")
    return [word + " " for word in words[:-1]] + ([words[-1]] if words[-1] else [])


def count(usage: Tokens | None, prompt: str, pieces: int, thinking: int, images: int = 0) -> Tokens | None:
    """Return the usage to report; ``images`` are the tokens of what can be seen."""
    if usage is COUNTED:
        return Tokens(-(-len(prompt.encode()) // 4) + images, pieces + thinking, reasoning=thinking)
    return usage


async def play(reply: Reply, wire: Wire, out: Out, text: str, headers: Mapping[str, str]) -> None:
    """Stream ``reply`` in the words of ``wire``, with all that is to go wrong in it."""
    await out.begin(200, {"content-type": "text/event-stream", **headers, **reply.headers})
    await out.send(wire.opening())
    if reply.hold_after > 0:
        await _think(reply, wire, out)
    pieces = pieces_of(text)
    for index in range(len(pieces) + 1):
        await _hold(reply, wire, out, index)
        if index == 0 and reply.hold_after == 0:
            await _think(reply, wire, out)
        if await _breaks(reply, wire, out, index, last=index == len(pieces)):
            return
        if index < len(pieces):
            await out.send(wire.text(pieces[index]))
            if reply.pause:
                await asyncio.sleep(reply.pause)
    await out.send(wire.closing())
    await out.end()


async def _think(reply: Reply, wire: Wire, out: Out) -> None:
    for number in range(reply.thinking):
        await out.send(wire.thinking(f"thought {number} "))
        if reply.pause:
            await asyncio.sleep(reply.pause)


async def _hold(reply: Reply, wire: Wire, out: Out, index: int) -> None:
    if reply.hold is not None and index == reply.hold_after:
        await reply.hold.passed(reply.keepalive, lambda: out.send(wire.keepalive()))


async def _breaks(reply: Reply, wire: Wire, out: Out, index: int, *, last: bool) -> bool:
    def due(after: int | None) -> bool:
        return after is not None and (index == after or (last and after > index))

    if due(reply.cut_after):
        out.cut()
        return True
    if due(reply.error_after):
        await out.send(wire.error(reply.error))
    elif not due(reply.end_after):
        return False
    await out.end()
    return True
