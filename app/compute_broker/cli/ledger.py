"""``ledger``: look after the file that remembers everything."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from compute_broker.cli.opening import opened
from compute_broker.cli.usage import LocalDay
from compute_broker.config.home import Home
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.restoring import restore_backup, there_must_be


@click.group()
def ledger() -> None:
    """Check, copy, restore the ledger, or have it forget old prompts."""


@ledger.command()
def verify() -> int:
    """Check the whole ledger: the file, the sums, the reservations. Exit code 1 when something is wrong."""
    with Ledger.open(Home.find().ledger) as opened_:
        found = opened_.verify()
    for problem in found.problems:
        click.echo(problem)
    if found.ok:
        click.echo(f"Sound: {found.requests:,} requests, {found.attempts:,} attempts.")
    return 0 if found.ok else 1


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
def backup(file: Path | None) -> None:
    """Write a copy to FILE, or today's copy beside the daily ones."""
    home = Home.find()
    target = file or home.backups / f"ledger-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    with Ledger.open(home.ledger) as opened_:
        click.echo(f"Written: {opened_.backup(target)}")


@ledger.command()
def backups() -> None:
    """List the copies, the newest first."""
    found = _all_copies()
    for path in found:
        click.echo(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    if not found:
        click.echo(
            "No copy yet: one is made each day while the program runs, or now: compute-broker ledger backup"
        )


@ledger.command()
@click.argument("file", metavar="FILE|latest")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: str, yes: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Put a copy in the ledger's place; the ledger as it is now is kept beside it."""
    home = Home.find()
    found = _all_copies()
    if file == "latest" and not found:
        raise click.UsageError("There is no copy to restore; see: compute-broker ledger backups")
    copy = found[0] if file == "latest" else Path(file)
    there_must_be(copy)
    if not yes:
        click.confirm(
            f"Restore {copy}? What was written after it is kept aside, but no longer counted", abort=True
        )
    aside = restore_backup(copy, home.ledger, datetime.now(UTC))
    click.echo(f"Restored {copy}." + (f" The ledger as it was: {aside}" if aside else ""))


@ledger.command()
@click.option("--before", type=LocalDay(), help="Forget what was said before this local day.")
@click.option(
    "--older-than", type=click.IntRange(min=0), metavar="DAYS", help="Forget what is older than this."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(before: date | None, older_than: int | None, yes: bool) -> None:  # noqa: FBT001
    """Delete old prompts and answers for good; sums, costs and counts stay."""
    if (before is None) == (older_than is None):
        raise click.UsageError("Say one of --before 2026-11-01 or --older-than 90.")
    day = before or datetime.now().astimezone().date() - timedelta(days=older_than or 0)
    if not yes:
        click.confirm(
            f"Delete every prompt and answer from before {day}, and the copies that hold them", abort=True
        )
    asyncio.run(_forget(day))


async def _forget(day: date) -> None:
    async with opened(probe=False) as services:
        count, left = await services.forget_before(day)
    click.echo(f"{count} prompts were forgotten, here and in the daily copies.")
    for path in left:
        click.echo(f"This copy may still hold some of them; delete it yourself if you want: {path}")


def _all_copies() -> list[Path]:
    """Return daily and other copies, the newest first."""
    folder = Home.find().backups
    return sorted(folder.glob("ledger-*.db"), key=lambda path: path.stat().st_mtime, reverse=True)
