"""The menu's texts and switches, offscreen. That it opens on a real tray is shown in test_shell_on_screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot
from shell_double import TIERS, quote, snapshot, spend

from compute_broker.broker.events import Spend
from compute_broker.core.money import format_rate
from compute_broker.core.quote import State
from compute_broker.desktop.menu import TrayMenu
from compute_broker.desktop.menu_words import SIGNS, price_text, tier_hint, tier_text


@pytest.fixture
def menu(qtbot: QtBot) -> TrayMenu:
    menu = TrayMenu()
    qtbot.addWidget(menu)
    menu.show_state(snapshot(), spend())
    return menu


def texts(menu: TrayMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator() and action.isVisible()]


def tier(menu: TrayMenu, tier_id: str) -> QAction:
    action = menu.findChild(QAction, f"tier:{tier_id}")
    assert isinstance(action, QAction)
    return action


def test_the_menu_reads_from_top_to_bottom(menu: TrayMenu) -> None:
    menu.show_hotkey("Ctrl+Alt+Space", None)
    assert texts(menu) == [
        "Today $1.24 for 17 requests\tSaved $3.40",
        "$3.76 of $5.00 left today",
        "Quick ask…\tCtrl+Alt+Space",
        "○  Built-in (tiny)\tin $0.012 · out $0.050 /M",
        "✕  LM Studio: Nothing listens at 127.0.0.1:1234\tin – · out – /M",
        "◐  Kimi K2.6\tin $0.55 · out $2.20 /M",
        "●  Claude Haiku 5.5\tin $1.00 · out $5.00 /M",
        "●  Claude Sonnet 5.5\tin $2.00 · out $10.00 /M",
        "✕  Claude Opus 5.5: No key yet\tin $5.00 · out $25.00 /M",
        "Mode",
        "Today at a glance…",
        "History…",
        "Usage…",
        "Export usage as CSV…",
        "Try on my prompts…",
        "Settings…",
        "Quit",
    ]


def test_before_the_services_are_there_it_says_so(qtbot: QtBot) -> None:
    menu = TrayMenu()
    qtbot.addWidget(menu)
    assert texts(menu)[:2] == ["Starting…", "Quick ask…"]
    assert "Quit" in texts(menu)


def test_every_state_has_a_sign_and_unknown_is_no_price() -> None:
    assert set(SIGNS) == set(State)
    assert price_text(quote("x", "X", None)) == "in – · out – /M"
    assert "0" not in price_text(quote("x", "X", None))
    assert "Nobody knows its price" in tier_hint(quote("x", "X", None))


@pytest.mark.parametrize(
    ("nanos", "text"),
    [
        (0, "$0.00"),
        (100_000_000, "$0.10"),
        (2_000_000_000, "$2.00"),
        (12_000_000, "$0.012"),
        (830_000, "$0.00083"),
        (99_900_000, "$0.100"),
    ],
)
def test_rates_keep_two_digits_that_mean_something(nanos: int, text: str) -> None:
    assert format_rate(nanos) == text


def test_a_tier_that_is_off_has_a_dash_and_no_complaint() -> None:
    off = quote("x", "X", state=State.DOWN, reason="It is down.", enabled=False)
    assert tier_text(off) == "–  X\tin $1.00 · out $5.00 /M"


def test_odd_labels_stay_as_they_are() -> None:
    assert tier_text(quote("x", "R&D\tbox")).startswith("●  R&&D box\t")


def test_a_long_reason_is_cut_and_kept_whole_in_the_tooltip() -> None:
    reason = "The server answers with something that is no list of models at all"
    long = quote("x", "X", state=State.DOWN, reason=reason)
    assert tier_text(long).startswith("✕  X: The server answers with something")
    assert "…" in tier_text(long)
    assert reason in tier_hint(long)


def test_switching_tells_which_and_how(menu: TrayMenu, qtbot: QtBot) -> None:
    with qtbot.waitSignal(menu.tier_switched) as off:
        tier(menu, "haiku").trigger()
    assert off.args == ["haiku", False]
    with qtbot.waitSignal(menu.tier_switched) as on:
        tier(menu, "haiku").trigger()
    assert on.args == ["haiku", True]


@pytest.mark.qt_log_ignore("This plugin does not support")  # an offscreen popup has nothing to grab
def test_the_mouse_switches_a_tier_and_the_menu_stays_open(menu: TrayMenu, qtbot: QtBot) -> None:
    menu.popup(QPoint(0, 0))
    place = menu.actionGeometry(tier(menu, "kimi")).center()
    qtbot.mouseMove(menu, place)
    with qtbot.waitSignal(menu.tier_switched) as switched:
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)
    assert switched.args == ["kimi", False]
    assert menu.isVisible()
    ask = next(action for action in menu.actions() if action.text().startswith("Quick ask"))
    place = menu.actionGeometry(ask).center()
    qtbot.mouseMove(menu, place)
    with qtbot.waitSignal(menu.ask_wanted):
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)
    assert not menu.isVisible()


def test_new_figures_keep_the_items_and_new_tiers_make_new_ones(menu: TrayMenu) -> None:
    haiku = tier(menu, "haiku")
    cheaper = replace(TIERS[3], price=TIERS[0].price)
    menu.show_state(snapshot(*TIERS[:3], cheaper, *TIERS[4:]), spend(130))
    assert tier(menu, "haiku") is haiku
    assert haiku.text() == "●  Claude Haiku 5.5\tin $0.012 · out $0.050 /M"
    menu.show_state(snapshot(TIERS[0]), spend(130))
    shown = [text for text in texts(menu) if "/M" in text]
    assert shown == ["○  Built-in (tiny)\tin $0.012 · out $0.050 /M"]


def test_a_switch_made_elsewhere_shows(menu: TrayMenu) -> None:
    off = replace(TIERS[3], tier=replace(TIERS[3].tier, enabled=False))
    menu.show_state(snapshot(*TIERS[:3], off, *TIERS[4:]), spend())
    assert not tier(menu, "haiku").isChecked()
    assert tier(menu, "sonnet").isChecked()


def test_the_mode_in_force_is_marked(menu: TrayMenu, qtbot: QtBot) -> None:
    items = menu._modes.actions
    menu.show_mode("thrifty")
    assert [action.data() for action in items() if action.isChecked()] == ["thrifty"]
    menu.show_mode("0.93")
    assert [action.data() for action in items() if action.isChecked()] == ["0.93"]
    menu.show_mode("best")
    assert [action.data() for action in items()] == ["thrifty", "balanced", "best"]
    with qtbot.waitSignal(menu.mode_chosen) as chosen:
        items()[1].trigger()
    assert chosen.args == ["balanced"]


def test_problems_are_on_top_until_mended(menu: TrayMenu) -> None:
    menu.show_problem("settings.toml, line 3: no such mode.")
    assert menu._problem.toolTip() == "settings.toml, line 3: no such mode."
    assert any(text.startswith("⚠  The settings file has a mistake") for text in texts(menu))
    menu.show_problem(None)
    assert not any("⚠" in text for text in texts(menu))


def test_no_hotkey_has_its_reason_in_the_tooltip(menu: TrayMenu) -> None:
    menu.show_hotkey("", "Ctrl+Alt+Space is taken by another program.")
    ask = next(action for action in menu.actions() if action.text().startswith("Quick ask"))
    assert ask.text() == "Quick ask…"
    assert "taken" in ask.toolTip()


def test_costs_above_the_baseline_and_budgets_are_owned_up_to(menu: TrayMenu) -> None:
    menu.show_state(snapshot(), spend(512, saved=-20, requests=1))
    assert texts(menu)[:2] == [
        "Today $5.12 for 1 request\t$0.20 more than the baseline",
        "$0.12 over the $5.00 for today",
    ]
    menu.show_state(snapshot(), Spend())
    assert texts(menu)[:2] == ["Today $0.00 for 0 requests", "No budget set"]
