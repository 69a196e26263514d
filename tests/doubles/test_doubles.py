"""The doubles themselves: real SDK, plain HTTP, by hand. A double that lies makes every test above it lie."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path

import anthropic
import httpx2
import pytest

from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMModel, LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import KIMI, OpenRouterDouble
from doubles.script import Failure, Gate, Reply, Tokens
from support.program import StartProgram

HELLO = [{"role": "user", "content": "Hello there"}]
OPENAI_LIKE = [OpenRouterDouble, LMStudioDouble, OllamaDouble, LlamaServerDouble, VllmDouble]


def claude(double: AnthropicDouble) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="k", base_url=double.url, max_retries=0)


def test_the_real_sdk_streams_from_the_double() -> None:
    with AnthropicDouble() as double, claude(double) as client:
        double.enqueue(Reply("Paris it is", thinking=2, usage=Tokens(25, 7, cache_read=10, reasoning=4)))
        with client.messages.stream(model="claude-haiku-5-5", max_tokens=50, messages=HELLO) as stream:
            assert "".join(stream.text_stream) == "Paris it is"
            message = stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (15, 10)
    assert (message.usage.output_tokens, message.stop_reason) == (7, "end_turn")


def test_the_real_sdk_does_everything_else_too() -> None:
    with AnthropicDouble() as double, claude(double) as client:
        whole = client.messages.create(model="claude-haiku-5-5", max_tokens=50, messages=HELLO)
        assert whole.content[0].text == "You said: Hello there"
        assert client.messages.count_tokens(model="claude-haiku-5-5", messages=HELLO).input_tokens == 3
        assert "claude-haiku-5-5" in [model.id for model in client.models.list()]
        double.enqueue(Failure(529, "overloaded_error", "Overloaded"))
        with pytest.raises(anthropic.APIStatusError) as raised:
            client.messages.create(model="claude-haiku-5-5", max_tokens=50, messages=HELLO)
        assert (raised.value.status_code, raised.value.type) == (529, "overloaded_error")
        with pytest.raises(anthropic.BadRequestError, match="temperature"):
            client.messages.create(
                model="claude-haiku-5-5", max_tokens=50, messages=HELLO, extra_body={"temperature": 1}
            )


@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
def test_a_demanded_key_may_come_in_either_header(header: str) -> None:
    with AnthropicDouble(key="right") as double:
        for key, status in (("right", 200), ("wrong", 401)):
            value = f"Bearer {key}" if header == "authorization" else key
            assert httpx2.get(f"{double.url}/v1/models", headers={header: value}).status_code == status


@pytest.mark.parametrize("make", OPENAI_LIKE, ids=lambda make: make.__name__)
def test_an_answer_whole_and_in_pieces_is_the_same(make) -> None:
    with make() as double:
        path = "/chat/completions" if double.prefix else "/v1/chat/completions"
        model = {OpenRouterDouble: KIMI, OllamaDouble: "qwen3:4b", VllmDouble: "Qwen/Qwen3-8B"}.get(
            make, "any"
        )
        body = {"model": model, "messages": HELLO, "stream_options": {"include_usage": True}}
        headers = {"authorization": "Bearer k"}
        whole = httpx2.post(double.url + path, json=body, headers=headers).json()
        stream = httpx2.post(double.url + path, json={**body, "stream": True}, headers=headers)
        assert stream.headers["content-type"] == "text/event-stream"
        lines = [line[6:] for line in stream.text.splitlines() if line.startswith("data: ")]
        chunks = [json.loads(line) for line in lines[:-1]]
        text = "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])
        assert lines[-1] == "[DONE]"
        assert text == whole["choices"][0]["message"]["content"] == "You said: Hello there"
        assert chunks[-1]["usage"] == whole["usage"]
        assert [seen.json["model"] for seen in double.chats] == [model, model]


def test_answers_can_be_kept_for_a_model() -> None:
    with OpenRouterDouble() as double:
        double.enqueue(Reply("for b"), model="b")
        double.enqueue(Reply("for anyone"))

        def ask(model: str) -> str:
            body = {"model": model, "messages": HELLO}
            headers = {"authorization": "Bearer k"}
            return httpx2.post(f"{double.url}/chat/completions", json=body, headers=headers).json()[
                "choices"
            ][0]["message"]["content"]

        assert [ask(model) for model in ("a", "b", "b")] == ["for anyone", "for b", "You said: Hello there"]
        assert double.left == 0


def test_openrouter_hides_latency_from_strangers_and_wants_a_key() -> None:
    with OpenRouterDouble() as double:
        url, headers = f"{double.url}/models/{KIMI}/endpoints", {"authorization": "Bearer k"}
        stranger, known = httpx2.get(url).json(), httpx2.get(url, headers=headers).json()
        assert stranger["data"]["endpoints"][0]["latency_last_30m"] is None
        assert known["data"]["endpoints"][0]["latency_last_30m"]["p50"] == 820
        assert httpx2.get(f"{double.url}/credits").status_code == 401
        assert httpx2.get(f"{double.url}/credits", headers=headers).json()["data"]["total_credits"] == 25.0


def test_lm_studio_answers_200_to_anything_and_loads_on_demand() -> None:
    with LMStudioDouble() as double:
        assert httpx2.get(f"{double.url}/lmstudio-greeting").json() == {"lmstudio": True}
        unknown = httpx2.get(f"{double.url}/api/version")
        assert unknown.status_code == 200
        assert "Unexpected endpoint" in unknown.json()["error"]
        double.models = [LMModel("a", loaded=4096), LMModel("b")]
        body = {"model": "b", "messages": HELLO}
        httpx2.post(f"{double.url}/v1/chat/completions", json=body)
        assert double.loads == ["b"]
        double.modern = False
        assert "error" in httpx2.get(f"{double.url}/api/v1/models").json()
        assert len(httpx2.get(f"{double.url}/api/v0/models").json()["data"]) == 2


async def test_a_gate_holds_the_answer_and_hanging_up_is_noticed() -> None:
    with LlamaServerDouble() as double:
        gate = Gate()
        double.enqueue(Reply("one two three", hold=gate, hold_after=1), Reply("x", hold=Gate()))
        body = {"model": "m", "messages": HELLO, "stream": True}
        async with httpx2.AsyncClient() as client:
            url = f"{double.url}/v1/chat/completions"
            asking = asyncio.create_task(client.post(url, json=body))
            await gate.reached()
            assert not asking.done()
            gate.open()
            assert "three" in (await asking).text
            assert not double.chats[0].disconnected.is_set()
            impatient = asyncio.create_task(client.post(url, json=body))
            seen = await double.chat(2)
            impatient.cancel()
            await seen.hung_up()


def test_the_answer_function_may_block() -> None:
    with LlamaServerDouble() as double:
        asked, go = threading.Event(), threading.Event()

        def slow(prompt: str) -> str:
            asked.set()
            assert go.wait(10)
            return prompt.upper()

        double.answer = slow
        answers: list[str] = []

        def ask() -> None:
            body = {"model": "m", "messages": HELLO}
            answers.append(httpx2.post(f"{double.url}/v1/chat/completions", json=body).text)

        thread = threading.Thread(target=ask)
        thread.start()
        assert asked.wait(10)
        assert httpx2.get(f"{double.url}/health").status_code == 200
        go.set()
        thread.join(10)
        assert "HELLO THERE" in answers[0]


BY_HAND = [
    ("doubles.anthropic_api",),
    ("doubles.openrouter_api",),
    ("doubles.spot_feed",),
    ("doubles.catalog_page",),
    ("doubles.lmstudio_api",),
    ("doubles.local_servers", "ollama"),
    ("doubles.local_servers", "llama-server"),
    ("doubles.local_servers", "vllm"),
]


@pytest.mark.parametrize("module", BY_HAND, ids=" ".join)
def test_every_double_starts_by_hand(
    module: tuple[str, ...], start_program: StartProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    child = start_program("--port", "0", command=(sys.executable, "-m", *module))
    url = child.wait_line(r"(http://127\.0\.0\.1:\d+\S*)").group(1)
    assert httpx2.get(f"{url}/models").status_code in {200, 404}
