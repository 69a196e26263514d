"""``classify`` and ``route``: one JSON object a line in, one decision a line out, nothing sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import click
import msgspec

from compute_broker.broker.policy import Rules, decide
from compute_broker.broker.report import decision_report
from compute_broker.classify import default_classifier
from compute_broker.cli.opening import tell_problem
from compute_broker.compose import catalog_snapshot
from compute_broker.config.home import Home
from compute_broker.config.schema import CrossChecks
from compute_broker.config.store import SettingsStore
from compute_broker.core.ability import Ability
from compute_broker.core.decision import CrossCheck, parse_mode
from compute_broker.core.errors import SettingsError
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.quote import Availability, Quote, Snapshot, State
from compute_broker.core.task import Category
from compute_broker.core.tier import Place, ProviderKind, Tier
from compute_broker.market.abilities import ability_row


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help='Lines of {"id", "prompt"} on standard input.')
def classify(jsonl: bool) -> None:  # noqa: ARG001, FBT001 - the flag names the format
    """Say for each prompt what it asks for: category, difficulty, stakes, length, needs."""
    classifier = default_classifier()
    for item in _items():
        task = classifier.classify(item["prompt"])
        _print(
            {
                "id": item["id"],
                "category": task.category.value,
                "category_weights": {c.value: round(w, 4) for c, w in task.weights()},
                "difficulty": round(task.difficulty, 4),
                "difficulty_sd": round(task.difficulty_sd, 4),
                "stakes": task.stakes.value,
                "needs": sorted(need.value for need in task.needs),
                "prompt_tokens": task.prompt_tokens,
                "expected_output_tokens": task.expected_output_tokens,
                "checkable": round(task.checkable, 4),
                "classifier": task.classifier,
            }
        )


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help='Lines of {"id", "prompt"} on standard input.')
@click.option("--tiers", "tiers_file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--mode", default=None, help="thrifty, balanced, best, or a quality floor up to 1.")
@click.option("--baseline", default=None, help="Tier id to count savings against.")
@click.option(
    "--cross-check",
    type=click.Choice([each.value for each in CrossCheck]),
    help="When two tiers check each other; auto, or as the settings say.",
)
def route(
    jsonl: bool,  # noqa: ARG001, FBT001 - the flag names the format
    tiers_file: Path | None,
    mode: str | None,
    baseline: str | None,
    cross_check: str | None,
) -> None:
    """Print for each prompt the plan and, for every tier, its chance and expected cost. Nothing is sent.

    --tiers names a JSON file {"tiers": [{"id", "model", "price_in_usd_per_mtok", "price_out_usd_per_mtok",
    "ability"?}]}; without it the tiers of the settings are taken, as if all were up.
    """
    if tiers_file is None:
        tell_problem(SettingsStore(Home.find()))
        snapshot, settings = catalog_snapshot()
        mode, baseline = mode or settings.mode, baseline or settings.baseline
        cross_checks = settings.cross_check
    else:
        snapshot, cross_checks = _snapshot_of(tiers_file), CrossChecks()
    try:
        floor = parse_mode(mode or "balanced")
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    when = CrossCheck(cross_check) if cross_check else cross_checks.of(floor)
    rules = Rules(mode=floor, baseline_id=baseline, cross_check=when)
    classifier = default_classifier()
    for item in _items():
        decision = decide(classifier.classify(item["prompt"]), snapshot, rules)
        _print({"id": item["id"], **decision_report(decision)})


def _items() -> Iterator[dict[str, Any]]:
    """Yield the lines of standard input; a bad line stops with its number and the remedy."""
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError as error:
            raise click.UsageError(f"line {number} is no JSON ({error}); one object a line.") from error
        if not isinstance(item, dict) or not isinstance(item.get("prompt"), str):
            raise click.UsageError(f'line {number} needs a text "prompt": {{"id": 1, "prompt": "..."}}.')
        yield {"id": item.get("id", number), "prompt": item["prompt"]}


def _print(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


class _TierLine(msgspec.Struct, kw_only=True):
    """One tier of a ``--tiers`` file. ``ability``, in logits, is one figure or one for each category."""

    id: str
    model: str
    price_in_usd_per_mtok: Decimal
    price_out_usd_per_mtok: Decimal
    ability: float | dict[Category, float] | None = None
    label: str | None = None


class _TiersFile(msgspec.Struct):
    tiers: Annotated[list[_TierLine], msgspec.Meta(min_length=1)]


def _snapshot_of(path: Path) -> Snapshot:
    """Return the tiers of a file as if all were up.

    Raises:
        SettingsError: what is wrong with the file, and where in it.
    """
    now = datetime.now(UTC)
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_TiersFile)
        quotes: dict[str, Quote] = {}
        for line in file.tiers:
            if line.id in quotes:
                raise ValueError(f"two tiers are called {line.id!r}; give one of them another id")  # noqa: TRY301 - as what msgspec finds
            quotes[line.id] = _quote_of(line, path.name, now)
    except (msgspec.MsgspecError, ValueError) as error:
        raise SettingsError(f"{path.name}: {error}.") from error
    return Snapshot(quotes, now)


def _quote_of(line: _TierLine, source: str, now: datetime) -> Quote:
    row = ability_row(line.model)
    if line.ability is not None:
        given = line.ability if isinstance(line.ability, dict) else dict.fromkeys(Category, line.ability)
        known = {c: Ability(float(given[c]), 0.3) if c in given else row.ability(c) for c in Category}
        row = replace(row, abilities=known, source="given in the file", estimated=False)
    tier = Tier(
        id=line.id,
        label=line.label or line.id,
        place=Place.CLOUD,
        provider=ProviderKind.OPENAI,
        model=line.model,
        abilities=row,
        max_output_tokens=100_000,
    )
    rates = TokenRates(
        nanos_from_usd(line.price_in_usd_per_mtok), nanos_from_usd(line.price_out_usd_per_mtok)
    )
    available = Availability(State.READY, "assumed to be up", now)
    return Quote(tier, available, Price(rates, CostBasis.METERED, source, now))
