"""The arms of an experiment for one prompt: each tier alone, and the broker in each mode.

Only the answers that are there are used; what is wanting is told by :class:`NeedsError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compute_broker.broker.comparing import WORD_TOKENS, able_judge, comparison, says_same
from compute_broker.broker.sameness import HINT, Sameness, compare
from compute_broker.core.decision import Decision
from compute_broker.core.quote import Quote
from compute_broker.experiment.run.calls import Answer, Call, Purpose
from compute_broker.experiment.run.follow import Followed, NeedsError, follow
from compute_broker.experiment.run.setup import Item, Setup


@dataclass(frozen=True)
class Prompt:
    """One prompt of a running experiment."""

    item: Item
    setup: Setup

    @property
    def private(self) -> bool:
        """Whether it must not leave this machine, by the person's word or by a rule."""
        return self.setup.tasks[self.item.id].private

    def alone(self, quote: Quote) -> Call:
        """Return the call that asks a tier for nothing but the answer."""
        return Call(self.item.id, quote, self.item.prompt, Purpose.ALONE, private=self.private)

    def hinted(self, quote: Quote) -> Call:
        """Return the call of a cross-check: the answer, with its result on a line of its own."""
        return Call(self.item.id, quote, self.item.prompt, Purpose.HINTED, system=HINT, private=self.private)

    def decision(self, mode: str) -> Decision:
        """Return what the broker does with it in a mode."""
        return self.setup.decide(self.item.id, mode)

    def follow(self, mode: str, answers: Mapping[str, Answer]) -> Followed[Answer]:
        """Return where the broker's plan leads in a mode.

        Raises:
            NeedsError: answers are wanting.
        """
        decision = self.decision(mode)

        def ask(quote: Quote, hint: bool) -> Answer:  # noqa: FBT001 - as follow has it
            return look_up(self.hinted(quote) if hint else self.alone(quote), answers)

        def same(one: Answer, other: Answer) -> tuple[bool, Answer | None]:
            found = compare(one.text, other.text)
            if found is not Sameness.UNCLEAR:
                return found is Sameness.SAME, None
            call = self._comparing(decision, one.text, other.text)
            if call is None:
                return False, None
            judged = look_up(call, answers)
            return judged.complete and says_same(judged.text), judged

        return follow(decision, ask, same)

    def _comparing(self, decision: Decision, one: str, other: str) -> Call | None:
        messages = comparison(self.item.prompt, one, other)
        judge = able_judge(decision, messages)
        if judge is None:
            return None
        system, prompt = messages
        return Call(
            self.item.id,
            judge,
            prompt.text,
            Purpose.COMPARING,
            system=system.text,
            private=self.private,
            max_output_tokens=WORD_TOKENS,
        )


def look_up(call: Call, answers: Mapping[str, Answer]) -> Answer:
    """Return the answer to ``call``.

    Raises:
        NeedsError: it is not there.
    """
    found = answers.get(call.key)
    if found is None:
        raise NeedsError([call])
    return found
