"""Budgets of one source or project bind their own requests and nobody else's."""

from __future__ import annotations

import json

import pytest

from broker.world import cloud, world, write_settings
from cli.test_cli import run
from compute_broker.broker.events import AskOptions, BudgetView, Source, Spend
from compute_broker.broker.spending import hard_budget_left
from compute_broker.config.edits import add_budget, remove_budget
from compute_broker.config.home import Home
from compute_broker.config.store import SettingsStore
from compute_broker.core.errors import SettingsError
from compute_broker.desktop.look import tightest

THESIS = '[[budget.only]]\nproject = "thesis"\namount = 0.000001\nhard = true\n'
PROGRAMS = '[[budget.only]]\nsource = "gateway"\nperiod = "day"\namount = 3.5\n'


async def test_a_project_at_its_limit_stops_while_others_go_on(claude):
    home = write_settings(cloud("haiku", claude.url), THESIS, PROGRAMS)
    async with world(home, anthropic="sk-test") as services:
        broker = services.broker
        assert broker.preview("Say hello").quote is not None
        refused = broker.preview("Say hello", AskOptions(project="thesis"))
        assert refused.quote is None
        assert "budget" in refused.reason
        assert (
            broker.preview("Say hello", AskOptions(project="thesis", override_budget=True)).quote is not None
        )
        assert broker.preview("Say hello", AskOptions(project="letters")).quote is not None
        assert [view.whose for view in broker.spend.budgets] == ["project thesis", "source gateway"]
        assert tightest(broker.spend) is None  # the icon tells of budgets for everything only


def test_the_tightest_budget_that_binds_counts():
    spend = Spend(
        budgets=(
            BudgetView("day", 100, hard=True, spent=10),
            BudgetView("month", 50, hard=True, spent=0, source="gateway"),
            BudgetView("month", 5, hard=True, spent=0, source="gateway", project="p"),
            BudgetView("month", 1, hard=False, spent=0, project="p"),
        )
    )
    assert hard_budget_left(spend, Source.QUICK_ASK, None) == 90
    assert hard_budget_left(spend, Source.QUICK_ASK, "p") == 90
    assert hard_budget_left(spend, Source.GATEWAY, None) == 50
    assert hard_budget_left(spend, Source.GATEWAY, "p") == 5
    assert hard_budget_left(Spend(), Source.GATEWAY, "p") is None


def test_usage_and_doctor_tell_how_they_stand():
    write_settings(cloud("haiku", "http://127.0.0.1:9"), THESIS, PROGRAMS)
    said = run("usage").stdout
    assert "Budget per month for project thesis: $0.00 of " in said
    assert "Budget per day for source gateway: " in said
    assert "$3.50 left (warns)" in said
    (thesis, programs) = json.loads(run("usage", "--json").stdout)["budgets"]
    assert (thesis["project"], thesis["source"], thesis["hard"]) == ("thesis", None, True)
    assert (programs["source"], programs["period"], programs["left_usd"]) == ("gateway", "day", 3.5)
    assert "budget per day for source gateway" in run("doctor", code=1).stdout


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("amount = 5.0\n", "name a source or a project"),
        ('project = "p"\namount = -1.0\n', "outside 0"),
        ('source = "nobody"\namount = 1.0\n', "source"),
        ('project = "p"\n', "amount"),
        ('project = "p"\namount = 1.0\nperiod = "year"\n', "period"),
    ],
)
def test_a_budget_that_means_nothing_is_told_with_its_place(block, told):
    write_settings(cloud("haiku", "http://127.0.0.1:9"), f"[[budget.only]]\n{block}")
    problem = SettingsStore(Home.find()).problem
    assert problem is not None
    assert told in problem


def test_they_are_added_and_removed_without_touching_the_rest():
    store = SettingsStore(Home.find())
    store.update(add_budget({"project": "a", "source": None, "period": "day", "amount": 1, "hard": True}))
    store.update(add_budget({"project": None, "source": "gateway", "period": "month", "amount": 2}))
    assert [(each.project, each.source) for each in store.current.budget.only] == [
        ("a", None),
        (None, "gateway"),
    ]
    text = store.path.read_text("utf-8")
    assert "# your tariff: what a local answer really costs" in text
    store.update(remove_budget(0))
    assert [each.source for each in SettingsStore(Home.find()).current.budget.only] == ["gateway"]
    with pytest.raises(SettingsError, match="not there any more"):
        store.update(remove_budget(7))
