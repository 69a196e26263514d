"""The hosts of a model at OpenRouter: the cheapest that is up and allowed is quoted, and lies are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.hosts import HostPreferences, HostSort
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import Price
from compute_broker.core.price_origin import PriceKind
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.hold import NOTHING
from compute_broker.market.host_book import STALE_AFTER, HostBook
from compute_broker.market.merge import NoPrice
from compute_broker.market.openrouter_hosts import (
    TYPICAL_IN,
    TYPICAL_OUT,
    BadHostsError,
    Host,
    Wish,
    choose,
    price_of,
    read_hosts,
)
from doubles.openrouter_api import KIMI, OpenRouterDouble, endpoint_row
from market.markets import Clock, market_of, tier_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=31)
ANY = Wish(HostPreferences())


def body(*rows):
    return {"data": {"id": KIMI, "endpoints": list(rows)}}


def row(host, prompt, completion, **more):
    return endpoint_row(KIMI, host, prompt, completion, **more)


NOVITA = row("Novita", "0.0000008", "0.0000034", tag="novita/fp8")
MOONSHOT = row("Moonshot", "0.00000095", "0.000004")
TIER = tier_of("kimi", ProviderKind.OPENROUTER, "https://or.example", model=KIMI, place=Place.CLOUD)


def chosen(*rows, **wishes):
    suffix = wishes.pop("suffix", "")
    found = choose(read_hosts(body(*rows), NOON), Wish(HostPreferences(**wishes), suffix), NOON)
    return found.name if isinstance(found, Host) else found


COST = st.integers(0, 90)


@given(
    st.lists(
        st.tuples(COST, COST, st.booleans(), st.sampled_from(["alfa", "beta/fp8", "gamma"])), min_size=1
    ),
    st.sets(st.sampled_from(["alfa", "beta", "gamma"])),
)
def test_the_quote_is_the_cheapest_host_that_is_up_and_not_ignored(hosts, ignored):
    rows = [
        row(tag, f"0.{cost_in:06}", f"0.{cost_out:06}", tag=tag, status=0 if up else -2)
        for cost_in, cost_out, up, tag in hosts
    ]
    found = choose(read_hosts(body(*rows), NOON), Wish(HostPreferences(ignore=tuple(ignored))), NOON)
    fit = [
        TYPICAL_IN * cost_in + TYPICAL_OUT * cost_out
        for cost_in, cost_out, up, tag in hosts
        if up and tag.split("/")[0] not in ignored
    ]
    if isinstance(found, str):
        assert not fit
        return
    rates = price_of(found, NOON, as_of=NOON).rates
    assert (TYPICAL_IN * rates.input + TYPICAL_OUT * rates.output) == min(fit) * 1_000_000_000
    assert found.up
    assert found.tag.split("/")[0] not in ignored


def test_in_and_out_are_weighed_together():
    cheap_in = row("Alfa", "0.0000001", "0.00001")
    even = row("Beta", "0.0000005", "0.000002")
    assert chosen(cheap_in, even) == "Beta"


@pytest.mark.parametrize(
    ("health", "up"),
    [
        ({"status": 0}, True),
        ({"status": -1}, False),
        ({"status": -10}, False),
        ({"status": 7}, False),
        ({"status": None}, False),
        ({"status": False}, False),
        ({"status": "0"}, False),
        ({"uptime_last_5m": 12.5}, False),
        ({"uptime_last_30m": 89.9}, False),
        ({"uptime_last_5m": None, "uptime_last_30m": None}, True),
        ({"uptime_last_5m": "down", "uptime_last_30m": float("nan")}, True),
        ({"uptime_last_1d": 3}, True),
    ],
)
def test_a_host_is_up_when_its_status_is_normal_and_no_known_uptime_is_bad(health, up):
    assert chosen({**NOVITA, **health}, MOONSHOT) == ("Novita" if up else "Moonshot")


def test_the_persons_preferences_are_honoured():
    assert chosen(NOVITA, MOONSHOT) == "Novita"
    assert chosen(NOVITA, MOONSHOT, ignore=("novita",)) == "Moonshot"
    assert chosen(NOVITA, MOONSHOT, only=("moonshot",)) == "Moonshot"
    assert chosen(NOVITA, MOONSHOT, order=("moonshot", "novita")) == "Moonshot"
    assert chosen({**NOVITA, "status": -2}, MOONSHOT, order=("novita",)) == "Moonshot"
    assert chosen(NOVITA, MOONSHOT, only=("novita/fp8",)) == "Novita"
    assert chosen(NOVITA, row("Other", "0.0000001", "0.0000001", tag="nov"), only=("novita",)) == "Novita"
    assert "matches the preferences" in chosen(NOVITA, MOONSHOT, only=("nobody",))
    assert "matches the preferences" in chosen(NOVITA, MOONSHOT, max_out=nanos_from_usd("3.39"))
    assert chosen(NOVITA, MOONSHOT, max_out=nanos_from_usd("3.40")) == "Novita"
    assert "down at the moment" in chosen({**NOVITA, "status": -1}, MOONSHOT, only=("novita",))


def test_the_fastest_is_quoted_when_the_fastest_is_asked_for():
    fast = {**MOONSHOT, "throughput_last_30m": {"p50": 120}, "latency_last_30m": {"p50": 2000}}
    assert chosen(NOVITA, fast, sort=HostSort.THROUGHPUT) == "Moonshot"
    assert chosen(NOVITA, fast, sort=HostSort.LATENCY) == "Novita"
    assert chosen(NOVITA, fast, suffix=":nitro") == "Moonshot"
    assert chosen(NOVITA, fast, suffix=":nitro", sort=HostSort.PRICE) == "Novita"
    silent = {**NOVITA, "throughput_last_30m": None, "latency_last_30m": {"p50": "quick"}}
    assert chosen(silent, fast, sort=HostSort.THROUGHPUT) == "Moonshot"
    assert chosen(silent, fast, sort=HostSort.LATENCY) == "Moonshot"


def test_a_service_tier_is_quoted_only_where_the_models_suffix_asks_for_it():
    flex = row("Flex", "0.0000001", "0.0000001", service_tier="flex")
    assert chosen(NOVITA, flex) == "Novita"
    assert chosen(NOVITA, flex, suffix=":floor") == "Flex"
    assert chosen(NOVITA, flex, suffix=":nitro") == "Novita"


@pytest.mark.parametrize("price", ["-1", "NaN", "inf", None, "abc", 0.000001, "1"])
def test_a_host_whose_price_is_none_is_left_out_and_without_others_there_is_no_price(price):
    bad = row("Liar", price, "0.000001")
    assert chosen(bad, NOVITA) == "Novita"
    with pytest.raises(BadHostsError, match="no host at OpenRouter has a usable price: its prompt price"):
        read_hosts(body(bad), NOON)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers() | st.just(NOVITA),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["data", "endpoints", "pricing", "tag"]), inner)
        ),
    )
)
def test_no_body_whatever_breaks_the_reader(anything):
    book = HostBook()
    for found in (anything, {"data": {"endpoints": anything}}, {"data": {"endpoints": [anything]}}):
        book.take(found, TIER, NOON, reference=None, memory=NOTHING)
        offer = book.offer(TIER, NOON)
        assert offer is None or isinstance(offer, Price | NoPrice | str)
        assert not isinstance(offer, Price) or offer.rates.output > 0


def taken(*bodies, tier=TIER, reference=None):
    book = HostBook()
    for number, found in enumerate(bodies):
        book.take(found, tier, NOON + timedelta(minutes=number), reference=reference, memory=NOTHING)
    return book


@pytest.mark.parametrize("lie", [None, "<html>", {"data": None}, {"error": "no"}, body(), body("x")])
def test_a_malformed_list_leaves_the_last_good_price_with_its_age(lie):
    book = taken(body(NOVITA), lie)
    assert book.offer(TIER, LATER).as_of == NOON
    assert "older than a day" in book.offer(TIER, NOON + STALE_AFTER + timedelta(minutes=5))


def test_a_sudden_change_is_held_until_the_next_reading_says_it_again():
    free = body(row("Novita", "0", "0"), MOONSHOT)
    book = taken(body(NOVITA), free)
    held = book.offer(TIER, LATER)
    assert (held.rates.output, held.as_of) == (nanos_from_usd("3.4"), NOON)
    assert "waits to be confirmed" in held.source
    assert taken(body(NOVITA), free, free).offer(TIER, LATER).rates.output == 0
    assert isinstance(taken(free, reference=price_of(read_hosts(body(NOVITA), NOON)[0], NOON, as_of=NOON).rates).offer(TIER, LATER), str)  # fmt: skip  # noqa: E501 - one thought


def test_when_nobody_matches_there_is_no_price_and_no_other_source_is_asked():
    picky = replace(TIER, hosts=HostPreferences(only=("nobody",)))
    assert isinstance(taken(body(NOVITA), tier=picky).offer(picky, LATER), NoPrice)
    down = body({**NOVITA, "status": -1})
    assert isinstance(taken(down).offer(TIER, LATER), str), "without preferences the list is no worse"


async def test_hosts_are_read_with_the_key_and_come_before_the_list():
    with OpenRouterDouble(key="sk") as double:
        tier = tier_of("kimi", ProviderKind.OPENROUTER, double.url, model=KIMI, key="or", place=Place.CLOUD)
        clock = Clock()
        market = market_of(tier, keys={"or": "sk"}, clock=clock)
        try:
            await market.load_prices()
            await market.refresh(force=True)
            quote = market.snapshot.quotes["kimi"]
            assert (quote.price_kind, quote.price.rates.output) == (PriceKind.HOSTS, nanos_from_usd("3.4"))
            assert "Novita, the cheapest (2 of 2 up)" in quote.price.source
            assert (quote.tokens_per_second, quote.first_token_ms) == (41, 820)
            assert quote.speed_source == "as OpenRouter measured at Novita"
            (asked,) = [seen for seen in double.requests if seen.path.endswith("/endpoints")]
            assert asked.token == "sk"
            market.record_success("kimi", tokens_per_second=9.0, first_word_ms=400)
            quote = market.snapshot.quotes["kimi"]
            assert (quote.tokens_per_second, quote.first_token_ms, quote.speed_source) == (9.0, 400, "")
            market.set_tiers([replace(tier, hosts=HostPreferences(only=("nobody",)))])
            await market.refresh()
            quote = market.snapshot.quotes["kimi"]
            assert quote.price is None
            assert "matches the preferences" in quote.unpriced_reason
        finally:
            await market.stop()


async def test_hosts_are_read_as_seldom_as_the_list():
    with OpenRouterDouble() as double:
        tiers = [
            tier_of(
                f"k{number}", ProviderKind.OPENROUTER, double.url, model=model, key="or", place=Place.CLOUD
            )
            for number, model in enumerate((KIMI, f"{KIMI}:floor", "a/b"))
        ]
        clock = Clock()
        market = market_of(*tiers, keys={"or": "sk"}, clock=clock)
        try:
            for _ in range(60):
                await market.refresh()
                clock.now += timedelta(minutes=1)
            read = [seen.path for seen in double.requests if "/models" in seen.path]
            assert sorted(read) == sorted(2 * ["/api/v1/models", f"/api/v1/models/{KIMI}/endpoints", "/api/v1/models/a/b/endpoints"])  # fmt: skip  # noqa: E501 - one thought
        finally:
            await market.stop()
