"""How prices are got, as a person writes it: hosts, spot feeds, updates of the catalog."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compute_broker.config.store import parse_settings
from compute_broker.core.errors import SettingsError
from compute_broker.core.hosts import ANY_HOST, HostPreferences, HostSort
from compute_broker.core.money import nanos_from_usd
from compute_broker.from_settings import terms_of, tiers_of

TIER = '[[tiers]]\nid = "kimi"\nprovider = "openrouter"\nmodel = "a/b"\n'
PLAIN = 'baseline = "kimi"\n'


def read(more: str, head: str = ""):
    return parse_settings(PLAIN + head + TIER + more, "settings.toml")


def test_wishes_about_hosts_reach_the_tier():
    (tier,) = tiers_of(
        read(
            'hosts = { only = ["novita/fp8"], order = ["novita"], sort = "throughput", max_price_in = 1,'
            " zero_data_retention = true, deny_data_collection = true, max_price_out = 4.5 }"
        )
    )
    assert tier.hosts == HostPreferences(
        only=("novita/fp8",),
        order=("novita",),
        sort=HostSort.THROUGHPUT,
        deny_data_collection=True,
        zero_data_retention=True,
        max_in=nanos_from_usd("1"),
        max_out=nanos_from_usd("4.5"),
    )
    assert tiers_of(read(""))[0].hosts == ANY_HOST
    assert not ANY_HOST


def test_a_spot_feed_and_its_pace_reach_the_market():
    terms = terms_of(read('spot = "/srv/spot.json"\n', head="[prices]\nspot_seconds = 30\n"))
    assert (terms.spots, terms.spot_every) == ({"kimi": "/srv/spot.json"}, timedelta(seconds=30))
    assert terms_of(read("")).spot_every == timedelta(seconds=60)
    assert read("").prices.update_catalog is False


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('hosts = { only = ["No Vita"] }', "'No Vita' is no host; write it small"),
        ('hosts = { only = ["x"], ignore = ["x"] }', "x is in only too"),
        ("hosts = { max_price_in = -1 }", "max_price_in: -1 lies outside 0"),
        ('hosts = { sort = "best" }', "price or throughput or latency"),
        ('hosts = { onyl = ["x"] }', "did you mean 'only'"),
        ('spot = "spot.json"', "no whole path"),
        ('spot = "ftp://x.example/y"', "must begin with https:// or http://"),
    ],
)
def test_what_means_nothing_is_refused_with_a_sentence_and_its_line(more: str, sentence: str):
    with pytest.raises(SettingsError, match=sentence) as error:
        read(more)
    assert "line " in str(error.value)


def test_only_a_router_has_hosts_to_choose_from():
    with pytest.raises(SettingsError, match="only a tier at OpenRouter has hosts"):
        parse_settings(
            '[[tiers]]\nid = "x"\nprovider = "anthropic"\nhosts = { only = ["y"] }\n', "settings.toml"
        )


@pytest.mark.parametrize("head", ["[prices]\nspot_seconds = 1\n", '[prices]\ncatalog_url = "file:///x"\n'])
def test_a_pace_or_a_page_that_means_nothing_is_refused(head: str):
    with pytest.raises(SettingsError, match=r"spot_seconds|catalog_url"):
        read("", head=head)
