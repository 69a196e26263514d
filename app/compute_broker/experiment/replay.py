"""A report from recorded outcomes: no network, no money, the same decisions and the same figures.

Each model is a tier at the price that is given, the policy decides from prompt, price and abilities, and
the recorded answers and scores say what would have come of it. Two answers agree where they are recorded
as equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from compute_broker import __version__
from compute_broker.broker.policy import Rules, decide
from compute_broker.classify import default_classifier
from compute_broker.core.decision import CrossCheck, parse_mode
from compute_broker.core.errors import PersonError
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.quote import Availability, Quote, Snapshot, State
from compute_broker.core.tier import Place, ProviderKind, Tier
from compute_broker.experiment.collection import Collection, Prices, read_collection
from compute_broker.experiment.evaluate import Report, report_on
from compute_broker.experiment.results.assemble import SEED, arms_of, facts
from compute_broker.experiment.results.model import Outcome, Results, Row
from compute_broker.experiment.results.pairs import mode_id
from compute_broker.experiment.run.follow import follow

_MOST_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded outcome. Cost in nano-dollars."""

    model: str
    score: float
    answer: str | None
    cost: int

    usable: bool = True
    complete: bool = True


def replay(
    file: Path,
    prices: Prices,
    *,
    prices_name: str,
    modes: Sequence[str],
    baseline: str | None,
    margin: float,
) -> Results:
    """Return the results of routing the prompts of ``file``; no ``baseline`` is the model that proved best.

    Raises:
        PersonError: a file is malformed, or the baseline is no model in it.
    """
    classifier = default_classifier()
    found = read_collection(file, prices, classifier)
    measured = report_on(found)
    baseline = baseline or measured.best
    if baseline not in found.models:
        raise PersonError(
            f"there is no priced model {baseline!r} in {file}; there are: {', '.join(found.models)}"
        )
    snapshot = _snapshot(found, prices, prices_name)
    floors = [parse_mode(mode) for mode in modes]
    answered = any(any(row) for row in found.answer)
    when = CrossCheck.AUTO if answered else CrossCheck.OFF
    rows = [
        _row(found, number, snapshot, [Rules(mode=floor, cross_check=when) for floor in floors])
        for number in range(len(found.tasks))
    ]
    return Results(
        title=f"Replay of {found.name}",
        kind="replay",
        version=__version__,
        made=datetime.now(UTC).isoformat(timespec="minutes"),
        seed=SEED,
        margin=margin,
        baseline=baseline,
        arms=arms_of(snapshot, [floor.name for floor in floors]),
        rows=tuple(rows),
        tiers=tuple(facts(quote) for quote in snapshot),
        notes=_notes(measured, baseline, answered=answered),
        extra={"curves": _curves(measured)},
    )


def _notes(measured: Report, baseline: str, *, answered: bool) -> tuple[str, ...]:
    notes = [
        "Recorded outcomes: nothing was sent. Costs are recorded lengths at the given prices, with no cache.",
        "Latency was not recorded.",
    ]
    if baseline == measured.best:
        notes.append(
            f"The baseline, {baseline}, is the model that proved best on these very prompts: the hardest one "
            "to beat, known only afterwards."
        )
    if not answered:
        notes.append("No answers were recorded, only scores: cross-checks could not be tried.")
    fitted = sum(source.startswith("recorded") for source in measured.abilities_from.values())
    if fitted:
        notes.append(
            f"The abilities of {fitted} models were fitted to recorded outcomes, these prompts perhaps among "
            "them: the router may know how good each model is here on the whole, though on no single prompt."
        )
    ruled = sum(source.startswith("rule") for source in measured.abilities_from.values())
    if ruled:
        notes.append(f"The abilities of {ruled} models come from the rule for unknown models.")
    return tuple(notes)


def _curves(measured: Report) -> dict[str, Any]:
    """Return cost against quality along each line, and what is saved at a quality, against the best model."""
    return {
        "best": measured.best,
        "lines": measured.lines,
        "savings": measured.savings,
        "models": measured.models,
        "apgr": {**measured.apgr, "interval": [measured.apgr_router.low, measured.apgr_router.high]},
    }


def _snapshot(found: Collection, prices: Prices, source: str) -> Snapshot:
    now = datetime.now(UTC)
    quotes = {}
    for model in found.models:
        rate_in, rate_out = (nanos_from_usd(rate) for rate in prices[model])
        tier = Tier(
            id=model,
            label=model,
            place=Place.CLOUD,
            provider=ProviderKind.OPENAI,
            model=model,
            abilities=found.rows[model],
            max_output_tokens=_MOST_TOKENS,
        )
        price = Price(TokenRates(rate_in, rate_out), CostBasis.METERED, source, now)
        quotes[model] = Quote(tier, Availability(State.READY, "recorded", now), price)
    return Snapshot(quotes, now)


def _row(found: Collection, number: int, snapshot: Snapshot, rules: Sequence[Rules]) -> Row:
    recorded = {
        model: Recorded(
            model, found.score[number][column], found.answer[number][column], found.cost[number][column]
        )
        for column, model in enumerate(found.models)
    }
    outcomes = {model: _outcome(each, each.cost) for model, each in recorded.items()}
    task = found.tasks[number]
    for rule in rules:
        decision = decide(task, snapshot, rule)
        followed = follow(decision, lambda quote, _: recorded[quote.tier.id], _same)
        if followed.answer is None:
            raise AssertionError("every recorded tier can take every prompt")
        cost = sum(each.cost for each in followed.paid) + task.deciding_cost
        outcomes[mode_id(rule.mode.name)] = _outcome(
            followed.answer, cost, str(followed.path), decision.reason, reused=len(followed.paid) == 1
        )
    return Row(
        id=found.ids[number],
        prompt=found.prompts[number],
        category=found.labels[number],
        difficulty=f"difficulty {task.difficulty:+.1f}",
        stakes=task.stakes.value,
        outcomes=outcomes,
    )


def _same(one: Recorded, other: Recorded) -> tuple[bool, None]:
    return one.answer is not None and one.answer == other.answer, None


def _outcome(
    each: Recorded, cost: int, path: str = "single", why: str = "", *, reused: bool = False
) -> Outcome:
    return Outcome(
        tier=each.model,
        text=each.answer or "",
        cost=cost,
        score=each.score,
        key=each.model,
        scored_by="program",
        model=each.model,
        path=path,
        why=why,
        reused=reused,
    )
