"""The speed of a tier by the model that it has: replayed from the past, it is what was seen live."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.pace import Pace
from compute_broker.core.tier import ANY_MODEL, Effort, ProviderKind
from compute_broker.market.speeds import SpeedBook
from doubles.lmstudio_api import LMStudioDouble
from market.markets import market_of, tier_of

SPEEDS = st.none() | st.floats(0.1, 10_000)
FIRSTS = st.none() | st.integers(0, 60_000)


@given(st.lists(st.tuples(SPEEDS, FIRSTS), max_size=60), st.integers(20, 60))
def test_the_latest_twenty_answers_tell_as_much_as_all_of_them(answers, latest):
    whole, short = SpeedBook(), SpeedBook()
    for each in answers:
        whole.take(("t", "m", "low"), *each)
    for each in answers[-latest:]:
        short.take(("t", "m", "low"), *each)
    seen = [speed for speed, _ in answers[-latest:] if speed is not None]
    known, recalled = whole.of("t", "m", "low"), short.of("t", "m", "low")
    if not seen:
        assert recalled.tokens_per_second is None
        return
    every = [speed for speed, _ in answers if speed is not None]
    most = 0.7 ** len(seen) * (max(every) - min(every))
    assert abs(recalled.tokens_per_second - known.tokens_per_second) <= most + 1e-6


def test_a_speed_that_no_answer_can_have_is_left_out():
    book = SpeedBook()
    for speed in (0.0, -1.0, math.inf, math.nan, None):
        book.take(("t", "m", "low"), speed, None)
    assert book.of("t", "m", "low").tokens_per_second is None


def test_each_model_and_effort_has_a_speed_of_its_own_and_an_unknown_model_the_latest():
    book = SpeedBook()
    book.take(("t", "small", "low"), 200.0, 50)
    book.take(("t", "large", "low"), 10.0, 900)
    assert book.of("t", "small", "low").tokens_per_second == 200.0
    assert book.of("t", "small", "high").tokens_per_second is None
    assert book.of("t", "third", "low").tokens_per_second is None, "another model says nothing of it"
    assert book.of("t", ANY_MODEL, "low").tokens_per_second == 10.0
    book.take(("t", "small", "low"), 200.0, 50)
    assert book.of("t", ANY_MODEL, "low").tokens_per_second == 200.0
    assert book.of("other", ANY_MODEL, "low").tokens_per_second is None


def pace(model: str, speed: float | None, *, draw: int | None = None) -> Pace:
    return Pace("t", model, Effort.DEFAULT.value, speed, 100, draw)


async def test_a_recalled_speed_makes_the_price_and_goes_on_from_there():
    with LMStudioDouble() as double:
        tier = tier_of("t", ProviderKind.LMSTUDIO, double.url, model=ANY_MODEL)
        market = market_of(tier)
        market.recall([pace("elsewhere", 1.0), pace("elsewhere", 40.0)])
        before = market.snapshot.quotes["t"]
        assert before.tokens_per_second == pytest.approx(12.7)
        await market.refresh(force=True)
        quote = market.snapshot.quotes["t"]
        assert quote.availability.model
        assert quote.tokens_per_second is None, "what it has loaded has never answered"
        market.recall([pace(quote.availability.model, 80.0, draw=100_000)])
        quote = market.snapshot.quotes["t"]
        assert (quote.tokens_per_second, quote.first_token_ms) == (80.0, 100)
        assert "100 W above idle (measured) / 80 tokens/s (seen)" in quote.price.source
        market.record_success("t", tokens_per_second=40.0)
        assert market.snapshot.quotes["t"].tokens_per_second == pytest.approx(68.0)
        await market.stop()


def test_what_was_seen_of_a_tier_with_another_model_or_server_is_forgotten():
    tier = tier_of("t", ProviderKind.LLAMA_SERVER, "http://127.0.0.1:9", model="m")
    market = market_of(tier)
    market.recall([pace("former", 5.0), pace("m", 50.0)])
    assert market.snapshot.quotes["t"].tokens_per_second == 50.0
    market.set_tiers([tier_of("t", ProviderKind.LLAMA_SERVER, "http://127.0.0.1:10", model="m")])
    assert market.snapshot.quotes["t"].tokens_per_second is None
