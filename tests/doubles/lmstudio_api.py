"""A double of LM Studio's local server: greeting, v1 and v0 listings, OpenAI chat; 200 for unknown routes.

By hand, from ``tests/``: ``python -m doubles.lmstudio_api --port 1234`` prints its URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doubles.images import openai_complaint
from doubles.openai_chat import ChatWire, prompt_of
from doubles.play import play
from doubles.script import Failure
from doubles.server import HttpDouble, Out, Seen, run_by_hand


@dataclass
class LMModel:
    """A downloaded model; ``loaded`` is the instance's usable context in tokens, 0 when not loaded."""

    key: str
    loaded: int = 0
    instance: str = ""
    kind: str = "llm"
    max_context: int = 262_144
    vision: bool = False
    tools: bool = True
    parallel: int = 4

    @property
    def instance_id(self) -> str:
        return self.instance or self.key


class LMStudioDouble(HttpDouble):
    """Speaks to loaded models; loads others on demand while ``jit`` is on, as LM Studio does.

    ``modern`` False is an app before 0.4: no ``/api/v1``. ``key`` is the required API token, if any.
    """

    default_port = 1234

    def __init__(self, *, key: str | None = None, port: int = 0) -> None:
        super().__init__(key=key, port=port)
        self.models = [
            LMModel("qwen/qwen3.6-27b", loaded=32_768),
            LMModel("qwen/qwen3-4b-2507"),
            LMModel("text-embedding-nomic-embed-text-v1.5", kind="embedding"),
        ]
        self.jit = True
        self.modern = True
        self.loads: list[str] = []
        """Models that a request made the server load: a careful client provokes none."""

    def is_chat(self, seen: Seen) -> bool:
        return seen.method == "POST" and seen.path == "/v1/chat/completions"

    def failure(self, item: Failure) -> dict[str, Any]:
        return {"error": {"message": item.message, "type": item.type, "param": None, "code": None}}

    async def handle(self, seen: Seen, out: Out) -> None:
        if seen.path == "/lmstudio-greeting":
            await out.json({"lmstudio": True})
        elif self.key is not None and seen.token != self.key:
            shown = (seen.token or "")[:10]
            message = f"Malformed LM Studio API token provided: {shown}****"
            await self.misbehave(Failure(401, "invalid_api_key", message), out)
        elif self.is_chat(seen):
            await self._chat(seen.json, out)
        elif (seen.method, seen.path) in self._listings():
            await out.json(self._listings()[seen.method, seen.path])
        else:
            await out.json({"error": f"Unexpected endpoint or method. ({seen.method} {seen.path})"})

    def _listings(self) -> dict[tuple[str, str], Any]:
        visible = [model for model in self.models if self.jit or model.loaded]
        found = {
            ("GET", "/api/v0/models"): {"object": "list", "data": [_v0(model) for model in self.models]},
            ("GET", "/v1/models"): {
                "object": "list",
                "data": [
                    {"id": model.key, "object": "model", "owned_by": "organization"} for model in visible
                ],
            },
        }
        if self.modern:
            found["GET", "/api/v1/models"] = {"models": [_v1(model) for model in self.models]}
        return found

    async def _chat(self, body: Mapping[str, Any], out: Out) -> None:
        model = self._choose(str(body.get("model", "")))
        if model is None:
            message = (
                "No models loaded. Please load a model in the developer page or use the 'lms load' command."
            )
            await self.misbehave(Failure(404, "invalid_request_error", message), out)
            return
        if complaint := openai_complaint(body):
            await self.misbehave(Failure(400, "invalid_request_error", complaint), out)
            return
        reply = await self.misbehave(self.next_item(body.get("model")), out)
        if reply is None:
            return
        text = await self.spoken(reply, prompt_of(body))
        wire = ChatWire(body, reply, text, model=model.instance_id)
        if body.get("stream"):
            await play(reply, wire, out, text, {})
        else:
            await out.json(wire.whole(), headers=reply.headers)

    def _choose(self, name: str) -> LMModel | None:
        """Find the model as LM Studio does: exact, else load it, else the only one that is loaded."""
        usable = [model for model in self.models if model.kind == "llm"]
        loaded = [model for model in usable if model.loaded]
        for model in loaded:
            if name in {model.key, model.instance_id}:
                return model
        for model in usable:
            if self.jit and name == model.key:
                model.loaded = 8192
                self.loads.append(model.key)
                return model
        return loaded[0] if len(loaded) == 1 else None


def _v1(model: LMModel) -> dict[str, Any]:
    config = {"context_length": model.loaded, "parallel": model.parallel, "flash_attention": True}
    row: dict[str, Any] = {
        "type": model.kind,
        "publisher": model.key.split("/")[0],
        "key": model.key,
        "display_name": model.key,
        "quantization": {"name": "Q4_K_M", "bits_per_weight": 4},
        "size_bytes": 2_497_281_120,
        "params_string": None,
        "loaded_instances": [{"id": model.instance_id, "config": config}] if model.loaded else [],
        "max_context_length": model.max_context,
        "format": "gguf",
    }
    if model.kind == "llm":
        row["architecture"] = "qwen3"
        row["capabilities"] = {"vision": model.vision, "trained_for_tool_use": model.tools}
        row["description"] = None
    return row


def _v0(model: LMModel) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": model.key,
        "object": "model",
        "type": {"llm": "vlm" if model.vision else "llm", "embedding": "embeddings"}[model.kind],
        "publisher": model.key.split("/")[0],
        "arch": "qwen3",
        "compatibility_type": "gguf",
        "quantization": "Q4_K_M",
        "state": "loaded" if model.loaded else "not-loaded",
        "max_context_length": model.max_context,
    }
    if model.loaded:
        row["loaded_context_length"] = model.loaded
    return row


if __name__ == "__main__":
    run_by_hand(LMStudioDouble)
