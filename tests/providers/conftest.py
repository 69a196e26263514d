"""A door with one key in it, every double, and short ways to ask through the one what the other says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field

import pytest

from compute_broker.core.errors import BrokerError, ProviderError
from compute_broker.core.stream import ModelRequest, StreamEnd, StreamEvent, TextDelta, UsageSeen
from compute_broker.core.usage import Usage
from compute_broker.providers.door import ProviderDoor
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import OpenRouterDouble
from doubles.server import HttpDouble

KEY = "sk-canary-0123456789abcdef"


@dataclass
class Answer:
    """All that came out of the door for one request."""

    events: list[StreamEvent] = field(default_factory=list)
    error: BrokerError | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def end(self) -> StreamEnd:
        assert self.error is None, self.error
        assert isinstance(self.events[-1], StreamEnd)
        return self.events[-1]

    @property
    def fault(self) -> ProviderError:
        assert isinstance(self.error, ProviderError), self.error or self.events[-1]
        assert not any(isinstance(event, StreamEnd) for event in self.events)
        return self.error

    @property
    def usages(self) -> list[Usage]:
        return [event.usage for event in self.events if isinstance(event, UsageSeen)]


@pytest.fixture
async def door() -> AsyncIterator[ProviderDoor]:
    own = ProviderDoor(lambda name: KEY, None)
    yield own
    await own.close()


@pytest.fixture
def ask(door: ProviderDoor):
    async def through(request: ModelRequest) -> Answer:
        answer = Answer()
        try:
            async with aclosing(door.stream(request)) as events:
                async for event in events:
                    answer.events.append(event)
        except BrokerError as error:
            answer.error = error
        return answer

    return through


@pytest.fixture
def start() -> Iterator[Callable[[type[HttpDouble]], HttpDouble]]:
    with ExitStack() as stack:
        yield lambda make: stack.enter_context(make())


@pytest.fixture
def anthropic() -> Iterator[AnthropicDouble]:
    with AnthropicDouble() as double:
        yield double


@pytest.fixture
def openrouter() -> Iterator[OpenRouterDouble]:
    with OpenRouterDouble() as double:
        yield double


@pytest.fixture
def lmstudio() -> Iterator[LMStudioDouble]:
    with LMStudioDouble() as double:
        yield double


@pytest.fixture
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble() as double:
        yield double


@pytest.fixture
def llama() -> Iterator[LlamaServerDouble]:
    with LlamaServerDouble() as double:
        yield double


@pytest.fixture
def vllm() -> Iterator[VllmDouble]:
    with VllmDouble() as double:
        yield double
