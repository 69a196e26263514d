"""What icon and tooltip say, from snapshot and spend alone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell_double import quote, snapshot, spend

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.quote import State
from compute_broker.core.tier import Place
from compute_broker.desktop.look import IconState, budget_left, look_of, short_amount, tooltip
from compute_broker.desktop.menu_words import saved_line

CENT = 10_000_000


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("0", "0"),
        ("0.000000001", "<1¢"),
        ("0.0094", "<1¢"),
        ("0.0095", "1¢"),
        ("0.31", "31¢"),
        ("0.994", "99¢"),
        ("0.995", "1.0"),
        ("1.24", "1.2"),
        ("1.25", "1.3"),
        ("9.94", "9.9"),
        ("9.95", "10"),
        ("124.4", "124"),
        ("999.49", "999"),
        ("999.50", "1.0k"),
        ("12345", "12k"),
        ("1000000", "1000k"),
    ],
)
def test_the_amount_fits_an_icon(usd: str, text: str) -> None:
    assert short_amount(nanos_from_usd(usd)) == text


@given(st.integers(0, 999_000 * 10**9), st.integers(0, 999_000 * 10**9))
def test_more_spent_never_shows_less(one: int, other: int) -> None:
    less, more = (_value(short_amount(nanos)) for nanos in sorted((one, other)))
    assert less <= more
    assert len(short_amount(one)) <= 4


def _value(text: str) -> Decimal:
    if text == "<1¢":
        return Decimal("0.005")
    if text.endswith("¢"):
        return Decimal(text[:-1]) / 100
    return Decimal(text[:-1]) * 1000 if text.endswith("k") else Decimal(text)


def test_a_saving_that_nobody_knows_is_not_told_as_none() -> None:
    assert tooltip(Spend(today=3 * CENT, answered_today=2)) == "Today $0.03"
    assert saved_line(Spend(today=3 * CENT, answered_today=2)) == ""


def test_the_tooltip_tells_spent_saved_and_left() -> None:
    assert tooltip(spend()) == "Today $1.24 · saved $3.40 · $3.76 of $5.00 left today"


def test_the_tooltip_owns_up_to_what_it_does_not_know() -> None:
    assert tooltip(None) == "Compute Broker: starting"
    text = tooltip(Spend(unknown_today=2, saved_today=-3 * CENT, compared_today=1))
    assert text == "Today $0.00 · $0.03 more than the baseline · 2 answers of unknown cost"


def test_a_passed_budget_says_by_how_much() -> None:
    week = BudgetView("week", 500 * CENT, hard=False, spent=612 * CENT)
    assert budget_left(week) == "$1.12 over the $5.00 for this week"


def test_without_a_budget_for_today_the_tightest_one_shows() -> None:
    week = BudgetView("week", 1000 * CENT, hard=True, spent=300 * CENT)
    month = BudgetView("month", 2000 * CENT, hard=True, spent=1900 * CENT)
    assert tooltip(Spend(budgets=(week, month))).endswith("$1.00 of $20.00 left this month")


@pytest.mark.parametrize(
    ("cents", "state"),
    [
        (0, IconState.NORMAL),
        (399, IconState.NORMAL),
        (400, IconState.NEAR),
        (499, IconState.NEAR),
        (500, IconState.OVER),
        (501, IconState.OVER),
    ],
)
def test_the_icon_warns_at_eighty_percent_and_stops_at_the_limit(cents: int, state: IconState) -> None:
    assert look_of(snapshot(), spend(cents)).state is state


def test_offline_is_when_nothing_beyond_this_machine_answers() -> None:
    here = quote("builtin", "Built-in", place=Place.PERSONAL)
    down = quote("haiku", "Haiku", state=State.DOWN)
    assert look_of(snapshot(here, down), spend()).state is IconState.OFFLINE
    assert look_of(snapshot(here, down, quote("opus", "Opus")), spend()).state is IconState.NORMAL
    assert look_of(snapshot(here), spend()).state is IconState.NORMAL
    without_key = quote("haiku", "Haiku", state=State.NEEDS_KEY)
    assert look_of(snapshot(here, without_key), spend()).state is IconState.NORMAL
    switched_off = quote("haiku", "Haiku", state=State.DOWN, enabled=False)
    assert look_of(snapshot(here, switched_off), spend()).state is IconState.NORMAL


def test_the_figure_can_be_left_out() -> None:
    assert look_of(snapshot(), spend(), figure=False).figure == ""
    assert look_of(snapshot(), spend(), busy=True).busy
