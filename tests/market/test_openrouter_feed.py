"""Live prices from a feed that may lie: cases 23 to 25 of the facts on faults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import Price
from compute_broker.core.price_origin import PriceKind
from compute_broker.core.usage import Usage
from compute_broker.market.merge import NoPrice, merge
from compute_broker.market.openrouter_feed import STALE_AFTER, OpenRouterFeed
from compute_broker.market.openrouter_pricing import parse_price
from doubles.openrouter_api import KIMI, model_row

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = MONDAY_NOON + timedelta(minutes=30)


def body(prompt, completion, **pricing):
    return {"data": [model_row(KIMI, prompt, completion, **pricing)]}


def read(*bodies, start=MONDAY_NOON, feed=None, **more):
    feed = feed or OpenRouterFeed()
    for number, item in enumerate(bodies):
        feed.read(item, {KIMI}, start + timedelta(minutes=number), **more)
    return feed


def test_an_ordinary_row_has_its_rates_source_and_time():
    price = read(body("0.00000095", "0.000004", input_cache_read="0.00000016")).price(KIMI, LATER)
    assert isinstance(price, Price)
    assert price.cost(Usage(1000, 100, cache_read_tokens=400)) == nanos_from_usd("0.001034")
    assert (price.source, price.as_of) == ("OpenRouter's live list", MONDAY_NOON)


@pytest.mark.parametrize(
    "bad", ["-1", "NaN", "inf", "-Infinity", None, "abc", "", 0.000001, True, [], "9" * 50, "1e9", "5"]
)
@pytest.mark.parametrize("which", ["prompt", "completion", "input_cache_read"])
def test_a_price_that_is_none_is_unpriced_and_says_why(bad, which):
    row = {"prompt": "0.000001", "completion": "0.000002", which: bad}
    if which == "input_cache_read" and bad is None:
        return  # no cache rate at all is ordinary
    offer = read({"data": [{"id": KIMI, "pricing": row}]}).price(KIMI, LATER)
    assert isinstance(offer, str)
    assert "cannot be used" in offer
    assert merge({PriceKind.LIST: offer}, otherwise="?") == (None, offer, None)


def test_a_free_model_is_free_when_nothing_says_otherwise():
    price = read(body("0", "0")).price(KIMI, LATER)
    assert price.rates.output == 0


@pytest.mark.parametrize("sudden", [("0", "0"), ("0.0000001", "0.0000004"), ("0.00001", "0.00004")])
def test_a_sudden_change_is_held_until_the_next_reading_says_it_again(sudden):
    feed = read(body("0.000001", "0.000004"), body(*sudden))
    held = feed.price(KIMI, LATER)
    assert held.rates.output == nanos_from_usd("4")
    assert held.as_of == MONDAY_NOON
    assert "waits to be confirmed" in held.source
    read(body(*sudden), start=LATER, feed=feed)
    confirmed = feed.price(KIMI, LATER)
    assert confirmed.rates.output != nanos_from_usd("4")
    assert confirmed.as_of == LATER


def test_a_glitch_that_is_not_repeated_is_forgotten():
    feed = read(body("0.000001", "0.000004"), body("0", "0"), body("0.0000011", "0.000004"))
    price = feed.price(KIMI, LATER)
    assert price.rates.input == nanos_from_usd("1.1")
    assert "confirmed" not in price.source


def test_a_first_reading_is_compared_with_the_catalog():
    known = parse_price({"prompt": "0.000001", "completion": "0.000004"}, MONDAY_NOON, as_of=MONDAY_NOON)
    feed = read(body("0", "0"), reference=lambda _: known)
    assert isinstance(feed.price(KIMI, LATER), str)
    read(body("0", "0"), feed=feed, reference=lambda _: known)
    assert isinstance(feed.price(KIMI, LATER), str), "the same moment is the same reading"
    read(body("0", "0"), start=LATER, feed=feed, reference=lambda _: known)
    assert feed.price(KIMI, LATER).rates.input == 0


@pytest.mark.parametrize(
    "lie", [None, [], "<html>", {"data": None}, {"data": {}}, {"data": [None] * 20_001}, {"error": "no"}]
)
def test_a_malformed_list_leaves_the_last_good_price_with_its_age(lie):
    feed = read(body("0.000001", "0.000004"), lie)
    assert feed.complaint
    assert feed.price(KIMI, LATER).as_of == MONDAY_NOON
    assert isinstance(feed.price(KIMI, MONDAY_NOON + STALE_AFTER + timedelta(seconds=1)), str)


@pytest.mark.parametrize("price", ["-1", "NaN", "abc", None])
def test_a_row_that_turns_bad_leaves_the_last_good_price_with_its_age(price):
    worse = {"data": [{"id": KIMI, "pricing": {"prompt": price, "completion": "0.000004"}}]}
    feed = read(body("0.000001", "0.000004"), worse)
    assert feed.price(KIMI, LATER).as_of == MONDAY_NOON


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "id", "pricing"]), inner),
    )
)
def test_no_body_whatever_breaks_the_reader(anything):
    feed = read({"data": [{"id": KIMI, "pricing": anything}]}, anything)
    assert not isinstance(feed.price(KIMI, LATER), Price)


def test_prices_by_length_and_hour():
    night = {"utc_start": 2200, "utc_end": 600, "prompt": "0.0000005"}
    long = {"min_prompt_tokens": 1000, "completion": "0.000008"}
    pricing = {"prompt": "0.000001", "completion": "0.000004", "overrides": [night, long]}
    at_noon = parse_price(pricing, MONDAY_NOON, as_of=MONDAY_NOON)
    at_night = parse_price(pricing, MONDAY_NOON.replace(hour=23), as_of=MONDAY_NOON)
    assert at_noon.rates.input == nanos_from_usd("1")
    assert at_night.rates.input == nanos_from_usd("0.5")
    assert at_noon.cost(Usage(1000, 100)) == nanos_from_usd("0.0014")
    assert at_noon.cost(Usage(1001, 100)) == nanos_from_usd("0.001801")
    assert at_night.bands[0].rates.input == nanos_from_usd("0.5")
    weekend = {**night, "utc_start": None, "utc_end": None, "utc_days": ["saturday", "sunday"]}
    pricing["overrides"] = [weekend]
    assert parse_price(pricing, MONDAY_NOON, as_of=MONDAY_NOON).rates.input == nanos_from_usd("1")


def test_an_override_that_will_be_bad_at_another_hour_is_refused_now():
    tonight = {"utc_start": 2200, "utc_end": 600, "prompt": "-1"}
    row = {"prompt": "0.000001", "completion": "0.000004", "overrides": [tonight]}
    feed = read({"data": [{"id": KIMI, "pricing": row}]})
    assert "varies" in feed.price(KIMI, LATER)
    assert "varies" in feed.price(KIMI, LATER.replace(hour=23))


PRICE = parse_price({"prompt": "0.000001", "completion": "0.000001"}, LATER, as_of=LATER)
OFFERS = st.dictionaries(
    st.sampled_from(PriceKind),
    st.none() | st.just(PRICE) | st.sampled_from(["feed is down", "not listed"]) | st.just(NoPrice("only I")),
)


@given(OFFERS)
def test_the_best_source_that_has_a_price_holds_and_unknown_is_never_zero(offers):
    price, reason, kind = merge(offers, otherwise="nobody knows")
    before = [each for each in PriceKind if kind is None or list(PriceKind).index(each) < _place(kind)]
    assert not any(isinstance(offers.get(each), NoPrice) for each in before) or price is None
    if price is not None:
        assert (offers[kind], reason) == (PRICE, "")
        assert not any(isinstance(offers.get(each), Price) for each in before)
    else:
        assert reason
        last = next((each for each in PriceKind if isinstance(offers.get(each), NoPrice)), None)
        asked = list(PriceKind) if last is None else list(PriceKind)[: _place(last)]
        assert not any(isinstance(offers.get(each), Price) for each in asked)


def _place(kind):
    return list(PriceKind).index(kind)


def test_the_order_of_the_sources_is_the_promised_one():
    assert list(PriceKind) == ["own", "spot", "hosts", "list", "catalog", "electricity"]
    assert merge({PriceKind.LIST: "feed is down", PriceKind.CATALOG: PRICE}, otherwise="")[2] == "catalog"
    assert merge({PriceKind.SPOT: NoPrice("ran out"), PriceKind.CATALOG: PRICE}, otherwise="")[1] == "ran out"
    assert merge({}, otherwise="nobody knows") == (None, "nobody knows", None)
