"""What may be said of a tier: by provider, folded by what belongs together, applied at once, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit

from compute_broker.compose import Services
from compute_broker.config.edits import set_tier_part
from compute_broker.core.hosts import HostSort
from compute_broker.desktop.settings.entries import decimal_number, whole_number
from compute_broker.desktop.settings.fold import Fold
from compute_broker.desktop.settings.tier_hosts import TierHosts
from compute_broker.desktop.settings.tier_plan import TierPlan
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.real import only
from desktop_windows.test_settings_window import on_disk, opened
from desktop_windows.waiting import looked, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


def enter(field: QLineEdit, text: str) -> None:
    """Type ``text`` in place of what stands there, and press Return."""
    field.selectAll()
    if text:
        QTest.keyClicks(field, text)
    else:
        QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, Qt.Key.Key_Return)


def choose(choice: QComboBox, value: str | None) -> None:
    choice.setCurrentIndex(choice.findData(value))
    choice.activated.emit(choice.currentIndex())


def part_of(window: SettingsWindow, tier_id: str, part: str) -> Any:
    """Open the details of a tier and a part of them."""
    row = window.tiers.tiers[tier_id]
    row.unfold()
    found = row.details.folds[part]
    found.head.setChecked(True)
    return found


def block(running: Services, place: int = 0) -> dict[str, Any]:
    return on_disk(running)["tiers"][place]


@pytest.mark.parametrize(
    ("tier_id", "fields", "parts"),
    [
        ("builtin", {"label", "context_tokens", "max_output_tokens"}, ["", "ability"]),
        (
            "local",
            {"label", "model", "key", "context_tokens", "max_output_tokens"},
            ["", "plan", "ability"],
        ),
        (
            "kimi",
            {"label", "model", "base_url", "key", "context_tokens", "max_output_tokens"},
            ["", "plan", "hosts", "ability"],
        ),
        (
            "haiku",
            {"label", "model", "base_url", "key", "context_tokens", "max_output_tokens"},
            ["", "plan", "ability"],
        ),
    ],
)
def test_a_tier_shows_only_what_its_provider_has(
    drive: Drive, theme: Theme, tier_id: str, fields: set[str], parts: list[str]
) -> None:
    async def work() -> None:
        async with opened(theme, only(tier_id)) as (window, _):
            row = window.tiers.tiers[tier_id]
            row.more.click()
            assert set(row.details.fields) == fields
            assert list(row.details.folds) == parts
            assert not any(part.head.isChecked() for part in row.details.folds.values())
            price = part_of(window, tier_id, "")
            assert ("watts" in price.fields) is (tier_id in {"builtin", "local"})

    drive(work())


def test_hosts_are_typed_and_hold_at_once(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("kimi")) as (window, running):
            hosts: TierHosts = part_of(window, "kimi", "hosts")
            assert hosts.told.text() == "any"
            enter(hosts.fields["only"], "Novita; moonshotai novita")
            enter(hosts.fields["order"], "moonshotai")
            enter(hosts.fields["max_price_out"], "$4,50")
            choose(hosts.sort, "throughput")
            hosts.wishes["deny_data_collection"].click()
            await window.settled()
            assert block(running)["hosts"] == {
                "only": ["novita", "moonshotai"],
                "order": ["moonshotai"],
                "max_price_out": Decimal("4.5"),
                "sort": "throughput",
                "deny_data_collection": True,
            }
            wishes = running.broker.snapshot.quotes["kimi"].tier.hosts
            assert (wishes.only, wishes.sort) == (("novita", "moonshotai"), HostSort.THROUGHPUT)
            assert hosts.told.text().split("; ") == [
                "only novita, moonshotai",
                "moonshotai first",
                "fastest first",
                "no data collection",
                "up to $4.50 out",
            ]
            assert hosts.fields["only"].text() == "novita, moonshotai"
            for name in ("only", "order", "max_price_out"):
                enter(hosts.fields[name], "")
            choose(hosts.sort, None)
            hosts.wishes["deny_data_collection"].click()
            await window.settled()
            assert "hosts" not in block(running)
            assert hosts.told.text() == "any"

    drive(work())


def test_a_bad_host_is_told_below_its_field_and_stays_as_typed(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("kimi")) as (window, running):
            hosts: TierHosts = part_of(window, "kimi", "hosts")
            enter(hosts.fields["only"], "novita")
            await window.settled()
            ignore = hosts.fields["ignore"]
            for text, sentence in (
                ("nov!ta", "'nov!ta' is no host; write it small, as in novita or novita/fp8."),
                ("novita", "novita stands in “Only these” as well: take it out there first."),
                (" ".join(f"h{at}" for at in range(51)), "These are more than 50 hosts: leave some out."),
            ):
                enter(ignore, text)
                assert ignore.problem.text() == sentence
                assert ignore.problem.isVisible()
                assert ignore.problem.y() > ignore.y()
                enter(hosts.fields["order"], f"z{len(text)}")
                await window.settled()
                assert ignore.text() == text, "another change leaves it as it was typed"
                assert ignore.problem.text() == sentence
                assert "ignore" not in block(running)["hosts"]
            enter(ignore, "novita/int4")
            await window.settled()
            assert ignore.problem.text() == ""
            assert block(running)["hosts"]["ignore"] == ["novita/int4"]
            enter(ignore, "?")
            enter(ignore, "novita/int4")
            assert ignore.problem.text() == "", "what is in force is nothing wrong"

    drive(work())


def test_a_refused_choice_shows_what_is_in_force_again(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("kimi")) as (window, running):
            hosts: TierHosts = part_of(window, "kimi", "hosts")
            good = running.settings.path.read_text("utf-8")
            running.settings.path.write_text(good.replace("mode = ", "mod = "), "utf-8")
            choose(hosts.sort, "price")
            place = window.tiers.tiers["kimi"].details.place
            choose(place, "edge")
            await window.settled()
            assert hosts.sort.currentData() is None
            assert place.currentData() == "distributed"
            running.settings.path.write_text(good, "utf-8")

    drive(work())


def test_a_plan_comes_with_what_it_covers_and_goes_with_it(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("haiku")) as (window, running):
            row = window.tiers.tiers["haiku"]
            plan: TierPlan = part_of(window, "haiku", "plan")
            assert plan.told.text() == "none: each prompt is paid"
            assert not row.used.isVisible()
            enter(plan.fields["window_hours"], "3")
            choose(plan.then, "stop")
            await window.settled()
            assert "plan" not in block(running), "hours alone are no plan"
            assert "Say above how many" in plan.fields["window_hours"].problem.text()
            enter(plan.fields["tokens"], "many")
            assert plan.fields["tokens"].problem.text() == (
                "many is no whole number: write digits, such as 8,192."
            )
            enter(plan.fields["requests"], "200")
            await window.settled()
            assert block(running)["plan"] == {"requests": 200, "window_hours": 3, "then": "stop"}
            assert plan.fields["window_hours"].problem.text() == ""
            assert plan.fields["tokens"].text() == "many", "nothing that was typed is lost"
            assert plan.told.text() == "200 prompts in 3 hours; nothing beyond"
            await until(lambda: running.broker.snapshot.quotes["haiku"].plan is not None)
            standing = running.broker.snapshot.quotes["haiku"].plan
            assert standing is not None
            assert standing.windows[0].limit == 200
            await until(row.used.isVisible)  # what was used elsewhere can be entered from now on
            enter(plan.fields["tokens"], "2M")
            enter(plan.fields["week_tokens"], "20,000,000")
            choose(plan.day, "tue")
            enter(plan.at, "9:30")
            await window.settled()
            assert block(running)["plan"] == {
                "requests": 200,
                "window_hours": 3,
                "then": "stop",
                "tokens": 2_000_000,
                "week_tokens": 20_000_000,
                "week_resets": "tue 09:30",
            }
            for name in ("requests", "tokens", "week_tokens"):
                enter(plan.fields[name], "")
            await window.settled()
            assert "plan" not in block(running)
            await until(lambda: running.broker.snapshot.quotes["haiku"].plan is None)
            await until(lambda: not row.used.isVisible())
            enter(plan.fields["requests"], "50")
            await window.settled()
            assert block(running)["plan"] == {
                "requests": 50,
                "window_hours": 3,
                "then": "stop",
                "week_resets": "tue 09:30",
            }, "what was said of the plan before holds again"

    drive(work())


def test_a_bad_time_of_the_week_is_told_below_it(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("haiku")) as (window, running):
            plan: TierPlan = part_of(window, "haiku", "plan")
            enter(plan.fields["week_requests"], "2k")
            enter(plan.at, "25:00")
            await window.settled()
            assert block(running)["plan"] == {"week_requests": 2000}
            assert plan.at.text() == "25:00"
            assert plan.at.problem.text() == "Week begins: '25:00' is no time of day; write \"22:00\"."
            enter(plan.fields["window_hours"], "1000")
            assert plan.fields["window_hours"].problem.text() == (
                "1000 lies outside 1 to 744: write a figure between them."
            )

    drive(work())


def test_a_plan_written_by_hand_shows(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("haiku")) as (window, running):
            plan: TierPlan = part_of(window, "haiku", "plan")
            running.settings.update(
                set_tier_part("haiku", "plan", {"tokens": 10, "week_resets": "Fri", "then": "stop"})
            )
            await until(lambda: plan.fields["tokens"].text() == "10")
            assert (plan.day.currentData(), plan.at.text()) == ("fri", "00:00")
            assert plan.then.currentData() == "stop"
            assert plan.told.text() == "10 tokens in 5 hours; nothing beyond"

    drive(work())


def test_an_ability_is_corrected_by_a_figure_or_a_model(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("haiku")) as (window, running):
            part: Fold = part_of(window, "haiku", "ability")
            assert part.told.text() == "as the table says"
            assert part.fields["coding"].placeholderText().endswith("by the table")
            enter(part.fields["coding"], "2,5")
            enter(part.fields["writing"], "claude-opus-5-5")
            await window.settled()
            assert block(running)["ability"] == {"coding": Decimal("2.5"), "writing": "like claude-opus-5-5"}
            assert part.told.text() == "coding 2.5, writing like claude-opus-5-5"
            enter(part.fields["chat"], "99")
            assert "lies outside -6 to 10" in part.fields["chat"].problem.text()
            for name in ("coding", "writing"):
                enter(part.fields[name], "")
            await window.settled()
            assert "ability" not in block(running)

    drive(work())


def test_model_and_address_of_a_hosted_tier_are_the_persons_to_say(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme, only("haiku")) as (window, running):
            row = window.tiers.tiers["haiku"]
            row.more.click()
            model, address = row.details.fields["model"], row.details.fields["base_url"]
            enter(model, "")
            assert "Say which model" in model.problem.text()
            enter(model, "claude-haiku-6")
            enter(address, "ftp://example")
            await window.settled()
            assert "base_url" not in block(running)
            assert address.problem.text()
            enter(address, "https://proxy.example/anthropic")
            await window.settled()
            assert block(running)["model"] == "claude-haiku-6"
            assert block(running)["base_url"] == "https://proxy.example/anthropic"
            assert running.broker.snapshot.quotes["haiku"].tier.model == "claude-haiku-6"

    drive(work())


@pytest.mark.parametrize(
    ("words", "tier_id", "part", "field"),
    [
        ("retention", "kimi", "hosts", None),
        ("hosts", "kimi", "hosts", "ignore"),
        ("week begins", "kimi", "plan", None),
        ("tokens a window", "haiku", "plan", "tokens"),
        ("logits", "haiku", "ability", "coding"),
    ],
)
def test_what_no_one_opened_yet_is_found_by_its_words(
    drive: Drive, theme: Theme, words: str, tier_id: str, part: str, field: str | None
) -> None:
    async def work() -> None:
        async with opened(theme, only("builtin", tier_id)) as (window, _):
            row = window.tiers.tiers[tier_id]
            assert row._details is None
            window.search.setText(words)
            await looked(window)
            assert row._details is not None
            assert row.details.isVisible()
            found = row.details.folds[part]
            assert found.lines is not None
            assert found.lines.isVisible()
            assert field is None or found.fields[field].isVisible()
            assert not row.details.fields["label"].isVisible()
            window.search.clear()
            await looked(window)
            assert not row.details.isVisible()
            row.more.click()
            assert not found.head.isChecked()

    drive(work())


@given(number=st.integers(1, 10**12), form=st.sampled_from(["{}", "{:,}", "{:_}", " {} "]))
def test_whole_numbers_are_read_as_people_write_them(number: int, form: str) -> None:
    assert whole_number(form.format(number).strip(), 1, 10**12) == number


@given(text=st.text(max_size=12))
def test_whatever_is_typed_is_a_figure_in_its_range_or_refused(text: str) -> None:
    for read, least, most in ((whole_number, 1, 100), (decimal_number, -6, 10)):
        with suppress(ValueError):
            value = read(text, least, most)
            assert value is None or least <= value <= most
