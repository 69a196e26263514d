"""What a person says was used of a plan, by the provider's own page: kept, and counted on from there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from compute_broker.broker.broker import Broker
from compute_broker.core.errors import PersonError
from compute_broker.core.headroom import PlanStanding
from compute_broker.core.texts import tr
from compute_broker.ledger.plans import WINDOW, PlanEntry

_USED = re.compile(r"(\d{1,13})\s*(%?)")


async def enter_use(
    broker: Broker, tier_id: str, used: str, *, window: str = WINDOW, resets: datetime | None = None
) -> None:
    """Keep how a window stands; without ``resets`` it ends as it would by our own prompts.

    Raises:
        PersonError: the tier has no such plan, or ``used`` is no figure for it.
        LedgerError: the ledger cannot be written.
    """
    quote, plan = broker.snapshot.quotes.get(tier_id), broker.plan_of(tier_id)
    if quote is None or quote.plan is None or plan is None:
        raise PersonError(
            tr("{tier_id} has no plan; see docs/places.md for how to write one.", tier_id=tier_id)
        )
    end = datetime.now(UTC) + timedelta(hours=plan.window_hours)
    for entry in entries(tier_id, quote.plan, used, window, resets, end):
        await broker.ledger.enter_plan(entry)
    await broker.refresh_spend()


def entries(
    tier_id: str, standing: PlanStanding, used: str, window: str, resets: datetime | None, end: datetime
) -> list[PlanEntry]:
    """Return what a person says of a window, for each unit that it counts; ``end``: of one not begun yet.

    Raises:
        PersonError: the plan has no such window, or what is used is no figure for it.
    """
    found = _USED.fullmatch(used.strip())
    if found is None:
        raise PersonError(tr("{used} is neither a share nor a number: write 40% or 80.", used=f"{used!r}"))
    counted = [each for each in standing.windows if each.name == window]
    if not counted:
        raise PersonError(
            tr(
                "The plan of {tier_id} has no {window}; give it one in the settings file.",
                tier_id=tier_id,
                window=window,
            )
        )
    if not found[2] and len(counted) > 1:
        raise PersonError(
            tr("The {window} counts requests and tokens: write the share, such as 40%.", window=window)
        )
    figure = int(found[1])
    return [
        PlanEntry(
            tier_id,
            window,
            each.unit,
            each.limit * figure // 100 if found[2] else figure,
            resets or each.resets_at or end,
        )
        for each in counted
    ]
