"""Usage in each provider's terms becomes ours exactly, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from compute_broker.core.usage import Usage
from compute_broker.providers.reported import anthropic_usage, openai_usage, openrouter_charge
from compute_broker.providers.thoughts import ThoughtFilter
from doubles.anthropic_api import usage_body
from doubles.openai_chat import ChatWire
from doubles.script import Reply, Tokens
from support.logfail import LogGuard

counts = st.integers(0, 10_000_000)


@st.composite
def tokens(draw: st.DrawFn) -> Tokens:
    read, five, hour, fresh, words, thoughts = (draw(counts) for _ in range(6))
    return Tokens(fresh + read + five + hour, words + thoughts, read, five, hour, thoughts)


@given(tokens())
def test_anthropics_terms(told: Tokens) -> None:
    assert anthropic_usage(usage_body(told), "x") == Usage(
        told.input, told.output, told.cache_read, told.cache_write_5m, told.cache_write_1h, told.reasoning
    )


@given(tokens())
def test_openais_terms(told: Tokens) -> None:
    wire = ChatWire({"messages": []}, Reply(), "", model="m")
    written = told.cache_write_5m + told.cache_write_1h
    assert openai_usage(wire.usage_body(told), "x") == Usage(
        told.input, told.output, told.cache_read, written, 0, told.reasoning
    )


BAD: list[dict[str, Any]] = [
    {"input_tokens": -1},
    {"output_tokens": 1.0},
    {"cache_read_input_tokens": "3"},
    {"cache_creation": {"ephemeral_1h_input_tokens": 5}},
    {"output_tokens_details": {"thinking_tokens": 99}},
    {"input_tokens": True},
    {"output_tokens": 2_000_000_000},
]


@pytest.mark.parametrize("change", BAD, ids=str)
def test_what_cannot_be_is_not_reported(change: dict[str, Any], logs: LogGuard) -> None:
    logs.expect("Tier reported usage that cannot be")
    assert anthropic_usage({"input_tokens": 5, "output_tokens": 2, **change}, "Tier") is None


@pytest.mark.parametrize("reported", [{}, {"input_tokens": 5}, {"output_tokens": None, "input_tokens": 5}])
def test_half_a_report_is_none(reported: dict[str, Any]) -> None:
    assert anthropic_usage(reported, "x") is None


@pytest.mark.parametrize("reported", [None, 3, [], {}, {"prompt_tokens": 5}])
def test_half_a_report_in_openais_terms_is_none(reported: Any) -> None:
    assert openai_usage(reported, "x") is None


def test_more_cached_than_sent_cannot_be(logs: LogGuard) -> None:
    logs.expect("exceed the prompt")
    details = {"cached_tokens": 9}
    assert (
        openai_usage({"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": details}, "x")
        is None
    )


@pytest.mark.parametrize(
    ("reported", "nanos"),
    [
        ({"cost": 0}, 0),
        ({"cost": 0.000001}, 1000),
        ({"cost": "0.5"}, 500_000_000),
        ({"cost": 0.1, "is_byok": False, "cost_details": {"upstream_inference_cost": 9}}, 100_000_000),
        ({"cost": 0.1, "is_byok": True}, 100_000_000),
        ({}, None),
        (None, None),
    ],
)
def test_a_charge_in_dollars_is_exact(reported: Any, nanos: int | None) -> None:
    assert openrouter_charge(reported, "x") == nanos


def cut(text: str, places: list[int]) -> list[str]:
    marks = sorted({place % (len(text) + 1) for place in places})
    return [text[start:end] for start, end in zip([0, *marks], [*marks, len(text)], strict=True)]


def filtered(pieces: list[str]) -> tuple[str, bool]:
    thoughts = ThoughtFilter()
    parts = [thoughts.take(piece) for piece in pieces]
    return "".join(text for text, _ in parts) + thoughts.rest(), any(thought for _, thought in parts)


@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.lists(st.integers(0, 200)),
    st.sampled_from(["", " ", "\n\n"]),
)
def test_thoughts_are_taken_out_wherever_the_text_is_split(
    thought: str, answer: str, places: list[int], blank: str
) -> None:
    thought, answer = thought.replace("<", "("), answer.lstrip("\n")
    text, heard = filtered(cut(f"{blank}<think>{thought}</think>{answer}", places))
    assert text == answer
    assert heard


@given(st.text(max_size=80), st.lists(st.integers(0, 200)))
def test_a_text_without_thoughts_is_untouched(text: str, places: list[int]) -> None:
    if not text.lstrip().startswith("<think>"):
        assert filtered(cut(text, places)) == (text, False)


def test_a_thought_that_never_ends_was_the_answer() -> None:
    text = "<think> is how a tag is written"
    assert filtered([text[:9], text[9:]]) == (text, True)


def test_a_mark_later_in_the_text_is_text() -> None:
    assert filtered(["Use ", "<think>", "x</think>"]) == ("Use <think>x</think>", False)


@hypothesis_settings(deadline=None)
@given(st.integers(0, 3))
def test_an_endless_thought_is_not_kept(extra: int) -> None:
    thoughts = ThoughtFilter()
    for piece in ["<think>", *["y" * 2**18] * (5 + extra), "</think>", "done"]:
        text, _ = thoughts.take(piece)
    assert text == "done"
    assert thoughts.rest() == ""
