"""``learned``: what use has taught of the tiers; forget it, take it along, bring it in."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import click

from compute_broker.broker.lesson_file import lessons_text, read_lessons, told, write_lessons
from compute_broker.cli.opening import opened


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list instead of sentences.")
@click.pass_context
def learned(context: click.Context, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Say what your thumbs, and what you did with answers, have taught of each tier."""
    if context.invoked_subcommand is None:
        asyncio.run(_show(as_json=as_json))


@learned.command()
@click.option("--tier", "tier_id", metavar="ID", help="Only what was learned of this tier.")
@click.option("--undo", is_flag=True, help="Take the latest reset back.")
def reset(tier_id: str | None, undo: bool) -> None:  # noqa: FBT001
    """Learn anew from here on. Your ratings stay, and --undo brings back what they taught."""
    asyncio.run(_reset(tier_id, undo=undo))


@learned.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def export(file: Path) -> None:
    """Write what was learned to FILE (JSON; - for standard output). No prompt and no answer is in it."""
    asyncio.run(_export(file))


@learned.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def import_(file: Path) -> None:
    """Add what was learned elsewhere; what is known here already is not counted twice."""
    asyncio.run(_import(file))


async def _show(*, as_json: bool) -> None:
    async with opened(probe=False) as services:
        findings = services.broker.findings()
        lessons = await services.broker.ledger.lessons()
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "tier": each.tier_id,
                "model": each.model,
                "effort": each.effort,
                "category": each.category.value,
                "good": each.taught.good,
                "total": each.taught.total,
                "shift_logits": round(each.taught.shift, 3),
                "ability": round(each.taught.ability.mean, 3),
                "sentence": each.sentence,
            }
            for each in findings
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif findings:
        for each in findings:
            click.echo(f"{each.sentence}.")
    elif lessons:
        click.echo(f"Nothing of the tiers as they are now; {told(len(lessons))} of other models or tiers.")
    else:
        click.echo("Nothing yet: rate answers with a thumb, and it will show here.")


async def _reset(tier_id: str | None, *, undo: bool) -> None:
    async with opened(probe=False) as services:
        if undo:
            await services.broker.ledger.remember_lessons()
        else:
            if tier_id is not None and services.settings.current.tier(tier_id) is None:
                known = ", ".join(tier.id for tier in services.settings.current.tiers)
                raise click.UsageError(f"There is no tier {tier_id!r}; the tiers are: {known}.")
            await services.broker.ledger.forget_lessons(tier_id)
    click.echo("Brought back." if undo else "Forgotten; compute-broker learned reset --undo brings it back.")


async def _export(file: Path) -> None:
    async with opened(probe=False) as services:
        lessons = await services.broker.ledger.lessons()
    if str(file) == "-":
        sys.stdout.write(lessons_text(lessons))
        return
    click.echo(f"{told(write_lessons(file, lessons))} written to {file}.")


async def _import(file: Path) -> None:
    lessons = read_lessons(file)
    async with opened(probe=False) as services:
        new = await services.broker.ledger.import_lessons(lessons)
    click.echo(f"{told(len(lessons))} read, {new} of them new.")
