"""Reads the events of one Anthropic message: text, signs of thinking, usage as it grows, and the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.stream import StreamEnd, StreamEvent, TextDelta, Thinking, UsageSeen
from compute_broker.core.texts import tr
from compute_broker.core.usage import FinishReason, Usage
from compute_broker.providers.call import Call
from compute_broker.providers.faults import provider_error, read_complaint
from compute_broker.providers.reported import anthropic_usage

_FINISH = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "pause_turn": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.REFUSAL,
}


class MessageReader:
    """Collects what the events say. Unknown events are left alone, as the API asks of its clients."""

    def __init__(self, call: Call) -> None:
        """Begin with nothing heard."""
        self._call = call
        self._reported: dict[str, Any] = {}
        self._usage: Usage | None = None
        self._finish: FinishReason | None = None
        self._served: str | None = None
        self._thinking = False
        self._events = 0
        self.done = False

    def take(self, data: str) -> list[StreamEvent]:
        """Return the events in one server-sent event.

        Raises:
            ProviderError: an ``error`` event, or something that is no event.
        """
        event = self._parsed(data)
        kind = event.get("type")
        self._events += 1
        if kind == "error":
            complaint = read_complaint(200, {}, event)
            raise provider_error(
                self._call.label, complaint, key=self._call.key, usage=self._usage, billed=True
            )
        if kind == "content_block_delta":
            return self._delta(_object(event.get("delta")))
        if kind == "content_block_start":
            return self._block(_object(event.get("content_block")))
        if kind == "content_block_stop":
            self._thinking = False
        elif kind == "ping":
            return [Thinking()] if self._thinking else []
        elif kind == "message_start":
            return self._start(_object(event.get("message")))
        elif kind == "message_delta":
            return self._message_delta(event)
        elif kind == "message_stop":
            self.done = True
        return []

    def end(self) -> StreamEnd:
        """Return the proper end.

        Raises:
            ProviderError: REFUSED; CUT_OFF without a stop reason; MALFORMED when nothing could be read.
        """
        who = self._call.label
        if self._finish is FinishReason.REFUSAL:
            raise self._fault(Fault.REFUSED, tr("{who} declined to answer this prompt", who=who))
        if not self._events:
            raise self._fault(Fault.MALFORMED, tr("{who} sent something that is no answer", who=who))
        if self._finish is None:
            raise self._fault(Fault.CUT_OFF, tr("{who} broke off before the end of its answer", who=who))
        return StreamEnd(self._finish, self._usage, self._served or self._call.request.model)

    def _start(self, message: Mapping[str, Any]) -> list[StreamEvent]:
        served = message.get("model")
        self._served = served if isinstance(served, str) else None
        return self._count(message.get("usage"))

    def _message_delta(self, event: Mapping[str, Any]) -> list[StreamEvent]:
        reason = _object(event.get("delta")).get("stop_reason")
        if reason is not None:
            self._finish = _FINISH.get(str(reason), FinishReason.STOP)
        return self._count(event.get("usage"))

    def _count(self, reported: Any) -> list[StreamEvent]:
        """Lay the newest figures over the earlier ones: they are cumulative, and null means unchanged."""
        if not isinstance(reported, dict):
            return []
        self._reported.update({name: value for name, value in reported.items() if value is not None})
        self._usage = anthropic_usage(self._reported, self._call.label)
        return [UsageSeen(self._usage)] if self._usage is not None else []

    def _block(self, block: Mapping[str, Any]) -> list[StreamEvent]:
        self._thinking = block.get("type") in {"thinking", "redacted_thinking"}
        text = block.get("text")
        if block.get("type") == "text" and isinstance(text, str) and text:
            return [TextDelta(text)]
        return [Thinking()] if self._thinking else []

    def _delta(self, delta: Mapping[str, Any]) -> list[StreamEvent]:
        text = delta.get("text")
        if delta.get("type") == "text_delta" and isinstance(text, str) and text:
            return [TextDelta(text)]
        return [Thinking()] if delta.get("type") in {"thinking_delta", "signature_delta"} else []

    def _parsed(self, data: str) -> dict[str, Any]:
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            event = None
        if not isinstance(event, dict):
            raise self._fault(
                Fault.MALFORMED, tr("{call} sent something that is no answer", call=self._call.label)
            )
        return event

    def _fault(self, fault: Fault, message: str) -> ProviderError:
        return ProviderError(fault, message, usage=self._usage, may_be_billed=True)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
