"""Settings that only the file had: the catalog's page, a mode of one's own, shares, what hardware serves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from compute_broker.config.edits import set_value
from compute_broker.desktop.theme import Theme
from desktop_windows.real import only
from desktop_windows.test_settings_window import on_disk, opened
from desktop_windows.test_tier_details import enter
from desktop_windows.waiting import looked

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


def test_the_page_of_the_catalog_is_typed_and_a_bad_one_told_below(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            prices = window.choosing.prices
            enter(prices.catalog_url, "file:///etc/passwd")
            assert prices.catalog_url.problem.text().endswith(".")
            assert prices.catalog_url.text() == "file:///etc/passwd"
            enter(prices.catalog_url, "https://mirror.example/prices.json")
            enter(prices.spot, "5")
            assert prices.spot.problem.text() == "5 lies outside 10 to 86,400: write a figure between them."
            enter(prices.spot, "120")
            await window.settled()
            assert on_disk(running)["prices"] == {
                "update_catalog": False,
                "catalog_url": "https://mirror.example/prices.json",
                "spot_seconds": 120,
            }
            assert prices.catalog_url.problem.text() == prices.spot.problem.text() == ""
            enter(prices.catalog_url, "")
            await window.settled()
            assert "catalog_url" not in on_disk(running)["prices"]
            window.search.setText("mirror")
            await looked(window)
            assert window.pages.currentWidget() is window.choosing
            assert prices.catalog_url.isVisible()

    drive(work())


@pytest.mark.parametrize(("text", "mode"), [("0.95", "0.95"), ("0,8", "0.8"), ("93 %", "0.93"), ("1", "1")])
def test_a_mode_of_ones_own_is_a_share(drive: Drive, theme: Theme, text: str, mode: str) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            own = window.choosing.own
            enter(own.share, text)
            await window.settled()
            assert on_disk(running)["mode"] == mode
            assert running.settings.current.quality.floor == float(mode)
            assert own.button.isChecked()
            assert not window.choosing.modes["balanced"].isChecked()
            window.choosing.modes["thrifty"].click()
            await window.settled()
            assert on_disk(running)["mode"] == "thrifty"
            assert own.share.text() == ""
            for bad in ("0", "1.5", "nan", "much", "best"):
                enter(own.share, bad)
                assert own.share.problem.text() == f"{bad} is no share: write 0.95, or 95 %."
            assert on_disk(running)["mode"] == "thrifty"

    drive(work())


def test_the_shares_of_a_budget_that_are_told_are_typed(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        async with opened(theme) as (window, running):
            page = window.desktop
            enter(page.shares, "90 %; 75, 90")
            await window.settled()
            assert on_disk(running)["notify"]["budget"] == [75, 90]
            assert page.at_budget.text() == "At 75, 90 % of a budget"
            enter(page.shares, "half")
            assert "half is no whole number" in page.shares.problem.text()
            enter(page.shares, " ".join(map(str, range(1, 12))))
            assert "more than 10 shares" in page.shares.problem.text()
            enter(page.shares, "")
            await window.settled()
            assert on_disk(running)["notify"]["budget"] == []
            assert not page.at_budget.isChecked()

    drive(work())


def test_hardware_serves_the_servers_that_are_ticked(drive: Drive, theme: Theme) -> None:
    def change(document: Any) -> None:
        only("builtin", "local", "haiku")(document)
        set_value("hardware.tiers", ["elsewhere"])(document)
        set_value("hardware.paid", Decimal(1600))(document)

    async def work() -> None:
        async with opened(theme, change) as (window, running):
            boxes = window.machine.hardware.tiers
            assert list(boxes) == ["local"]
            assert not boxes["local"].isChecked()
            boxes["local"].click()
            await window.settled()
            assert on_disk(running)["hardware"]["tiers"] == ["elsewhere", "local"], (
                "who is not here now stays"
            )
            assert window.machine.hardware.tiers["local"].isChecked()
            boxes["local"].click()
            await window.settled()
            assert on_disk(running)["hardware"]["tiers"] == ["elsewhere"]

    drive(work())
