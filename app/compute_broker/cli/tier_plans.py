"""``tiers plan``: how a tier's plan stands, and what was used of it elsewhere."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, time, timedelta

import click

from compute_broker.broker.broker import Broker
from compute_broker.broker.plan_use import enter_use
from compute_broker.cli.opening import opened
from compute_broker.cli.standing import plan_report
from compute_broker.core.errors import PersonError
from compute_broker.core.headroom import PlanStanding, PlanWindow
from compute_broker.ledger.plans import WEEK, WINDOW


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
        _standing(broker, tier_id)
        if used is not None:
            await enter_use(broker, tier_id, used, window=window, resets=_moment(resets))
        elif resets is not None:
            raise click.UsageError("Say with --used what is used of the window that resets then.")
        standing = _standing(broker, tier_id)
    text = json.dumps(plan_report(standing), indent=2) if as_json else _table(standing)
    sys.stdout.write(text + "\n")


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
