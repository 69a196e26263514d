"""Doubles of Ollama, llama-server and vLLM: their listings, health and OpenAI chat routes.

By hand, from ``tests/``: ``python -m doubles.local_servers ollama --port 11434`` prints its URL.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doubles.images import openai_complaint
from doubles.openai_chat import ChatWire, prompt_of
from doubles.play import play
from doubles.script import Failure
from doubles.server import HttpDouble, Out, Seen, run_by_hand


class LocalDouble(HttpDouble):
    """What the three have in common: ``/v1/chat/completions`` under a few other routes."""

    open_routes: tuple[str, ...] = ()
    """Answered without the key."""

    def is_chat(self, seen: Seen) -> bool:
        return seen.method == "POST" and seen.path == "/v1/chat/completions"

    def failure(self, item: Failure) -> dict[str, Any]:
        return {"error": {"message": item.message, "type": item.type, "code": item.status}}

    def routes(self) -> dict[str, Any]:
        """Return what each GET route answers: JSON, a text, or a ``Failure``."""
        raise NotImplementedError

    def serving(self, asked: str) -> str | None:
        """Return the model that answers a request for ``asked``; ``None``: not found."""
        raise NotImplementedError

    async def handle(self, seen: Seen, out: Out) -> None:
        if self.key is not None and seen.token != self.key and seen.path not in self.open_routes:
            await self.misbehave(Failure(401, "authentication_error", "Invalid API Key"), out)
        elif self.is_chat(seen):
            await self._chat(seen.json, out)
        else:
            await self._get(
                self.routes().get(seen.path, Failure(404, "not_found_error", "File Not Found")), out
            )

    async def _get(self, found: Any, out: Out) -> None:
        if isinstance(found, Failure):
            await self.misbehave(found, out)
        elif isinstance(found, str):
            await out.begin(200, {"content-type": "text/plain; charset=utf-8"})
            await out.send(found.encode())
            await out.end()
        else:
            await out.json(found)

    async def _chat(self, body: Mapping[str, Any], out: Out) -> None:
        model = self.serving(str(body.get("model", "")))
        if model is None:
            await self.misbehave(
                Failure(404, "not_found_error", f"model '{body.get('model')}' not found"), out
            )
            return
        if complaint := openai_complaint(body):
            await self.misbehave(Failure(400, "invalid_request_error", complaint), out)
            return
        reply = await self.misbehave(self.next_item(body.get("model")), out)
        if reply is None:
            return
        text = await self.spoken(reply, prompt_of(body))
        wire = ChatWire(body, reply, text, model=model)
        if body.get("stream"):
            await play(reply, wire, out, text, {})
        else:
            await out.json(wire.whole(), headers=reply.headers)


@dataclass
class OllamaModel:
    """An installed model. ``remote`` ones run in Ollama's cloud, whatever their name says."""

    name: str
    loaded: bool = False
    remote: bool = False


class OllamaDouble(LocalDouble):
    """Ollama: ``/api/version``, ``/api/tags``, ``/api/ps`` and the OpenAI routes."""

    default_port = 11434

    def __init__(self, *, key: str | None = None, port: int = 0) -> None:
        super().__init__(key=key, port=port)
        self.models = [OllamaModel("qwen3:4b", loaded=True), OllamaModel("llama3.2:1b")]

    def routes(self) -> dict[str, Any]:
        return {
            "/": "Ollama is running",
            "/api/version": {"version": "0.13.1"},
            "/api/tags": {"models": [_tag(model) for model in self.models]},
            "/api/ps": {"models": [_running(model) for model in self.models if model.loaded]},
            "/v1/models": {"object": "list", "data": [{"id": model.name} for model in self.models]},
        }

    def serving(self, asked: str) -> str | None:
        return asked if any(model.name == asked for model in self.models) else None


class LlamaServerDouble(LocalDouble):
    """llama-server with one model: it answers under its own name, whatever was asked for."""

    default_port = 8080
    open_routes = ("/health", "/v1/health")

    def __init__(self, *, key: str | None = None, port: int = 0) -> None:
        super().__init__(key=key, port=port)
        self.model = "qwen3-8b-q4_k_m.gguf"
        self.loading = False
        self.busy_slots = 0
        self.slots = 2
        self.metrics = False
        """Whether it was started with ``--metrics``."""
        self.deferred = 0
        self.speed = 41.5

    def routes(self) -> dict[str, Any]:
        if self.loading:
            wait = Failure(503, "unavailable_error", "Loading model")
            return dict.fromkeys(("/health", "/v1/models", "/models", "/props", "/slots"), wait)
        row = {"id": self.model, "object": "model", "owned_by": "llamacpp", "meta": {"n_ctx": 8192}}
        listing = {"object": "list", "models": [{"name": self.model, "model": self.model}], "data": [row]}
        slots = [{"id": i, "n_ctx": 8192, "is_processing": i < self.busy_slots} for i in range(self.slots)]
        return {
            "/health": {"status": "ok"},
            "/v1/models": listing,
            "/models": listing,
            "/props": {"total_slots": self.slots, "default_generation_settings": {"n_ctx": 8192}},
            "/slots": slots,
            "/metrics": self._metrics(),
        }

    def _metrics(self) -> str | Failure:
        if not self.metrics:
            return Failure(501, "not_supported_error", "This server does not support metrics endpoint.")
        return (
            "# HELP llamacpp:requests_deferred Number of requests deferred.\n"
            "# TYPE llamacpp:requests_deferred gauge\n"
            f"llamacpp:requests_deferred {self.deferred}\n"
            f"llamacpp:requests_processing {self.busy_slots}\n"
            f"llamacpp:predicted_tokens_seconds {self.speed}\n"
        )

    def serving(self, asked: str) -> str | None:
        return self.model


class VllmDouble(LocalDouble):
    """vLLM with one model."""

    default_port = 8000
    open_routes = ("/health", "/version", "/metrics", "/ping")

    def __init__(self, *, key: str | None = None, port: int = 0) -> None:
        super().__init__(key=key, port=port)
        self.model = "Qwen/Qwen3-8B"
        self.running = 0
        self.waiting = 0

    def routes(self) -> dict[str, Any]:
        labels = f'{{engine="0",model_name="{self.model}"}}'
        row = {"id": self.model, "object": "model", "owned_by": "vllm", "max_model_len": 32_768}
        return {
            "/health": "",
            "/version": {"version": "0.32.0"},
            "/v1/models": {"object": "list", "data": [row]},
            "/metrics": f"vllm:num_requests_running{labels} {self.running}.0\n"
            f"vllm:num_requests_waiting{labels} {self.waiting}.0\n",
        }

    def serving(self, asked: str) -> str | None:
        return self.model if asked == self.model else None


def _tag(model: OllamaModel) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": model.name,
        "model": model.name,
        "size": 2_497_281_120,
        "details": {"format": "gguf", "parameter_size": "4B", "quantization_level": "Q4_K_M"},
        "capabilities": ["completion", "tools"],
    }
    if model.remote:
        row.update(remote_model=model.name, remote_host="https://ollama.com:443", size=384)
    return row


def _running(model: OllamaModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "model": model.name,
        "size": 3_000_000_000,
        "size_vram": 3_000_000_000,
        "expires_at": "2318-01-01T00:00:00Z",
        "context_length": 8192,
    }


if __name__ == "__main__":
    kinds = {"ollama": OllamaDouble, "llama-server": LlamaServerDouble, "vllm": VllmDouble}
    run_by_hand(kinds[sys.argv[1]], sys.argv[2:])
