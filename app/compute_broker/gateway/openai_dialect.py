"""OpenAI's chat completions, as its API reference has them; fields of ours stand under ``compute_broker``.

What shapes an answer and is not passed on (tools, several answers, JSON only) is refused, so that no program
takes something else for it. Sampling parameters are left to the tiers.
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
    NOT_FOUND,
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

_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
}
_FINISH = {FinishReason.LENGTH: "length", FinishReason.REFUSAL: "content_filter"}
_TYPES = {
    UNAUTHORISED: "authentication_error",
    UNPAID: "insufficient_quota",
    TOO_MANY: "rate_limit_error",
}
_CODES = {UNAUTHORISED: "invalid_api_key", UNPAID: "insufficient_quota", NOT_FOUND: "model_not_found"}
_DATA_URL = "data:"


class _ImageUrl(Struct):
    url: str


class _Part(Struct):
    type: str
    text: str | None = None
    image_url: _ImageUrl | None = None


class _Turn(Struct):
    role: str
    content: str | list[_Part] | None = None
    tool_calls: list[Any] | None = None
    function_call: Any = None


class _StreamOptions(Struct):
    include_usage: bool | None = None


class _Format(Struct):
    type: str = "text"


class _Body(Struct):
    messages: list[_Turn]
    model: str = "auto"
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    tool_choice: Any = None
    response_format: _Format | None = None
    stop: Any = None
    logprobs: bool | None = None
    modalities: list[str] | None = None


class OpenAIDialect:
    """``POST /v1/chat/completions``."""

    alive = b": waiting\n\n"

    def read(self, body: bytes) -> Wanted:
        """Return what is asked.

        Raises:
            RefusalError: it cannot be read, or asks for what is not passed on.
        """
        asked = decoded(body, _Body)
        _refuse_what_is_not_passed_on(asked)
        turns = [_turn(turn, f"messages[{at}]") for at, turn in enumerate(asked.messages)]
        history, last = conversation(turns, "messages")
        options = asked.stream_options
        return Wanted(
            asked.model,
            history,
            last.text,
            last.images,
            stream=bool(asked.stream),
            max_output_tokens=asked.max_completion_tokens or asked.max_tokens,
            usage_at_end=options is not None and bool(options.include_usage),
        )

    def refusal(self, refusal: RefusalError) -> dict[str, Any]:
        """Return a refusal as this protocol writes it."""
        other = "server_error" if refusal.status >= FAILED else "invalid_request_error"
        return {
            "error": {
                "message": str(refusal),
                "type": _TYPES.get(refusal.status, other),
                "param": refusal.field,
                "code": _CODES.get(refusal.status),
            }
        }

    def whole(self, opening: Opening, receipt: Receipt) -> dict[str, Any]:
        """Return a whole answer."""
        message = {"role": "assistant", "content": receipt.answer, "refusal": None}
        return {
            **_frame(opening, "chat.completion"),
            "model": receipt.quote.tier.id,
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(receipt)},
            ],
            "usage": _usage(receipt),
            "compute_broker": account(receipt),
        }

    def head(self, opening: Opening) -> bytes:
        """Return how a stream begins."""
        return _chunk(opening, {"role": "assistant", "content": ""})

    def piece(self, opening: Opening, text: str) -> bytes:
        """Return a piece of the answer."""
        return _chunk(opening, {"content": text})

    def broken(self, refusal: RefusalError) -> bytes:
        """Return how a stream ends that cannot go on."""
        return _event(self.refusal(refusal))

    def tail(self, opening: Opening, receipt: Receipt, wanted: Wanted) -> Iterator[bytes]:
        """Yield how a stream ends."""
        yield _chunk(opening, {}, finish=_finish(receipt), compute_broker=account(receipt))
        if wanted.usage_at_end:
            yield _event(
                {**_frame(opening, "chat.completion.chunk"), "choices": [], "usage": _usage(receipt)}
            )
        yield b"data: [DONE]\n\n"


def _refuse_what_is_not_passed_on(asked: _Body) -> None:
    if asked.tools and asked.tool_choice != "none":
        raise refuse_tools("tools")
    if asked.functions:
        raise refuse_tools("functions")
    if asked.n not in {None, 1}:
        raise refuse_unknown("n", asked.n)
    if asked.response_format is not None and asked.response_format.type != "text":
        raise refuse_unknown("response_format.type", asked.response_format.type)
    if asked.stop:
        raise refuse_unknown("stop", asked.stop)
    if asked.logprobs:
        raise refuse_unknown("logprobs", asked.logprobs)
    if asked.modalities not in (None, [], ["text"]):
        raise refuse_unknown("modalities", asked.modalities)


def _turn(turn: _Turn, field: str) -> Message:
    role = _ROLES.get(turn.role)
    if role is None or turn.tool_calls or turn.function_call:
        raise (
            refuse_tools(field)
            if turn.role in {"tool", "function", "assistant"}
            else refuse_unknown(f"{field}.role", turn.role)
        )
    if turn.content is None or isinstance(turn.content, str):
        return Message(role, turn.content or "")
    texts: list[str] = []
    images: list[Image] = []
    for at, part in enumerate(turn.content):
        place = f"{field}.content[{at}]"
        if part.type == "text":
            texts.append(part.text or "")
        elif part.type == "image_url" and part.image_url is not None:
            images.append(_image(part.image_url.url, len(images) + 1, f"{place}.image_url.url"))
        else:
            raise refuse_unknown(f"{place}.type", part.type)
    return Message(role, "\n\n".join(texts), tuple(images))


def _image(url: str, number: int, field: str) -> Image:
    head, comma, data = url.partition(",")
    if not head.startswith(_DATA_URL) or not head.endswith(";base64") or not comma:
        raise RefusalError(
            BAD_REQUEST,
            tr("{field} must be a data: URL in base64: nothing is fetched for a program.", field=field),
            field,
        )
    return picture(data, number, field)


def _finish(receipt: Receipt) -> str:
    return _FINISH.get(receipt.finish, "stop")


def _usage(receipt: Receipt) -> dict[str, Any]:
    usage = receipt.usage
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def _frame(opening: Opening, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{opening.request_id}",
        "object": kind,
        "created": opening.created,
        "model": opening.tier_id,
    }


def _chunk(opening: Opening, delta: dict[str, Any], *, finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event({**_frame(opening, "chat.completion.chunk"), "choices": [choice], **more})


def _event(content: dict[str, Any]) -> bytes:
    return b"data: " + encoded(content) + b"\n\n"
