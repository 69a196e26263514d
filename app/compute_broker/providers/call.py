"""What an adapter is handed: a request that the door has let pass, with its address and key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from compute_broker.core.stream import ModelRequest, StreamEvent

if TYPE_CHECKING:
    import httpx2


Body = TypeVar("Body")


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt, ready to be sent. ``base_url`` is normalised; ``key`` is ``None`` where none is wanted.

    ``extra`` holds further fields of the body, for a server that is known to take them.
    """

    request: ModelRequest
    base_url: str
    key: str | None = field(repr=False)
    client: httpx2.AsyncClient
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The tier's name, for a sentence."""
        return self.request.tier.label


async def body_of(call: Call, make: Callable[[Call], Body]) -> Body:
    """Return the body that ``make`` makes of ``call``; with images in a worker thread: they are megabytes."""
    if any(turn.images for turn in call.request.messages):
        return await asyncio.to_thread(make, call)
    return make(call)


class Adapter(Protocol):
    """Speaks one wire protocol."""

    def stream(self, call: Call) -> AsyncGenerator[StreamEvent, None]:
        """Yield events until one ``StreamEnd``; raise ``ProviderError``; close the connection at the end."""
        ...
