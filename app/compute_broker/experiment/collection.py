"""Recorded outcomes and prices, read and checked; predictions and costs as plain matrices."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from compute_broker.classify import Classifier
from compute_broker.core.ability import AbilityRow, success_probability
from compute_broker.core.errors import PersonError
from compute_broker.core.money import nanos_from_usd, per_mtok_cost, round_mtok
from compute_broker.core.task import Task
from compute_broker.core.usage import estimate_tokens
from compute_broker.market.abilities import ability_row

Prices = dict[str, tuple[Decimal, Decimal]]
"""Dollars per million tokens, in and out, by model."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection with all that the measures need; rows are prompts, columns are ``models``.

    ``cost`` is what was spent as recorded, ``expected_cost`` what the policy would expect: nano-dollars.
    """

    name: str
    models: list[str]
    tasks: list[Task]
    labels: list[str]
    score: list[list[float]]
    answer: list[list[str | None]]
    cost: list[list[int]]
    expected_cost: list[list[int]]
    chance: list[list[float]]
    rows: dict[str, AbilityRow]
    ids: list[str]
    prompts: list[str]
    classify_ms: list[float]


def read_prices(path: Path) -> Prices:
    """Return the prices in a file ``{model: [usd_per_mtok_in, usd_per_mtok_out]}``.

    Raises:
        PersonError: the file cannot be read or says something else.
    """
    try:
        data = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        prices = {str(model): (Decimal(pair[0]), Decimal(pair[1])) for model, pair in data.items()}
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise PersonError(
            f"{path} is no price list; write {{MODEL: [usd in, usd out]}} per million tokens"
        ) from error
    for model, pair in prices.items():
        if not all(price.is_finite() and price >= 0 for price in pair):
            raise PersonError(f"the price of {model} in {path} is below zero or no number")
    return prices


def read_collection(path: Path, prices: Prices, classifier: Classifier) -> Collection:
    """Read outcomes, classify every prompt, and price every answer.

    Models without a price, and prompts that lack an outcome of a priced model, are left out.

    Raises:
        PersonError: the file cannot be read, a line is malformed, or nothing is left.
    """
    entries = _entries(path)
    named = {model for entry in entries for model in entry["outcomes"]}
    models = sorted(model for model in named if model in prices)
    if len(models) < 2:  # noqa: PLR2004 - there is nothing to choose among fewer
        raise PersonError(f"{path} has outcomes of {len(models)} priced models; at least two are needed")
    rows = {model: ability_row(model, price_out_usd_per_mtok=prices[model][1]) for model in models}
    whole = [entry for entry in entries if all(model in entry["outcomes"] for model in models)]
    if not whole:
        raise PersonError(f"no prompt in {path} has outcomes of all {len(models)} priced models")
    found = Collection(path.name.split(".")[0], models, [], [], [], [], [], [], [], rows, [], [], [])
    for entry in whole:
        _add(found, entry, prices, classifier)
    return found


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        entries = [json.loads(line) for line in text.split("\n") if line.strip()]
    except (OSError, ValueError, EOFError) as error:
        raise PersonError(f"{path} cannot be read as JSON lines: {error}") from error
    for number, entry in enumerate(entries, 1):
        if (
            not isinstance(entry, dict)
            or "prompt" not in entry
            or not isinstance(entry.get("outcomes"), dict)
        ):
            raise PersonError(f"line {number} of {path} lacks a prompt or outcomes")
    return entries


def _add(found: Collection, entry: dict[str, Any], prices: Prices, classifier: Classifier) -> None:
    prompt, outcomes = str(entry["prompt"]), entry["outcomes"]
    started = time.perf_counter()
    task = classifier.classify(prompt)
    chance = [success_probability(found.rows[model], task) for model in found.models]
    found.classify_ms.append((time.perf_counter() - started) * 1000.0)
    found.ids.append(str(entry.get("id", len(found.ids) + 1)))
    found.prompts.append(prompt)
    found.tasks.append(task)
    found.labels.append(str(entry.get("subject") or task.category.value))
    found.chance.append(chance)
    found.score.append([float(outcomes[model]["score"]) for model in found.models])
    found.answer.append([_answer(outcomes[model].get("answer")) for model in found.models])
    spent, expected = [], []
    for model in found.models:
        likely = max(1, round(task.expected_output_tokens * found.rows[model].verbosity))
        tokens_in = outcomes[model].get("tokens_in") or estimate_tokens(prompt)
        tokens_out = outcomes[model].get("tokens_out") or likely
        spent.append(_nanos(prices[model], round(tokens_in), round(tokens_out)))
        expected.append(_nanos(prices[model], task.prompt_tokens, likely))
    found.cost.append(spent)
    found.expected_cost.append(expected)


def _answer(value: object) -> str | None:
    text = str(value).strip() if value is not None else ""
    return text or None


def _nanos(price: tuple[Decimal, Decimal], tokens_in: int, tokens_out: int) -> int:
    rate_in, rate_out = (nanos_from_usd(rate) for rate in price)
    return round_mtok(per_mtok_cost(tokens_in, rate_in) + per_mtok_cost(tokens_out, rate_out))
