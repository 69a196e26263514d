"""An experiment in a test's home: a small set of prompts, tiers behind doubles, answers by rule."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from compute_broker.compose import opened
from compute_broker.core.decision import CrossCheck
from compute_broker.core.money import nanos_from_usd
from compute_broker.experiment.results.scoring import Scorer
from compute_broker.experiment.run.runner import Ended
from compute_broker.experiment.run.setup import Item
from compute_broker.experiment.session import Wanted, carry_out, settle

MODES = ("thrifty", "balanced", "best")


def items(count: int = 6) -> list[Item]:
    """Return sums, which a program can check, and a poem, which it cannot."""
    sums = [
        Item(
            id=f"sum-{n}",
            prompt=f"Anna has {n} boxes of {n + 20} eggs. How many eggs does she have?",
            category="reasoning",
            difficulty="easy",
            stakes="low",
            reference=str(n * (n + 20)),
            check={"kind": "exact"},
        )
        for n in range(2, 1 + count)
    ]
    poem = Item(
        id="poem",
        prompt="Write a short poem about the sea for my grandmother.",
        category="writing",
        difficulty="medium",
        stakes="low",
        check={"kind": "rubric", "rubric": "It is about the sea."},
    )
    return [*sums, poem]


def check(item: Item, answer: str) -> float | None:
    """Score a sum; of a poem only a judge can tell."""
    if item.check["kind"] == "rubric":
        return None
    return float(item.reference is not None and item.reference in answer)


def right(prompt: str) -> str:
    """Answer a sum as it should be, anything else with a line of its own, a judge's question with TIE."""
    words = prompt.replace("?", " ").split()
    if "first_answer" in prompt:
        return "TIE"
    if "boxes" in words:
        place = words.index("boxes")
        first, second = int(words[place - 1]), int(words[place + 2])
        return f"{first} times {second} makes it.\nAnswer: {first * second}"
    return "The sea, the sea."


def wanted(**changes: Any) -> Wanted:
    """Return an experiment in all modes with Opus as the baseline."""
    return Wanted(**{"modes": MODES, "baseline": "opus", "cross_check": lambda _: CrossCheck.AUTO, **changes})


async def run(
    folder: Path,
    tried: Sequence[Item],
    what: Wanted,
    *,
    budget: str | None = None,
    width: int = 4,
    said: list[str] | None = None,
) -> Ended:
    """Carry out an experiment with the settings of this test's home."""
    async with opened() as services:
        return await carry_out(
            folder,
            settle([], tried, services.broker, what),
            broker=services.broker,
            look=services.look_again,
            scorer=Scorer(check),
            budget=None if budget is None else nanos_from_usd(budget),
            width=width,
            say=lambda standing: (said if said is not None else []).append(standing.line),
        )


def journal_lines(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Return the journal's whole lines of one kind."""
    whole = (folder / "journal.jsonl").read_bytes().split(b"\n")[:-1]
    lines = [json.loads(line) for line in whole]
    return [line for line in lines if line["type"] == kind]


if __name__ == "__main__":
    # A child that a test may kill: python -m experiment.lab FOLDER
    asyncio.run(run(Path(sys.argv[1]), items(), wanted(judges=["sonnet"])))
    sys.stdout.write("done\n")
