"""``tiers plan``: how a tier's plan stands, and what was used of it elsewhere."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from datetime import UTC, datetime, time, timedelta

import click

from compute_broker.broker.broker import Broker
from compute_broker.cli.standing import plan_report
from compute_broker.compose import opened
from compute_broker.core.errors import PersonError
from compute_broker.core.headroom import PlanStanding, PlanWindow
from compute_broker.ledger.plans import WEEK, WINDOW, PlanEntry

_USED = re.compile(r"(\d{1,13})\s*(%?)")


@click.command()
@click.argument("tier_id", metavar="ID")
@click.option("--used", help="What is used of the window by now, in all: 40% or a number.")
@click.option("--resets", help="When the window is over, local time such as 14:20; else as the plan says.")
@click.option("--window", type=click.Choice([WINDOW, WEEK]), default=WINDOW, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(tier_id: str, used: str | None, resets: str | None, window: str, *, as_json: bool) -> None:
    """Show how a tier's plan stands; with --used, say how it stands by the provider's own page."""
    asyncio.run(_plan(tier_id, used, resets, window, as_json=as_json))


async def _plan(tier_id: str, used: str | None, resets: str | None, window: str, *, as_json: bool) -> None:
    async with opened(probe=False) as services:
        broker = services.broker
        standing = _standing(broker, tier_id)
        if used is not None:
            settings = services.settings.current.tier(tier_id)
            hours = settings.plan.window_hours if settings is not None and settings.plan is not None else 0
            end = datetime.now(UTC) + timedelta(hours=hours)
            for entry in entries(tier_id, standing, window, used, _moment(resets), end):
                await broker.ledger.enter_plan(entry)
            await broker.refresh_spend()
            standing = _standing(broker, tier_id)
        elif resets is not None:
            raise click.UsageError("Say with --used what is used of the window that resets then.")
    text = json.dumps(plan_report(standing), indent=2) if as_json else _table(standing)
    sys.stdout.write(text + "\n")


def entries(
    tier_id: str, standing: PlanStanding, window: str, used: str, resets: datetime | None, end: datetime
) -> list[PlanEntry]:
    """Return what a person says of a window, for each unit that it counts; ``end``: of one not begun yet.

    Raises:
        PersonError: the plan has no such window, or what is used is no figure for it.
    """
    found = _USED.fullmatch(used.strip())
    if found is None:
        raise PersonError(f"{used!r} is neither a share nor a number: write 40% or 80.")
    counted = [each for each in standing.windows if each.name == window]
    if not counted:
        raise PersonError(f"The plan of {tier_id} has no {window}; give it one in the settings file.")
    if not found[2] and len(counted) > 1:
        raise PersonError(f"The {window} counts requests and tokens: write the share, such as 40%.")
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


def _standing(broker: Broker, tier_id: str) -> PlanStanding:
    quote = broker.snapshot.quotes.get(tier_id)
    if quote is None:
        raise PersonError(f"There is no tier {tier_id!r}; see: compute-broker tiers.")
    if quote.plan is None:
        raise PersonError(f"{tier_id} has no plan; see docs/places.md for how to write one.")
    return quote.plan


def _moment(text: str | None) -> datetime | None:
    """Return the next time the person's clock shows ``text``."""
    if text is None:
        return None
    try:
        at = time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write 14:20", param_hint="--resets") from None
    now = datetime.now(UTC).astimezone()
    today = datetime.combine(now.date(), at).astimezone()
    return today if today > now else datetime.combine(now.date() + timedelta(days=1), at).astimezone()


def _table(standing: PlanStanding) -> str:
    lines = [_line(window) for window in standing.windows]
    if not standing.lasts:
        lines.append("Used up: no prompt goes there." if standing.stops else "Used up: metered until then.")
    return "\n".join(lines)


def _line(window: PlanWindow) -> str:
    reset = (
        "begins with its next prompt"
        if window.resets_at is None
        else f"resets {window.resets_at.astimezone():%a %d %b, %H:%M}"
    )
    used = f"{window.used:,} of {window.limit:,} {window.unit} used"
    return f"{window.name}: {used}, {window.percent_left} % left, {reset}"
