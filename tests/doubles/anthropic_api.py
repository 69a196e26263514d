"""A double of the Anthropic API: messages (streamed or not), models, count_tokens.

By hand, from ``tests/``: ``python -m doubles.anthropic_api --port 0`` prints its URL.
Any key is taken unless ``key`` is set; both ``Authorization: Bearer`` and ``x-api-key`` will do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from doubles.images import anthropic_complaint, image_tokens, text_of
from doubles.play import count, pieces_of, play
from doubles.script import Failure, Reply, Tokens
from doubles.server import HttpDouble, Out, Seen, run_by_hand

MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
RATE_HEADERS = {
    "request-id": "req_double",
    "anthropic-ratelimit-requests-limit": "1000",
    "anthropic-ratelimit-requests-remaining": "999",
    "anthropic-ratelimit-tokens-limit": "500000",
    "anthropic-ratelimit-tokens-remaining": "499000",
}
STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


class AnthropicDouble(HttpDouble):
    """Speaks the Messages API, version 2026-10-21."""

    def is_chat(self, seen: Seen) -> bool:
        return seen.method == "POST" and seen.path == "/v1/messages"

    def failure(self, item: Failure) -> dict[str, Any]:
        error = {"type": item.type, "message": item.message}
        if item.details is not None:
            error["details"] = dict(item.details)
        return {"type": "error", "error": error, "request_id": "req_double"}

    async def handle(self, seen: Seen, out: Out) -> None:
        if self.key is not None and seen.token != self.key:
            await self.misbehave(Failure(401, "authentication_error", "invalid x-api-key"), out)
        elif seen.method == "GET" and seen.path == "/v1/models":
            await out.json({"data": [_model(name) for name in MODELS], "has_more": False})
        elif seen.path == "/v1/messages/count_tokens":
            await out.json({"input_tokens": -(-len(prompt_of(seen.json).encode()) // 4)})
        elif self.is_chat(seen):
            await self._message(seen.json, out)
        else:
            await self.misbehave(Failure(404, "not_found_error", f"no route {seen.path}"), out)

    async def _message(self, body: Mapping[str, Any], out: Out) -> None:
        complaint = what_is_wrong(body)
        if complaint:
            await self.misbehave(Failure(400, "invalid_request_error", complaint), out)
            return
        reply = await self.misbehave(self.next_item(body["model"]), out)
        if reply is None:
            return
        text = await self.spoken(reply, prompt_of(body))
        wire = MessageWire(body, reply, text)
        if body.get("stream"):
            await play(reply, wire, out, text, RATE_HEADERS)
        else:
            await out.json(wire.whole(), headers={**RATE_HEADERS, **reply.headers})


class MessageWire:
    """Writes one message as server-sent events, or whole."""

    def __init__(self, body: Mapping[str, Any], reply: Reply, text: str) -> None:
        self._reply, self._text = reply, text
        self._usage = count(
            reply.usage, prompt_of(body), len(pieces_of(text)), reply.thinking, image_tokens(body)
        )
        self._model = reply.model or body["model"]
        self._block = -1
        self._open = ""

    def opening(self) -> bytes:
        message = self._message([], None)
        if self._usage is not None:
            message["usage"] = {**usage_body(self._usage), "output_tokens": 1, "output_tokens_details": None}
        return _event("message_start", message=message) + _event("ping")

    def thinking(self, piece: str) -> bytes:
        return self._switch("thinking") + self._delta({"type": "thinking_delta", "thinking": piece})

    def text(self, piece: str) -> bytes:
        return self._switch("text") + self._delta({"type": "text_delta", "text": piece})

    def keepalive(self) -> bytes:
        return _event("ping")

    def error(self, body: Mapping[str, Any] | None) -> bytes:
        return _event("error", error=body or {"type": "overloaded_error", "message": "Overloaded"})

    def closing(self) -> bytes:
        end = self._message_delta()
        twice = end if self._reply.usage_twice else b""
        return self._switch("") + end + twice + _event("message_stop")

    def whole(self) -> dict[str, Any]:
        """The message as one JSON object."""
        content = [{"type": "thinking", "thinking": "", "signature": ""}] if self._reply.thinking else []
        message = self._message([*content, {"type": "text", "text": self._text}], self._stop_reason())
        if self._usage is not None:
            message["usage"] = {**usage_body(self._usage), **self._reply.raw_usage}
        return message

    def _message(self, content: list[dict[str, Any]], stop: str | None) -> dict[str, Any]:
        return {
            "id": "msg_double",
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            "stop_details": None,
        }

    def _stop_reason(self) -> str:
        return STOP_REASONS.get(self._reply.finish, self._reply.finish)

    def _message_delta(self) -> bytes:
        reason = self._stop_reason()
        details = (
            {"type": "refusal", "category": "cyber", "explanation": None} if reason == "refusal" else None
        )
        delta = {"stop_reason": reason, "stop_sequence": None, "stop_details": details}
        if self._usage is None:
            return _event("message_delta", delta=delta)
        return _event(
            "message_delta", delta=delta, usage={**usage_body(self._usage), **self._reply.raw_usage}
        )

    def _switch(self, kind: str) -> bytes:
        if kind == self._open:
            return b""
        closed = _event("content_block_stop", index=self._block) if self._open else b""
        self._open = kind
        if not kind:
            return closed
        self._block += 1
        block = {"type": kind, kind: ""}
        return closed + _event("content_block_start", index=self._block, content_block=block)

    def _delta(self, delta: Mapping[str, str]) -> bytes:
        return _event("content_block_delta", index=self._block, delta=delta)


def usage_body(usage: Tokens) -> dict[str, Any]:
    """Return usage in Anthropic's terms: ``input_tokens`` without the cached ones."""
    written = usage.cache_write_5m + usage.cache_write_1h
    return {
        "input_tokens": usage.input - usage.cache_read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_5m,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
        "service_tier": "standard",
    }


def prompt_of(body: Mapping[str, Any]) -> str:
    """Return the text of the last user turn."""
    for message in reversed(body["messages"]):
        if message["role"] == "user":
            content = message["content"]
            return text_of(content)
    return ""


def what_is_wrong(body: Mapping[str, Any]) -> str:
    """Return what version 2026-10-21 would refuse in ``body``, empty when nothing."""
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            return f"{name}: Field required"
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            return f"{name}: not supported"
    if any(message["role"] == "system" for message in body["messages"]):
        return "messages: Unexpected role system"
    if body["messages"][-1]["role"] != "user" and "-5-5" in body["model"]:
        return "messages: the final message must be a user turn"
    if "opus-5-5" in body["model"] and body.get("thinking", {}).get("type") == "disabled":
        return "thinking: disabled is not supported on this model"
    return anthropic_complaint(body)


def _model(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "type": "model",
        "display_name": name,
        "created_at": "2026-10-07T00:00:00Z",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "lifecycle": "active",
    }


def _event(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


if __name__ == "__main__":
    run_by_hand(AnthropicDouble)
