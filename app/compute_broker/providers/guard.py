"""What every answer must keep to, whoever gives it: signs of life in time, a bounded length, an end.

Two timers, one at a time. Until the model gives its first sign, ``first_word_timeout`` runs; from then on
``idle_timeout`` runs between signs. A sign is text or thinking: thinking is the model at work, and already
billed. Keep-alive comments, pings outside of thinking, usage and headers are no signs: they come from
machines in between, and would hide a provider that is stuck (facts: openrouter, streaming; case 28). Only
time spent waiting for the provider counts, not time in which nobody asked for the next event.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.stream import (
    ModelRequest,
    StreamEnd,
    StreamEvent,
    TextDelta,
    Thinking,
    UsageSeen,
    sendable,
)
from compute_broker.core.texts import figure, tr
from compute_broker.core.usage import FinishReason, Usage

MAX_TEXT_CHARS = 8 * 2**20
"""An answer longer than this is no answer: 8 Mi characters are two million tokens."""

BREATH_SECONDS = 0.004
"""So long is the loop held at most: all of an answer may come at once, from a proxy that gathers it."""

_MIN_TIMED_SECONDS = 0.25
_MIN_TIMED_TOKENS = 8


async def guarded(
    events: AsyncGenerator[StreamEvent, None], request: ModelRequest
) -> AsyncGenerator[StreamEvent, None]:
    """Yield ``events`` as long as they keep to the rules; close them when left in any way.

    Raises:
        ProviderError: what the adapter raised, with the usage seen so far; TIMED_OUT, CUT_OFF, MALFORMED,
            or BAD_REQUEST when all tokens went into thinking.
    """
    watch, halves = _Watch(request), _Halves()
    try:
        while True:
            event = await watch.next(events)
            watch.judge(event)
            await watch.breathe()
            if isinstance(event, StreamEnd):
                if rest := halves.rest():
                    yield TextDelta(rest)
                yield watch.measured(event)
                return
            if not isinstance(event, TextDelta):
                yield event
            elif text := halves.whole(event.text):
                yield TextDelta(text)
    except ProviderError as error:
        watch.inform(error)
        raise
    finally:
        await events.aclose()


class _Halves:
    """Makes text of what some servers send: characters beyond the first 65,536 as two halves, maybe apart."""

    def __init__(self) -> None:
        self._first_half = ""

    def whole(self, text: str) -> str:
        """Return ``text`` as far as it is whole; a first half at its end waits for what comes next."""
        text = self._first_half + text
        self._first_half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return sendable(text.removesuffix(self._first_half))

    def rest(self) -> str:
        """Return what stands for a half that never got its other one."""
        return sendable(self._first_half)


class _Watch:
    def __init__(self, request: ModelRequest) -> None:
        self._request = request
        self._who = request.tier.label
        self._patience = request.first_word_timeout
        self._first_sign: float | None = None
        self._thought = False
        self._chars = 0
        self._spoke = False
        self._usage: Usage | None = None
        self._breathed = time.perf_counter()

    async def breathe(self) -> None:
        """Let others have a turn, unless they had one a moment ago."""
        if time.perf_counter() - self._breathed >= BREATH_SECONDS:
            await asyncio.sleep(0)
            self._breathed = time.perf_counter()

    async def next(self, events: AsyncGenerator[StreamEvent, None]) -> StreamEvent:
        """Return the next event, waiting no longer than patience lasts."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            async with asyncio.timeout(self._patience):
                event = await anext(events)
        except TimeoutError:
            raise self._too_slow() from None
        except StopAsyncIteration:
            raise self._fault(
                Fault.CUT_OFF, tr("{who} broke off before the end of its answer", who=self._who)
            ) from None
        self._patience = max(0.0, self._patience - (loop.time() - asked))
        return event

    def judge(self, event: StreamEvent) -> None:
        """Note what ``event`` tells, and refuse what goes too far."""
        if isinstance(event, UsageSeen):
            self._usage = event.usage
        elif isinstance(event, TextDelta | Thinking):
            self._sign(event)
        elif isinstance(event, StreamEnd) and not self._spoke:
            self._usage = event.usage or self._usage
            raise self._wordless(event.finish)

    def measured(self, end: StreamEnd) -> StreamEnd:
        """Return ``end`` with the speed as seen from here, where the provider gave none."""
        if end.tokens_per_second is not None or end.usage is None or self._first_sign is None:
            return end
        seconds = asyncio.get_running_loop().time() - self._first_sign
        tokens = end.usage.output_tokens - (0 if self._thought else end.usage.reasoning_tokens)
        if seconds < _MIN_TIMED_SECONDS or tokens < _MIN_TIMED_TOKENS:
            return end
        return replace(end, tokens_per_second=tokens / seconds)

    def inform(self, error: ProviderError) -> None:
        """Add to ``error`` what was seen before it."""
        if error.usage is None:
            error.usage = self._usage
        if error.usage is not None or self._first_sign is not None:
            error.may_be_billed = True

    def _sign(self, event: TextDelta | Thinking) -> None:
        if self._first_sign is None:
            self._first_sign = asyncio.get_running_loop().time()
        self._patience = self._request.idle_timeout
        if isinstance(event, Thinking):
            self._thought = True
            return
        self._spoke = self._spoke or bool(event.text.strip())
        self._chars += len(event.text)
        if self._chars > MAX_TEXT_CHARS:
            raise self._fault(
                Fault.MALFORMED,
                tr(
                    "{who} sent more than {max_text_chars} Mi characters, and was cut off",
                    who=self._who,
                    max_text_chars=MAX_TEXT_CHARS // 2**20,
                ),
            )

    def _too_slow(self) -> ProviderError:
        if self._first_sign is None:
            seconds = self._request.first_word_timeout
            return self._fault(
                Fault.TIMED_OUT,
                tr(
                    "{who} did not begin to answer within {seconds} s",
                    who=self._who,
                    seconds=figure(f"{seconds:g}"),
                ),
            )
        seconds = self._request.idle_timeout
        return self._fault(
            Fault.TIMED_OUT,
            tr(
                "{who} fell silent for {seconds} s in the middle of its answer",
                who=self._who,
                seconds=figure(f"{seconds:g}"),
            ),
        )

    def _wordless(self, finish: FinishReason) -> ProviderError:
        if finish is FinishReason.LENGTH:
            limit = self._request.max_output_tokens
            message = tr(
                "{who} used all {limit} tokens before its first word: raise max_output_tokens "
                "in Settings, or lower the tier's effort",
                who=self._who,
                limit=limit,
            )
            return self._fault(Fault.BAD_REQUEST, message)
        if finish is FinishReason.TOOL_CALLS:
            return self._fault(
                Fault.MALFORMED, tr("{who} wanted to use a tool, and none was offered", who=self._who)
            )
        return self._fault(Fault.MALFORMED, tr("{who} ended without a word", who=self._who))

    @staticmethod
    def _fault(fault: Fault, message: str) -> ProviderError:
        return ProviderError(fault, message, may_be_billed=True)
