"""The OpenAI chat-completions wire, as OpenRouter, LM Studio, Ollama, llama-server and vLLM speak it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from doubles.images import image_tokens, text_of
from doubles.play import count, pieces_of
from doubles.script import Reply, Tokens


class ChatWire:
    """Writes one completion as server-sent events, or whole."""

    reasoning_field = "reasoning_content"
    comment = b": keep-alive\n\n"

    def __init__(self, body: Mapping[str, Any], reply: Reply, text: str, *, model: str) -> None:
        self._reply, self._text, self._model = reply, text, reply.model or model
        usage = count(reply.usage, prompt_of(body), len(pieces_of(text)), reply.thinking, image_tokens(body))
        self._usage = None if usage is None else {**self.usage_body(usage), **reply.raw_usage}
        self._wants_usage = self.always_usage or bool((body.get("stream_options") or {}).get("include_usage"))

    always_usage = False

    def usage_body(self, usage: Tokens) -> dict[str, Any]:
        """Return usage in OpenAI's terms: ``prompt_tokens`` with the cached ones."""
        return {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.input + usage.output,
            "prompt_tokens_details": {
                "cached_tokens": usage.cache_read,
                "cache_write_tokens": usage.cache_write_5m + usage.cache_write_1h,
            },
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
        }

    def opening(self) -> bytes:
        return self._chunk({"role": "assistant", "content": None})

    def thinking(self, piece: str) -> bytes:
        return self._chunk({self.reasoning_field: piece})

    def text(self, piece: str) -> bytes:
        return self._chunk({"content": piece})

    def keepalive(self) -> bytes:
        return self.comment

    def error(self, body: Mapping[str, Any] | None) -> bytes:
        return _data({"error": body or {"code": 502, "message": "Provider disconnected"}})

    def closing(self) -> bytes:
        end = self._chunk({}, finish=self._finish())
        if self._usage is not None and self._wants_usage:
            last = _data({**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage})
            end += last * (2 if self._reply.usage_twice else 1)
        return end + b"data: [DONE]\n\n"

    def whole(self) -> dict[str, Any]:
        """The completion as one JSON object."""
        message = {"role": "assistant", "content": self._text}
        choice = {"index": 0, "message": message, "finish_reason": self._finish()}
        body = {**self._head("chat.completion"), "choices": [choice]}
        return body if self._usage is None else {**body, "usage": self._usage}

    def _finish(self) -> str:
        return {"refusal": "content_filter"}.get(self._reply.finish, self._reply.finish)

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": "gen-double", "object": kind, "created": 1_790_000_000, "model": self._model}

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _data({**self._head("chat.completion.chunk"), "choices": [choice]})


def prompt_of(body: Mapping[str, Any]) -> str:
    """Return the text of the last user turn."""
    for message in reversed(body["messages"]):
        if message["role"] == "user":
            return text_of(message["content"])
    return ""


def _data(body: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(body)}\n\n".encode()
