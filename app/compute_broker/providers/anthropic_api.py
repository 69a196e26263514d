"""The adapter for Anthropic's Messages API, through the SDK ``anthropic``.

The SDK builds, signs and sends the request and knows its errors; the events are read here, since it drops
``ping``, which is the only sign of life while a model thinks without showing it. Facts: anthropic.md.
The SDK takes 1.3 s to import, so that happens in a worker thread when the first prompt goes out.
"""

from __future__ import annotations

import asyncio
import gc
import os
from base64 import b64encode
from collections.abc import AsyncGenerator
from functools import cache
from typing import TYPE_CHECKING, Any

from compute_broker.core.errors import BrokerError, Fault, ProviderError
from compute_broker.core.imports import LATE_IMPORT
from compute_broker.core.stream import Message, Role, StreamEvent
from compute_broker.core.texts import tr
from compute_broker.core.tier import Effort
from compute_broker.net.client import CONNECT_SECONDS, reading, transport_fault
from compute_broker.net.destination import host_of
from compute_broker.net.sse import SseParser
from compute_broker.providers.anthropic_reader import MessageReader
from compute_broker.providers.call import Call, body_of
from compute_broker.providers.faults import provider_error, read_complaint
from compute_broker.providers.rate_headers import ANTHROPIC, headroom
from compute_broker.providers.reply import refuse_what_is_no_stream

if TYPE_CHECKING:
    import anthropic

ANTHROPIC_VERSION = "2026-10-21"
"""The version of the API that this adapter was written for."""

_ALWAYS_THINKS = ("claude-opus-5-5", "claude-fable", "claude-mythos")
"""``thinking: disabled`` is refused by these: their least effort stands in for off."""

_NO_EFFORT = ("claude-haiku-4", "claude-sonnet-4", "claude-3", "claude-opus-4-1", "claude-opus-4-0")
"""Models from before ``output_config.effort``; they do not think unless told to."""


class AnthropicApi:
    """Streams answers of Claude models."""

    async def stream(self, call: Call) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer's events.

        Raises:
            ProviderError: as Anthropic complained, REFUSED with its usage, or CUT_OFF without a stop reason.
        """
        import httpx2  # noqa: PLC0415 - the call holds a client, so it is loaded already

        sdk = await asyncio.to_thread(load_sdk)
        client = _client(sdk, call)
        body = await body_of(call, _body)
        request = client.messages.with_streaming_response.create(**body, extra_headers=_headers(sdk, call))
        try:
            async with request as answer, reading(answer.http_response) as pieces:
                response = answer.http_response
                await refuse_what_is_no_stream(call, response)
                for left in headroom(response.headers, ANTHROPIC):
                    yield left
                reader, parser = MessageReader(call), SseParser(call.label)
                async for piece in pieces:
                    for event in parser.feed(piece):
                        for heard in reader.take(event.data):
                            yield heard
                    if reader.done:
                        break
                yield reader.end()
        except sdk.APIStatusError as error:
            complaint = read_complaint(error.status_code, error.response.headers, error.body)
            raise provider_error(call.label, complaint, key=call.key) from None
        except sdk.APIConnectionError as error:
            raise _connection_fault(error, call.base_url) from None
        except httpx2.HTTPError as error:
            raise transport_fault(error, call.base_url, sent=True) from error


@cache
def load_sdk() -> Any:
    """Import the SDK with all that the first request would import; to be called in a worker thread.

    The garbage collector pauses meanwhile, and passes over the modules from then on: one full round over
    their hundred thousand objects would stop every thread, and so the window, for 40 to 110 ms (measured).
    """
    with LATE_IMPORT:
        collecting = gc.isenabled()
        gc.disable()
        try:
            import anthropic  # noqa: PLC0415 - 1.3 s, in a worker thread
            import anthropic.resources.messages  # noqa: PLC0415 - the SDK would load it at the first request

            gc.freeze()
        finally:
            if collecting:
                gc.enable()
        return anthropic


def _client(sdk: Any, call: Call) -> anthropic.AsyncAnthropic:
    """Return a client that takes nothing from the environment: no key, no address, no retries of its own.

    An empty key still counts as given, so that no other is looked for; ``_headers`` then omits it.
    """
    client: anthropic.AsyncAnthropic = sdk.AsyncAnthropic(
        api_key=call.key or "",
        base_url=call.base_url.removesuffix("/v1"),
        max_retries=0,
        timeout=sdk.Timeout(None, connect=call.request.connect_timeout or CONNECT_SECONDS, write=30.0),
        http_client=call.client,
        open_telemetry=False,
    )
    return client


def _headers(sdk: Any, call: Call) -> dict[str, Any]:
    """Return headers that undo what ``ANTHROPIC_CUSTOM_HEADERS`` adds, and carry our key alone."""
    lines = os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n")
    foreign = {line.partition(":")[0].strip().lower() for line in lines if ":" in line}
    return {
        **{name: sdk.Omit() for name in foreign},
        "anthropic-version": ANTHROPIC_VERSION,
        "content-type": "application/json",
        "accept": "application/json",
        "authorization": f"Bearer {call.key}" if call.key else sdk.Omit(),
    }


def _body(call: Call) -> dict[str, Any]:
    request = call.request
    system = "\n\n".join(turn.text for turn in request.messages if turn.role is Role.SYSTEM)
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_output_tokens,
        "messages": [_turn(turn) for turn in request.messages if turn.role is not Role.SYSTEM],
        "stream": True,
        **effort_fields(request.model, request.tier.effort),
    }
    if system:
        body["system"] = system
    if request.keep_warm:
        body["cache_control"] = {"type": "ephemeral"}
    return body


def effort_fields(model: str, effort: Effort) -> dict[str, Any]:
    """Return the body fields that ask ``model`` for ``effort``; none for the default.

    Where thinking cannot be switched off, the least effort is the nearest thing to off.
    """
    if effort is Effort.DEFAULT or model.startswith(_NO_EFFORT):
        return {}
    if effort is not Effort.OFF:
        return {"output_config": {"effort": effort.value}}
    if model.startswith(_ALWAYS_THINKS):
        return {"output_config": {"effort": Effort.LOW.value}}
    return {"thinking": {"type": "disabled"}}


def _turn(turn: Message) -> dict[str, Any]:
    """Return a turn as the API takes it: images first, as Anthropic advises (its vision page)."""
    if not turn.images:
        return {"role": turn.role.value, "content": turn.text}
    blocks: list[dict[str, Any]] = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": image.media_type,
                "data": b64encode(image.data).decode(),
            },
        }
        for image in turn.images
    ]
    return {"role": turn.role.value, "content": [*blocks, {"type": "text", "text": turn.text}]}


def _connection_fault(error: Exception, url: str) -> BrokerError:
    """Return what lies under the SDK's connection error; our own refusals come through as they are."""
    import httpx2  # noqa: PLC0415 - loaded already

    cause = error.__cause__
    if isinstance(cause, BrokerError):
        return cause
    if isinstance(cause, httpx2.HTTPError):
        return transport_fault(cause, url, sent=True)
    return ProviderError(
        Fault.UNREACHABLE, tr("no connection to {host}", host=host_of(url)), may_be_billed=True
    )
