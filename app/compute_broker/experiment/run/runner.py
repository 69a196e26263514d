"""All prompts through all arms, then before the judges: as many at once as the providers allow.

Whatever stops it, what has been answered is in the journal; a start with the same prompts goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from compute_broker.core.quote import Quote
from compute_broker.experiment.judge.pairwise import needed
from compute_broker.experiment.results.pairs import pairs_of
from compute_broker.experiment.results.scoring import Scorer
from compute_broker.experiment.run.arms import Prompt, look_up
from compute_broker.experiment.run.asker import Asker, OutOfReachError, StoppedError
from compute_broker.experiment.run.calls import Answer, Call
from compute_broker.experiment.run.follow import NeedsError
from compute_broker.experiment.run.progress import Progress


@dataclass
class Ended:
    """How a run ended. ``stopped`` says why not all was asked; ``out`` why a tier did not answer."""

    stopped: str = ""
    out: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether every answer is there."""
        return not self.stopped and not self.out


class Runner:
    """Runs one experiment."""

    def __init__(
        self,
        asker: Asker,
        answers: Mapping[str, Answer],
        scorer: Scorer,
        judges: Sequence[Quote],
        progress: Progress,
    ) -> None:
        """``answers`` are the journal's, which ``asker`` adds to."""
        self._asker = asker
        self._answers = answers
        self._scorer = scorer
        self._judges = judges
        self._progress = progress
        self._ended = Ended()
        self._wanted: set[str] = set()

    async def run(self, prompts: Sequence[Prompt]) -> Ended:
        """Ask what has not been asked; return how that ended.

        Raises:
            EnvironmentFaultError: journal or ledger cannot be written.
        """
        await self._asker.take_over()
        for prompt in prompts:
            self._expect(prompt.alone(quote) for quote in prompt.setup.quotes)
        ends = await asyncio.gather(*(self._prompt(prompt) for prompt in prompts), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return self._ended

    async def _prompt(self, prompt: Prompt) -> None:
        setup = prompt.setup
        reached = await self._get([prompt.alone(quote) for quote in setup.quotes])
        for mode in setup.modes:
            reached = await self._mode(prompt, mode) and reached
        if reached and self._judges:
            await self._judge(prompt)

    async def _mode(self, prompt: Prompt, mode: str) -> bool:
        """Ask what a mode's plan wants, step by step; return whether it came to its end."""
        while True:
            try:
                prompt.follow(mode, self._answers)
            except NeedsError as needs:
                if not await self._get(needs.wanted):
                    return False
            else:
                return True

    async def _judge(self, prompt: Prompt) -> None:
        pairs = await asyncio.to_thread(pairs_of, prompt, self._answers, self._scorer)
        await self._get(needed(self._judges, pairs, lambda call: look_up(call, self._answers)))

    async def _get(self, calls: Sequence[Call]) -> bool:
        """Have ``calls`` answered side by side; return whether all were."""
        self._expect(calls)
        ends = await asyncio.gather(*(self._one(call) for call in calls), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return all(ends)

    async def _one(self, call: Call) -> bool:
        if call.key in self._answers:
            return True
        if self._ended.stopped:
            return False
        try:
            await self._asker.answer(call)
        except StoppedError as error:
            self._ended.stopped = self._ended.stopped or str(error)
            return False
        except OutOfReachError as error:
            if str(error) not in self._ended.out:
                self._ended.out.append(str(error))
            return False
        self._progress.arrived(self._asker.spent)
        return True

    def _expect(self, calls: Iterable[Call]) -> None:
        """Count calls that are wanted for the first time."""
        for call in calls:
            if call.key not in self._wanted:
                self._wanted.add(call.key)
                self._progress.expect(1)
                if call.key in self._answers:
                    self._progress.known()
