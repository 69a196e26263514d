"""Notifications: a budget's thresholds, each once a period, and a used tier that went down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

from PySide6.QtCore import QObject, QTimer

from compute_broker.broker.events import BudgetView, Spend
from compute_broker.config.schema import Notify
from compute_broker.core.money import format_usd
from compute_broker.core.quote import Quote, Snapshot, State
from compute_broker.core.texts import tr

DOWN_MS = 15_000
"""A tier must stay down for so long before it is told: servers are restarted, machines wake up."""

_OUT = frozenset({State.DOWN, State.NO_MODEL})
_PERIODS = {"day": tr("today"), "week": tr("this week"), "month": tr("this month")}


class Notifier(QObject):
    """``tell`` gets a title and a sentence; ``now`` the local time, for the quiet hours."""

    def __init__(
        self, tell: Callable[[str, str], None], *, now: Callable[[], datetime] | None = None
    ) -> None:
        """Know nothing yet: what holds at the first look is not news."""
        super().__init__()
        self._tell = tell
        self._now = now or (lambda: datetime.now(UTC).astimezone())
        self._reached: dict[tuple[object, ...], int] | None = None
        self._up: set[str] = set()
        self._snapshot = Snapshot()
        self._notify = Notify()
        self._falling: dict[str, QTimer] = {}

    def look(self, spend: Spend, snapshot: Snapshot, notify: Notify) -> None:
        """Tell what is new since the last look."""
        self._notify, self._snapshot = notify, snapshot
        self._look_at_budgets(spend)
        self._look_at_tiers(spend)

    def stop(self) -> None:
        """Tell nothing any more."""
        for timer in self._falling.values():
            timer.stop()
        self._falling = {}

    def _look_at_budgets(self, spend: Spend) -> None:
        reached = {_key(budget): self._threshold(budget) for budget in spend.budgets}
        before, self._reached = self._reached, reached
        if before is None:
            return
        for budget in spend.budgets:
            at = reached[_key(budget)]
            if at > before.get(_key(budget), at):
                self._say(tr("{at} % of a budget", at=at), budget_sentence(budget))

    def _threshold(self, budget: BudgetView) -> int:
        """Return the highest threshold that is reached, 0 for none."""
        if budget.limit <= 0:
            return 0
        return max((t for t in self._notify.budget if budget.spent * 100 >= budget.limit * t), default=0)

    def _look_at_tiers(self, spend: Spend) -> None:
        for quote in self._snapshot:
            tier, state = quote.tier.id, quote.availability.state
            if state.usable or not quote.tier.enabled:
                self._stand(tier)
                if state.usable:
                    self._up.add(tier)
                else:
                    self._up.discard(tier)
            elif state in _OUT and tier in self._up and tier in spend.by_tier_today:
                self._fall(tier)

    def _stand(self, tier: str) -> None:
        timer = self._falling.pop(tier, None)
        if timer is not None:
            timer.stop()

    def _fall(self, tier: str) -> None:
        if tier not in self._falling:
            timer = QTimer(self, singleShot=True, interval=DOWN_MS)
            timer.timeout.connect(lambda: self._fallen(tier))
            timer.start()
            self._falling[tier] = timer

    def _fallen(self, tier: str) -> None:
        self._falling.pop(tier, None)
        self._up.discard(tier)
        quote = self._snapshot.quotes.get(tier)
        if quote is not None and self._notify.tier_down:
            self._say(tr("{tier} is down", tier=quote.tier.label), down_sentence(quote))

    def _say(self, title: str, sentence: str) -> None:
        if not quiet_at(self._notify, self._now().time()):
            self._tell(title, sentence)


def budget_sentence(budget: BudgetView) -> str:
    """Return how a budget stands, and what happens at its limit."""
    whose = tr(" for {whose}", whose=budget.whose) if budget.whose else ""
    when = _PERIODS[budget.period]
    spent, limit = format_usd(budget.spent), format_usd(budget.limit)
    if budget.spent < budget.limit:
        return tr(
            "{spent} of {limit}{whose} is spent {when}.", spent=spent, limit=limit, whose=whose, when=when
        )
    end = (
        tr("Nothing more is sent that costs; you can allow single prompts.")
        if budget.hard
        else tr("It only warns.")
    )
    return tr(
        "{spent} is spent {when}, the budget{whose} is {limit}. {end}",
        spent=spent,
        when=when,
        whose=whose,
        limit=limit,
        end=end,
    )


def down_sentence(quote: Quote) -> str:
    """Return why a tier is down, and what becomes of prompts."""
    why = quote.availability.reason.rstrip(".") or tr("It does not answer")
    return tr("{why}. Prompts go to other tiers until it is back.", why=why)


def quiet_at(notify: Notify, now: time) -> bool:
    """Return whether nothing is to be told at ``now``; hours may pass midnight."""
    hours = notify.quiet_hours
    if hours is None:
        return False
    first, last = hours
    return first <= now < last if first <= last else now >= first or now < last


def _key(budget: BudgetView) -> tuple[object, ...]:
    """Return what makes a budget the same one: another amount is another budget."""
    return (budget.period, budget.source, budget.project, budget.limit)
