"""Make ``resources/abilities.json`` from the evidence: ``python packaging/train/abilities.py``.

Three kinds of rows. Models of the recorded outcomes have fitted abilities (``fitted.json``, written
by train.py).
Current models have public results (``evidence.txt``), put on the same scale: one general ability, from the
WhatModel aggregate (21.7 to 84.7, one scale from tiny to frontier) or the mean of LiveBench's categories,
through models that have both and that were also recorded (Claude 3.5 Sonnet 60.3 is 2.1, Llama 3.3
70B 55.1 is
about 1.4); and offsets by category from LiveBench's columns against the mean of its release. Where neither is
known, the general ability was set by hand from the named figures ("G="), and the row says "estimated".
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
CATEGORIES = ("analysis", "writing", "coding", "knowledge", "reasoning", "chat")
COLUMNS = {
    "analysis": (4, 6),
    "writing": (5, 6),
    "coding": (1, 1, 2),
    "reasoning": (0, 3),
}
"""Which LiveBench columns stand for a category (facts sheet, "which column for which category")."""

AS_OF = "2026-11-23"
OFF = {"analysis": -0.5, "writing": -0.2, "coding": -0.4, "knowledge": -0.1, "reasoning": -1.2, "chat": 0.0}
"""Thinking off against on: reasoning 61.7 to 33.9 (Haiku 4.5), 83.2 to 42.8 (GPT-5.2); others less."""
LOW = {name: 0.45 * value for name, value in OFF.items()}
HIGH = {name: -0.25 * value for name, value in OFF.items()}
RECORDED = {
    "claude-3-haiku": (200_000, True, True),
    "claude-3-sonnet": (200_000, True, True),
    "claude-3-opus": (200_000, True, True),
    "claude-3.5-haiku": (200_000, True, True),
    "claude-3.5-sonnet": (200_000, True, True),
    "gpt-4o-mini": (128_000, True, True),
    "gpt-4o": (128_000, True, True),
    "mistral-large-2": (128_000, False, True),
    "deepseek-v2.5-0908": (128_000, False, True),
    "llama-3.1-8b-instruct": (131_072, False, True),
    "llama-3.1-70b-instruct": (131_072, False, True),
    "gemma-2-2b-it": (8_192, False, False),
    "gemma-2-9b-it": (8_192, False, False),
    "qwen2-7b-instruct": (32_768, False, False),
    "qwen2-72b-instruct": (32_768, False, True),
    "qwen2.5-7b-instruct": (32_768, False, True),
    "qwen2.5-32b-instruct": (32_768, False, True),
    "qwen2.5-72b-instruct": (32_768, False, True),
    "gemini-1.5-flash": (1_000_000, True, True),
    "gemini-1.5-pro": (2_000_000, True, True),
    "gemini-1.5-flash-002": (1_000_000, True, True),
    "gemini-1.5-pro-002": (2_000_000, True, True),
    "llama3-chatqa-1.5-8b": (8_192, False, False),
    "llama3-chatqa-1.5-70b": (8_192, False, False),
    "llama-3.1-nemotron-51b-instruct": (131_072, False, True),
    "llama-3.3-nemotron-super-49b-v1": (131_072, False, True),
    "mistral-7b-instruct-v0.3": (32_768, False, False),
    "codegemma-7b": (8_192, False, False),
}
"""Context, vision and tools of the recorded models, as their makers' cards say."""

ENOUGH_PROMPTS = 100


def main() -> None:
    """Write the table."""
    rows = [*recorded(), *current()]
    table = {
        "version": 1,
        "scale": "logits; Llama 3.1 8B Instruct is 0 in every category; P = sigmoid(ability - difficulty)",
        "rows": rows,
    }
    path = HERE.parents[1] / "resources" / "abilities.json"
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def recorded() -> list[dict[str, object]]:
    """Return the rows of models with recorded outcomes."""
    fitted = json.loads((HERE / "fitted.json").read_text("utf-8"))
    rows = []
    for name, (context, vision, tools) in RECORDED.items():
        key = normal(name)
        abilities, counts = fitted["abilities"][key], fitted["prompts"][key]
        known = [c for c in CATEGORIES if counts[c] >= ENOUGH_PROMPTS]
        rows.append(
            {
                "model": name,
                "aliases": [],
                "abilities": {c: round(abilities[c], 2) for c in CATEGORIES},
                "sd": {c: 0.2 if c in known else 0.8 for c in CATEGORIES},
                "verbosity": 0.35,
                "vision": vision,
                "tools": tools,
                "context_tokens": context,
                "sources": [f"recorded outcomes ({', '.join(known)}); other categories: its mean"],
                "as_of": AS_OF,
                "estimated": False,
            }
        )
    return rows


def normal(name: str) -> str:
    """Return the key under which the program looks a model up."""
    from compute_broker.market.abilities import model_key  # noqa: PLC0415 - needs the package's path

    return model_key(name)


def current() -> list[dict[str, object]]:
    """Return the rows of current models."""
    lines = [
        line.split("|")
        for line in (HERE / "evidence.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    scores = [_livebench(fields[2]) for fields in lines if fields[2]]
    means = {
        name: sum(_logit(_mean(row, columns)) for row in scores) / len(scores)
        for name, columns in COLUMNS.items()
    }
    overall = sum(_logit(sum(row) / 7) for row in scores) / len(scores)
    return [_row(fields, means, overall) for fields in lines]


def _row(fields: list[str], means: dict[str, float], overall: float) -> dict[str, object]:
    model, aliases, bench, aggregate, recall, context, vision, tools, verbosity, thinks, note = fields
    by_hand = re.search(r"G=(-?[\d.]+)", note)
    offsets = dict.fromkeys(CATEGORIES, 0.0)
    if bench:
        row = _livebench(bench)
        centre = _logit(sum(row) / 7) - overall
        for name, columns in COLUMNS.items():
            offsets[name] = 0.5 * (_logit(_mean(row, columns)) - means[name] - centre)
    offsets["knowledge"] += float(recall)
    chat = re.search(r"C=([\d.]+)", note)
    offsets["chat"] += float(chat[1]) if chat else 0.0
    general = _general(bench, aggregate, by_hand)
    sources = [
        *([f"LiveBench {bench.split()[0]}"] if bench else []),
        *([f"WhatModel aggregate {aggregate}"] if aggregate else []),
        *(
            [re.sub(r"(?:tiny, the floor: )?[GC]=(-?[\d.]+)", r"set by hand: \1", note).strip()]
            if note
            else []
        ),
    ]
    return {
        "model": model,
        "aliases": [name for name in aliases.split(";") if name],
        "abilities": {name: round(general + max(-1.0, min(offsets[name], 1.6)), 2) for name in CATEGORIES},
        "sd": 0.5 if bench else 0.6 if aggregate else 0.8,
        "verbosity": float(verbosity),
        "vision": vision == "y",
        "tools": tools == "y",
        "context_tokens": int(context),
        "sources": [source for source in sources if source],
        "as_of": AS_OF,
        "estimated": not bench or "taken for" in note or "row taken" in note,
        **({"efforts": _efforts(thinks)} if thinks in {"y", "n"} else {}),
    }


def _general(bench: str, aggregate: str, by_hand: re.Match[str] | None) -> float:
    found = []
    if aggregate:
        found.append(2.1 + 0.14 * (float(aggregate) - 60.3))
    if bench:
        found.append(2.2 + 1.55 * _logit(sum(_livebench(bench)) / 7))
    if not found and by_hand:
        found.append(float(by_hand[1]))
    return sum(found) / len(found)


def _efforts(thinks: str) -> dict[str, object]:
    """Return what changes with the effort (thinking costs 2.6 to 8 times)."""
    if thinks == "y":
        return {
            "off": {"shift": OFF, "verbosity": 0.35},
            "low": {"shift": LOW, "verbosity": 0.55},
            "medium": {"shift": {}, "verbosity": 0.8},
            "high": {"shift": HIGH, "verbosity": 1.5},
        }
    on = {name: -value for name, value in OFF.items()}
    return {
        "low": {"shift": {name: 0.5 * value for name, value in on.items()}, "verbosity": 1.8},
        "medium": {"shift": {name: 0.75 * value for name, value in on.items()}, "verbosity": 2.4},
        "high": {"shift": on, "verbosity": 2.9},
    }


def _livebench(text: str) -> list[float]:
    return [float(value) for value in text.split()[1:]]


def _mean(row: list[float], columns: tuple[int, ...]) -> float:
    return sum(row[column] for column in columns) / len(columns)


def _logit(percent: float) -> float:
    share = min(max(percent / 100.0, 0.02), 0.98)
    return math.log(share / (1.0 - share))


if __name__ == "__main__":
    main()
