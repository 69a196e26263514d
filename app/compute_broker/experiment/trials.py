"""Experiments from the window: offered with their price, carried out, gone on with, reported, rated.

Each has a folder of its own in the program's home. What takes long runs in a thread or a child, so that the
loop that calls is never held.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from compute_broker.broker.broker import Broker
from compute_broker.config.schema import Settings
from compute_broker.core.decision import MODES
from compute_broker.core.errors import EnvironmentFaultError, PersonError
from compute_broker.core.task import Task
from compute_broker.core.texts import tr
from compute_broker.experiment.checks import runs_code
from compute_broker.experiment.judge.pairwise import Pair, Verdict
from compute_broker.experiment.judge.rating import keep_rating, read_ratings, to_rate
from compute_broker.experiment.offer import HISTORY_TITLE, OWN_TITLE, price_lines, price_of, wanted_by
from compute_broker.experiment.prompts import own_set, read_prompts
from compute_broker.experiment.results.scoring import program_scorer
from compute_broker.experiment.run.calls import Answer
from compute_broker.experiment.run.estimate import Estimate
from compute_broker.experiment.run.history import NOTE, last_prompts
from compute_broker.experiment.run.journal import NAME as JOURNAL
from compute_broker.experiment.run.progress import Standing
from compute_broker.experiment.run.runner import Ended
from compute_broker.experiment.run.setup import Item, Setup
from compute_broker.experiment.sandbox.runner import try_sandbox
from compute_broker.experiment.session import (
    WIDTH,
    Wanted,
    carry_out,
    is_whole,
    new_setup,
    recorded,
    task_of,
)
from compute_broker.own_process import own_command


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person wants tried. ``prompts`` are the last so many of theirs, or 0 for our own set.

    ``tiers`` and ``judges`` are ids; ``allow_code`` is the leave to run code from answers.
    """

    prompts: int
    tiers: tuple[str, ...]
    baseline: str
    judges: tuple[str, ...] = ()
    allow_code: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An experiment that may be carried out, with what is still to be paid for it."""

    folder: Path
    setup: Setup
    price: Estimate
    spent: int = 0
    """Nano-dollars that earlier starts have cost."""

    def exists(self) -> bool:
        """Whether anything of it was begun."""
        return (self.folder / JOURNAL).exists()

    def lines(self, budget: int | None) -> list[str]:
        """Return what will be sent, and for how much."""
        return price_lines(self.setup, self.price, budget)


@dataclass(frozen=True, slots=True)
class Sitting:
    """The pairs of an experiment that wait for the person's word, and the words that were said."""

    folder: Path
    pairs: tuple[Pair, ...]
    rated: Mapping[str, Verdict]


class Trials:
    """The experiments in ``folder``; ``look`` looks at the tiers again after a wait."""

    def __init__(
        self,
        broker: Broker,
        settings: Callable[[], Settings],
        folder: Path,
        look: Callable[[], Awaitable[None]],
    ) -> None:
        """Read nothing yet."""
        self._broker = broker
        self._settings = settings
        self._folder = folder
        self._look = look

    async def offer(self, choices: Choices) -> Offer:
        """Return the experiment that ``choices`` describe, with its price; nothing is sent or written.

        Raises:
            PersonError: it cannot be done; the text says why.
        """
        own = choices.prompts == 0
        if own:
            items = await asyncio.to_thread(read_prompts, own_set())
        else:
            items = await last_prompts(self._broker.ledger, choices.prompts)
        if not items:
            raise PersonError(
                tr("There is no prompt in your history yet. Ask something first, or try our own set.")
            )
        wanted = wanted_by(
            self._settings(),
            title=OWN_TITLE if own else HISTORY_TITLE,
            modes=tuple(MODES),
            tiers=choices.tiers,
            baseline=choices.baseline,
            judges=choices.judges,
            allow_code=choices.allow_code,
            notes=() if own else (NOTE,),
        )
        tasks = await self._tasks(items)
        name = f"{'own' if own else 'history'}-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
        return await asyncio.to_thread(self._priced, self._folder / name, items, wanted, tasks)

    def _priced(self, folder: Path, items: list[Item], wanted: Wanted, tasks: Mapping[str, Task]) -> Offer:
        setup = new_setup(items, self._broker.snapshot, wanted, lambda item: tasks[item.id])
        return Offer(folder, setup, price_of(setup, {}))

    async def _tasks(self, items: list[Item]) -> dict[str, Task]:
        """Classify the prompts one by one, with the loop's other work in between."""
        found = {}
        for item in items:
            found[item.id] = task_of(self._broker, item)
            await asyncio.sleep(0)
        return found

    async def begun(self) -> Offer | None:
        """Return the latest experiment if something of it is left to be asked.

        Raises:
            PersonError: its journal makes no sense.
            EnvironmentFaultError: it cannot be read.
        """
        return await asyncio.to_thread(self._begun)

    def _begun(self) -> Offer | None:
        journals = sorted(self._folder.glob(f"*/{JOURNAL}"), key=lambda path: path.stat().st_mtime)
        if not journals:
            return None
        folder = journals[-1].parent
        setup, answers = recorded(folder)
        if is_whole(setup, answers, program_scorer(allow_code=setup.allow_code)):
            return None
        return Offer(folder, setup, price_of(setup, answers), _spent(answers))

    async def run(self, offer: Offer, budget: int, say: Callable[[Standing], None]) -> Ended:
        """Carry ``offer`` out within ``budget`` nano-dollars over all its starts, and return how it ended.

        Raises:
            BrokerError: it cannot be carried out; what was answered is kept.
        """
        if offer.setup.allow_code and any(map(runs_code, offer.setup.items)):
            await asyncio.to_thread(try_sandbox)
        return await carry_out(
            offer.folder,
            offer.setup,
            broker=self._broker,
            look=self._look,
            scorer=program_scorer(allow_code=offer.setup.allow_code),
            budget=budget,
            width=WIDTH,
            say=say,
        )

    async def report(self, folder: Path) -> tuple[Path, dict[str, Any]]:
        """Have a child write the report: the statistics would fill this process. Return page and figures.

        Raises:
            EnvironmentFaultError: it could not be written; the text is the child's.
        """
        child = await asyncio.create_subprocess_exec(
            *own_command("experiment", "report", str(folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, told = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            lines = told.decode("utf-8", "replace").strip().splitlines()
            raise EnvironmentFaultError(lines[-1] if lines else "the report could not be written")
        figures = await asyncio.to_thread(lambda: json.loads((folder / "report.json").read_bytes()))
        return folder / "report.html", figures

    async def sitting(self, folder: Path) -> Sitting:
        """Return what the person may rate.

        Raises:
            PersonError: a file makes no sense.
            EnvironmentFaultError: a file cannot be read.
        """
        return await asyncio.to_thread(_sitting, folder)

    async def rate(self, folder: Path, pair: Pair, verdict: Verdict) -> None:
        """Keep the person's word on ``pair``.

        Raises:
            EnvironmentFaultError: it could not be written.
        """
        await asyncio.to_thread(keep_rating, folder, pair, verdict)


def _sitting(folder: Path) -> Sitting:
    setup, answers = recorded(folder)
    rated = read_ratings(folder)
    pairs = to_rate(setup, answers, program_scorer(allow_code=setup.allow_code), rated)
    return Sitting(folder, tuple(pairs), rated)


def _spent(answers: Mapping[str, Answer]) -> int:
    return sum(answer.cost or 0 for answer in answers.values())
