"""``prices``: how prices moved, and where each figure came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from compute_broker.broker.price_words import change_state
from compute_broker.broker.report import usd_number
from compute_broker.config.home import Home
from compute_broker.config.store import SettingsStore
from compute_broker.core.money import format_rate
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.price_changes import PriceChange


@click.group()
def prices() -> None:
    """Show how the prices of the tiers moved."""


@prices.command()
@click.argument("tier_id", metavar="[TIER]", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def history(tier_id: str | None, limit: int, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the changes, the newest first, of one tier or of all. Prices in USD per million tokens."""
    with Ledger.open(Home.find().ledger) as ledger:
        found = ledger.price_changes(tier_id, limit)
    if tier_id is not None and not found:
        _known(tier_id)
    if as_json:
        click.echo(json.dumps([_report(change) for change in found], indent=2, ensure_ascii=False))
    elif found:
        click.echo(_table(found))
    else:
        which = f"No price of {tier_id}" if tier_id else "No price"
        click.echo(
            f"{which} has been noted yet: that is done while the program runs, or: compute-broker tiers"
        )


def _known(tier_id: str) -> None:
    """Refuse a name that no tier bears, nor one of earlier times of which prices were noted."""
    tiers = [tier.id for tier in SettingsStore(Home.find()).current.tiers]
    if tier_id not in tiers:
        raise click.UsageError(f"There is no tier {tier_id!r}; the tiers are: {', '.join(tiers)}.")


def _report(change: PriceChange) -> dict[str, Any]:
    return {
        "time": change.at.isoformat(),
        "tier": change.tier,
        "model": change.model,
        "state": change.state.value,
        "price_in_usd_per_mtok": None if change.input is None else usd_number(change.input),
        "price_out_usd_per_mtok": None if change.output is None else usd_number(change.output),
        "price_kind": change.kind.value if change.kind else None,
        "price_source": change.source,
        "price_time": change.as_of.isoformat(),
    }


def _table(found: Sequence[PriceChange]) -> str:
    rows = [("noted", "tier", "in /M", "out /M", "what", "from")] + [
        (
            f"{change.at.astimezone():%Y-%m-%d %H:%M}",
            change.tier,
            format_rate(change.input),
            format_rate(change.output),
            change_state(change),
            change.source,
        )
        for change in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )
