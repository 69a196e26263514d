"""The adapter for everything that speaks OpenAI's chat completions, with the differences of ``kinds``.

Facts: openrouter (streaming, errors), lmstudio (sections 5, 7, 8), local-servers. An error may come with
HTTP 200, as a bare string, or in the middle of the stream; a stream may end without saying why.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.stream import (
    Message,
    Role,
    StreamEnd,
    StreamEvent,
    TextDelta,
    Thinking,
    UsageSeen,
)
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind
from compute_broker.core.usage import FinishReason, Usage
from compute_broker.net.client import CONNECT_SECONDS, reading, transport_fault
from compute_broker.net.sse import SseParser
from compute_broker.providers.call import Call, body_of
from compute_broker.providers.faults import provider_error, read_complaint
from compute_broker.providers.host_fields import host_fields
from compute_broker.providers.kinds import DIALECTS, effort_fields, limit_field, openai_root
from compute_broker.providers.listing import model_to_ask
from compute_broker.providers.ollama_cloud import CloudWatch
from compute_broker.providers.rate_headers import OPENAI, headroom
from compute_broker.providers.reply import refuse_what_is_no_stream
from compute_broker.providers.reported import openai_usage, openrouter_charge
from compute_broker.providers.thoughts import ThoughtFilter

_log = logging.getLogger(__name__)

_FINISH = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.REFUSAL,
}
_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details", "thinking")
"""Where thinking is found in a delta: llama-server and vLLM, LM Studio and OpenRouter, OpenRouter, others."""


class OpenAICompatible:
    """One adapter for OpenRouter, LM Studio, Ollama, llama-server, vLLM and OpenAI itself."""

    def __init__(self, *, own_engine: bool = False) -> None:
        """``own_engine`` tells that only the engine in our own child process will be asked."""
        self._cloud_watch = None if own_engine else CloudWatch()

    async def stream(self, call: Call) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer's events.

        Raises:
            ProviderError: as the server complained, or MALFORMED, or CUT_OFF when the end was missing.
            PrivacyError: the request is private and the model runs in Ollama's cloud; nothing was sent.
        """
        import httpx2  # noqa: PLC0415 - the call holds a client, so it is loaded already

        model = await model_to_ask(call)
        if call.request.private and self._cloud_watch is not None:
            await self._cloud_watch.refuse_cloud_model(call, model)
        url = f"{openai_root(call.request.tier.provider, call.base_url)}/chat/completions"
        body = await body_of(call, partial(_encoded, model=model))
        wait = call.request.connect_timeout or CONNECT_SECONDS
        request = call.client.build_request(
            "POST",
            url,
            content=body,
            headers={"content-type": "application/json", **auth_header(call.key)},
            timeout=httpx2.Timeout(None, connect=wait, write=30.0, pool=wait),
        )
        try:
            response = await call.client.send(request, stream=True)
            async with reading(response) as pieces:
                await refuse_what_is_no_stream(call, response)
                for left in headroom(response.headers, OPENAI):
                    yield left
                reader, parser = ChatReader(call, model), SseParser(call.label)
                async for piece in pieces:
                    for event in parser.feed(piece):
                        for heard in reader.take(event.data):
                            yield heard
                    if reader.done:
                        break
                for heard in reader.end():
                    yield heard
        except httpx2.HTTPError as error:
            raise transport_fault(error, url, sent=True) from error


class ChatReader:
    """Reads the chunks of one completion."""

    def __init__(self, call: Call, model: str) -> None:
        """``model`` is the one that was asked for."""
        self._call, self._model = call, model
        self._kind = call.request.tier.provider
        self._finish: FinishReason | None = None
        self._usage: Usage | None = None
        self._charged: int | None = None
        self._served: str | None = None
        self._speed: float | None = None
        self._chunks = 0
        self._thoughts = ThoughtFilter()
        self.done = False

    def take(self, data: str) -> list[StreamEvent]:
        """Return the events in one chunk.

        Raises:
            ProviderError: the chunk is an error, or no chunk at all.
        """
        if data.strip() == "[DONE]":
            self.done = True
            return []
        chunk = self._parsed(data)
        if chunk.get("error"):
            complaint = read_complaint(200, {}, chunk)
            raise provider_error(
                self._call.label, complaint, key=self._call.key, usage=self._usage, billed=True
            )
        self._chunks += 1
        self._served = _text(chunk.get("model")) or self._served
        events = self._choice(chunk)
        if chunk.get("usage"):
            events += self._reported(chunk["usage"])
        speed = _object(chunk.get("timings")).get("predicted_per_second")
        if isinstance(speed, int | Decimal) and 0 < speed < 1_000_000:  # noqa: PLR2004 - beyond belief
            self._speed = float(speed)
        return events

    def end(self) -> list[StreamEvent]:
        """Return the proper end, after whatever text had been held back.

        Raises:
            ProviderError: CUT_OFF, REFUSED, or MALFORMED when nothing came that could be read.
        """
        who = self._call.label
        if self._finish is FinishReason.REFUSAL:
            raise self._fault(Fault.REFUSED, tr("{who} declined to answer this prompt", who=who))
        if self._finish is None and not self._chunks:
            raise self._fault(Fault.MALFORMED, tr("{who} sent something that is no answer", who=who))
        if self._finish is None:
            raise self._fault(Fault.CUT_OFF, tr("{who} broke off before the end of its answer", who=who))
        if self._served is not None and self._served != self._model:
            _log.info("%s was asked for %s and answered with %.100s", who, self._model, self._served)
        served = self._served or self._model
        end = StreamEnd(self._finish, self._usage, served, self._charged, self._speed)
        held = self._thoughts.rest() if self._finish is FinishReason.STOP else ""
        return [TextDelta(held), end] if held else [end]

    def _parsed(self, data: str) -> dict[str, Any]:
        try:
            chunk = json.loads(data, parse_float=Decimal, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            chunk = None
        if not isinstance(chunk, dict):
            raise self._fault(
                Fault.MALFORMED, tr("{call} sent something that is no answer", call=self._call.label)
            )
        return chunk

    def _choice(self, chunk: Mapping[str, Any]) -> list[StreamEvent]:
        choices = chunk.get("choices")
        choice = _object(choices[0]) if isinstance(choices, list) and choices else {}
        delta = _object(choice.get("delta"))
        finish = choice.get("finish_reason")
        if finish == "error":
            raise self._fault(
                Fault.OVERLOADED, tr("{call} failed in the middle of its answer", call=self._call.label)
            )
        if finish and self._finish is not FinishReason.REFUSAL:
            self._finish = _FINISH.get(str(finish), FinishReason.STOP)
        if _text(delta.get("refusal")):
            self._finish = FinishReason.REFUSAL
        events: list[StreamEvent] = [Thinking()] if any(delta.get(name) for name in _THOUGHTS) else []
        text, thought = self._thoughts.take(_text(delta.get("content")))
        if thought and not events:
            events.append(Thinking())
        return [*events, TextDelta(text)] if text else events

    def _reported(self, reported: Any) -> list[StreamEvent]:
        if DIALECTS[self._kind].states_cost:
            self._charged = openrouter_charge(reported, self._call.label)
        self._usage = openai_usage(reported, self._call.label)
        return [UsageSeen(self._usage)] if self._usage is not None else []

    def _fault(self, fault: Fault, message: str) -> ProviderError:
        return ProviderError(fault, message, usage=self._usage, may_be_billed=True)


def auth_header(key: str | None) -> dict[str, str]:
    """Return the header that carries ``key``; LM Studio refuses made-up ones, so none means none."""
    return {} if key is None else {"authorization": f"Bearer {key}"}


def _encoded(call: Call, model: str) -> bytes:
    return json.dumps(_body(call, model), ensure_ascii=False, separators=(",", ":")).encode()


def _body(call: Call, model: str) -> dict[str, Any]:
    request, kind = call.request, call.request.tier.provider
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": Role(turn.role).value, "content": _content(turn)} for turn in request.messages],
        limit_field(call.base_url): request.max_output_tokens,
        "stream": True,
        **effort_fields(kind, request.tier.effort),
        **host_fields(kind, request.tier.hosts),
        **call.extra,
    }
    if kind is not ProviderKind.OPENROUTER:
        body["stream_options"] = {"include_usage": True}
    return body


def _content(turn: Message) -> str | list[dict[str, Any]]:
    """Return the content of a turn: with images as parts, text first (OpenRouter's page on images)."""
    if not turn.images:
        return turn.text
    parts: list[dict[str, Any]] = [{"type": "text", "text": turn.text}]
    for image in turn.images:
        data = f"data:{image.media_type};base64,{b64encode(image.data).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": data}})
    return parts


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
