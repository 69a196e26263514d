"""Icon, menu, panel, ask window and policy cannot disagree: all of them say the same of the same snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QAction

from broker.builders import NOW, price, quote, snapshot, task
from compute_broker.broker.events import Spend
from compute_broker.broker.policy import Rules, decide
from compute_broker.core.decision import MODES, Verdict
from compute_broker.core.headroom import Credit, PlanStanding, PlanWindow, RateHeadroom
from compute_broker.core.money import format_rate
from compute_broker.core.price import CostBasis
from compute_broker.core.quote import Quote, Snapshot, State
from compute_broker.core.tier import Place
from compute_broker.desktop import menu_words
from compute_broker.desktop.ask import words as ask_words
from compute_broker.desktop.glance import words as glance_words
from compute_broker.desktop.glance.row import GlanceRow
from compute_broker.desktop.look import IconState, look_of
from compute_broker.desktop.menu import TrayMenu
from compute_broker.desktop.standing_words import plan_text
from compute_broker.desktop.theme import Theme
from compute_broker.market.plan_price import by_plan

APP = Path(__file__).parents[2] / "app" / "compute_broker"

RATES = [None, ("0", "0"), ("0.10", "0.50"), ("4", "20"), ("0.0123", "0.5678")]
PLANS = [None, 0, 1, 62, 100]


@st.composite
def quotes(draw: Any, number: int) -> Quote:
    enabled = draw(st.booleans())
    state = draw(st.sampled_from([each for each in State if each is not State.OFF])) if enabled else State.OFF
    place = draw(st.sampled_from(list(Place)))
    url = "http://127.0.0.1:1234" if place is Place.PERSONAL else "https://models.example/v1"
    made = quote(
        f"t{number}",
        draw(st.sampled_from([0.5, 2.0, 3.5])),
        draw(st.sampled_from(RATES)),
        state=state,
        place=place,
        base_url=url,
    )
    seen = replace(
        made.availability,
        credit=draw(
            st.sampled_from([None, Credit(None, used=5), Credit(10**12, 2 * 10**12, 10**12, "daily")])
        ),
    )
    made = replace(made, tier=replace(made.tier, enabled=enabled), availability=seen, since=NOW)
    return _with_plan(made, draw(st.sampled_from(PLANS)), stops=draw(st.booleans()))


def _with_plan(made: Quote, left: int | None, *, stops: bool) -> Quote:
    if left is None:
        return made
    plan = PlanStanding((PlanWindow("window", "requests", 100, 100 - left, NOW + timedelta(hours=3)),), stops)
    seen, cost, reason = by_plan(plan, made.availability, made.price, made.unpriced_reason, NOW)
    if not made.tier.enabled:
        seen = made.availability
    return replace(made, availability=seen, price=cost, unpriced_reason=reason, plan=plan)


@st.composite
def snapshots(draw: Any) -> Snapshot:
    return snapshot(*(draw(quotes(number)) for number in range(draw(st.integers(1, 6)))))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shown=snapshots())
def test_every_view_and_the_policy_say_the_same_of_each_tier(qapp: Any, shown: Snapshot) -> None:
    menu, theme, spend = TrayMenu(), Theme(), Spend()
    menu.show_state(shown, spend)
    decision = decide(task(), shown, Rules(MODES["balanced"]))
    verdicts = {row.quote.tier.id: row.verdict for row in decision.considered}
    able = 0
    for item in shown:
        row = GlanceRow(theme, item.tier.id, item.tier.label, 0)
        row.show_quote(item, spend)
        action = menu.findChild(QAction, f"tier:{item.tier.id}")
        assert isinstance(action, QAction)
        state = item.availability.state
        usable = item.tier.enabled and state.usable
        able += usable

        assert glance_words.state(item) is state
        assert action.text().startswith(menu_words.SIGNS[state])
        assert row.switch.accessibleDescription().startswith(glance_words.STATES[state])
        assert action.isChecked() == row.switch.isChecked() == item.tier.enabled

        assert (verdicts[item.tier.id] is Verdict.OFF) == (state is State.OFF)
        assert (verdicts[item.tier.id] is Verdict.UNAVAILABLE) == (item.tier.enabled and not usable)
        assert bool(menu_words.trouble(item)) == (item.tier.enabled and not usable)

        _same_price(item, action.text(), row.detail.whole, usable=usable, off=state is State.OFF)
        assert (verdicts[item.tier.id] is Verdict.UNPRICED) == (usable and item.price is None)
        for line in (menu_words.tier_hint(item), row.toolTip()):
            assert item.availability.reason in line
        row.deleteLater()

    if decision.plan is not None:
        chosen = decision.plan.tiers[0]
        assert chosen is shown.quotes[chosen.tier.id], "the policy decides on the very quotes that are shown"
        assert chosen.availability.state.usable
        assert chosen.price is not None
    expected = f"{able} tier{'' if able == 1 else 's'} ready" if able else "no tier is ready"
    assert ask_words.idle_line(shown, spend).endswith(expected)
    remote = [item for item in shown if item.tier.enabled and item.tier.place is not Place.PERSONAL]
    offline = look_of(shown, spend).state is IconState.OFFLINE
    assert offline == (
        not any(item.availability.state.usable for item in remote)
        and any(item.availability.state is State.DOWN for item in remote)
    )
    menu.deleteLater()


def _same_price(item: Quote, menu: str, panel: str, *, usable: bool, off: bool) -> None:
    if item.price is None:
        assert "in – · out –" in menu
        assert not (usable or off) or "– in, – out" in panel
    elif item.price.basis is CostBasis.SUBSCRIPTION:
        assert item.plan is not None
        assert item.plan.tightest is not None
        left = f"{item.plan.tightest.percent_left} %"
        assert f"in plan, {left} left" in menu
        assert not (usable or off) or f"plan {left} left, resets" in panel
    else:
        rates = [format_rate(each) for each in (item.price.rates.input, item.price.rates.output)]
        assert f"in {rates[0]} · out {rates[1]} /M" in menu
        assert not (usable or off) or f"{rates[0]} in, {rates[1]} out /M" in panel


def test_what_is_left_of_a_tier_is_told_in_words() -> None:
    back = datetime.now(UTC).astimezone().replace(hour=14, minute=20, second=0, microsecond=0)
    made = quote("t", 1.0, ("4", "20"))
    rate = RateHeadroom(12, 40_000, 1000, 500_000, back, back)
    credit = Credit(3_200_000_000, 10_000_000_000, None, "daily", free_requests=42)
    plan = PlanStanding((PlanWindow("window", "requests", 100, 38, back),))
    full = replace(made, rate=rate, plan=plan, availability=replace(made.availability, credit=credit))
    assert menu_words.tier_hint(full).splitlines()[-3:] == [
        "Plan: 62 % of this window left, resets 14:20",
        "Rate limit: 12 of 1,000 requests, 40,000 of 500,000 tokens left, back at 14:20",
        "Key: $3.20 of $10.00 left, resets daily, 42 free requests left today",
    ]
    down = replace(full, since=back, availability=replace(full.availability, state=State.DOWN))
    assert menu_words.tier_hint(down).startswith("T, cloud: down since 14:20\n")
    used_up = replace(plan, windows=(replace(plan.windows[0], used=100),))
    assert plan_text(used_up) == "this window is used up, resets 14:20; metered until then"
    assert price("4", "20").basis is CostBasis.METERED


OWN_WAYS = ("market.availability", "market.pricing", "market.catalog", "openrouter_feed")


@pytest.mark.parametrize(("room", "ways"), [("desktop", (*OWN_WAYS, "Availability(")), ("cli", OWN_WAYS)])
def test_no_view_asks_a_server_or_a_price_list_by_itself(room: str, ways: tuple[str, ...]) -> None:
    """Nothing on these floors may make a state or a price: they come from the snapshot."""
    for file in (APP / room).rglob("*.py"):
        text = file.read_text("utf-8")
        assert not [way for way in ways if way in text], file
