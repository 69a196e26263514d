"""Prices that move by the minute: quoted with their time, gone when they have run out, never zero by slip."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.errors import PersonError
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price
from compute_broker.core.price_origin import PriceKind
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.pace import LIVE_EVERY, cost, interval, live_interval, spot_interval
from compute_broker.market.person_price import PersonPrice
from compute_broker.market.spot import MOST_BYTES, BadFeedError, parse_spot
from compute_broker.market.spot_source import check_spot
from compute_broker.market.terms import Terms
from doubles.script import Raw, gzip_bomb, html, redirect
from doubles.spot_feed import MODEL, SpotFeedDouble, feed_body
from market.markets import Clock, market_of, tier_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TIER = replace(
    tier_of("edge", ProviderKind.OPENAI, "https://edge.example/v1", place=Place.DISTRIBUTED), model=MODEL
)


def parsed(body, model=MODEL, now=NOON):
    return parse_spot(json.dumps(body).encode() if not isinstance(body, bytes) else body, model, now)


def test_a_feed_as_documented_is_a_price_with_its_time():
    reading = parsed(feed_body(NOON, cache_read="0.02", capacity=4))
    price = reading.price(NOON + timedelta(minutes=4))
    assert isinstance(price, Price)
    assert (price.basis, price.as_of) == (CostBasis.SPOT, NOON)
    assert (price.rates.input, price.rates.output) == (nanos_from_usd("0.2"), nanos_from_usd("0.8"))
    assert price.rates.cache_read == nanos_from_usd("0.02")
    assert price.source == "spot feed, valid until 2026-11-24 12:05 UTC, room for 4"
    assert "has run out" in reading.price(NOON + timedelta(minutes=5))
    week = parsed(feed_body(NOON, minutes=60 * 24 * 7))
    assert "older than a day" in week.price(NOON + timedelta(hours=25))
    assert "no capacity" in parsed(feed_body(NOON, capacity=0)).price(NOON)


def test_the_example_in_the_documents_is_a_feed():
    text = (Path(__file__).parents[2] / "docs" / "spot-feed.md").read_text("utf-8")
    example = text.split("```json")[1].split("```")[0]
    as_of = datetime.fromisoformat(json.loads(example)["as_of"])
    for row in json.loads(example)["prices"]:
        assert parse_spot(example.encode(), row["model"], as_of).rates.output > 0


@pytest.mark.parametrize("price", [0.25, "0.25", Decimal("0.25"), "2.5e-1"])
def test_numbers_may_be_written_as_text_or_number(price):
    body = json.dumps(feed_body(NOON, output="X")).replace('"X"', json.dumps(price, default=float))
    assert parsed(body.encode()).rates.output == nanos_from_usd("0.25")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"currency": "EUR"}, "is in EUR"),
        ({"currency": None}, "is in nothing"),
        ({"as_of": None}, "lacks as_of"),
        ({"as_of": "yesterday"}, "has yesterday for as_of"),
        ({"as_of": "2026-11-24T12:00:00"}, "with its zone"),
        ({"as_of": "2026-11-24T13:00:00Z"}, "in the future"),
        ({"valid_until": "2026-11-24T11:00:00Z"}, "ends before it begins"),
        ({"valid_until": 5}, "lacks valid_until"),
        ({"prices": None}, "has no list of prices"),
        ({"prices": []}, "has no list of prices"),
        ({"prices": [{"model": "another", "input": "1", "output": "1"}]}, "has no price for qwen3-8b"),
        ({"prices": ["x"]}, "has no price for"),
    ],
)
def test_a_feed_that_cannot_be_used_says_why_in_one_sentence(change, sentence):
    with pytest.raises(BadFeedError, match=sentence):
        parsed({**feed_body(NOON), **change})


@pytest.mark.parametrize(
    "bad", ["-1", -1, "NaN", "inf", None, "abc", "", True, [], {}, "1e9", float("nan"), float("inf")]
)
@pytest.mark.parametrize("which", ["input", "output", "cache_read"])
def test_a_price_that_is_none_is_refused_and_never_zero(bad, which):
    if which == "cache_read" and bad is None:
        return  # no cache rate at all is ordinary
    row = {"model": MODEL, "input": "1", "output": "1", which: bad}
    with pytest.raises(BadFeedError, match="price"):
        parsed({**feed_body(NOON), "prices": [row]})


@pytest.mark.parametrize("capacity", [-1, "many", True, 1e300, float("nan")])
def test_a_capacity_that_means_nothing_is_refused(capacity):
    with pytest.raises(BadFeedError, match="capacity"):
        parsed(feed_body(NOON, capacity=capacity))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<!doctype html><html></html>", "is a web page"),
        (b"prices: 3", "is no JSON"),
        (b"[1]", "is no JSON object"),
        (b"\xff\xfe", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b" " * (MOST_BYTES + 1), "is larger than 256 kB"),
    ],
)
def test_what_is_no_feed_is_told_by_its_kind(data, sentence):
    with pytest.raises(BadFeedError, match=sentence):
        parsed(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers() | st.just("USD"),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["currency", "as_of", "valid_until", "prices", "model"]), inner)
        ),
    )
)
def test_no_body_whatever_breaks_the_reader(anything):
    with pytest.raises(BadFeedError):
        parsed({**feed_body(NOON), "prices": anything})
    with pytest.raises(BadFeedError):
        parsed(json.dumps(anything).encode())


def test_a_tier_that_takes_any_model_takes_the_general_price_or_the_only_one():
    assert parsed(feed_body(NOON), model="*").rates.output == nanos_from_usd("0.8")
    rows = [{"model": "*", "input": "1", "output": "2"}, {"model": MODEL, "input": "3", "output": "4"}]
    both = {**feed_body(NOON), "prices": rows}
    assert parsed(both, model="*").rates.output == nanos_from_usd("2")
    assert parsed(both).rates.output == nanos_from_usd("4")
    assert parsed(both, model="other").rates.output == nanos_from_usd("2")


@pytest.mark.parametrize(
    ("spot", "sentence"),
    [
        ("http://feed.example/spot.json", "clear text"),
        ("http://169.254.169.254/spot", "metadata"),
        ("ftp://feed.example/spot", "https://"),
        ("https://me:secret@feed.example/spot", "name or password"),
        ("spot.json", "no whole path"),
    ],
)
def test_a_feeds_address_keeps_the_rules_of_every_address(spot, sentence):
    with pytest.raises(PersonError, match=sentence):
        check_spot(spot, Place.DISTRIBUTED)


class Edge:
    """A market with one tier whose price comes from a feed."""

    def __init__(self, where, *, prices=None):
        self.clock = Clock()
        self.market = market_of(TIER, clock=self.clock, terms=Terms({"edge": prices} if prices else {}))
        self.market.set_tiers([TIER], Terms({"edge": prices} if prices else {}, spots={"edge": where}))

    async def later(self, **span):
        self.clock.now += timedelta(**span)
        await self.market._reading.read_spots(self.market._watched())
        return self.market.snapshot.quotes["edge"]


async def test_a_feed_on_the_network_is_followed_and_its_lies_are_held():
    with SpotFeedDouble() as double:
        edge = Edge(double.feed_url)
        double.body = feed_body(edge.clock.now)
        quote = await edge.later(seconds=1)
        assert (quote.price_kind, quote.price.rates.output) == (PriceKind.SPOT, nanos_from_usd("0.8"))
        double.body = feed_body(edge.clock.now, output="0.90")
        assert (await edge.later(seconds=61)).price.rates.output == nanos_from_usd("0.9")
        double.body = feed_body(edge.clock.now, "0", "0")
        quote = await edge.later(seconds=61)
        assert quote.price.rates.output == nanos_from_usd("0.9")
        assert quote.held.new.output == 0
        quote = await edge.later(seconds=61)
        assert quote.price.rates.output == nanos_from_usd("0.9"), "the same saying confirms nothing"
        edge.clock.now += timedelta(minutes=4)
        edge.market.set_enabled("edge", True)
        quote = edge.market.snapshot.quotes["edge"]
        assert quote.price is None
        assert quote.held.old.output == nanos_from_usd("0.9"), "it has run out, and may still be asked about"
        double.body = feed_body(edge.clock.now, "0", "0")
        quote = await edge.later(seconds=61)
        assert (quote.price.rates.output, quote.held) == (0, None)
        await edge.market.stop()


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (html(), "web page"),
        (redirect("https://elsewhere.example/"), "leads to another address"),
        (html(status=503), "HTTP 503"),
        (gzip_bomb(), "larger than 256 kB"),
        (Raw(200, {"content-type": "application/json"}, (b'{"currency": ',)), "no JSON"),
    ],
)
async def test_a_feed_that_fails_leaves_the_last_good_price_until_it_runs_out(raw, sentence):
    with SpotFeedDouble() as double:
        edge = Edge(double.feed_url)
        double.body = feed_body(edge.clock.now)
        first = (await edge.later(seconds=1)).price.as_of
        double.raw = raw
        quote = await edge.later(minutes=2)
        assert quote.price.as_of == first
        quote = await edge.later(minutes=4)
        assert quote.price is None
        assert "has run out" in quote.unpriced_reason
        assert sentence in quote.unpriced_reason
        await edge.market.stop()


async def test_a_feed_that_is_not_there_is_asked_less_and_less_and_no_lesser_source_speaks_for_it():
    edge = Edge("http://127.0.0.1:9/spot.json")
    quote = await edge.later(seconds=1)
    assert quote.price is None
    assert "was not read: no connection to 127.0.0.1:9" in quote.unpriced_reason
    asked = []
    for _ in range(60):
        before = edge.market._prices.spots._places["http://127.0.0.1:9/spot.json"].asked_at
        await edge.later(minutes=1)
        if edge.market._prices.spots._places["http://127.0.0.1:9/spot.json"].asked_at != before:
            asked.append(edge.clock.now)
    waits = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=8)
    await edge.market.stop()


async def test_a_model_that_the_feed_lacks_does_not_slow_the_others_down():
    with SpotFeedDouble() as double:
        edge = Edge(double.feed_url)
        other = replace(TIER, id="other", model="not-there")
        edge.market.set_tiers([TIER, other], Terms(spots={"edge": double.feed_url, "other": double.feed_url}))
        for _ in range(3):
            double.body = feed_body(edge.clock.now + timedelta(seconds=61))
            quote = await edge.later(seconds=61)
            assert quote.price.as_of == edge.clock.now
        assert "no price for not-there" in edge.market.snapshot.quotes["other"].unpriced_reason
        assert len(double.requests) == 3, "one reading serves both"
        await edge.market.stop()


async def test_a_file_is_read_and_followed(tmp_path):
    path = tmp_path / "spot.json"
    edge = Edge(str(path))
    assert "no file at" in (await edge.later(seconds=1)).unpriced_reason
    path.write_text(json.dumps(feed_body(edge.clock.now, capacity=2)), "utf-8")
    assert "room for 2" in (await edge.later(seconds=61)).price.source
    path.write_bytes(b"x" * 1_000_000)
    assert (await edge.later(seconds=61)).price.rates.output == nanos_from_usd("0.8")
    back = feed_body(edge.clock.now - timedelta(hours=1), output="0.70", minutes=600)
    path.write_text(json.dumps(back), "utf-8")
    assert (await edge.later(seconds=61)).price.rates.output == nanos_from_usd("0.8"), "it went back in time"


async def test_the_persons_own_price_comes_first():
    edge = Edge("/nowhere/spot.json", prices=PersonPrice(1, 2))
    assert (await edge.later(seconds=1)).price_kind is PriceKind.OWN


@given(
    st.lists(
        st.sampled_from([kind for kind in ProviderKind if kind is not ProviderKind.BUILTIN]), max_size=10
    ),
    st.integers(0, 10),
    st.integers(1, 4),
    st.integers(1, 20),
    st.integers(10, 600),
)
def test_with_feeds_and_hosts_idle_requests_stay_under_five_a_minute(kinds, local, feeds, lists, wanted):
    tiers = [
        tier_of(
            str(number), kind, "http://127.0.0.1:9", place=Place.PERSONAL if number < local else Place.OFFICE
        )
        for number, kind in enumerate(kinds)
    ]
    minute = timedelta(minutes=1)
    looks = sum(minute / interval(tier, tiers) * cost(tier) for tier in tiers)
    spots = feeds * (minute / spot_interval(timedelta(seconds=wanted), feeds, tiers))
    live = lists * (minute / live_interval(lists))
    assert looks + spots + live < 5
    assert live_interval(lists) >= LIVE_EVERY
    assert spot_interval(timedelta(seconds=wanted), feeds, tiers) >= timedelta(seconds=wanted)
    assert spot_interval(timedelta(seconds=60), 1, []) == timedelta(seconds=60)
