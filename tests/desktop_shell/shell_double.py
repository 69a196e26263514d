"""The real services with a fixed market and fixed sums: for states that are hard to bring about.

Run as a program it is the real shell on these services; ``COMPUTE_BROKER_TEST_SPEND`` sets today's cents.
The tests of the whole way run on the real services.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QCoreApplication

from compute_broker.broker.broker import Broker
from compute_broker.broker.events import BudgetView, Spend
from compute_broker.compose import Services
from compute_broker.config.edits import set_value
from compute_broker.core.ability import Ability, AbilityRow
from compute_broker.core.errors import LedgerError
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.quote import Availability, Quote, Snapshot, State
from compute_broker.core.task import Category
from compute_broker.core.tier import Place, ProviderKind, Tier

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROW = AbilityRow(dict.fromkeys(Category, Ability(0.0, 1.0)))
_P = ProviderKind


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def quote(
    tier_id: str,
    label: str,
    price: tuple[str, str] | None = ("1", "5"),
    state: State = State.READY,
    *,
    reason: str = "",
    place: Place = Place.CLOUD,
    provider: ProviderKind = _P.ANTHROPIC,
    enabled: bool = True,
) -> Quote:
    tier = Tier(tier_id, label, place, provider, "model", ROW, enabled=enabled)
    rates = TokenRates(*(nanos_from_usd(side) for side in price)) if price else None
    offer = Price(rates, CostBasis.METERED, "price list", NOW) if rates else None
    return Quote(tier, Availability(state, reason, NOW), offer)


TIERS = (
    quote(
        "builtin", "Built-in (tiny)", ("0.012", "0.05"), State.COLD, place=Place.PERSONAL, provider=_P.BUILTIN
    ),
    quote(
        "local",
        "LM Studio",
        None,
        State.DOWN,
        reason="Nothing listens at 127.0.0.1:1234; start its server.",
        place=Place.PERSONAL,
        provider=_P.LMSTUDIO,
    ),
    quote("kimi", "Kimi K2.6", ("0.55", "2.20"), State.BUSY, place=Place.DISTRIBUTED, provider=_P.OPENROUTER),
    quote("haiku", "Claude Haiku 5.5", ("1", "5")),
    quote("sonnet", "Claude Sonnet 5.5", ("2", "10")),
    quote("opus", "Claude Opus 5.5", ("5", "25"), State.NEEDS_KEY, reason="No key yet; add one in Settings."),
)


def spend(cents: int = 124, *, limit: int | None = 500, saved: int = 340, requests: int = 17) -> Spend:
    cent = 10_000_000
    budgets = (BudgetView("day", limit * cent, hard=True, spent=cents * cent),) if limit else ()
    return Spend(
        today=cents * cent,
        saved_today=saved * cent,
        answered_today=requests,
        compared_today=requests,
        budgets=budgets,
    )


def snapshot(*quotes: Quote) -> Snapshot:
    return Snapshot({each.tier.id: each for each in quotes or TIERS}, NOW)


class FixedBroker:
    """A real broker with a market and sums of our own."""

    def __init__(self, real: Broker) -> None:
        self._real = real
        self.snapshot = snapshot()
        self.spend = spend(int(os.environ.get("COMPUTE_BROKER_TEST_SPEND", "124")))
        self._listeners: list[Callable[[], None]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def become(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self, name, value)
        for listener in list(self._listeners):
            listener()

    async def set_enabled(self, tier_id: str, enabled: bool) -> None:  # noqa: FBT001 - the broker's
        quotes = dict(self.snapshot.quotes)
        old = quotes[tier_id]
        quotes[tier_id] = replace(old, tier=replace(old.tier, enabled=enabled))
        self.become(snapshot=replace(self.snapshot, quotes=quotes))
        say(f"tier {tier_id} {'on' if enabled else 'off'}")


class FixedMarket:
    """Looks at nothing, and says when it was asked to."""

    async def refresh(self, *, force: bool = False) -> None:
        say("market refreshed")

    async def stop(self) -> None:
        say("market stopped")

    def set_tiers(self, *_: object) -> None:
        """Know other tiers than those of the settings."""

    def set_hidden(self, hidden: bool) -> None:  # noqa: FBT001 - the market's
        self.hidden = hidden


class FixedServices(Services):
    """The real services, but for the market and the sums."""

    def __init__(self) -> None:
        super().__init__()
        self._fixed: FixedBroker | None = None

    @property
    def broker(self) -> Any:
        return self._fixed

    async def start(self, *, probe: bool = True) -> None:
        if "COMPUTE_BROKER_TEST_FAILS" in os.environ:
            raise LedgerError("The ledger is of a newer program; install that one.")
        await super().start(probe=False)
        self._fixed = FixedBroker(super().broker)
        self.market: Any = FixedMarket()
        say("services started")

    async def watch(self) -> None:
        hotkey = os.environ.get("COMPUTE_BROKER_TEST_HOTKEY")
        if hotkey:
            self.settings.update(set_value("desktop.hotkey", hotkey))
        say("market watched")
        if "COMPUTE_BROKER_TEST_SESSION_ENDS" in os.environ:
            QCoreApplication.quit()

    async def close(self) -> None:
        await super().close()
        if "COMPUTE_BROKER_TEST_LOADED" in os.environ:
            wanted = os.environ["COMPUTE_BROKER_TEST_LOADED"].split()
            say(f"loaded: {' '.join(name for name in wanted if name in sys.modules) or 'nothing'}")
        say("services closed")


if __name__ == "__main__":
    from compute_broker.desktop import tray

    tray.GIVE_UP_SECONDS = float(os.environ.get("COMPUTE_BROKER_TEST_PATIENCE", tray.GIVE_UP_SECONDS))
    from compute_broker.desktop.app import run

    sys.exit(run(FixedServices, command=" ".join(sys.argv[1:])))
