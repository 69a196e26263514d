"""``usage`` and ``export``: what was spent and saved, and the rows behind it."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from compute_broker.broker.report import usd_number
from compute_broker.cli.opening import opened
from compute_broker.cli.what_if import PERIODS, what_if
from compute_broker.core.money import format_usd
from compute_broker.ledger.views import HistoryFilter, Spend, TierSpend


class LocalDay(click.ParamType[date]):
    """A day such as ``2026-11-23``, in the person's own time zone."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day, or fail with a remedy."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date; write it like 2026-11-23", param, ctx)


@click.group(invoke_without_command=True)
@click.option("--period", type=click.Choice(list(PERIODS)), default="today", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def usage(context: click.Context, period: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Show what was spent and saved, in total and by tier."""
    if context.invoked_subcommand is None:
        asyncio.run(_usage(period, as_json=as_json))


usage.add_command(what_if)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--from", "first", type=LocalDay(), help="First local day, such as 2026-11-01.")
@click.option("--to", "last", type=LocalDay(), help="Last local day, included.")
def export(file: Path, first: date | None, last: date | None) -> None:
    """Write usage as CSV to FILE (- for standard output), one row a request."""
    if first and last and first > last:
        raise click.UsageError(f"--from {first} lies after --to {last}; swap them.")
    asyncio.run(_export(file, first, last))


async def _usage(period: str, *, as_json: bool) -> None:
    async with opened(probe=False) as services:
        ledger = services.broker.ledger
        spend = await ledger.spend(PERIODS[period])
        tiers = await ledger.by_tier(PERIODS[period])
        budgets = services.broker.spend.budgets
    if as_json:
        report = _report(period, spend, tiers)
        report["budgets"] = [
            {
                "period": budget.period,
                "source": budget.source,
                "project": budget.project,
                "limit_usd": usd_number(budget.limit),
                "hard": budget.hard,
                "spent_usd": usd_number(budget.spent),
                "left_usd": usd_number(budget.left),
            }
            for budget in budgets
        ]
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return
    sys.stdout.write(_text(period, spend, tiers))
    for budget in budgets:
        kind = "stops" if budget.hard else "warns"
        whose = f" for {budget.whose}" if budget.whose else ""
        line = f"Budget per {budget.period}{whose}: {format_usd(budget.spent)} of {format_usd(budget.limit)}"
        sys.stdout.write(f"{line}, {format_usd(budget.left)} left ({kind}).\n")


def _report(period: str, spend: Spend, tiers: list[TierSpend]) -> dict[str, Any]:
    sums = spend.sums
    return {
        "period": period,
        "spent_usd": usd_number(sums.spent),
        "exact_usd": usd_number(sums.exact),
        "estimated_usd": usd_number(sums.estimated),
        "unknown_usd": usd_number(sums.unknown),
        "reserved_usd": usd_number(sums.reserved),
        "saved_usd": usd_number(sums.saved),
        "saved_requests": sums.saved_requests,
        "requests": sums.requests,
        "answered": sums.answered,
        "by_tier": [
            {
                "tier": row.tier or None,
                "spent_usd": usd_number(row.sums.spent),
                "requests": row.sums.requests,
                "answered": row.sums.answered,
                "saved_usd": usd_number(row.sums.saved),
            }
            for row in tiers
        ],
    }


def _text(period: str, spend: Spend, tiers: list[TierSpend]) -> str:
    sums = spend.sums
    spent = format_usd(sums.spent)
    saved = "no saving known yet"
    if sums.saved_requests:
        more = sums.saved < 0
        saved = (
            f"{format_usd(-sums.saved)} more than the baseline" if more else f"saved {format_usd(sums.saved)}"
        )
    count = f"{sums.answered:,} {'request' if sums.answered == 1 else 'requests'}"
    lines = [f"Spent {spent} in {count} ({period}), {saved}."]
    if rest := sums.requests - sums.answered:
        lines.append(f"{rest:,} more {'was' if rest == 1 else 'were'} not answered.")
    if sums.estimated:
        lines.append(f"Of this {format_usd(sums.estimated)} is estimated.")
    if sums.unknown:
        lines.append(f"Of this {format_usd(sums.unknown)} is set aside for answers whose cost nobody told.")
    width = max((len(row.tier) for row in tiers), default=0)
    lines += [
        f"  {row.tier.ljust(width)}  {format_usd(row.sums.spent):>10}  {row.sums.answered:>5,} answered"
        for row in tiers
        if row.tier
    ]
    return "\n".join(lines) + "\n"


async def _export(file: Path, first: date | None, last: date | None) -> None:
    wanted = HistoryFilter(from_day=first, to_day=last)
    async with opened(probe=False) as services:
        if str(file) == "-":
            await services.broker.ledger.call(_to_standard_output, wanted)
            return
        rows = await services.broker.export(file, wanted)
    click.echo(f"Wrote {rows} {'row' if rows == 1 else 'rows'} to {file}.")


def _to_standard_output(ledger: Any, wanted: HistoryFilter) -> int:
    from compute_broker.ledger.export import export_csv  # noqa: PLC0415 - one use, off the usual path

    return export_csv(ledger, sys.stdout, wanted)
