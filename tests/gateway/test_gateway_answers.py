"""What programs get: answers in both protocols, whole and in pieces, through the real SDKs."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import anthropic
import openai
import pytest

from compute_broker.core.money import usd_from_nanos
from compute_broker.ledger.records import Period
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Failure, Gate, Reply, Tokens
from gateway.front import HELLO, Front, front
from support.pictures import png


@pytest.fixture(autouse=True)
def keyring(memory_keyring):
    """Keep the token where a person's keyring would."""


async def rows(it: Front):
    return await it.services.broker.history()


async def test_openai_s_sdk_gets_a_whole_answer_and_the_ledger_its_row():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Reply("Paris it is", usage=Tokens(25, 7, cache_read=10)))
            answer = await it.openai.chat.completions.create(model="auto", messages=HELLO)
            assert answer.choices[0].message.content == "Paris it is"
            assert answer.choices[0].finish_reason == "stop"
            assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (25, 7)
            assert answer.usage.prompt_tokens_details.cached_tokens == 10
            assert answer.model == "haiku"
            (row,) = await rows(it)
            assert (row.source, row.prompt, row.tier) == ("gateway", "Hello there", "haiku")
            told = answer.model_extra["compute_broker"]
            assert told["request_id"] == row.request_id
            assert answer.id == f"chatcmpl-{row.request_id}"
            assert told["cost_usd"] == pytest.approx(float(usd_from_nanos(row.cost)))
            assert told["reason"]


async def test_openai_s_sdk_reads_a_stream_with_its_usage():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Reply("one two three", usage=Tokens(9, 3)))
            stream = await it.openai.chat.completions.create(
                model="haiku", messages=HELLO, stream=True, stream_options={"include_usage": True}
            )
            chunks = [chunk async for chunk in stream]
            texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
            assert "".join(filter(None, texts)) == "one two three"
            assert len([text for text in texts if text]) == 3, "it comes in pieces"
            assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
            assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (9, 3)


async def test_a_stream_without_the_wish_has_no_chunk_of_usage():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            stream = await it.openai.chat.completions.create(model="auto", messages=HELLO, stream=True)
            chunks = [chunk async for chunk in stream]
            assert all(chunk.choices and chunk.usage is None for chunk in chunks)


async def test_anthropic_s_sdk_gets_a_whole_answer_a_stream_and_a_count():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(
                Reply("Paris", usage=Tokens(25, 7, cache_read=10)), Reply("one two", usage=Tokens(9, 2))
            )
            whole = await it.anthropic.messages.create(
                model="auto", max_tokens=50, system="Be short.", messages=HELLO
            )
            assert whole.content[0].text == "Paris"
            assert (whole.usage.input_tokens, whole.usage.cache_read_input_tokens) == (15, 10)
            assert whole.stop_reason == "end_turn"
            async with it.anthropic.messages.stream(model="auto", max_tokens=50, messages=HELLO) as stream:
                pieces = [piece async for piece in stream.text_stream]
                message = await stream.get_final_message()
            assert ("".join(pieces), len(pieces)) == ("one two", 2)
            assert (message.usage.input_tokens, message.usage.output_tokens) == (9, 2)
            first, _second = (seen.json for seen in double.requests if double.is_chat(seen))
            assert first["system"] == "Be short."
            counted = await it.anthropic.messages.count_tokens(model="auto", messages=HELLO)
            assert counted.input_tokens == 3
            assert len(await rows(it)) == 2, "counting is no request"


async def test_both_sdks_list_what_there_is():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            names = ["auto", "thrifty", "balanced", "best", "haiku"]
            assert [model.id async for model in it.openai.models.list()] == names
            assert [model.id async for model in it.anthropic.models.list()] == names
            assert (await it.openai.models.retrieve("haiku")).owned_by == "cloud"
            assert (await it.anthropic.models.retrieve("haiku")).display_name == "Claude Haiku"


async def test_a_conversation_goes_out_turn_by_turn_with_its_pictures():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            url = "data:image/png;base64," + base64.b64encode(png(20, 10)).decode()
            await it.openai.chat.completions.create(
                model="auto",
                max_completion_tokens=77,
                messages=[
                    {"role": "developer", "content": "Be short."},
                    {"role": "user", "content": "Hi"},
                    {"role": "assistant", "content": "Hello"},
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "What is this?"},
                            {"type": "image_url", "image_url": {"url": url}},
                        ],
                    },
                ],
            )
            sent = double.requests[-1].json
            assert sent["system"] == "Be short."
            assert sent["max_tokens"] == 77
            assert [turn["role"] for turn in sent["messages"]] == ["user", "assistant", "user"]
            kinds = [block["type"] for block in sent["messages"][-1]["content"]]
            assert "image" in kinds
            (row,) = await rows(it)
            assert row.prompt.startswith("What is this?")


async def test_an_unknown_model_is_refused_with_what_there_is_or_answered_as_auto():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            with pytest.raises(openai.NotFoundError, match="There are: auto, thrifty"):
                await it.openai.chat.completions.create(model="gpt-5", messages=HELLO)
            assert await rows(it) == []
        async with front(double.url, more="any_model = true") as it:
            answer = await it.openai.chat.completions.create(model="gpt-5", messages=HELLO)
            assert answer.model == "haiku"


async def test_a_private_prompt_stays_here_or_is_not_answered():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            with pytest.raises(openai.InternalServerError, match=r"(?i)private"):
                await it.openai.chat.completions.create(
                    model="auto", messages=HELLO, extra_headers={"X-Private": "true"}
                )
            assert not [seen for seen in double.requests if double.is_chat(seen)]
            (row,) = await rows(it)
            assert row.private


async def test_a_hard_budget_for_programs_refuses_once_and_is_not_asked_again():
    block = '[[budget.only]]\nsource = "gateway"\nperiod = "day"\namount = 0.000001\nhard = true\n'
    with AnthropicDouble() as double:
        async with front(double.url, block) as it:
            with pytest.raises(openai.APIStatusError) as refused:
                await it.openai.chat.completions.create(model="auto", messages=HELLO)
            assert refused.value.status_code == 402
            assert "budget" in str(refused.value)
            with pytest.raises(anthropic.APIStatusError, match="budget"):
                await it.anthropic.messages.create(model="auto", max_tokens=5, messages=HELLO)
            assert len(await rows(it)) == 2, "the SDKs did not try again"


async def test_a_project_s_name_comes_along():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            await it.post("/chat/completions", {"messages": HELLO}, x_project="thesis")
            spent = await it.services.broker.ledger.spend(Period.DAY, project="thesis")
            assert spent.spent > 0
            answer = await it.post("/chat/completions", {"messages": HELLO}, x_project="t" * 81)
            assert answer.status_code == 400


async def test_who_hangs_up_stops_the_answer_and_it_is_settled(tmp_path: Path):
    gate = Gate()
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Reply("one two three", hold=gate, hold_after=1, usage=Tokens(9, 3)))
            stream = await it.openai.chat.completions.create(model="auto", messages=HELLO, stream=True)
            async for chunk in stream:
                if chunk.choices[0].delta.content:
                    break
            assert it.gateway.busy
            quiet = asyncio.Event()
            it.gateway.subscribe(lambda: it.gateway.busy or quiet.set())
            await stream.close()
            async with asyncio.timeout(10):
                await quiet.wait()
            gate.open()
            (row,) = await rows(it)
            assert row.status == "cancelled"
            assert row.cost > 0


async def test_who_hangs_up_before_the_first_word_stops_the_answer_too():
    gate = Gate()
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Reply("never", hold=gate))
            asking = asyncio.create_task(it.openai.chat.completions.create(model="auto", messages=HELLO))
            await gate.reached()
            quiet = asyncio.Event()
            it.gateway.subscribe(lambda: it.gateway.busy or quiet.set())
            asking.cancel()
            async with asyncio.timeout(10):
                await quiet.wait()
            gate.open()
            (row,) = await rows(it)
            assert row.status == "cancelled"


async def test_an_answer_that_breaks_off_ends_as_an_error_and_not_as_an_answer():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Reply("one two three", cut_after=1), Reply("one two three", cut_after=1))
            stream = await it.openai.chat.completions.create(model="auto", messages=HELLO, stream=True)
            with pytest.raises(openai.APIError, match="broke off"):
                [chunk async for chunk in stream]
            with pytest.raises(openai.APIStatusError, match="broke off"):
                await it.openai.chat.completions.create(model="auto", messages=HELLO)


async def test_a_tier_that_fails_has_a_status_and_a_sentence():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Failure(401, "authentication_error", "invalid x-api-key"))
            answer = await it.post("/chat/completions", {"messages": HELLO, "stream": True})
            assert answer.status_code == 503
            assert answer.headers["x-should-retry"] == "false"
            assert "key" in json.loads(answer.content)["error"]["message"]


async def test_a_silent_tier_does_not_leave_its_client_in_silence(monkeypatch):
    monkeypatch.setattr("compute_broker.gateway.telling.PATIENCE", 0.05)
    gate = Gate()
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Reply("late", hold=gate))
            body = {"messages": HELLO, "stream": True}
            async with it.http.stream("POST", "/chat/completions", json=body) as answer:
                lines = answer.aiter_lines()
                assert await anext(lines) == ": waiting"
                gate.open()
                rest = [line async for line in lines]
            assert rest[-2] == "data: [DONE]"
