"""Who is let in: nobody without the token, no web page, and nothing that is not understood."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.gateway import app as front_app
from compute_broker.gateway import guard
from compute_broker.gateway.anthropic_dialect import AnthropicDialect
from compute_broker.gateway.openai_dialect import OpenAIDialect
from compute_broker.gateway.wanted import RefusalError
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Gate, Reply
from gateway.front import HELLO, front

PIXEL = {"type": "image_url", "image_url": {"url": "https://pictures.example/cat.png"}}


@pytest.fixture(autouse=True)
def keyring(memory_keyring):
    """Keep the token where a person's keyring would."""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example:4417"}, 403),
        ({"host": "127.0.0.1"}, 403),
        ({"host": "127.0.0.1.evil.example:4417"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Basic abc"}, 401),
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Bearer ä"}, 401),
        ({"user-agent": "compute-broker"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_strangers_are_refused_and_leave_no_trace(headers, status):
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            encoded = {name: value.encode() for name, value in headers.items()}
            body = json.dumps({"messages": HELLO})
            answer = await it.http.post(
                "/chat/completions", content=body, headers={"content-type": "application/json", **encoded}
            )
            assert answer.status_code == status
            assert json.loads(answer.content)["error"]["message"].endswith(".")
            assert not [name for name in answer.headers if name.startswith("access-control-")]
            assert await it.services.broker.history() == []
            if "content-type" not in headers:
                listed = await it.http.get("/models", headers=encoded)
                assert listed.status_code == status, "not even the names of the tiers"


async def test_a_page_s_question_whether_it_may_ask_gets_no_leave():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
            answer = await it.http.options("/chat/completions", headers=headers)
            assert answer.status_code == 403
            assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_it_listens_on_this_machine_only():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            port = int(it.gateway.standing.address.rpartition(":")[2].removesuffix("/v1"))
            other = socket.socket()
            other.settimeout(2)
            with other, pytest.raises(OSError, match=r"refused|reachable|timed out"):
                other.connect(("127.0.0.2", port))


async def test_both_ways_to_give_the_token_will_do_and_localhost_is_a_name_of_it():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            url = it.gateway.standing.address.replace("127.0.0.1", "localhost")
            async with httpx2.AsyncClient() as http:
                answer = await http.get(f"{url}/models", headers={"x-api-key": it.gateway.token})
                assert answer.status_code == 200
                refused = await http.get(f"{url}/models")
                assert "Settings, Programs" in json.loads(refused.content)["error"]["message"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{", "no JSON"),
        (b"[]", "object"),
        (b"{}", "messages"),
        (b'{"messages": []}', "empty"),
        (b'{"messages": [{"role": "user", "content": "  "}]}', "says nothing"),
        (b'{"messages": [{"role": "user"}]}', "says nothing"),
        (b'{"messages": [{"role": "assistant", "content": "x"}]}', "must be the user's"),
        (b'{"messages": [{"role": "robot", "content": "x"}]}', "robot"),
        (b'{"messages": [{"role": "tool", "content": "x"}]}', "tools"),
        (b'{"messages": [{"role": "user", "content": 7}]}', "content"),
        (b'{"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}', "input_audio"),
        (b'{"messages": [{"role": "user", "content": "\xff"}]}', "no JSON"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence_that_names_it(body, word):
    with pytest.raises(RefusalError, match=word) as refused:
        OpenAIDialect().read(body)
    assert refused.value.status == 400
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "function"}]},
        {"functions": [{}]},
        {"n": 2},
        {"stop": ["END"]},
        {"logprobs": True},
        {"response_format": {"type": "json_object"}},
        {"modalities": ["text", "audio"]},
        {"max_tokens": 0},
        {"messages": [{"role": "user", "content": [PIXEL]}]},
        {
            "messages": [
                {"role": "user", "content": [{**PIXEL, "image_url": {"url": "data:image/png;base64,?"}}]}
            ]
        },
        {
            "messages": [
                {"role": "user", "content": [{**PIXEL, "image_url": {"url": "data:image/png;base64,QUJD"}}]}
            ]
        },
    ],
)
def test_what_would_shape_the_answer_and_is_not_passed_on_is_refused(more):
    with pytest.raises(RefusalError) as refused:
        OpenAIDialect().read(json.dumps({"messages": HELLO, **more}).encode())
    assert next(iter(more)) in str(refused.value)


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [], "tool_choice": "auto"},
        {"tools": [{}], "tool_choice": "none"},
        {"n": 1},
        {"stop": None},
        {"response_format": {"type": "text"}},
        {"temperature": 0.2, "top_p": 1, "user": "me", "something_new": {"a": 1}},
    ],
)
def test_what_asks_for_nothing_special_is_taken(more):
    wanted = OpenAIDialect().read(json.dumps({"messages": HELLO, **more}).encode())
    assert (wanted.prompt, wanted.model) == ("Hello there", "auto")


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{}]},
        {"stop_sequences": ["END"]},
        {"output_config": {"format": {"type": "json_schema"}}},
        {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "document"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url"}}]}]},
        {"system": [{"type": "image"}]},
    ],
)
def test_so_it_is_in_anthropic_s_words(more):
    with pytest.raises(RefusalError) as refused:
        AnthropicDialect().read(json.dumps({"messages": HELLO, **more}).encode())
    assert next(iter(more)) in str(refused.value)


def test_another_provider_s_thinking_is_left_out():
    thought = {"type": "thinking", "thinking": "hm", "signature": "s"}
    said = {"role": "assistant", "content": [thought, {"type": "text", "text": "Paris"}]}
    wanted = AnthropicDialect().read(json.dumps({"messages": [*HELLO, said, *HELLO]}).encode())
    assert [turn.text for turn in wanted.history] == ["Hello there", "Paris"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "messages",
    "model",
    "stream",
    "tools",
    "n",
    "stop",
    "system",
    "max_tokens",
    "role",
    "content",
    "type",
    "text",
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), JSON)
TURNS = st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON | st.lists(BODIES, max_size=3)), max_size=3)


@given(st.one_of(st.binary(), BODIES.map(json.dumps).map(str.encode)), TURNS)
def test_whatever_is_sent_it_is_a_prompt_or_a_refusal(body, turns):
    shaped = json.dumps({"messages": turns}).encode()
    for dialect in (OpenAIDialect(), AnthropicDialect()):
        for sent in (body, shaped):
            with suppress(RefusalError):
                assert dialect.read(sent).prompt.strip()


async def test_too_large_a_request_is_refused_whether_it_says_so_or_not(monkeypatch):
    monkeypatch.setattr(guard, "MOST_BYTES", 1000)

    async def chunks():
        for _ in range(20):
            yield b"x" * 100

    with AnthropicDouble() as double:
        async with front(double.url) as it:
            body = {"messages": [{"role": "user", "content": "x" * 1000}]}
            assert (await it.post("/chat/completions", body)).status_code == 413
            headers = {"content-type": "application/json"}
            answer = await it.http.post("/chat/completions", content=chunks(), headers=headers)
            assert answer.status_code == 413


async def test_more_than_a_machine_can_want_at_once_is_told_to_wait(monkeypatch):
    monkeypatch.setattr(front_app, "MOST_AT_ONCE", 1)
    gate = Gate()
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Reply("one", hold=gate))
            first = asyncio.create_task(it.post("/chat/completions", {"messages": HELLO}))
            await gate.reached()
            assert (await it.post("/chat/completions", {"messages": HELLO})).status_code == 429
            gate.open()
            assert (await first).status_code == 200
            assert (await it.post("/chat/completions", {"messages": HELLO})).status_code == 200


async def test_another_address_says_what_there_is_in_a_sentence():
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            answer = await it.http.post("/responses", json={})
            assert answer.status_code == 404
            assert "POST /v1/chat/completions" in json.loads(answer.content)["error"]["message"]
            wrong = await it.http.get("/chat/completions")
            assert wrong.status_code == 404
            assert json.loads(wrong.content)["error"]
