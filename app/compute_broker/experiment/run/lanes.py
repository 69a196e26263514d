"""How many requests a provider gets at once, and when it is left alone.

A lane is one account or one server: what shares a rate limit. A server on this machine gets one at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from compute_broker.core.tier import ProviderKind, Tier


class Lane:
    """The way to one provider, ``width`` requests wide."""

    def __init__(self, width: int) -> None:
        """Begin open and empty."""
        self._width = width
        self._room = asyncio.Semaphore(width)
        self._narrowings = 0
        self._until = 0.0

    @property
    def width(self) -> int:
        """How many requests it takes at once from now on."""
        return self._width

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for room, and until the provider may be asked again."""
        await self._room.acquire()
        try:
            await self._rested()
            yield
        finally:
            if self._narrowings:
                self._narrowings -= 1
            else:
                self._room.release()

    def rest(self, seconds: float, *, narrower: bool = False) -> None:
        """Let nobody through for ``seconds``; ``narrower``: then half as many at once, at least one."""
        self._until = max(self._until, time.monotonic() + seconds)
        if narrower and self._width > 1:
            taken = self._width - self._width // 2
            self._width -= taken
            self._narrowings += taken

    async def _rested(self) -> None:
        while (wait := self._until - time.monotonic()) > 0:  # noqa: ASYNC110 - a time is awaited, no event
            await asyncio.sleep(wait)


class Lanes:
    """The lanes of an experiment, by what shares a limit."""

    def __init__(self, width: int) -> None:
        """``width`` is for each provider that is not on this machine."""
        self._width = width
        self._lanes: dict[tuple[ProviderKind, str, str | None], Lane] = {}

    def of(self, tier: Tier) -> Lane:
        """Return the lane to a tier."""
        shared = (tier.provider, tier.base_url, tier.key_name)
        if shared not in self._lanes:
            self._lanes[shared] = Lane(1 if tier.on_this_machine else self._width)
        return self._lanes[shared]
