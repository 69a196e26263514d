"""Measure the router on recorded outcomes: ``evaluate`` for a value, ``run_evaluate`` for a text.

Nothing is fitted to the evaluated collection: abilities come from the table or from the rule for unknown
models, plans with cross-checks from prices and abilities. Two reference lines do use its outcomes, and say
so: the label line (cross-fitted in halves) and the oracle. Savings at a quality are read off the curve
afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from compute_broker.classify import Classifier, default_classifier
from compute_broker.core.decision import MODES
from compute_broker.experiment import curves
from compute_broker.experiment.collection import Collection, Prices, read_collection, read_prices
from compute_broker.experiment.crosscheck import Planned, Planner
from compute_broker.experiment.curves import Floats, Interval

SEED = 7
PLAN_FLOORS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 1.0)
"""Quality floors at which plans with cross-checks are run."""

Points = list[tuple[float, float]]
"""(mean cost in nano-dollars a prompt, mean score) along a line."""


@dataclass(frozen=True, slots=True)
class CrossCheckReport:
    """What plans with cross-checks brought in one mode, against always taking the model that proved best.

    ``usual`` names the pair and the referee chosen most often; ``saved_against_referee`` compares with always
    asking the model that was *believed* best. ``checked`` and ``escalated`` are shares of all prompts.
    """

    floor: float
    usual: tuple[str, str, str] | None
    quality: Interval
    saved: Interval
    saved_against_referee: float
    checked: float
    escalated: float


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one collection. Shares are in [0, 1], costs in nano-dollars a prompt."""

    name: str
    prompts: int
    models: dict[str, tuple[float, float]]
    abilities_from: dict[str, str]
    best: str
    cheapest: str
    lines: dict[str, Points]
    savings: dict[str, dict[str, float]]
    apgr: dict[str, float]
    apgr_router: Interval
    skill: Interval
    ece: float
    brier: float
    latency_ms: dict[str, float]
    by_category: dict[str, dict[str, float]]
    crosscheck: dict[str, CrossCheckReport] = field(default_factory=dict)
    """By mode; empty without recorded answers."""


def run_evaluate(file: Path, prices: Path, *, as_json: bool, picture: Path | None) -> str:
    """Return the report on ``file`` as text or JSON, and draw it (SVG) where ``picture`` says.

    Raises:
        PersonError: a file cannot be read or fits no other.
    """
    from compute_broker.experiment import show  # noqa: PLC0415 - show needs Report

    report = evaluate(file, read_prices(prices))
    if picture is not None:
        picture.write_text(show.svg(report), encoding="utf-8")
    return show.as_json(report) if as_json else show.table(report)


def evaluate(
    outcomes: Path, prices: Prices, classifier: Classifier | None = None, *, seed: int = SEED
) -> Report:
    """Return every figure on one collection of recorded outcomes.

    Raises:
        PersonError: the file cannot be read or has fewer than two priced models.
    """
    return report_on(read_collection(outcomes, prices, classifier or default_classifier()), seed=seed)


def report_on(found: Collection, *, seed: int = SEED) -> Report:
    """Return every figure on a collection that has been read."""
    score, cost = np.array(found.score), np.array(found.cost, dtype=float)
    chance, expected = np.array(found.chance), np.array(found.expected_cost, dtype=float)
    best, cheapest = _extremes(score, cost)
    weak, strong = score[:, cheapest], score[:, best]
    gain = chance[:, best] - chance[:, cheapest]
    label_gain = curves.crossed_label_gain(found.labels, weak, strong)
    lines = _lines(found, gain, label_gain, best, cheapest)
    planned: dict[str, Planned] = {}
    if any(any(row) for row in found.answer):
        planner = Planner(found)
        runs = {floor: planner.run(floor) for floor in PLAN_FLOORS}
        lines["plans"] = [(float(run.cost.mean()), float(run.score.mean())) for run in runs.values()]
        planned = {name: runs[mode.floor] for name, mode in MODES.items()}
    reference = float(strong.mean()), float(cost[:, best].mean())
    return Report(
        name=found.name,
        prompts=len(score),
        models={m: (float(cost[:, n].mean()), float(score[:, n].mean())) for n, m in enumerate(found.models)},
        abilities_from={m: found.rows[m].source for m in found.models},
        best=found.models[best],
        cheapest=found.models[cheapest],
        lines=lines,
        savings={
            name: {
                f"{q:g}": curves.saving_at(points, q * reference[0], reference[1]) for q in curves.QUALITIES
            }
            for name, points in lines.items()
        },
        apgr={
            "router": curves.apgr(gain, weak, strong),
            "label": curves.apgr(label_gain, weak, strong),
            "random": 0.5,
            "oracle": curves.apgr(strong - weak, weak, strong),
        },
        apgr_router=curves.bootstrap(lambda i: curves.apgr(gain[i], weak[i], strong[i]), len(gain), seed),
        skill=curves.bootstrap(lambda i: curves.skill(gain[i], weak[i], strong[i]), len(gain), seed),
        ece=curves.calibration_error(chance, score),
        brier=float(((chance - score) ** 2).mean()),
        latency_ms={f"p{p}": float(np.percentile(found.classify_ms, p)) for p in (50, 99)},
        by_category=_by_category(found, score, cost, chance, expected, best),
        crosscheck=_cross_checked(planned, found, best, seed),
    )


def _extremes(score: Floats, cost: Floats) -> tuple[int, int]:
    """Return the best model's column (cheaper first among equals) and the cheapest other one's."""
    order = sorted(range(score.shape[1]), key=lambda n: (-score[:, n].mean(), cost[:, n].mean()))
    return order[0], min(order[1:], key=lambda n: cost[:, n].mean())


def _lines(
    found: Collection, gain: Floats, label_gain: Floats, best: int, cheapest: int
) -> dict[str, Points]:
    score, cost = np.array(found.score), np.array(found.cost, dtype=float)
    chance, expected = np.array(found.chance), np.array(found.expected_cost, dtype=float)
    rows = np.arange(len(score))
    policy = []
    for floor in curves.FLOORS:
        taken = curves.policy_choices(chance, expected, float(floor))
        policy.append((float(cost[rows, taken].mean()), float(score[rows, taken].mean())))
    ends = [(float(cost[:, n].mean()), float(score[:, n].mean())) for n in (cheapest, best)]
    by_difference = score[:, best] - score[:, cheapest]
    return {
        "policy": policy,
        "pair": _mix(gain, score, cost, best, cheapest),
        "label": _mix(label_gain, score, cost, best, cheapest),
        "random": ends,
        "oracle": _mix(by_difference, score, cost, best, cheapest),
    }


def _mix(gain: Floats, score: Floats, cost: Floats, best: int, cheapest: int) -> Points:
    quality = curves.ranked_mix(gain, score[:, cheapest], score[:, best])
    price = curves.ranked_mix(gain, cost[:, cheapest], cost[:, best])
    places = np.unique(np.linspace(0, len(gain), 101).astype(int))
    return [(float(price[k]), float(quality[k])) for k in places]


def _by_category(
    found: Collection, score: Floats, cost: Floats, chance: Floats, expected: Floats, best: int
) -> dict[str, dict[str, float]]:
    """Return, for each category as classified, the balanced mode (0.97) against the best model."""
    taken = curves.policy_choices(chance, expected, 0.97)
    rows = np.arange(len(score))
    names = np.array([task.category.value for task in found.tasks])
    table = {}
    for name in np.unique(names):
        inside = names == name
        table[str(name)] = {
            "prompts": float(inside.sum()),
            "best_quality": float(score[inside, best].mean()),
            "quality": float(score[rows, taken][inside].mean()),
            "saved": 1.0 - float(cost[rows, taken][inside].sum()) / max(float(cost[inside, best].sum()), 1.0),
            "ece": curves.calibration_error(chance[inside], score[inside]),
        }
    return table


def _cross_checked(
    planned: dict[str, Planned], found: Collection, best: int, seed: int
) -> dict[str, CrossCheckReport]:
    """Return the figures of plans with cross-checks, by mode."""
    score, cost, chance = np.array(found.score), np.array(found.cost, dtype=float), np.array(found.chance)
    strong, price, size = score[:, best], cost[:, best], len(score)
    believed = cost[np.arange(size), chance.argmax(1)]

    def report(run: Planned, floor: float) -> CrossCheckReport:
        return CrossCheckReport(
            floor=floor,
            usual=run.usual,
            quality=curves.bootstrap(lambda i: float(run.score[i].mean() / strong[i].mean()), size, seed),
            saved=curves.bootstrap(lambda i: 1.0 - float(run.cost[i].sum() / price[i].sum()), size, seed),
            saved_against_referee=1.0 - float(run.cost.sum() / believed.sum()),
            checked=float(run.checked.mean()),
            escalated=float(run.escalated.mean()),
        )

    return {name: report(run, MODES[name].floor) for name, run in planned.items()}
