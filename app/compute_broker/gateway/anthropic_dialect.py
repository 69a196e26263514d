"""Anthropic's Messages API, as its reference has it; fields of ours stand under ``compute_broker``.

Thinking that comes back with earlier turns is left out: another provider cannot read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from compute_broker.broker.events import Receipt
from compute_broker.core.attachment import Image
from compute_broker.core.stream import Message, Role
from compute_broker.core.texts import tr
from compute_broker.core.usage import FinishReason
from compute_broker.gateway.dialect import Opening, Tokens, account, decoded, encoded
from compute_broker.gateway.wanted import (
    BAD_REQUEST,
    FAILED,
    FORBIDDEN,
    NOT_FOUND,
    TOO_LARGE,
    TOO_MANY,
    UNAUTHORISED,
    UNPAID,
    RefusalError,
    Wanted,
    conversation,
    picture,
    refuse_tools,
    refuse_unknown,
)

_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
_STOP = {FinishReason.LENGTH: "max_tokens", FinishReason.REFUSAL: "refusal"}
_TYPES = {
    UNAUTHORISED: "authentication_error",
    UNPAID: "billing_error",
    FORBIDDEN: "permission_error",
    NOT_FOUND: "not_found_error",
    TOO_LARGE: "request_too_large",
    TOO_MANY: "rate_limit_error",
}
_THOUGHTS = {"thinking", "redacted_thinking"}


class _Source(Struct):
    type: str
    data: str = ""


class _Block(Struct):
    type: str
    text: str | None = None
    source: _Source | None = None


class _Turn(Struct):
    role: str
    content: str | list[_Block]


class _Body(Struct):
    messages: list[_Turn]
    model: str = "auto"
    max_tokens: Tokens | None = None
    system: str | list[_Block] | None = None
    stream: bool | None = None
    tools: list[Any] | None = None
    stop_sequences: list[str] | None = None
    output_config: dict[str, Any] | None = None


class AnthropicDialect:
    """``POST /v1/messages``."""

    alive = b'event: ping\ndata: {"type":"ping"}\n\n'

    def read(self, body: bytes) -> Wanted:
        """Return what is asked.

        Raises:
            RefusalError: it cannot be read, or asks for what is not passed on.
        """
        asked = decoded(body, _Body)
        if asked.tools:
            raise refuse_tools("tools")
        if asked.stop_sequences:
            raise refuse_unknown("stop_sequences", asked.stop_sequences)
        if asked.output_config and asked.output_config.get("format"):
            raise refuse_unknown("output_config.format", asked.output_config["format"])
        turns = [
            _message(turn.role, turn.content, f"messages[{at}]") for at, turn in enumerate(asked.messages)
        ]
        history, last = conversation(turns, "messages")
        if asked.system:
            history = (_message("system", asked.system, "system"), *history)
        return Wanted(
            asked.model,
            history,
            last.text,
            last.images,
            stream=bool(asked.stream),
            max_output_tokens=asked.max_tokens,
        )

    def refusal(self, refusal: RefusalError) -> dict[str, Any]:
        """Return a refusal as this protocol writes it."""
        other = "api_error" if refusal.status >= FAILED else "invalid_request_error"
        error = {"type": _TYPES.get(refusal.status, other), "message": str(refusal)}
        return {"type": "error", "error": error}

    def whole(self, opening: Opening, receipt: Receipt) -> dict[str, Any]:
        """Return a whole answer."""
        return {
            **_frame(opening),
            "model": receipt.quote.tier.id,
            "content": [{"type": "text", "text": receipt.answer}],
            "stop_reason": _stop(receipt),
            "usage": _usage(receipt),
            "compute_broker": account(receipt),
        }

    def head(self, opening: Opening) -> bytes:
        """Return how a stream begins. What was read is an estimate here; the end has the real figure."""
        usage = {"input_tokens": opening.decision.task.prompt_tokens, "output_tokens": 0}
        start = {"type": "message_start", "message": {**_frame(opening), "content": [], "usage": usage}}
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        return _event(start) + _event(block)

    def piece(self, opening: Opening, text: str) -> bytes:  # noqa: ARG002 - the other protocol needs it
        """Return a piece of the answer."""
        delta = {"type": "text_delta", "text": text}
        return _event({"type": "content_block_delta", "index": 0, "delta": delta})

    def broken(self, refusal: RefusalError) -> bytes:
        """Return how a stream ends that cannot go on."""
        return _event(self.refusal(refusal))

    def tail(self, opening: Opening, receipt: Receipt, wanted: Wanted) -> Iterator[bytes]:  # noqa: ARG002 - as above
        """Yield how a stream ends."""
        yield _event({"type": "content_block_stop", "index": 0})
        yield _event(
            {
                "type": "message_delta",
                "delta": {"stop_reason": _stop(receipt), "stop_sequence": None},
                "usage": _usage(receipt),
                "compute_broker": account(receipt),
            }
        )
        yield _event({"type": "message_stop"})


def _message(role: str, content: str | list[_Block], field: str) -> Message:
    if role not in _ROLES:
        raise refuse_unknown(f"{field}.role", role)
    if isinstance(content, str):
        return Message(_ROLES[role], content)
    texts: list[str] = []
    images: list[Image] = []
    for at, block in enumerate(content):
        place = f"{field}.content[{at}]"
        if block.type == "text":
            texts.append(block.text or "")
        elif block.type == "image" and block.source is not None:
            images.append(_image(block.source, len(images) + 1, f"{place}.source"))
        elif block.type.startswith("tool_") or block.type == "server_tool_use":
            raise refuse_tools(place)
        elif block.type not in _THOUGHTS:
            raise refuse_unknown(f"{place}.type", block.type)
    return Message(_ROLES[role], "\n\n".join(texts), tuple(images))


def _image(source: _Source, number: int, field: str) -> Image:
    if source.type != "base64":
        raise RefusalError(
            BAD_REQUEST,
            tr("{field}.type must be base64: nothing is fetched for a program.", field=field),
            field,
        )
    return picture(source.data, number, f"{field}.data")


def _stop(receipt: Receipt) -> str:
    return _STOP.get(receipt.finish, "end_turn")


def _usage(receipt: Receipt) -> dict[str, Any]:
    """Return tokens as Anthropic counts them: those of the cache apart from the input."""
    usage = receipt.usage
    written = usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
    return {
        "input_tokens": usage.input_tokens - usage.cache_read_tokens - written,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation_input_tokens": written,
        "output_tokens": usage.output_tokens,
    }


def _frame(opening: Opening) -> dict[str, Any]:
    return {
        "id": f"msg_{opening.request_id}",
        "type": "message",
        "role": "assistant",
        "model": opening.tier_id,
        "stop_reason": None,
        "stop_sequence": None,
    }


def _event(content: dict[str, Any]) -> bytes:
    return f"event: {content['type']}\ndata: ".encode() + encoded(content) + b"\n\n"
