"""What is told by a notification: news only, once, and never in quiet hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot
from shell_double import TIERS, quote, snapshot, spend

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.config.schema import Notify
from compute_broker.core.quote import State
from compute_broker.desktop import notifier as module
from compute_broker.desktop.notifier import Notifier, quiet_at

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CENT = 10_000_000
STOPPED = (
    "$5.05 is spent today, the budget is $5.00. Nothing more is sent that costs; "
    "you can allow single prompts."
)


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def notifier(qtbot: QtBot, told: list[tuple[str, str]]) -> Notifier:
    return Notifier(lambda title, text: told.append((title, text)), now=lambda: NOON)


def at(cents: int, *, hard: bool = True, **whose: str) -> Spend:
    return Spend(budgets=(BudgetView("day", 500 * CENT, hard=hard, spent=cents * CENT, **whose),))


def test_each_threshold_is_told_once_a_period(notifier: Notifier, told: list[tuple[str, str]]) -> None:
    for cents in (300, 310, 390, 400, 410, 505, 600):
        notifier.look(at(cents), snapshot(), Notify())
    assert told == [
        ("80 % of a budget", "$4.00 of $5.00 is spent today."),
        (
            "100 % of a budget",
            STOPPED,
        ),
    ]
    notifier.look(at(0), snapshot(), Notify())  # midnight
    notifier.look(at(260), snapshot(), Notify())
    assert [title for title, _ in told[2:]] == ["50 % of a budget"]


def test_what_holds_at_the_start_or_after_a_change_of_the_budget_is_no_news(
    notifier: Notifier, told: list[tuple[str, str]]
) -> None:
    notifier.look(at(490), snapshot(), Notify())
    raised = Spend(budgets=(BudgetView("day", 600 * CENT, hard=True, spent=490 * CENT),))
    notifier.look(raised, snapshot(), Notify())
    assert told == []


def test_a_projects_budget_is_told_by_name_and_none_without_thresholds(
    notifier: Notifier, told: list[tuple[str, str]]
) -> None:
    notifier.look(at(100, project="thesis"), snapshot(), Notify())
    notifier.look(at(251, project="thesis"), snapshot(), Notify(budget=[]))
    notifier.look(at(100, hard=False, project="thesis"), snapshot(), Notify())
    notifier.look(at(501, hard=False, project="thesis"), snapshot(), Notify())
    assert told == [
        (
            "100 % of a budget",
            "$5.01 is spent today, the budget for project thesis is $5.00. It only warns.",
        )
    ]


def test_a_used_tier_that_stays_down_is_told_once(
    qtbot: QtBot, notifier: Notifier, told: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DOWN_MS", 20)
    used = replace(spend(), by_tier_today={"studio": 5})
    up, down = (
        quote("studio", "Studio"),
        quote("studio", "Studio", state=State.DOWN, reason="Nobody listens."),
    )
    notifier.look(used, snapshot(up), Notify())
    notifier.look(used, snapshot(down), Notify())
    notifier.look(used, snapshot(up), Notify())  # back at once: no word
    notifier.look(used, snapshot(down), Notify())
    notifier.look(used, snapshot(down), Notify())
    qtbot.waitUntil(lambda: bool(told))
    notifier.look(used, snapshot(down), Notify())
    assert told == [("Studio is down", "Nobody listens. Prompts go to other tiers until it is back.")]
    assert notifier._falling == {}


def test_a_tier_that_nobody_used_or_that_was_never_up_is_not_told(notifier: Notifier) -> None:
    used = replace(spend(), by_tier_today={"local": 5})
    notifier.look(used, snapshot(*TIERS), Notify())  # local is down from the start
    assert notifier._falling == {}
    unused = replace(spend(), by_tier_today={})
    notifier.look(unused, snapshot(quote("studio", "Studio")), Notify())
    notifier.look(unused, snapshot(quote("studio", "Studio", state=State.DOWN)), Notify())
    assert notifier._falling == {}


def test_quiet_hours_may_pass_midnight(qtbot: QtBot) -> None:
    night = Notify(quiet="22:00-7:00")
    assert [quiet_at(night, time(hour)) for hour in (21, 22, 3, 7)] == [False, True, True, False]
    told: list[tuple[str, str]] = []
    notifier = Notifier(lambda *said: told.append(said), now=lambda: NOON.replace(hour=23))
    notifier.look(at(0), snapshot(), night)
    notifier.look(at(499), snapshot(), night)
    assert told == []


@given(st.times(), st.times(), st.times())
def test_quiet_and_loud_hours_make_a_day(first: time, last: time, now: time) -> None:
    def whole(moment: time) -> time:
        return moment.replace(second=0, microsecond=0)

    first, last = whole(first), whole(last)
    one = quiet_at(Notify(quiet=f"{first:%H:%M}-{last:%H:%M}"), now)
    other = quiet_at(Notify(quiet=f"{last:%H:%M}-{first:%H:%M}"), now)
    assert one != other or first == last


@pytest.mark.parametrize("bad", ["22", "25:00-07:00", "night", "22:00-", "22:00-07:61"])
def test_hours_that_mean_nothing_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="are no hours"):
        Notify(quiet=bad)
