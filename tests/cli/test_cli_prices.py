"""Prices on the command line: where each is from, how they moved, and the word on one that is held."""

from __future__ import annotations

import json

import pytest

from broker.world import write_settings
from compute_broker.config.home import Home
from compute_broker.core.price import TokenRates
from compute_broker.core.price_origin import PriceKind
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.periods import utc_now
from compute_broker.ledger.price_changes import PriceNote, PriceSaid
from doubles.openrouter_api import KIMI, OpenRouterDouble
from doubles.spot_feed import MODEL, SpotFeedDouble
from support.command import run

ROUTED = """
[[tiers]]
id = "kimi"
provider = "openrouter"
model = "{model}"
base_url = "{url}"
key = "openrouter"
place = "cloud"
hosts = {{ only = ["moonshot"] }}
"""
EDGE = """
[[tiers]]
id = "edge"
provider = "openai"
model = "{model}"
base_url = "http://127.0.0.1:9/v1"
spot = "{spot}"
"""


@pytest.fixture
def router(monkeypatch):
    with OpenRouterDouble(key="sk") as double:
        monkeypatch.setenv("COMPUTE_BROKER_KEY_OPENROUTER", "sk")
        yield double


def test_tiers_say_where_each_price_is_from_and_how_old_it_is(router):
    with SpotFeedDouble() as feed:
        write_settings(
            ROUTED.format(model=KIMI, url=router.url), EDGE.format(model=MODEL, spot=feed.feed_url)
        )
        kimi, edge = json.loads(run("tiers", "--json").stdout)
        assert (kimi["price_kind"], kimi["price_out_usd_per_mtok"]) == ("hosts", 4)
        assert "Moonshot, the cheapest that you allow" in kimi["price_source"]
        assert 0 <= kimi["price_age_seconds"] < 90
        assert (kimi["tokens_per_second"], kimi["speed_source"]) == (41, "as OpenRouter measured at Moonshot")
        assert (edge["price_kind"], edge["cost_basis"], edge["price_out_usd_per_mtok"]) == (
            "spot",
            "spot",
            0.8,
        )
        assert edge["price_source"].startswith("spot feed, valid until ")
        table = run("tiers").stdout
        assert "hosts, just now" in table
        assert "spot, just now" in table
        history = json.loads(run("prices", "history", "--json").stdout)
        assert {(row["tier"], row["state"]) for row in history} == {
            ("kimi", "in_force"),
            ("edge", "in_force"),
        }
        (row,) = json.loads(run("prices", "history", "kimi", "--json").stdout)
        assert (row["price_kind"], row["price_in_usd_per_mtok"], row["model"]) == ("hosts", 0.95, KIMI)
        assert "in force" in run("prices", "history").stdout


def test_a_held_price_is_believed_by_a_command(router):
    home = write_settings(ROUTED.format(model=KIMI, url=router.url))
    assert "No price has been noted yet" in run("prices", "history").stdout
    assert "No price of kimi is held" in run("tiers", "confirm", "kimi", code=2).stderr
    assert "There is no tier 'nope'" in run("tiers", "confirm", "nope", code=2).stderr
    run("tiers")
    for row in router.endpoints[KIMI]:
        row["pricing"] = {"prompt": "0", "completion": "0"}
    (kimi,) = json.loads(run("tiers", "--json").stdout)
    assert kimi["price_out_usd_per_mtok"] == 4
    assert kimi["held_price"]["price_out_usd_per_mtok"] == 0
    assert "change held" in run("tiers").stdout
    assert "held: a sudden change" in run("prices", "history", "kimi").stdout
    assert "$0.00 in, $0.00 out per million tokens is believed" in run("tiers", "confirm", "kimi").stdout
    (kimi,) = json.loads(run("tiers", "--json").stdout)
    assert (kimi["price_kind"], kimi["price_out_usd_per_mtok"], kimi["held_price"]) == ("hosts", 0, None)
    with Ledger.open(home.ledger) as ledger:
        assert [row.state.value for row in ledger.price_changes("kimi")] == [
            "in_force",
            "confirmed",
            "in_force",
        ]


def test_a_history_without_a_price_shows_a_dash():
    write_settings()
    with Ledger.open(Home.find().ledger) as ledger:
        said = PriceSaid(PriceKind.SPOT, "spot feed", TokenRates(1_000_000_000, 2_000_000_000), utc_now())
        ledger.note_prices([PriceNote("edge", "m", said)])
        ledger.note_prices([PriceNote("edge", "m", None, "the spot feed has run out")])
    lines = run("prices", "history").stdout.splitlines()
    assert "–" in lines[1]
    assert "no price  the spot feed has run out" in lines[1]
    assert "$1.00  $2.00" in lines[2]
    newest, _ = json.loads(run("prices", "history", "--json").stdout)
    assert newest["price_in_usd_per_mtok"] is newest["price_kind"] is None
