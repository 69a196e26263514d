"""The OpenAI dialects: what each server is sent, and what is peculiar to its answers."""

from __future__ import annotations

import json

import pytest

from compute_broker.core.errors import Fault
from compute_broker.core.headroom import RateHeadroom
from compute_broker.core.stream import Message, Role, TextDelta, Thinking
from compute_broker.core.tier import Effort, Place, ProviderKind
from compute_broker.core.usage import FinishReason, Usage
from compute_broker.providers.kinds import effort_fields, limit_field, openai_root, server_root
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import KIMI
from doubles.script import Failure, Raw, Reply, Tokens
from doubles.tiers import request_to, tier_at

LOCAL = [LMStudioDouble, OllamaDouble, LlamaServerDouble, VllmDouble]


def sse(*chunks: object, done: bool = True) -> Raw:
    lines = [chunk if isinstance(chunk, str) else json.dumps(chunk) for chunk in chunks]
    if done:
        lines.append("[DONE]")
    body = "".join(f"data: {line}\n\n" for line in lines).encode()
    return Raw(200, {"content-type": "text/event-stream"}, (body,))


def delta(finish: str | None = None, **fields: object) -> dict[str, object]:
    return {"model": "m", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


@pytest.mark.parametrize("make", LOCAL, ids=lambda make: make.__name__)
async def test_local_servers_are_asked_for_usage_and_sent_no_made_up_key(make, start, ask) -> None:
    double = start(make)
    turns = (Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "Hello"))
    await ask(request_to(tier_at(double), messages=turns))
    sent = double.chats[0]
    assert sent.json["stream_options"] == {"include_usage": True}
    assert sent.json["max_tokens"] == 100
    assert sent.json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]
    assert "authorization" not in sent.headers


@pytest.mark.parametrize("make", LOCAL, ids=lambda make: make.__name__)
@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
async def test_people_write_addresses_with_and_without_v1(make, suffix, start, ask) -> None:
    double = start(make)
    assert (await ask(request_to(tier_at(double, base_url=double.url + suffix)))).text


ROOTS = [
    (ProviderKind.OPENROUTER, "https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
    (ProviderKind.OPENROUTER, "https://openrouter.ai", "https://openrouter.ai/api/v1"),
    (ProviderKind.OPENAI, "https://api.openai.com", "https://api.openai.com/v1"),
    (ProviderKind.OPENAI, "https://host.example/llm/openai", "https://host.example/llm/openai"),
    (ProviderKind.VLLM, "http://gpu:8000", "http://gpu:8000/v1"),
    (ProviderKind.VLLM, "http://gpu:8000/behind/proxy/v1", "http://gpu:8000/behind/proxy/v1"),
]


@pytest.mark.parametrize(("kind", "url", "root"), ROOTS)
def test_where_the_routes_are(kind, url, root) -> None:
    assert openai_root(kind, url) == root
    assert server_root(f"{url}/v1") == url.removesuffix("/v1") or url.endswith("/v1")


def test_only_openai_itself_has_renamed_the_cap() -> None:
    assert limit_field("https://api.openai.com/v1") == "max_completion_tokens"
    assert limit_field("https://api.openai.com.evil.example/v1") == "max_tokens"


EFFORTS = [
    (ProviderKind.OPENROUTER, Effort.OFF, {"reasoning": {"enabled": False}}),
    (ProviderKind.OPENROUTER, Effort.HIGH, {"reasoning": {"effort": "high"}}),
    (ProviderKind.LMSTUDIO, Effort.OFF, {"reasoning_effort": "none"}),
    (ProviderKind.OLLAMA, Effort.LOW, {"reasoning_effort": "low"}),
    (ProviderKind.LLAMA_SERVER, Effort.OFF, {"chat_template_kwargs": {"enable_thinking": False}}),
    (
        ProviderKind.VLLM,
        Effort.MEDIUM,
        {"chat_template_kwargs": {"enable_thinking": True, "reasoning_effort": "medium"}},
    ),
]


@pytest.mark.parametrize(("kind", "effort", "fields"), EFFORTS)
def test_effort_in_each_dialect(kind, effort, fields) -> None:
    assert effort_fields(kind, effort) == fields
    assert effort_fields(kind, Effort.DEFAULT) == {}


async def test_effort_reaches_the_server(openrouter, ask) -> None:
    await ask(request_to(tier_at(openrouter, effort=Effort.LOW)))
    assert openrouter.chats[0].json["reasoning"] == {"effort": "low"}


async def test_openrouters_own_bill_is_taken_exactly(openrouter, ask) -> None:
    """1000 in with 400 cached and 100 out cost 0.001034 USD (facts/prices, section 2)."""
    openrouter.enqueue(Reply("x", usage=Tokens(1000, 100, cache_read=400)))
    end = (await ask(request_to(tier_at(openrouter)))).end
    assert end.charged == 1_034_000
    assert end.usage == Usage(1000, 100, 400)
    assert end.served_model == KIMI


async def test_with_an_own_key_the_providers_bill_is_added(openrouter, ask) -> None:
    bill = {"cost": 0.00005, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.001}}
    openrouter.enqueue(Reply("x", raw_usage=bill))
    assert (await ask(request_to(tier_at(openrouter)))).end.charged == 1_050_000


@pytest.mark.parametrize("cost", [-1, "abc", 1e12, [1], True])
async def test_an_absurd_bill_is_no_bill(openrouter, ask, logs, cost) -> None:
    logs.expect("reported a cost that cannot be")
    openrouter.enqueue(Reply("x", raw_usage={"cost": cost}))
    answer = await ask(request_to(tier_at(openrouter)))
    assert answer.end.charged is None
    assert answer.end.usage is not None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
async def test_numbers_that_are_none_are_no_bill(openrouter, ask, number) -> None:
    chunk = '{"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "cost": COST}}'.replace(
        "COST", number
    )
    openrouter.enqueue(sse(delta("stop", content="x"), chunk))
    end = (await ask(request_to(tier_at(openrouter)))).end
    assert end.charged is None
    assert end.usage == Usage(3, 1)


async def test_only_openrouters_cost_is_money(lmstudio, ask) -> None:
    lmstudio.enqueue(Reply("x", raw_usage={"cost": 5.0}))
    assert (await ask(request_to(tier_at(lmstudio)))).end.charged is None


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content", "thinking", "reasoning_details"])
async def test_thinking_under_any_name(openrouter, ask, name) -> None:
    value = [{"type": "reasoning.text"}] if name == "reasoning_details" else "hm"
    openrouter.enqueue(sse(delta(**{name: value}), delta("stop", content="4")))
    answer = await ask(request_to(tier_at(openrouter)))
    assert answer.events[:2] == [Thinking(), TextDelta("4")]


async def test_the_speed_that_llama_server_measures_is_taken(llama, ask) -> None:
    chunk = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}
    llama.enqueue(sse(delta("stop", content="x"), {**chunk, "timings": {"predicted_per_second": 51.5}}))
    assert (await ask(request_to(tier_at(llama)))).end.tokens_per_second == 51.5


async def test_headroom_is_read_off_the_reply(openrouter, ask) -> None:
    headers = {"x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "1e3"}
    openrouter.enqueue(Reply("x", headers=headers))
    assert (await ask(request_to(tier_at(openrouter)))).events[0] == RateHeadroom(59, None)


FINISHES = [
    ("stop", FinishReason.STOP),
    ("length", FinishReason.LENGTH),
    ("tool_calls", FinishReason.TOOL_CALLS),
    ("eos", FinishReason.STOP),
]


@pytest.mark.parametrize(("reason", "finish"), FINISHES)
async def test_every_finish_reason_has_a_meaning(openrouter, ask, reason, finish) -> None:
    openrouter.enqueue(Reply("words", finish=reason))
    assert (await ask(request_to(tier_at(openrouter)))).end.finish is finish


async def test_done_without_a_finish_reason_is_cut_off(openrouter, ask) -> None:
    openrouter.enqueue(sse(delta(content="half an")))
    answer = await ask(request_to(tier_at(openrouter)))
    assert answer.text == "half an"
    assert answer.fault.fault is Fault.CUT_OFF


async def test_an_end_after_the_reason_needs_no_done(openrouter, ask) -> None:
    openrouter.enqueue(sse(delta("stop", content="whole"), done=False))
    assert (await ask(request_to(tier_at(openrouter)))).text == "whole"


async def test_a_refusal_field_is_a_refusal(openrouter, ask) -> None:
    openrouter.enqueue(sse(delta(refusal="I cannot"), delta("stop")))
    assert (await ask(request_to(tier_at(openrouter)))).fault.fault is Fault.REFUSED


STREAM_ERRORS = {
    "an object": ({"error": {"code": 502, "message": "gone"}}, Fault.OVERLOADED),
    "a bare string": ({"error": "model crashed"}, Fault.MALFORMED),
    "a named kind": (
        {
            "error": {
                "code": "server_error",
                "message": "x",
                "metadata": {"error_type": "rate_limit_exceeded"},
            }
        },
        Fault.RATE_LIMITED,
    ),
    "only a finish reason": (delta("error", content=""), Fault.OVERLOADED),
    "a full context": (
        {"error": {"code": 400, "message": "This model's maximum context length is 8192 tokens"}},
        Fault.TOO_LONG,
    ),
}


@pytest.mark.parametrize(("chunk", "fault"), STREAM_ERRORS.values(), ids=STREAM_ERRORS.keys())
async def test_errors_inside_a_stream_in_every_shape(openrouter, ask, chunk, fault) -> None:
    openrouter.enqueue(sse(delta(content="so far "), chunk))
    answer = await ask(request_to(tier_at(openrouter)))
    assert answer.text == "so far "
    assert answer.fault.fault is fault
    assert answer.fault.may_be_billed


JSON_ERRORS = {
    "200 with an object": (200, {"error": {"code": 429, "message": "slow"}}, Fault.RATE_LIMITED),
    "200 with a string": (200, {"error": "something"}, Fault.MALFORMED),
    "an endpoint LM Studio lacks": (
        200,
        {"error": "Unexpected endpoint or method. (POST /v1/x)"},
        Fault.NOT_FOUND,
    ),
    "nothing loaded": (
        404,
        {"error": {"message": "No models loaded. Please load", "code": None}},
        Fault.NOT_FOUND,
    ),
    "Ollama's string": (404, {"error": "model 'x' not found"}, Fault.NOT_FOUND),
    "Ollama's full queue": (503, {"error": "server busy, please try again."}, Fault.OVERLOADED),
    "vLLM's flat object": (
        400,
        {"object": "error", "message": "maximum context length is 10"},
        Fault.TOO_LONG,
    ),
    "FastAPI's detail": (422, {"detail": [{"loc": ["body"]}]}, Fault.BAD_REQUEST),
    "llama-server loading": (
        503,
        {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
        Fault.OVERLOADED,
    ),
    "llama-server's context": (
        400,
        {"error": {"code": 400, "message": "request (2052 tokens)", "type": "exceed_context_size_error"}},
        Fault.TOO_LONG,
    ),
}


@pytest.mark.parametrize(("status", "body", "fault"), JSON_ERRORS.values(), ids=JSON_ERRORS.keys())
async def test_error_bodies_in_every_shape(openrouter, ask, status, body, fault) -> None:
    openrouter.enqueue(Raw(status, {"content-type": "application/json"}, (json.dumps(body).encode(),)))
    raised = (await ask(request_to(tier_at(openrouter)))).fault
    assert raised.fault is fault
    assert not raised.may_be_billed


MONEY = [
    ({"limit_source": "openrouter_credits"}, {}, Fault.NO_MONEY, None),
    ({"limit_source": "openrouter_key_limit"}, {}, Fault.NO_MONEY, None),
    ({"limit_source": "openrouter_in_flight_budget"}, {"retry-after": "5"}, Fault.RATE_LIMITED, 5.0),
    ({}, {"retry-after": "5"}, Fault.RATE_LIMITED, 5.0),
    ({}, {}, Fault.NO_MONEY, None),
]


@pytest.mark.parametrize(("metadata", "headers", "fault", "wait"), MONEY)
async def test_two_kinds_of_402(openrouter, ask, metadata, headers, fault, wait) -> None:
    openrouter.enqueue(Failure(402, message="pay", headers=headers, details=metadata))
    raised = (await ask(request_to(tier_at(openrouter)))).fault
    assert raised.fault is fault
    assert raised.retry_after == wait


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ({"reasons": ["violence"], "flagged_input": "..."}, Fault.REFUSED),
        ({"limit_source": "openrouter_key_limit", "limit_usd": 5}, Fault.NO_MONEY),
        ({}, Fault.KEY_REFUSED),
    ],
)
async def test_three_kinds_of_403(openrouter, ask, metadata, fault) -> None:
    openrouter.enqueue(Failure(403, message="no", details=metadata))
    assert (await ask(request_to(tier_at(openrouter)))).fault.fault is fault


async def test_thinking_in_the_text_is_taken_out(lmstudio, ask) -> None:
    lmstudio.enqueue(Reply("<think>\nlet me see\n</think>\n\nIt is Paris."))
    answer = await ask(request_to(tier_at(lmstudio)))
    assert answer.text == "It is Paris."
    assert Thinking() in answer.events


async def test_an_own_openai_endpoint_is_spoken_to(vllm, ask) -> None:
    tier = tier_at(vllm, provider=ProviderKind.OPENAI, place=Place.PERSONAL, model="*")
    assert (await ask(request_to(tier))).end.served_model == "Qwen/Qwen3-8B"
