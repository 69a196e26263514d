"""The same promises at every protocol: what arrives, how it ends, and every way in which it goes wrong."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest

from compute_broker.core.errors import Fault
from compute_broker.core.stream import StreamEnd, TextDelta, Thinking
from compute_broker.core.usage import FinishReason, Usage
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import OpenRouterDouble
from doubles.script import Failure, Gate, Raw, Reply, Silence, Tokens, gzip_bomb, html, long_line, redirect
from doubles.tiers import request_to, tier_at

EVERY = [AnthropicDouble, OpenRouterDouble, LMStudioDouble, OllamaDouble, LlamaServerDouble, VllmDouble]
MAIN = EVERY[:3]
"""The three wire dialects; the other local servers differ from LM Studio in their listings only."""


@pytest.fixture(params=MAIN, ids=lambda make: make.__name__.removesuffix("Double"))
def double(request: pytest.FixtureRequest, start):
    return start(request.param)


@pytest.mark.parametrize("make", EVERY, ids=lambda make: make.__name__.removesuffix("Double"))
async def test_an_answer_arrives_piece_by_piece_with_its_usage(make, start, ask) -> None:
    double = start(make)
    double.enqueue(Reply("Paris, of course.", usage=Tokens(input=25, output=4, cache_read=10)))
    answer = await ask(request_to(tier_at(double)))
    assert [event.text for event in answer.events if isinstance(event, TextDelta)] == [
        "Paris, ",
        "of ",
        "course.",
    ]
    assert answer.end.finish is FinishReason.STOP
    assert answer.end.usage == Usage(input_tokens=25, output_tokens=4, cache_read_tokens=10)
    assert answer.usages[-1] == answer.end.usage
    assert double.chats[0].json["stream"] is True


async def test_the_prompt_arrives_as_it_was_written(double, ask) -> None:
    prompt = 'Zeile eins\n"zwei" – 三 \U0001f600 </s> {"x": 1}'
    answer = await ask(request_to(tier_at(double), prompt))
    assert answer.text == f"You said: {prompt}"
    assert double.chats[0].json["messages"][-1]["content"] == prompt


async def test_thinking_is_life_but_no_part_of_the_answer(double, ask) -> None:
    double.enqueue(Reply("42", thinking=3, usage=Tokens(5, 9, reasoning=8)))
    answer = await ask(request_to(tier_at(double)))
    assert answer.text == "42"
    assert sum(isinstance(event, Thinking) for event in answer.events) >= 3
    assert answer.end.usage == Usage(input_tokens=5, output_tokens=9, reasoning_tokens=8)


async def test_usage_sent_twice_counts_once(double, ask) -> None:
    double.enqueue(Reply("a b", usage=Tokens(7, 2), usage_twice=True))
    answer = await ask(request_to(tier_at(double)))
    assert answer.end.usage == Usage(input_tokens=7, output_tokens=2)


async def test_missing_usage_is_none_and_never_zero(double, ask) -> None:
    double.enqueue(Reply("a b", usage=None))
    assert (await ask(request_to(tier_at(double)))).end.usage is None


ABSURD = {
    "negative": -5,
    "enormous": 10**10,
    "a fraction": 1.5,
    "text": "12",
    "a truth": True,
    "a list": [1],
}


@pytest.mark.parametrize("value", ABSURD.values(), ids=ABSURD.keys())
async def test_absurd_usage_counts_as_missing_and_is_noted(double, ask, logs, value) -> None:
    logs.expect("reported usage that cannot be")
    name = "output_tokens" if isinstance(double, AnthropicDouble) else "completion_tokens"
    double.enqueue(Reply("fine", raw_usage={name: value}))
    answer = await ask(request_to(tier_at(double)))
    assert answer.text == "fine"
    assert answer.end.usage is None


async def test_a_cut_connection_is_cut_off_and_what_arrived_is_kept(double, ask) -> None:
    double.enqueue(Reply("one two three", cut_after=2))
    answer = await ask(request_to(tier_at(double)))
    assert answer.text == "one two "
    assert answer.fault.fault is Fault.CUT_OFF
    assert answer.fault.may_be_billed


@pytest.mark.parametrize("words", [0, 2, 3])
async def test_an_end_without_a_reason_is_cut_off(double, ask, words) -> None:
    double.enqueue(Reply("one two three", end_after=words))
    answer = await ask(request_to(tier_at(double)))
    assert len(answer.text.split()) == words
    assert answer.fault.fault is Fault.CUT_OFF
    assert "broke off" in str(answer.fault)


@pytest.mark.parametrize("words", [0, 2])
async def test_an_error_inside_the_stream_is_an_error(double, ask, words) -> None:
    double.enqueue(Reply("one two three", error_after=words))
    answer = await ask(request_to(tier_at(double)))
    assert len(answer.text.split()) == words
    assert answer.fault.fault is Fault.OVERLOADED
    assert answer.fault.may_be_billed


async def test_a_refusal_is_no_answer_and_keeps_its_usage(double, ask) -> None:
    double.enqueue(Reply("I", finish="refusal", usage=Tokens(9, 1)))
    answer = await ask(request_to(tier_at(double)))
    assert answer.fault.fault is Fault.REFUSED
    assert answer.fault.usage == Usage(input_tokens=9, output_tokens=1)


async def test_an_answer_of_full_length_says_so(double, ask) -> None:
    double.enqueue(Reply("one two", finish="length"))
    assert (await ask(request_to(tier_at(double)))).end.finish is FinishReason.LENGTH


async def test_all_tokens_thought_away_says_what_to_do(double, ask) -> None:
    double.enqueue(Reply("", thinking=3, finish="length", usage=Tokens(9, 100, reasoning=100)))
    fault = (await ask(request_to(tier_at(double)))).fault
    assert fault.fault is Fault.BAD_REQUEST
    assert "max_output_tokens" in str(fault)
    assert fault.usage == Usage(input_tokens=9, output_tokens=100, reasoning_tokens=100)


@pytest.mark.parametrize("text", ["", " \n "])
async def test_an_answer_without_a_word_is_a_failure(double, ask, text) -> None:
    double.enqueue(Reply(text, usage=Tokens(9, 1)))
    fault = (await ask(request_to(tier_at(double)))).fault
    assert fault.fault is Fault.MALFORMED
    assert fault.usage == Usage(input_tokens=9, output_tokens=1)


async def test_a_web_page_is_no_answer(double, ask) -> None:
    double.enqueue(html())
    fault = (await ask(request_to(tier_at(double)))).fault
    assert fault.fault is Fault.MALFORMED
    assert "web page" in str(fault)
    assert "<" not in str(fault)


JUNK = {
    "json that is no chunk": (b"data: [1, 2]\n\n", "text/event-stream"),
    "half a json": (b'data: {"choices": [\n\n', "text/event-stream"),
    "a listing": (b'{"object": "list"}', "application/json"),
    "plain text": (b"Ollama is running", "text/plain"),
    "deep nesting": (b"data: " + b"[" * 100_000 + b"\n\n", "text/event-stream"),
    "nothing": (b"", "text/event-stream"),
    "no utf-8": (b"data: \xff\xfe\x00\n\n", "text/event-stream"),
}


@pytest.mark.parametrize(("body", "kind"), JUNK.values(), ids=JUNK.keys())
async def test_junk_is_a_failure_of_the_tier(double, ask, body, kind) -> None:
    double.enqueue(Raw(200, {"content-type": kind}, (body,)))
    assert (await ask(request_to(tier_at(double)))).fault.fault is Fault.MALFORMED


async def test_a_redirect_is_not_followed_and_the_key_stays_here(double, ask, start) -> None:
    other = start(OpenRouterDouble)
    double.enqueue(redirect(f"{other.url}/chat/completions"))
    fault = (await ask(request_to(tier_at(double)))).fault
    assert fault.fault is Fault.MALFORMED
    assert "never followed" in str(fault)
    assert other.requests == []


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("status", [200, 500])
async def test_a_compressed_bomb_never_bursts(double, ask, kind, status) -> None:
    double.enqueue(gzip_bomb(2**26, kind, status))
    gc.collect()
    tracemalloc.start()
    fault = (await ask(request_to(tier_at(double)))).fault
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fault.fault is Fault.MALFORMED
    assert "cut off" in str(fault)
    assert peak < 40 * 2**20


async def test_a_line_of_32_mib_is_cut_with_a_clear_word(double, ask) -> None:
    double.enqueue(long_line())
    fault = (await ask(request_to(tier_at(double)))).fault
    assert fault.fault is Fault.MALFORMED
    assert "line of more than 1024 KiB" in str(fault)


async def test_a_tier_that_never_answers_times_out(double, ask) -> None:
    double.enqueue(Silence())
    answer = await ask(request_to(tier_at(double), first_word_timeout=0.15))
    assert answer.fault.fault is Fault.TIMED_OUT
    assert "did not begin to answer within 0.15 s" in str(answer.fault)
    assert answer.fault.may_be_billed
    await double.chats[0].hung_up()


async def test_keep_alives_do_not_hide_a_stuck_provider(double, ask) -> None:
    double.enqueue(Reply("late", hold=Gate(), keepalive=0.02))
    answer = await ask(request_to(tier_at(double), first_word_timeout=0.15))
    assert answer.fault.fault is Fault.TIMED_OUT
    await double.chats[0].hung_up()


async def test_silence_in_the_middle_times_out_and_keeps_what_came(double, ask) -> None:
    double.enqueue(Reply("one two three", hold=Gate(), hold_after=2))
    answer = await ask(request_to(tier_at(double), idle_timeout=0.15))
    assert answer.text == "one two "
    assert answer.fault.fault is Fault.TIMED_OUT
    assert "fell silent for 0.15 s" in str(answer.fault)


async def test_a_dribble_that_keeps_coming_is_let_through(double, ask) -> None:
    double.enqueue(Reply("a b c d e f", pause=0.12))
    answer = await ask(request_to(tier_at(double), idle_timeout=0.5, first_word_timeout=5.0))
    assert answer.text == "a b c d e f"


async def test_closing_early_hangs_up(double, door) -> None:
    gate = Gate()
    double.enqueue(Reply("one two three", hold=gate, hold_after=1))
    stream = door.stream(request_to(tier_at(double)))
    while not isinstance(await anext(stream), TextDelta):
        pass
    await stream.aclose()
    await double.chats[0].hung_up()


async def test_an_unreachable_tier_says_so(double, ask) -> None:
    tier = tier_at(double, base_url="http://127.0.0.1:9", model="m")
    fault = (await ask(request_to(tier))).fault
    assert fault.fault is Fault.UNREACHABLE
    assert "127.0.0.1:9" in str(fault)
    assert not fault.may_be_billed


async def test_an_unknown_name_says_so(double, ask) -> None:
    tier = tier_at(double, base_url="https://no-such-host.invalid", model="m")
    fault = (await ask(request_to(tier))).fault
    assert fault.fault is Fault.UNREACHABLE
    assert "name is not known" in str(fault)


async def test_every_answer_names_the_model_that_gave_it(double, ask) -> None:
    double.enqueue(Reply("hi", model="another/model"))
    assert (await ask(request_to(tier_at(double)))).end.served_model == "another/model"


async def test_an_error_before_the_answer_bills_nothing(double, ask) -> None:
    double.enqueue(Failure(500, "api_error", "boom"))
    answer = await ask(request_to(tier_at(double)))
    assert answer.fault.fault is Fault.OVERLOADED
    assert not answer.fault.may_be_billed


async def test_many_at_once_do_not_mix(double, ask) -> None:
    tier = tier_at(double)
    answers = await asyncio.gather(*(ask(request_to(tier, f"number {n}")) for n in range(12)))
    assert [answer.text for answer in answers] == [f"You said: number {n}" for n in range(12)]
    assert all(isinstance(answer.events[-1], StreamEnd) for answer in answers)
