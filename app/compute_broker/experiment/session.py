"""One experiment from start to report: open or go on, run, judge, and say what came of it.

It gets the broker and the market's snapshot from who wires them, and knows nothing of files but its folder.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from compute_broker.broker.broker import Broker
from compute_broker.broker.events import AskOptions
from compute_broker.broker.unbroken import unbroken
from compute_broker.core.decision import CrossCheck, Mode
from compute_broker.core.errors import PersonError
from compute_broker.core.quote import Snapshot
from compute_broker.core.task import Task
from compute_broker.experiment.judge.pairwise import needed
from compute_broker.experiment.judge.rating import read_ratings
from compute_broker.experiment.results.assemble import assemble
from compute_broker.experiment.results.model import Results
from compute_broker.experiment.results.pairs import pairs_of
from compute_broker.experiment.results.scoring import Scorer
from compute_broker.experiment.run.arms import Prompt, look_up
from compute_broker.experiment.run.asker import Asker
from compute_broker.experiment.run.calls import Answer
from compute_broker.experiment.run.follow import NeedsError
from compute_broker.experiment.run.journal import Journal, read_sorted
from compute_broker.experiment.run.lanes import Lanes
from compute_broker.experiment.run.progress import Progress, Standing
from compute_broker.experiment.run.runner import Ended, Runner
from compute_broker.experiment.run.setup import Item, Setup, make_setup

WIDTH = 4
"""Requests at once to one provider, unless the person says otherwise."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tried. ``tiers`` ``None``: all that can answer and have a price."""

    modes: Sequence[str]
    baseline: str
    cross_check: Callable[[Mode], CrossCheck]
    tiers: Sequence[str] | None = None
    judges: Sequence[str] = ()
    most_seconds: float | None = None
    allow_code: bool = False
    title: str = "Experiment"
    notes: Sequence[str] = ()


def settle(setups: Sequence[Setup], items: Sequence[Item], broker: Broker, wanted: Wanted) -> Setup:
    """Return the setup to run: the one of an earlier start if it is the same experiment, else a new one.

    Raises:
        PersonError: what is wanted cannot be done; the text says why.
    """
    return going_on(setups, new_setup(items, broker.snapshot, wanted, partial(task_of, broker)))


def task_of(broker: Broker, item: Item) -> Task:
    """Return what the broker makes of a prompt."""
    return broker.preview(item.prompt, AskOptions(private=item.private)).task


def new_setup(
    items: Sequence[Item], snapshot: Snapshot, wanted: Wanted, classify: Callable[[Item], Task]
) -> Setup:
    """Return the setup of a new experiment.

    Raises:
        PersonError: what is wanted cannot be done; the text says why.
    """
    return make_setup(
        items,
        snapshot,
        tiers=wanted.tiers,
        modes=wanted.modes,
        baseline=wanted.baseline,
        cross_check=wanted.cross_check,
        classify=classify,
        run=f"experiment-{secrets.token_hex(4)}",
        judges=wanted.judges,
        most_seconds=wanted.most_seconds,
        allow_code=wanted.allow_code,
        title=wanted.title,
        notes=wanted.notes,
    )


def going_on(setups: Sequence[Setup], new: Setup) -> Setup:
    """Return the setup of an earlier start if ``new`` is the same experiment, with judges as in ``new``."""
    old = next((setup for setup in reversed(setups) if setup.digest == new.digest), None)
    if old is None:
        return msgspec.structs.replace(new, run=setups[0].run) if setups else new
    if [each.tier.id for each in old.judges] != [each.tier.id for each in new.judges]:
        old = msgspec.structs.replace(old, judges=new.judges)
    if old.allow_code != new.allow_code:
        old = msgspec.structs.replace(old, allow_code=new.allow_code)
    return old


async def carry_out(
    folder: Path,
    setup: Setup,
    *,
    broker: Broker,
    look: Callable[[], Awaitable[None]],
    scorer: Scorer,
    budget: int | None,
    width: int,
    say: Callable[[Standing], None],
) -> Ended:
    """Ask all that has not been asked yet, with the journal in ``folder``; return how that ended.

    ``budget`` is in nano-dollars over all starts together, ``width`` the requests at once to one provider.

    Raises:
        PersonError: another program runs an experiment in ``folder``, or its journal makes no sense.
        EnvironmentFaultError: the folder or the ledger cannot be used.
    """
    with await asyncio.to_thread(Journal, folder) as journal:
        setup = going_on(journal.setups, setup)
        if not journal.setups or journal.setups[-1] != setup:
            await unbroken(asyncio.to_thread(journal.append, setup))
        asker = Asker(broker, journal, Lanes(width), run=setup.run, budget=budget, look=look)
        runner = Runner(asker, journal.answers, scorer, setup.judges, Progress(say, budget=budget))
        return await runner.run([Prompt(item, setup) for item in setup.items])


def is_whole(setup: Setup, answers: Mapping[str, Answer], scorer: Scorer) -> bool:
    """Return whether nothing is left to be asked: no answer, and no judge's word."""
    for item in setup.items:
        prompt = Prompt(item, setup)
        try:
            pairs = pairs_of(prompt, answers, scorer)
        except NeedsError:
            return False
        if needed(setup.judges, pairs, partial(look_up, answers=answers)):
            return False
    return True


def results_of(folder: Path, scorer: Scorer, *, margin: float, notes: Sequence[str] = ()) -> Results:
    """Return what the journal and the ratings in ``folder`` come to, for the latest setup.

    Raises:
        PersonError: there is no experiment, or a file makes no sense.
        EnvironmentFaultError: a file cannot be read.
    """
    setup, answers = recorded(folder)
    told = [*setup.notes, *notes]
    if setup.private_left_out:
        count = setup.private_left_out
        told.append(f"Private prompts left out, since not every tier is on this machine: {count}.")
    return assemble(
        setup, answers, scorer, read_ratings(folder), margin=margin, title=setup.title, notes=told
    )


def recorded(folder: Path) -> tuple[Setup, dict[str, Answer]]:
    """Return the latest setup of a folder's journal and all its answers by key.

    Raises:
        PersonError: there is none.
        EnvironmentFaultError: it cannot be read.
    """
    setups, _, answers = read_sorted(folder)
    if not setups:
        raise PersonError(
            f"there is no experiment in {folder}; begin one with: compute-broker experiment run"
        )
    return setups[-1], answers
