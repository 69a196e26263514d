"""What is asked of a provider, and what comes back while it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from compute_broker.core.attachment import Attachment, Image, images_in, with_marks, with_texts
from compute_broker.core.headroom import RateHeadroom
from compute_broker.core.tier import Tier
from compute_broker.core.usage import FinishReason, Usage, estimate_tokens


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: text, with images beside it. Thinking of another provider is never carried over."""

    role: Role
    text: str
    images: tuple[Image, ...] = ()

    @property
    def tokens(self) -> int:
        """An offline estimate of the tokens it is billed as, its images included."""
        return estimate_tokens(self.text) + sum(image.tokens for image in self.images)


def user_turn(prompt: str, attached: tuple[Attachment, ...] = ()) -> Message:
    """Return what a person said with what came along: texts in it, images beside it and named in it."""
    return Message(Role.USER, with_marks(with_texts(prompt, attached), attached), images_in(attached))


def sendable(text: str) -> str:
    """Return ``text`` as UTF-8 can carry it: halves (surrogates) are joined, a lone one becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One attempt at one tier. Times in seconds."""

    tier: Tier
    model: str
    messages: tuple[Message, ...]
    max_output_tokens: int
    private: bool = False
    first_word_timeout: float = 60.0
    connect_timeout: float | None = None
    """How long to wait for a connection; ``None``: as long as is usual."""
    idle_timeout: float = 60.0
    keep_warm: bool = False
    """Ask the provider to keep the prompt in its cache: the conversation goes on."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """The model is thinking: not part of the answer, but a sign of life."""


@dataclass(frozen=True, slots=True)
class UsageSeen:
    """Usage as known so far: cumulative, the last one wins. Kept in case the stream breaks."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The last event of a stream that ended as it should.

    ``charged`` is the provider's own word on the cost in nano-dollars, where it gives one.
    """

    finish: FinishReason
    usage: Usage | None
    served_model: str | None = None
    charged: int | None = None
    tokens_per_second: float | None = None


StreamEvent = TextDelta | Thinking | UsageSeen | RateHeadroom | StreamEnd


class Provider(Protocol):
    """An adapter that speaks one wire protocol. The single door through which prompts leave."""

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Yield events until one ``StreamEnd``; close the connection when the caller stops early.

        Raises:
            ProviderError: with the fault, and whatever usage had been seen.
        """
        ...

    async def close(self) -> None:
        """Release connections and child processes."""
        ...
