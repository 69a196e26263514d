"""Every sample configuration in the docs is read by the program's own parser, and means what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compute_broker.config.home import Home
from compute_broker.config.store import SettingsStore
from compute_broker.core.tier import Place
from compute_broker.from_settings import plans_of, tiers_of
from compute_broker.net.address import check_base_url

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
SAMPLES = [
    pytest.param(text, id=f"{file.name}-{number}")
    for file in sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])
    for number, text in enumerate(BLOCK.findall(file.read_text("utf-8")))
]


def read(text):
    home = Home.find()
    home.prepare()
    home.settings.write_text(text, "utf-8")
    store = SettingsStore(home)
    assert not store.problem
    return store.current


@pytest.mark.parametrize("text", SAMPLES)
def test_every_sample_is_taken_as_it_is(text):
    settings = read(text)
    for tier in tiers_of(settings):
        if tier.base_url:
            check_base_url(tier.base_url, tier.place)


def test_there_is_a_sample_for_every_place_and_one_for_a_plan():
    text = (ROOT / "docs" / "places.md").read_text("utf-8")
    every = read("\n".join(BLOCK.findall(text)))
    assert {tier.place for tier in tiers_of(every)} == set(Place)
    plan = plans_of(every)["flat"]
    assert (plan.requests, plan.week_tokens, plan.week_day, plan.week_time.hour) == (200, 20_000_000, 0, 9)
    assert not plan.stops


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ("{ window_hours = 5 }", "say what it allows"),
        ('{ requests = 5, week_resets = "someday" }', "no moment of a week"),
        ('{ requests = 5, week_resets = "mon 25:00" }', "no moment of a week"),
        ("{ requests = 0 }", "requests"),
        ('{ requests = 5, then = "beg" }', "then"),
        ("{ requests = 5, request = 6 }", "did you mean 'requests'"),
    ],
)
def test_a_plan_that_means_nothing_is_refused_with_a_sentence(plan, told):
    home = Home.find()
    home.prepare()
    home.settings.write_text(f'[[tiers]]\nid = "t"\nprovider = "openai"\nplan = {plan}\n', "utf-8")
    assert told in SettingsStore(home).problem
