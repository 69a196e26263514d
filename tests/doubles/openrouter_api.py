"""A double of OpenRouter: chat completions, models, endpoints, key, credits.

By hand, from ``tests/``: ``python -m doubles.openrouter_api --port 0`` prints its URL.
Prices are strings in USD per token, as OpenRouter has them; change ``models`` and ``endpoints`` freely.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from doubles.images import openai_complaint
from doubles.openai_chat import ChatWire, prompt_of
from doubles.play import play
from doubles.script import Failure, Reply, Tokens
from doubles.server import HttpDouble, Out, Seen, run_by_hand

KIMI = "moonshotai/kimi-k2.6"
CHAT = "/api/v1/chat/completions"


def model_row(slug: str, prompt: str, completion: str, **pricing: Any) -> dict[str, Any]:
    """Return one entry of ``GET /models``. Further price keys go in as they are."""
    return {
        "id": slug,
        "canonical_slug": slug,
        "name": slug,
        "created": 1_776_000_000,
        "context_length": 262_144,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "pricing": {"prompt": prompt, "completion": completion, "discount": 0, **pricing},
        "top_provider": {"context_length": 262_144, "max_completion_tokens": 262_144, "is_moderated": False},
        "per_request_limits": None,
        "supported_parameters": ["reasoning", "tools"],
        "expiration_date": None,
        "reasoning": {"mandatory": False, "default_enabled": True},
    }


def endpoint_row(slug: str, provider: str, prompt: str, completion: str, **more: Any) -> dict[str, Any]:
    """Return one endpoint of a model."""
    return {
        "name": f"{provider} | {slug}",
        "provider_name": provider,
        "tag": provider.lower(),
        "model_id": slug,
        "model_name": slug,
        "context_length": 262_144,
        "max_completion_tokens": 262_144,
        "max_prompt_tokens": None,
        "quantization": "fp8",
        "status": 0,
        "service_tier": None,
        "pricing": {"prompt": prompt, "completion": completion, "discount": 0},
        "uptime_last_5m": 100,
        "uptime_last_30m": 99.8,
        "uptime_last_1d": 99.1,
        "latency_last_30m": {"p50": 820, "p75": 1100, "p90": 1900, "p99": 6200},
        "throughput_last_30m": {"p50": 41, "p75": 55, "p90": 70, "p99": 95},
        "supports_implicit_caching": True,
        **more,
    }


class OpenRouterDouble(HttpDouble):
    """Speaks OpenRouter's API under ``/api/v1``."""

    prefix = "/api/v1"

    def __init__(self, *, key: str | None = None, port: int = 0) -> None:
        super().__init__(key=key, port=port)
        self.models = [model_row(KIMI, "0.00000095", "0.000004", input_cache_read="0.00000016")]
        self.endpoints = {
            KIMI: [
                endpoint_row(KIMI, "Novita", "0.0000008", "0.0000034"),
                endpoint_row(KIMI, "Moonshot", "0.00000095", "0.000004"),
            ]
        }
        self.key_info: dict[str, Any] = {
            "label": "sk-or-v1-...dbl",
            "limit": None,
            "limit_remaining": None,
            "limit_reset": None,
            "usage": 3.21,
            "usage_daily": 0.1,
            "usage_weekly": 0.5,
            "usage_monthly": 2.0,
            "is_free_tier": False,
            "is_management_key": False,
        }
        self.credits: dict[str, Any] = {"total_credits": 25.0, "total_usage": 3.21}

    def is_chat(self, seen: Seen) -> bool:
        return seen.method == "POST" and seen.path == CHAT

    def failure(self, item: Failure) -> dict[str, Any]:
        error: dict[str, Any] = {"code": item.status, "message": item.message}
        if item.details is not None:
            error["metadata"] = dict(item.details)
        return {"error": error, "user_id": "user_double"}

    async def handle(self, seen: Seen, out: Out) -> None:
        path = seen.path.removeprefix(self.prefix)
        open_to_all = path == "/models" or path.endswith("/endpoints")
        if not open_to_all and not (seen.token if self.key is None else seen.token == self.key):
            await self.misbehave(Failure(401, message="No auth credentials found"), out)
        elif seen.method == "GET":
            await self._listing(path, seen, out)
        elif self.is_chat(seen):
            await self._chat(seen.json, out)
        else:
            await self.misbehave(Failure(404, message="Not Found"), out)

    async def _listing(self, path: str, seen: Seen, out: Out) -> None:
        slug = path.removeprefix("/models/").removesuffix("/endpoints")
        if path == "/models":
            await out.json({"data": self.models})
        elif path.endswith("/endpoints") and slug in self.endpoints:
            rows = [dict(row) for row in self.endpoints[slug]]
            if seen.token is None:
                for row in rows:
                    row.update(latency_last_30m=None, throughput_last_30m=None)
            await out.json({"data": {"id": slug, "name": slug, "endpoints": rows}})
        elif path == "/key":
            await out.json({"data": self.key_info})
        elif path == "/credits":
            await out.json({"data": self.credits})
        else:
            await self.misbehave(Failure(404, message="Not Found"), out)

    async def _chat(self, body: Mapping[str, Any], out: Out) -> None:
        if complaint := openai_complaint(body):
            await self.misbehave(Failure(400, message=complaint), out)
            return
        wanted = body.get("provider", {}).get("only")
        if wanted and not self._serves(body["model"], wanted):
            await self.misbehave(Failure(404, message="No allowed providers are available"), out)
            return
        reply = await self.misbehave(self.next_item(body["model"]), out)
        if reply is None:
            return
        text = await self.spoken(reply, prompt_of(body))
        wire = RouterWire(body, reply, text, rates=self._rates(body["model"]))
        headers = {"x-generation-id": "gen-double"}
        if body.get("stream"):
            await play(reply, wire, out, text, headers)
        else:
            await out.json(wire.whole(), headers={**headers, **reply.headers})

    def _serves(self, model: str, only: list[str]) -> bool:
        """Whether a host of ``model`` is among those that may answer."""
        tags = [row["tag"] for row in self.endpoints.get(model, [])]
        return any(tag == slug or tag.startswith(f"{slug}/") for tag in tags for slug in only)

    def _rates(self, slug: str) -> Mapping[str, Any]:
        return next((row["pricing"] for row in self.models if row["id"] == slug), {})


class RouterWire(ChatWire):
    """OpenRouter's dialect: usage with its cost always, ``: OPENROUTER PROCESSING`` while it waits."""

    reasoning_field = "reasoning"
    comment = b": OPENROUTER PROCESSING\n\n"
    always_usage = True

    def __init__(self, body: Mapping[str, Any], reply: Reply, text: str, *, rates: Mapping[str, Any]) -> None:
        self._rates = rates
        super().__init__(body, reply, text, model=body["model"])

    def opening(self) -> bytes:
        return self.comment + super().opening()

    def usage_body(self, usage: Tokens) -> dict[str, Any]:
        """Return usage with its cost in dollars, as a number."""
        body = super().usage_body(usage)
        if "prompt" not in self._rates:
            return body
        cost = (
            (usage.input - usage.cache_read) * Decimal(self._rates["prompt"])
            + usage.cache_read * Decimal(self._rates.get("input_cache_read") or self._rates["prompt"])
            + usage.output * Decimal(self._rates["completion"])
        )
        return {**body, "cost": float(cost), "is_byok": False}

    def error(self, body: Mapping[str, Any] | None) -> bytes:
        """An error chunk carries a last choice with ``finish_reason: error``."""
        error = body or {
            "code": 502,
            "message": "Provider disconnected",
            "metadata": {"error_type": "provider_unavailable"},
        }
        choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        chunk = {**self._head("chat.completion.chunk"), "error": error, "choices": [choice]}
        return f"data: {json.dumps(chunk)}\n\n".encode()


if __name__ == "__main__":
    run_by_hand(OpenRouterDouble)
