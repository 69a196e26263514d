"""What is learned from: recorded outcomes, hand-written prompts, and hand labels, with provenance.

Outcomes come from ``--data`` and are read only; see docs/routing.md for their sources and licences.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

COLLECTIONS = ("gsm", "math-l5-half", "mmlu-pro-60", "uiuc-train")
"""Recorded outcomes that are learned from; some prompts stand in several of them, or in a test split."""

HERE = Path(__file__).resolve().parent
CATEGORIES = ("analysis", "writing", "coding", "knowledge", "reasoning", "chat")
LEVELS = {0: -7.0, 1: -4.0, 2: -2.2, 3: -0.5, 4: 1.8}
"""Difficulty in logits of the hand-given levels: 3 is an ordinary grade-school word problem or harder."""
_MMLU_REASONING = {"math", "physics", "chemistry", "engineering", "business"}


@dataclass
class Item:
    """One prompt with whatever is known of it; ``group`` keeps relatives in one fold."""

    text: str
    category: str | None
    source: str
    group: str
    scores: dict[str, float] = field(default_factory=dict)
    difficulty: float | None = None
    tokens_out: float | None = None


def outcomes(path: Path) -> list[Item]:
    """Return the prompts of one collection of recorded outcomes, labelled by provenance."""
    name = path.name.split(".")[0]
    items = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = unwrapped(row["prompt"])
            scores = {model: float(got["score"]) for model, got in row["outcomes"].items()}
            lengths = [got["tokens_out"] for got in row["outcomes"].values() if got.get("tokens_out")]
            items += [
                Item(
                    text=form,
                    category=category_of(name, row, text),
                    source=name,
                    group=row["id"],
                    scores=scores,
                    tokens_out=sorted(lengths)[len(lengths) // 2] if lengths else None,
                )
                for form in sorted({text, row["prompt"]})
            ]
    return items


def fold(group: str) -> int:
    """Return which fifth of its collection a prompt (by its id) falls into; the same on every machine."""
    return zlib.crc32(group.encode()) % 5


def plain(prompt: str) -> str:
    """Return the words of a prompt alone: two prompts of the same words are the same prompt."""
    return " ".join(re.findall(r"\w+", unwrapped(prompt).casefold()))


def unwrapped(prompt: str) -> str:
    """Return a prompt freed of the harness around it (a Python list and JSON instructions)."""
    found = re.search(r"## Question:\s*(?:\\n)*\s*(.*?)(?:\\n)*\s*## Instruction", prompt, re.DOTALL)
    return found[1].replace("\\n", "\n").replace("\\\\", "\\").strip() if found else prompt


def category_of(  # noqa: PLR0911 - a list of rules, first match wins
    name: str, row: dict[str, object], text: str
) -> str:
    """Return the category that provenance tells; of the mixed collection, what its format tells."""
    if name.startswith(("gsm", "math")):
        return "reasoning"
    if name.startswith("mmlu"):
        return "reasoning" if row["subject"] in _MMLU_REASONING and re.search(r"\d", text) else "knowledge"
    if re.match(r"Q: There are \d houses", text):
        return "reasoning"
    if re.match(r"\s*(?:def |from |import )|Write a (?:python )?function", text):
        return "coding"
    if re.match(r"[a-z]+(?:, [a-z]+){5,}", text):
        return "writing"  # CommonGen: a sentence out of given words
    if "_" in text[-200:] or len(text) > 700:  # noqa: PLR2004 - reading comprehension is long
        return "analysis"
    if re.search(r"\$.*\\|\\boxed|\$[a-zA-Z]", text) or _word_problem(text):
        return "reasoning"
    return "knowledge"


def _word_problem(text: str) -> bool:
    asks = re.search(
        r"\b(?:how (?:many|much|long|far|old)|what (?:is|was|percent\w*|fraction)|find|calculate)\b",
        text,
        re.IGNORECASE,
    )
    return bool(asks) and len(re.findall(r"\d+", text)) >= 2  # noqa: PLR2004 - two numbers to combine


def written(seed: int, each: int = 6) -> list[Item]:
    """Return the hand-written prompts, those with slots filled up to ``each`` ways."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
    slots = dict(_slots())
    items = []
    for number, (head, pattern) in enumerate(_lines("prompts.txt")):
        category, level = head.split()
        seen: set[str] = set()
        for _ in range(each if "{" in pattern else 1):
            seen.add(_filled(pattern, slots, rng))
        items += [
            Item(text, category, "written", f"written-{number}", difficulty=LEVELS[int(level)])
            for text in sorted(seen)
        ]
    return items


def arena(path: Path, *, held_out: bool) -> list[Item]:
    """Return the hand-labelled prompts of real users; one half by position is held out."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        prompts = [json.loads(line)["prompt"] for line in lines]
    part, places = ("test", range(393, 500)) if held_out else ("train", range(106))
    labels = dict.fromkeys(places, "coding")
    for line in (HERE / "arena_labels.txt").read_text("utf-8").splitlines():
        kind, label, *numbers = line.split()
        if kind == part:
            labels.update({int(number): label for number in numbers})
    return [
        Item(prompts[place], label, "arena", f"arena-{place}", difficulty=1.0)
        for place, label in labels.items()
        if label != "skip"
    ]


def held_out() -> list[Item]:
    """Return the hand-labelled prompts that training never sees."""
    return [
        Item(text, head, "held_out", f"held-{n}") for n, (head, text) in enumerate(_lines("held_out.txt"))
    ]


def _lines(name: str) -> Iterator[tuple[str, str]]:
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            head, text = line.split(" | ", 1)
            yield head.strip(), text.replace("\\n", "\n")


def _slots() -> Iterator[tuple[str, list[str]]]:
    for line in (HERE / "slots.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, values = line.split(" = ", 1)
            yield (
                name,
                [
                    value.replace("\\n", "\n")
                    for value in re.split(r"; (?![A-Za-z<\"]+[^;]{0,12}(?:\+\+|\+ ))", values)
                ],
            )


def _filled(pattern: str, slots: dict[str, list[str]], rng: random.Random) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "n":
            return str(rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 20, 24, 36, 45, 80, 120, 350, 1250)))
        return rng.choice(slots[name]) if name in slots else match[0]

    return re.sub(r"\{([a-z_ ]+)\}", value, pattern).replace("{N}", "{7}")
