"""Anthropic through the real SDK, against a double: what is sent, what is left out, what is understood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from compute_broker.core.errors import Fault
from compute_broker.core.headroom import RateHeadroom
from compute_broker.core.stream import Message, Role, Thinking, UsageSeen
from compute_broker.core.tier import Effort
from compute_broker.core.usage import FinishReason, Usage
from doubles.script import Failure, Gate, Raw, Reply, Tokens
from doubles.tiers import request_to, tier_at


async def test_the_request_is_what_version_2026_10_21_wants(anthropic, ask) -> None:
    turns = (
        Message(Role.SYSTEM, "Be brief."),
        Message(Role.USER, "Hello"),
        Message(Role.ASSISTANT, "Hi."),
        Message(Role.SYSTEM, "Be kind."),
        Message(Role.USER, "Again"),
    )
    await ask(request_to(tier_at(anthropic), messages=turns))
    sent = anthropic.chats[0]
    assert sent.json == {
        "model": "claude-haiku-5-5",
        "max_tokens": 100,
        "system": "Be brief.\n\nBe kind.",
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi."},
            {"role": "user", "content": "Again"},
        ],
        "stream": True,
    }
    assert sent.headers["anthropic-version"] == "2026-10-21"
    assert sent.headers["authorization"] == "Bearer sk-canary-0123456789abcdef"


EFFORTS = [
    ("claude-haiku-5-5", Effort.DEFAULT, {}),
    ("claude-haiku-5-5", Effort.OFF, {"thinking": {"type": "disabled"}}),
    ("claude-haiku-5-5", Effort.HIGH, {"output_config": {"effort": "high"}}),
    ("claude-sonnet-5-5", Effort.LOW, {"output_config": {"effort": "low"}}),
    ("claude-opus-5-5", Effort.OFF, {"output_config": {"effort": "low"}}),
    ("claude-opus-5-5", Effort.MEDIUM, {"output_config": {"effort": "medium"}}),
    ("claude-fable-5-2", Effort.OFF, {"output_config": {"effort": "low"}}),
    ("claude-haiku-4-5-20251001", Effort.HIGH, {}),
    ("claude-haiku-4-5", Effort.OFF, {}),
]


@pytest.mark.parametrize(("model", "effort", "fields"), EFFORTS)
async def test_effort_is_asked_for_in_the_models_own_way(anthropic, ask, model, effort, fields) -> None:
    answer = await ask(request_to(tier_at(anthropic, model=model, effort=effort)))
    assert answer.text
    sent = anthropic.chats[0].json
    assert {name: sent[name] for name in ("thinking", "output_config") if name in sent} == fields


async def test_nothing_of_the_environment_gets_in(anthropic, ask, start, monkeypatch, tmp_path) -> None:
    stranger = start(type(anthropic))
    for name, value in {
        "ANTHROPIC_API_KEY": "sk-env",
        "ANTHROPIC_AUTH_TOKEN": "env-token",
        "ANTHROPIC_BASE_URL": stranger.url,
        "ANTHROPIC_PROFILE": "work",
        "ANTHROPIC_CONFIG_DIR": str(tmp_path),
        "ANTHROPIC_CUSTOM_HEADERS": "X-Spy: 1\nAuthorization: Bearer sk-env\nanthropic-version: 2023-06-01\n"
        "x-api-key: sk-env\nContent-Type: text/plain\nnonsense",
    }.items():
        monkeypatch.setenv(name, value)
    assert (await ask(request_to(tier_at(anthropic)))).text
    assert (await ask(request_to(tier_at(anthropic, key_name=None)))).text
    assert stranger.requests == []
    for seen, authorization in zip(anthropic.chats, ["Bearer sk-canary-0123456789abcdef", None], strict=True):
        assert seen.headers.get("authorization") == authorization
        assert "x-spy" not in seen.headers
        assert "x-api-key" not in seen.headers
        assert seen.headers["anthropic-version"] == "2026-10-21"
        assert seen.headers["content-type"] == "application/json"
        assert "sk-env" not in str(seen.headers)


async def test_input_is_known_from_the_first_event_on(anthropic, door) -> None:
    gate = Gate()
    anthropic.enqueue(Reply("one two", hold=gate, usage=Tokens(1000, 2, cache_read=400)))
    events = door.stream(request_to(tier_at(anthropic)))
    async for event in events:
        if isinstance(event, UsageSeen):
            break
    await gate.reached()
    assert event.usage == Usage(input_tokens=1000, output_tokens=1, cache_read_tokens=400)
    await events.aclose()


async def test_a_stream_cut_short_still_tells_its_input(anthropic, ask) -> None:
    anthropic.enqueue(Reply("one two three", cut_after=2, usage=Tokens(500, 3)))
    fault = (await ask(request_to(tier_at(anthropic)))).fault
    assert fault.usage == Usage(input_tokens=500, output_tokens=1)
    assert fault.may_be_billed


async def test_cache_tokens_are_part_of_the_input_and_told_apart(anthropic, ask) -> None:
    """The worked example of facts/prices, section 2."""
    anthropic.enqueue(Reply("x", usage=Tokens(135, 5, cache_read=100, cache_write_5m=4, cache_write_1h=6)))
    usage = (await ask(request_to(tier_at(anthropic)))).end.usage
    assert usage == Usage(135, 5, 100, 4, 6)


async def test_usage_is_cumulative_and_null_means_unchanged(anthropic, ask) -> None:
    late = {"input_tokens": None, "cache_read_input_tokens": None, "output_tokens": 7}
    anthropic.enqueue(Reply("x", usage=Tokens(50, 1, cache_read=20), raw_usage=late))
    assert (await ask(request_to(tier_at(anthropic)))).end.usage == Usage(50, 7, 20)


async def test_a_ping_is_life_only_while_a_thought_is_open(anthropic, ask) -> None:
    """Hidden thinking sends nothing but pings; before it, a ping proves nothing."""
    start_block = b'data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking"}}\n\n'
    ping = b'event: ping\ndata: {"type": "ping"}\n\n'
    stop_block = b'data: {"type":"content_block_stop","index":0}\n\n'
    chunks = (ping, start_block, ping, ping, stop_block, ping)
    anthropic.enqueue(Raw(200, {"content-type": "text/event-stream"}, chunks))
    answer = await ask(request_to(tier_at(anthropic)))
    assert answer.events == [Thinking(), Thinking(), Thinking()]
    assert answer.fault.fault is Fault.CUT_OFF


async def test_headroom_is_read_off_every_reply(anthropic, ask) -> None:
    answer = await ask(request_to(tier_at(anthropic)))
    assert answer.events[0] == RateHeadroom(999, 499_000, 1000, 500_000)
    reset = (datetime.now(UTC) + timedelta(seconds=40)).replace(microsecond=0)
    headers = {
        "anthropic-ratelimit-tokens-remaining": "many",
        "anthropic-ratelimit-requests-reset": reset.isoformat().replace("+00:00", "Z"),
    }
    anthropic.enqueue(Reply("x", headers=headers))
    answer = await ask(request_to(tier_at(anthropic)))
    assert answer.events[0] == RateHeadroom(999, None, 1000, 500_000, requests_reset=reset)


STOPS = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "pause_turn": FinishReason.STOP,
    "something_new": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
}


@pytest.mark.parametrize(("reason", "finish"), STOPS.items())
async def test_every_stop_reason_has_a_meaning(anthropic, ask, reason, finish) -> None:
    anthropic.enqueue(Reply("words", finish=reason))
    assert (await ask(request_to(tier_at(anthropic)))).end.finish is finish


async def test_unknown_events_and_blocks_are_left_alone(anthropic, ask) -> None:
    events = [
        '{"type":"message_start","message":{"model":"claude-haiku-5-5","usage":{"input_tokens":3,"output_tokens":1}}}',
        '{"type":"news","x":1}',
        '{"type":"content_block_start","index":0,"content_block":{"type":"hologram"}}',
        '{"type":"content_block_delta","index":0,"delta":{"type":"hologram_delta","text":"no"}}',
        '{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"Hi "}}',
        '{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"there"}}',
        '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}',
        '{"type":"message_stop"}',
        '{"type":"error","error":{"type":"api_error","message":"too late to matter"}}',
    ]
    chunks = tuple(f"data: {event}\r\n\r\n".encode() for event in events)
    anthropic.enqueue(Raw(200, {"content-type": "text/event-stream; charset=utf-8"}, chunks))
    answer = await ask(request_to(tier_at(anthropic)))
    assert answer.text == "Hi there"
    assert answer.end.usage == Usage(input_tokens=3, output_tokens=4)


COMPLAINTS = [
    (400, "invalid_request_error", "prompt is too long: 1200000 tokens > 1000000 maximum", Fault.TOO_LONG),
    (400, "invalid_request_error", "max_tokens: too large", Fault.BAD_REQUEST),
    (400, "invalid_request_error", "Your credit balance is too low to access the API", Fault.NO_MONEY),
    (401, "authentication_error", "invalid x-api-key", Fault.KEY_REFUSED),
    (402, "billing_error", "payment required", Fault.NO_MONEY),
    (403, "permission_error", "not allowed", Fault.KEY_REFUSED),
    (404, "not_found_error", "model: claude-nope", Fault.NOT_FOUND),
    (409, "conflict_error", "conflict", Fault.BAD_REQUEST),
    (413, "request_too_large", "too large", Fault.TOO_LONG),
    (429, "rate_limit_error", "slow down", Fault.RATE_LIMITED),
    (500, "api_error", "internal", Fault.OVERLOADED),
    (504, "timeout_error", "timed out", Fault.TIMED_OUT),
    (529, "overloaded_error", "Overloaded", Fault.OVERLOADED),
]


@pytest.mark.parametrize(("status", "kind", "message", "fault"), COMPLAINTS)
async def test_every_error_has_its_fault(anthropic, ask, status, kind, message, fault) -> None:
    anthropic.enqueue(Failure(status, kind, message))
    raised = (await ask(request_to(tier_at(anthropic)))).fault
    assert raised.fault is fault
    assert raised.retry_after is None
    assert not raised.may_be_billed
    assert len(anthropic.chats) == 1  # never retried behind our back


async def test_a_rate_limit_says_how_long(anthropic, ask) -> None:
    anthropic.enqueue(Failure(429, "rate_limit_error", "slow", {"retry-after": "7"}))
    raised = (await ask(request_to(tier_at(anthropic)))).fault
    assert raised.retry_after == 7.0
    assert "for 7 s" in str(raised)


async def test_a_spend_limit_is_about_money_not_about_time(anthropic, ask) -> None:
    details = {"error_code": "enforced_spend_limit_reached"}
    anthropic.enqueue(Failure(429, "rate_limit_error", "monthly limit", details=details))
    raised = (await ask(request_to(tier_at(anthropic)))).fault
    assert raised.fault is Fault.NO_MONEY


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("overloaded_error", Fault.OVERLOADED),
        ("api_error", Fault.OVERLOADED),
        ("rate_limit_error", Fault.RATE_LIMITED),
        ("timeout_error", Fault.TIMED_OUT),
        ("invalid_request_error", Fault.BAD_REQUEST),
        ("surprise", Fault.MALFORMED),
    ],
)
async def test_an_error_event_is_judged_by_its_type(anthropic, ask, kind, fault) -> None:
    anthropic.enqueue(Reply("a b", error_after=1, error={"type": kind, "message": "no"}, usage=Tokens(9, 2)))
    raised = (await ask(request_to(tier_at(anthropic)))).fault
    assert raised.fault is fault
    assert raised.usage == Usage(input_tokens=9, output_tokens=1)


async def test_a_base_url_may_end_in_v1(anthropic, ask) -> None:
    assert (await ask(request_to(tier_at(anthropic, base_url=f"{anthropic.url}/v1/")))).text
    assert anthropic.chats[0].path == "/v1/messages"
