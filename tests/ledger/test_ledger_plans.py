"""What is used of a plan: windows that begin with their first prompt, weeks of the person's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_kit import TurnableClock, attempt, begun, spent

from compute_broker.core.plan import Plan
from compute_broker.ledger import Ledger
from compute_broker.ledger.plans import WEEK, WINDOW, PlanEntry

BERLIN = ZoneInfo("Europe/Berlin")
FIVE_HOURS = Plan(5, requests=100, tokens=10_000)


def standing(ledger, plan=FIVE_HOURS, tier="haiku"):
    return ledger.plans({tier: plan})[tier]


def figures(ledger, plan=FIVE_HOURS):
    return [(window.unit, window.used, window.resets_at) for window in standing(ledger, plan).windows]


def test_a_window_begins_with_its_first_prompt_and_the_next_one_with_the_first_after_its_end(ledger, clock):
    assert figures(ledger) == [("requests", 0, None), ("tokens", 0, None)]
    first = clock.now
    spent(ledger, 1000)
    clock.turn(hours=4, minutes=59)
    spent(ledger, 1000)
    end = first + timedelta(hours=5)
    assert figures(ledger) == [("requests", 2, end), ("tokens", 2400, end)]
    clock.turn(minutes=1)
    assert figures(ledger) == [("requests", 0, None), ("tokens", 0, None)]
    clock.turn(hours=3)
    second = clock.now
    spent(ledger, 1000)
    assert figures(ledger)[0] == ("requests", 1, second + timedelta(hours=5))


def test_other_tiers_and_what_was_given_back_do_not_count_and_what_is_under_way_does(ledger, clock):
    spent(ledger, 1000, tier="opus")
    request = begun(ledger)
    given_back = ledger.reserve(request, attempt())
    ledger.release(given_back.id, "never sent")
    assert figures(ledger)[0][1] == 0
    ledger.reserve(request, attempt())
    assert figures(ledger) == [
        ("requests", 1, clock.now + timedelta(hours=5)),
        ("tokens", 0, clock.now + timedelta(hours=5)),
    ]


def test_a_plan_lasts_until_one_of_its_windows_is_used_up(ledger):
    plan = Plan(5, requests=3, week_tokens=2400)
    assert standing(ledger, plan).lasts
    spent(ledger, 0)
    found = standing(ledger, plan)
    assert (found.lasts, found.tokens_left, found.tightest.name, found.tightest.percent_left) == (
        True,
        1200,
        WEEK,
        50,
    )
    spent(ledger, 0)
    found = standing(ledger, plan)
    assert (found.lasts, found.tightest.left, found.tightest.name) == (False, 0, WEEK)


@pytest.mark.parametrize(
    ("now", "begins", "resets"),
    [  # the clocks go back on 25 October 2026 at 03:00, and forward on 28 March 2027 at 02:00
        ("2026-10-26T08:59+01:00", "2026-10-19T09:00+02:00", "2026-10-26T09:00+01:00"),
        ("2026-10-26T09:00+01:00", "2026-10-26T09:00+01:00", "2026-11-02T09:00+01:00"),
        ("2027-03-29T08:30+02:00", "2027-03-22T09:00+01:00", "2027-03-29T09:00+02:00"),
    ],
)
def test_a_week_begins_at_the_same_time_of_the_clock_when_the_clocks_change(tmp_path, now, begins, resets):
    clock = TurnableClock(datetime.fromisoformat(begins).astimezone(UTC) - timedelta(minutes=1))
    plan = Plan(5, week_requests=10, week_day=0, week_time=time(9))
    with Ledger.open(tmp_path / "ledger.db", clock=clock, zone=BERLIN) as ledger:
        spent(ledger, 0)
        clock.turn(minutes=1)
        spent(ledger, 0)
        clock.now = datetime.fromisoformat(now).astimezone(UTC)
        (window,) = standing(ledger, plan).windows
    assert (window.used, window.resets_at) == (1, datetime.fromisoformat(resets).astimezone(UTC))


def test_a_window_of_hours_is_as_long_as_ever_when_the_clocks_change(tmp_path):
    clock = TurnableClock(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 02:30 in Berlin, before they go back
    with Ledger.open(tmp_path / "ledger.db", clock=clock, zone=BERLIN) as ledger:
        spent(ledger, 0)
        resets = standing(ledger).windows[0].resets_at
    assert resets.astimezone(BERLIN).isoformat() == "2026-10-25T06:30:00+01:00"
    assert resets - clock.now == timedelta(hours=5)


def test_what_the_person_enters_counts_with_our_own_prompts_since_until_it_resets(ledger, clock):
    spent(ledger, 0)
    resets = clock.now + timedelta(hours=2)
    clock.turn(minutes=5)
    ledger.enter_plan(PlanEntry("haiku", WINDOW, "requests", 40, resets))
    clock.turn(minutes=5)
    spent(ledger, 0)
    found = standing(ledger)
    requests, tokens = found.windows
    assert (requests.used, requests.resets_at, requests.percent_left) == (41, resets, 59)
    assert tokens.used == 2400, "of what was not entered, our own prompts are counted"
    clock.now = resets
    assert figures(ledger)[0] == ("requests", 0, None), (
        "the window that was entered is over, and ours with it"
    )
    ledger.enter_plan(PlanEntry("haiku", WINDOW, "requests", 7, resets + timedelta(hours=5)))
    assert figures(ledger)[0][1] == 7


@settings(max_examples=60)
@given(gaps=st.lists(st.integers(1, 8 * 3600), min_size=1, max_size=25), later=st.integers(0, 9 * 3600))
def test_windows_follow_each_other_as_counted_one_by_one(tmp_path_factory, gaps, later):
    clock = TurnableClock()
    length = timedelta(hours=5)
    times = []
    with Ledger.open(tmp_path_factory.mktemp("plan") / "ledger.db", clock=clock, zone=UTC) as ledger:
        for gap in gaps:
            clock.turn(seconds=gap)
            spent(ledger, 0)
            times.append(clock.now)
        clock.turn(seconds=later)
        window = standing(ledger).windows[0]
    begins = times[0]
    for moment in times:
        if moment >= begins + length:
            begins = moment
    over = clock.now >= begins + length
    assert window.resets_at == (None if over else begins + length)
    assert window.used == (0 if over else sum(moment >= begins for moment in times))
