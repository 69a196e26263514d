"""Timers, limits and ends, on scripted events without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.headroom import RateHeadroom
from compute_broker.core.stream import StreamEnd, StreamEvent, TextDelta, Thinking, UsageSeen
from compute_broker.core.usage import FinishReason, Usage
from compute_broker.providers import guard
from compute_broker.providers.guard import guarded
from doubles.lmstudio_api import LMStudioDouble
from doubles.tiers import request_to, tier_at

END = StreamEnd(FinishReason.STOP, Usage(10, 50))


class Script:
    """Yields events and waits as many seconds as a number says; knows whether it was closed."""

    def __init__(self, *steps: StreamEvent | float | Exception) -> None:
        self._steps = steps
        self.closed = False

    async def play(self) -> AsyncGenerator[StreamEvent, None]:
        try:
            for step in self._steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, int | float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.closed = True


async def run(script: Script, **changes: float) -> list[StreamEvent]:
    request = request_to(tier_at(LMStudioDouble()), **changes)
    async with aclosing(guarded(script.play(), request)) as events:
        return [event async for event in events]


async def fault_of(script: Script, **changes: float) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        await run(script, **changes)
    assert script.closed
    return raised.value


async def test_good_events_pass_and_the_source_is_closed() -> None:
    script = Script(RateHeadroom(1, 2), Thinking(), TextDelta("a"), UsageSeen(Usage(1, 1)), END)
    assert await run(script) == [RateHeadroom(1, 2), Thinking(), TextDelta("a"), UsageSeen(Usage(1, 1)), END]
    assert script.closed


async def test_nothing_is_read_after_the_end() -> None:
    script = Script(TextDelta("a"), END, RuntimeError("read on"))
    assert (await run(script))[-1] == END


async def test_headers_and_usage_are_no_word() -> None:
    script = Script(RateHeadroom(1, 2), 0.06, UsageSeen(Usage(5, 0)), 0.06, TextDelta("late"), END)
    fault = await fault_of(script, first_word_timeout=0.1, idle_timeout=9.0)
    assert fault.fault is Fault.TIMED_OUT
    assert fault.usage == Usage(5, 0)


async def test_thinking_ends_the_wait_for_the_first_sign_and_renews_the_idle_timer() -> None:
    script = Script(*[Thinking(), 0.15] * 4, TextDelta("x"), END)
    assert TextDelta("x") in await run(script, first_word_timeout=0.1, idle_timeout=0.5)


async def test_usage_does_not_renew_the_idle_timer() -> None:
    script = Script(TextDelta("x"), 0.08, UsageSeen(Usage(1, 1)), 0.08, UsageSeen(Usage(1, 2)), 0.08, END)
    fault = await fault_of(script, idle_timeout=0.15)
    assert fault.fault is Fault.TIMED_OUT
    assert "fell silent" in str(fault)


async def test_a_slow_reader_costs_the_provider_no_patience() -> None:
    request = request_to(tier_at(LMStudioDouble()), first_word_timeout=0.1, idle_timeout=0.1)
    seen = []
    async with aclosing(guarded(Script(TextDelta("a"), TextDelta("b"), END).play(), request)) as events:
        async for event in events:
            seen.append(event)
            await asyncio.sleep(0.15)
    assert [type(event) for event in seen] == [TextDelta, TextDelta, StreamEnd]


async def test_too_long_an_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_TEXT_CHARS", 2**20)
    script = Script(*[TextDelta("x" * 2**18)] * 5, END)
    fault = await fault_of(script)
    assert fault.fault is Fault.MALFORMED
    assert "more than 1 Mi characters" in str(fault)


HALVES = [
    (["a\ud83d\ude00b"], "a\U0001f600b"),
    (["a\ud83d", "\ude00b"], "a\U0001f600b"),
    (["half \ud83d there"], "half \ufffd there"),
    (["\ude00 other half"], "\ufffd other half"),
    (["end \ud83d"], "end \ufffd"),
    (["two \ud83d", "\ud83d", "\ude00"], "two \ufffd\U0001f600"),
]


@pytest.mark.parametrize(("pieces", "text"), HALVES)
async def test_half_characters_are_joined_or_shown_as_broken(pieces, text) -> None:
    """What comes out is what the window, the ledger and a terminal all can take."""
    events = await run(Script(*map(TextDelta, pieces), END))
    heard = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert ascii(heard) == ascii(text)
    assert events[-1] == END


async def test_an_end_that_never_comes_is_cut_off() -> None:
    assert (await fault_of(Script(TextDelta("half")))).fault is Fault.CUT_OFF


async def test_an_error_learns_the_usage_seen_before_it() -> None:
    script = Script(UsageSeen(Usage(7, 1)), ProviderError(Fault.OVERLOADED, "gone"))
    fault = await fault_of(script)
    assert fault.usage == Usage(7, 1)
    assert fault.may_be_billed


async def test_an_errors_own_usage_is_kept() -> None:
    script = Script(UsageSeen(Usage(7, 1)), ProviderError(Fault.REFUSED, "no", usage=Usage(7, 2)))
    assert (await fault_of(script)).usage == Usage(7, 2)


async def test_an_error_before_anything_bills_nothing() -> None:
    assert not (await fault_of(Script(ProviderError(Fault.KEY_REFUSED, "no")))).may_be_billed


async def test_tools_that_nobody_offered_are_no_answer() -> None:
    fault = await fault_of(Script(StreamEnd(FinishReason.TOOL_CALLS, Usage(5, 9))))
    assert fault.fault is Fault.MALFORMED
    assert fault.usage == Usage(5, 9)


async def test_speed_is_measured_from_the_first_sign() -> None:
    last = (await run(Script(0.6, TextDelta("x"), 0.3, END)))[-1]
    assert isinstance(last, StreamEnd)
    assert last.tokens_per_second is not None
    assert 50 / 0.85 < last.tokens_per_second <= 50 / 0.29


@pytest.mark.parametrize(
    "end",
    [StreamEnd(FinishReason.STOP, None), StreamEnd(FinishReason.STOP, Usage(10, 3))],
    ids=["no usage", "few tokens"],
)
async def test_speed_is_not_guessed(end: StreamEnd) -> None:
    assert (await run(Script(TextDelta("x"), 0.3, end)))[-1] == end


async def test_hidden_thinking_does_not_make_a_tier_look_fast() -> None:
    end = StreamEnd(FinishReason.STOP, Usage(10, 1000, reasoning_tokens=980))
    last = (await run(Script(TextDelta("x"), 0.3, end)))[-1]
    assert isinstance(last, StreamEnd)
    assert last.tokens_per_second is not None
    assert last.tokens_per_second < 100


async def test_thinking_that_was_seen_counts_as_speed() -> None:
    end = StreamEnd(FinishReason.STOP, Usage(10, 1000, reasoning_tokens=980))
    last = (await run(Script(Thinking(), 0.3, TextDelta("x"), end)))[-1]
    assert isinstance(last, StreamEnd)
    assert last.tokens_per_second is not None
    assert last.tokens_per_second > 200


async def test_the_servers_own_speed_is_kept() -> None:
    end = StreamEnd(FinishReason.STOP, Usage(10, 50), tokens_per_second=12.5)
    assert (await run(Script(TextDelta("x"), 0.3, end)))[-1] == end


async def test_others_have_their_turns_while_all_of_an_answer_comes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "BREATH_SECONDS", 0.0)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    said = await run(Script(*(TextDelta("a") for _ in range(200)), END))
    counting.cancel()
    assert len(said) == 201
    assert turns > 200
