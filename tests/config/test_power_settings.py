"""Tariff hours, hardware and rules in the settings file: read, refused with one sentence, made terms."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from compute_broker.config.edits import add_block, remove_block
from compute_broker.config.home import Home
from compute_broker.config.store import SettingsStore, parse_settings
from compute_broker.core.errors import SettingsError
from compute_broker.from_settings import terms_of
from compute_broker.market.rules import LocalRule
from compute_broker.market.tariff import Span
from compute_broker.resources_path import resource

HOURS = '[[electricity.hours]]\nfrom = "22:00"\nto = "{to}"\nusd_per_kwh = 0.18\n'


def test_hours_become_a_tariff_with_the_later_block_last():
    text = "[electricity]\nusd_per_kwh = 0.31\n" + HOURS.format(to="6:00")
    text += '[[electricity.hours]]\nfrom = "0:00"\nto = "24:00"\nusd_per_kwh = 0.1\ndays = ["sun"]\n'
    tariff = terms_of(parse_settings(text, "settings.toml")).tariff
    assert tariff.flat == 310_000_000
    assert tariff.hours == (
        (Span(time(22), time(6)), 180_000_000),
        (Span(time(0), time(0), frozenset({6})), 100_000_000),
    )


def test_hardware_counts_only_when_a_price_was_paid():
    assert terms_of(parse_settings("", "settings.toml")).wear.nanos_per_hour == 0
    text = "[hardware]\npaid = 1600\nresale = 400.0\nyears = 4\nhours_per_day = 2.4\n"
    wear = terms_of(parse_settings(text, "settings.toml")).wear
    assert wear.nanos_per_hour == 342_465_754  # 1,200 USD over 4 x 365 x 2.4 hours, rounded up


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", LocalRule()),
        ('on_battery = "never"', LocalRule(100)),
        ('on_battery = "Above 35%"', LocalRule(35)),
        ('hours = "22:00-07:00, 12:00-13:00"\nmetered = "avoid"',
         LocalRule(None, ((time(22), time(7)), (time(12), time(13))), avoid_metered=True)),
    ],
)  # fmt: skip
def test_rules_are_read_as_written(text, rule):
    assert terms_of(parse_settings(f"[local]\n{text}\n", "settings.toml")).rule == rule


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            HOURS.format(to="25:00"),
            "line 3: electricity.hours.to: '25:00' is no time of day; write \"22:00\".",
        ),
        (HOURS.format(to="six"), "'six' is no time of day"),
        (HOURS.format(to="6:00").replace("0.18", "-1"), "usd_per_kwh: -1 lies outside 0 to 1,000,000"),
        (HOURS.format(to="6:00") + 'days = ["someday"]\n', "someday"),
        (HOURS.format(to="6:00").replace("from", "frm"), "did you mean 'from'?"),
        ("[hardware]\npaid = 1\nresale = 2\n", "resale: it cannot bring more than was paid"),
        ("[hardware]\nyears = 0\n", "line 2: hardware.years: write a figure above 0"),
        ("[hardware]\nhours_per_day = 25\n", "lies outside 0 to 24"),
        ('[local]\non_battery = "sometimes"\n', "line 2: local.on_battery: 'sometimes' is no rule"),
        ('[local]\non_battery = "above 101 %"\n', "is no rule"),
        ('[local]\nhours = "all night"\n', "local.hours: 'all night' are no hours"),
        ('[local]\nmetered = "no"\n', "it should be use or avoid"),
        ('[notify]\nquiet = "1:00-2:00, 3:00-4:00"\n', "one span of hours"),
    ],
)
def test_what_means_nothing_is_refused_with_its_line_and_a_remedy(text, sentence):
    with pytest.raises(SettingsError) as refused:
        parse_settings(text, "settings.toml")
    assert sentence in str(refused.value)
    assert str(refused.value).count("\n") == 0


def test_the_defaults_document_every_new_setting_and_rule_nothing():
    text = resource("settings.default.toml").read_text("utf-8")
    for name in ("[[electricity.hours]]", "hours_per_day", "on_battery", "metered", "resale"):
        assert name in text
    terms = terms_of(parse_settings(text, "settings.default.toml"))
    assert (terms.rule, terms.wear.nanos_per_hour, terms.tariff.hours) == (LocalRule(), 0, ())


def test_the_commented_examples_are_right_as_they_stand():
    text = resource("settings.default.toml").read_text("utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    start = lines.index(next(line for line in lines if line.startswith("[[electricity.hours]]")))
    end = lines.index(next(line for line in lines if line.startswith("[local]")))
    settings = parse_settings("\n".join(lines[start:end]), "example")
    assert settings.electricity.hours[0].usd_per_kwh == Decimal("0.18")
    assert settings.hardware.tiers == ["local"]


def test_hours_are_added_and_removed_with_comments_kept():
    store = SettingsStore(Home.find())
    values = {"from": "22:00", "to": "06:00", "usd_per_kwh": Decimal("0.18"), "days": ["sat", "sun"]}
    store.update(add_block("electricity", "hours", values))
    (hours,) = store.current.electricity.hours
    assert (hours.times, hours.days) == ((time(22), time(6)), ["sat", "sun"])
    store.update(remove_block("electricity", "hours", 0, "Those hours are"))
    assert store.current.electricity.hours == []
    assert "# your tariff" in store.path.read_text("utf-8")
    with pytest.raises(SettingsError, match="Those hours are not there any more"):
        store.update(remove_block("electricity", "hours", 0, "Those hours are"))
