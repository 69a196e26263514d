"""The table of abilities: names are found in every dress, orders are sane, strangers get the rule."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.task import Category
from compute_broker.core.tier import Effort
from compute_broker.market.abilities import ability_row, model_key
from compute_broker.resources_path import resource


@pytest.mark.parametrize(
    ("dressed", "plain"),
    [
        ("openrouter/anthropic/claude-haiku-4.5:free", "claude-haiku-4.5"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4.5"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4.5"),
        ("claude-3-5-sonnet-20241022", "claude-3.5-sonnet"),
        ("Meta-Llama-3_1-8B-Instruct", "llama-3.1-8b-instruct"),
        ("llama3.1:8b", "llama-3.1-8b-instruct"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("qwen/qwen3-8b@q4_k_m", "qwen3-8b"),
        ("SmolLM2-135M-Instruct-Q8_0.gguf", "smollm2-135m"),
        ("qwen3.6-27b-mlx-4bit", "qwen3.6-27b"),
        ("moonshotai/kimi-k2.6", "kimi-k2.6"),
    ],
)
def test_a_model_is_found_whatever_it_wears(dressed, plain):
    assert not ability_row(dressed).source.startswith("rule")
    assert ability_row(dressed) == ability_row(plain)


@pytest.mark.parametrize(
    "order",
    [
        ("claude-haiku-5.5", "claude-sonnet-5.5", "claude-opus-5.5"),
        ("claude-haiku-4.5", "claude-sonnet-4.5", "claude-opus-4.5"),
        ("smollm2-135m", "smollm2-360m", "qwen3-1.7b", "qwen3-8b", "qwen3-32b", "qwen3.8-max"),
        ("gpt-5-nano", "gpt-5-mini", "gpt-5.5"),
        ("llama-3.2-1b", "llama-3.1-8b-instruct", "llama-3.3-70b", "llama-3.1-405b"),
    ],
)
def test_families_are_in_order_on_the_whole(order):
    means = [sum(a.mean for a in ability_row(model).abilities.values()) for model in order]
    assert means == sorted(means)


def test_the_scale_is_pinned_and_every_row_is_complete():
    assert all(a.mean == 0.0 for a in ability_row("llama-3.1-8b-instruct").abilities.values())
    for entry in json.loads(resource("abilities.json").read_text("utf-8"))["rows"]:
        row = ability_row(entry["model"])
        assert set(row.abilities) == set(Category)
        assert row.source
        assert row.as_of
        assert row.context_tokens
        assert row.verbosity > 0


def test_thinking_changes_reasoning_and_length():
    off, high = ability_row("claude-sonnet-5", Effort.OFF), ability_row("claude-sonnet-5", Effort.HIGH)
    assert off.abilities[Category.REASONING].mean < high.abilities[Category.REASONING].mean - 1.0
    assert off.verbosity < high.verbosity


def test_strangers_get_the_rule_by_size_family_or_price():
    small, large = ability_row("acme-3b"), ability_row("acme-70b")
    assert small.estimated
    assert small.abilities[Category.CODING].mean < large.abilities[Category.CODING].mean
    assert small.abilities[Category.CODING].sd >= 0.9
    cheap = ability_row("acme-x", price_out_usd_per_mtok=Decimal("0.1"))
    dear = ability_row("acme-x", price_out_usd_per_mtok=Decimal(30))
    assert cheap.abilities[Category.CHAT].mean < dear.abilities[Category.CHAT].mean


@given(st.text(max_size=60))
def test_no_name_fails(name):
    model_key(name)
    assert set(ability_row(name).abilities) == set(Category)
