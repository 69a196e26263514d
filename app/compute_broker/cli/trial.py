"""``experiment run``: prompts through all tiers and modes, with the price first."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compute_broker.cli.experiment import FOLDER, MODES_OPTION, POINTS, Names, margin_option, report_on
from compute_broker.cli.opening import opened
from compute_broker.cli.prompt_sets import MAP_OPTION, read_set
from compute_broker.compose import Services
from compute_broker.core.errors import PersonError
from compute_broker.core.money import nanos_from_usd

if TYPE_CHECKING:
    from compute_broker.experiment.run.setup import Item, Setup
    from compute_broker.experiment.session import Wanted

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_EVERY = 5.0
"""Seconds between two lines of progress where no terminal is watching."""


class Dollars(click.ParamType[int]):
    """An amount in dollars, as nano-dollars."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the amount, or fail with a remedy."""
        if isinstance(value, int):
            return value
        try:
            amount = nanos_from_usd(Decimal(str(value).strip().lstrip("$")))
        except (ValueError, ArithmeticError):
            amount = 0
        if amount <= 0:
            self.fail(f"{value!r} is no amount in dollars; write it like 5.00", param, ctx)
        return amount


class Teller:
    """Shows progress: on a terminal in place, elsewhere a line now and then."""

    def __init__(self) -> None:
        """Nothing has been said."""
        self._told = 0.0
        self._last = ""

    def say(self, line: str) -> None:
        """Show ``line``, or keep it for later."""
        self._last = line
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
        elif time.monotonic() - self._told >= _EVERY:
            self._told = time.monotonic()
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    def end(self) -> None:
        """Leave the last line standing."""
        if self._last:
            sys.stderr.write("\n" if sys.stderr.isatty() else f"{self._last}\n")


@click.command()
@click.argument("prompts", type=_FILE, required=False)
@click.option("--own", is_flag=True, help="The 100 prompts that come with this program.")
@MAP_OPTION
@click.option("--from-history", type=click.IntRange(1, 10_000), metavar="N", help="Your own last N prompts.")
@click.option("--tiers", type=Names(), help="Tier ids; all that can answer unless said otherwise.")
@click.option("--baseline", help="Tier to compare with; as in the settings unless said otherwise.")
@MODES_OPTION
@click.option("--budget", type=Dollars(), help="What all of it may cost at most, in dollars.")
@click.option(
    "--judge", type=Names(), default=("none",), help="Tier ids, human, both (you and a tier), or none."
)
@margin_option
@click.option("--out", type=FOLDER, help="Folder for journal and report.")
@click.option("--allow-code", is_flag=True, help="Run code in answers, confined, to test it; else it asks.")
@click.option("--dry-run", is_flag=True, help="Say what it would cost, and stop.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="Per provider.")
@click.option("--yes", is_flag=True, help="Do not ask before spending; with --budget only history asks.")
def run(
    prompts: Path | None,
    own: bool,  # noqa: FBT001 - click passes flags so
    mapping: tuple[str, ...],
    from_history: int | None,
    tiers: tuple[str, ...] | None,
    baseline: str | None,
    modes: tuple[str, ...],
    budget: int | None,
    judge: tuple[str, ...],
    margin: float,
    out: Path | None,
    allow_code: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    concurrency: int,
    yes: bool,  # noqa: FBT001
) -> int:
    """Ask each of PROMPTS (JSON lines) of every tier alone and of the broker in every mode, and report.

    Started again with the same prompts and folder it goes on where it stopped; no answer is paid twice.
    """
    if [prompts is not None, own, from_history is not None].count(True) != 1:
        raise click.UsageError("Give a file of prompts, or --own, or --from-history N.")
    from compute_broker.experiment.offer import HISTORY_TITLE, OWN_TITLE  # noqa: PLC0415 - for this only

    folder = out or Path(f"experiment-{prompts.stem if prompts else 'own' if own else 'history'}")
    return asyncio.run(
        _run(
            folder,
            read_set(prompts, mapping) if from_history is None else None,
            from_history or 0,
            (tiers, baseline, modes, judge),
            budget=budget,
            margin=margin / POINTS,
            dry_run=dry_run,
            width=concurrency,
            ask_first=not yes and (from_history is not None or budget is None),
            title=prompts.name if prompts else OWN_TITLE if own else HISTORY_TITLE,
            allow_code=allow_code,
        )
    )


async def _run(
    folder: Path,
    prompts: list[Item] | None,
    from_history: int,
    chosen: tuple[Sequence[str] | None, str | None, Sequence[str], Sequence[str]],
    *,
    title: str,
    allow_code: bool,
    budget: int | None,
    margin: float,
    dry_run: bool,
    width: int,
    ask_first: bool,
) -> int:
    from compute_broker.experiment.offer import price_lines, price_of  # noqa: PLC0415 - for this only
    from compute_broker.experiment.results.scoring import program_scorer  # noqa: PLC0415 - likewise
    from compute_broker.experiment.run.journal import read_sorted  # noqa: PLC0415 - for this only
    from compute_broker.experiment.session import carry_out, results_of, settle  # noqa: PLC0415 - likewise

    setups, _, answers = read_sorted(folder)
    async with opened() as services:
        items = await _items(services, prompts, from_history, setups)
        granted = allow_code or bool(setups and setups[-1].allow_code)
        allowed = _may_run_code(items, granted=granted, ask=not dry_run)
        wanted = _wanted(services, chosen, title=title, allow_code=allowed)
        setup = settle(setups, items, services.broker, wanted)
        click.echo("\n".join(price_lines(setup, price_of(setup, answers), budget)), err=True)
        if dry_run:
            return 0
        if ask_first and not click.confirm("Send them?", err=True):
            return 1
        scorer, teller = program_scorer(allow_code=allowed), Teller()
        try:
            ended = await carry_out(
                folder,
                setup,
                broker=services.broker,
                look=services.look_again,
                scorer=scorer,
                budget=budget,
                width=width,
                say=lambda standing: teller.say(standing.line),
            )
        finally:
            teller.end()
    for line in (ended.stopped, *ended.out):
        if line:
            click.echo(line, err=True)
    report_on(await asyncio.to_thread(results_of, folder, scorer, margin=margin), folder)
    if {"human", "both"} & set(chosen[3]):
        click.echo(f"Rate answers yourself: compute-broker experiment rate {folder}")
    if ended.whole:
        return 0
    click.echo("Not everything was asked; start it again to go on: no answer is paid twice.", err=True)
    return 1


async def _items(
    services: Services, prompts: list[Item] | None, from_history: int, setups: Sequence[Setup]
) -> list[Item]:
    """Return the prompts; a history experiment that was begun goes on with the prompts it began with."""
    from compute_broker.experiment.run.history import last_prompts  # noqa: PLC0415 - for this only

    if prompts is not None:
        return prompts
    if setups:
        click.echo(f"Going on with the {len(setups[-1].items)} prompts of the first start.", err=True)
        return setups[-1].items
    items = await last_prompts(services.broker.ledger, from_history)
    if not items:
        raise PersonError("there is no prompt in your history yet; ask something first, or give a file")
    return items


def _may_run_code(items: Sequence[Item], *, granted: bool, ask: bool) -> bool:
    """Return whether code in answers may be run here; ask the person once, where there is one."""
    from compute_broker.experiment.checks import runs_code  # noqa: PLC0415 - for this only
    from compute_broker.experiment.sandbox.runner import try_sandbox  # noqa: PLC0415 - likewise

    count = sum(map(runs_code, items))
    if not count:
        return granted
    if not granted and ask and sys.stdin.isatty():
        question = (
            f"Answers to {count} prompts are code, which is tested by running it here, in a child that gets "
            "neither network nor your files nor other processes (docs/experiment.md). Run it?"
        )
        granted = click.confirm(question, err=True)
    if not granted:
        told = f"Code is not run, so judges compare answers to {count} prompts (--allow-code)."
        click.echo(told, err=True)
        return False
    try_sandbox()
    return True


def _wanted(
    services: Services,
    chosen: tuple[Sequence[str] | None, str | None, Sequence[str], Sequence[str]],
    *,
    title: str,
    allow_code: bool,
) -> Wanted:
    """Return what is to be tried."""
    from compute_broker.experiment.offer import HISTORY_TITLE, judge_or_complain, wanted_by  # noqa: PLC0415
    from compute_broker.experiment.run.history import NOTE  # noqa: PLC0415 - for this only

    tiers, baseline, modes, judge = chosen
    settings = services.settings.current
    baseline = baseline or settings.baseline
    judges = [name for name in judge if name not in {"human", "both", "none"}]
    if "both" in judge and not judges:
        judges = [judge_or_complain(services.broker.snapshot, baseline)]
    return wanted_by(
        settings,
        title=title,
        modes=modes,
        tiers=tiers,
        baseline=baseline,
        judges=judges,
        allow_code=allow_code,
        notes=[NOTE] if title == HISTORY_TITLE else [],
    )
