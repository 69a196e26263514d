"""Budgets: what is spent and set aside in a period, what a reservation may still take, when to warn.

Everything here runs inside the reservation's own transaction, so that nobody can slip in between the
look and the act.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.ledger.periods import Calendar, slot_of, to_us
from compute_broker.ledger.records import BudgetLimit, BudgetRefusedError, BudgetWarning, Period

HORIZON = timedelta(days=35)
"""Rows this far ahead of the clock still count: if it jumps back, no budget begins anew (facts, case 19)."""

_WORDS = {Period.DAY: tr("daily"), Period.WEEK: tr("weekly"), Period.MONTH: tr("monthly")}


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget at one moment, with what is spent and set aside in its period (nano-dollars)."""

    limit: BudgetLimit
    period_key: str
    committed: int

    @property
    def left(self) -> int:
        """What may still be set aside; 0 when the budget is passed already."""
        return max(0, self.limit.amount - self.committed)

    @property
    def key(self) -> str:
        """A name for the budget: another amount is another budget, and warns anew."""
        return json.dumps([self.limit.source, self.limit.project, self.limit.amount])


def standing(db: sqlite3.Connection, calendar: Calendar, now: datetime, limit: BudgetLimit) -> Standing:
    """Return how a budget stands at ``now``."""
    start = calendar.start(limit.period, now)
    committed = db.execute(
        """SELECT coalesce(sum(exact + estimated + unknown + reserved), 0) FROM balances
        WHERE slot_us >= ? AND slot_us < ?
        AND source = coalesce(?, source) AND project = coalesce(?, project)""",
        [slot_of(to_us(start)), to_us(now + HORIZON), limit.source, limit.project],
    ).fetchone()[0]
    return Standing(limit, calendar.key(limit.period, now), committed)


def passed(standings: Sequence[Standing], needed: int | None) -> list[Standing]:
    """Return the hard budgets that ``needed`` more would pass. What costs nothing passes none."""
    if needed == 0:
        return []
    hard = [each for each in standings if each.limit.hard]
    return [each for each in hard if needed is None or each.committed + needed > each.limit.amount]


def refusal(standing: Standing, needed: int | None) -> BudgetRefusedError:
    """Return the error for a hard budget, as a sentence with its figures and the way out."""
    limit = standing.limit
    whose = "".join(
        tr(" for {word} {name}", word=word, name=f"{name!r}")
        for word, name in ((tr("source"), limit.source), (tr("project"), limit.project))
        if name
    )
    budget = tr(
        "{words} budget of {amount}{whose}",
        words=_WORDS[limit.period],
        amount=format_usd(limit.amount),
        whose=whose,
    )
    way_out = tr("Choose a cheaper tier, raise the budget in Settings, or allow this one request.")
    if needed is None:
        text = tr(
            "Nobody knows what this tier costs, so it is not used under the {budget}. {way_out}",
            budget=budget,
            way_out=way_out,
        )
    else:
        text = tr(
            "This could cost up to {amount}, but only {amount_2} is left of the {budget}. {way_out}",
            amount=format_usd(needed),
            amount_2=format_usd(standing.left),
            budget=budget,
            way_out=way_out,
        )
    return BudgetRefusedError(text, limit, standing.left, needed)


def new_warnings(
    db: sqlite3.Connection, now: datetime, standings: Sequence[Standing], needed: int
) -> tuple[BudgetWarning, ...]:
    """Return the thresholds that are reached now and were not before in their period, and remember them."""
    warnings = []
    for each in standings:
        committed = each.committed + needed
        for threshold in sorted(each.limit.thresholds):
            if committed > 0 and committed * 100 >= each.limit.amount * threshold:
                first = db.execute(
                    "INSERT OR IGNORE INTO budget_warnings VALUES (?, ?, ?, ?, ?)",
                    [each.key, each.period_key, threshold, to_us(now), committed],
                )
                if first.rowcount:
                    warnings.append(BudgetWarning(each.limit, threshold, committed))
    return tuple(warnings)
