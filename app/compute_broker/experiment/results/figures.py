"""The figures of a report, as plain values for JSON: everything that page and charts show is in here.

Shares are in [0, 1], money in dollars, differences in score. ``null`` is what nobody knows.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute_broker.broker.report import usd_number
from compute_broker.experiment.results.model import Arm, Results, Row
from compute_broker.experiment.results.stats import (
    FEWEST,
    RESAMPLES,
    Drawn,
    Estimate,
    Floats,
    frontier,
    non_inferior,
    paired_bootstrap,
)
from compute_broker.experiment.results.surprises import surprises

FORMAT = 1
"""The version of the JSON's shape (docs/experiment.md)."""

Mask = NDArray[np.bool_]

_QUALITY, _DIFFERENCE, _COST = range(3)
_KINDS = 3


def figures(results: Results) -> dict[str, Any]:
    """Return the whole report."""
    columns = _Columns(results)
    drawn = columns.drawn()
    arms = [_arm(results, columns, drawn, place) for place in range(len(results.arms))]
    scored_by = Counter(_scored_by(row) for row in results.rows)
    report: dict[str, Any] = {
        "format": FORMAT,
        "title": results.title,
        "kind": results.kind,
        "version": results.version,
        "made": results.made,
        "baseline": results.baseline,
        "margin": results.margin,
        "seed": results.seed,
        "resamples": RESAMPLES,
        "tests": len(columns.modes),
        "fewest_prompts": FEWEST,
        "prompts": len(results.rows),
        "unfinished": results.unfinished,
        "checked": scored_by["checked"],
        "judged": scored_by["judged"],
        "unscored": scored_by["unscored"],
        "spent_usd": usd_number(results.spent),
        "arms": arms,
        "frontier": _frontier(arms),
        "categories": _categories(results, columns, drawn),
        "surprises": surprises(results),
        "tiers": [asdict(tier) for tier in results.tiers],
        "left_out": dict(results.left_out),
        "judging": {**asdict(results.judging), "cost_usd": usd_number(results.judging.cost)},
        "notes": list(results.notes),
        "extra": dict(results.extra),
        "rows": [_row(row) for row in results.rows],
    }
    del report["judging"]["cost"]
    finite: dict[str, Any] = _finite(report)
    return finite


class _Columns:
    """Sums over prompts as pairs of columns, numerator over denominator, for one bootstrap of all."""

    def __init__(self, results: Results) -> None:
        arms, rows = results.arms, results.rows
        base = next(place for place, arm in enumerate(arms) if arm.id == results.baseline)
        self.score = _matrix(rows, arms, "score")
        self.cost = _matrix(rows, arms, "cost")
        self.modes = [place for place, arm in enumerate(arms) if arm.kind == "mode"]
        self.categories = sorted({row.category for row in rows})
        self.difference = self.score - self.score[:, [base]]
        self._base_cost = self.cost[:, [base]]
        self._over: list[Floats] = []
        self._under: list[Floats] = []
        self._place: dict[tuple[str, int, int], int] = {}
        everywhere = np.ones(len(rows), bool)
        for place in range(len(arms)):
            self._add("", place, everywhere)
        for category in self.categories:
            inside = np.array([row.category == category for row in rows], dtype=bool)
            for place in range(len(arms)):
                self._add(category, place, inside)
        self._seed = results.seed

    def drawn(self) -> Drawn:
        """Return everything that was added, resampled together."""
        return paired_bootstrap(np.column_stack(self._over), np.column_stack(self._under), seed=self._seed)

    def at(self, category: str, arm: int, kind: int) -> int:
        """Return the column of a figure; the empty category is all prompts."""
        return self._place[category, arm, kind]

    def priced(self, arm: int) -> Mask:
        """Return which prompts have a known cost in an arm and at the baseline."""
        both: Mask = np.isfinite(self.cost[:, arm]) & np.isfinite(self._base_cost[:, 0])
        return both

    def _add(self, category: str, arm: int, inside: Mask) -> None:
        for kind, values in ((_QUALITY, self.score), (_DIFFERENCE, self.difference)):
            known = np.isfinite(values[:, arm]) & inside
            self._put((category, arm, kind), np.where(known, values[:, arm], 0.0), known.astype(float))
        priced = self.priced(arm) & inside
        self._put(
            (category, arm, _COST),
            np.where(priced, self.cost[:, arm], 0.0),
            np.where(priced, self._base_cost[:, 0], 0.0),
        )

    def _put(self, name: tuple[str, int, int], over: Floats, under: Floats) -> None:
        self._place[name] = len(self._over)
        self._over.append(over)
        self._under.append(under)


def _matrix(rows: tuple[Row, ...], arms: tuple[Arm, ...], field: str) -> Floats:
    values = [[getattr(row.outcomes[arm.id], field) for arm in arms] for row in rows]
    return np.array(
        [[math.nan if value is None else value for value in line] for line in values], dtype=float
    ).reshape(len(rows), len(arms))


def _arm(results: Results, columns: _Columns, drawn: Drawn, place: int) -> dict[str, Any]:
    arm = results.arms[place]
    outcomes = [row.outcomes[arm.id] for row in results.rows]
    costs = [each.cost for each in outcomes if each.cost is not None]
    waits = [each.latency_ms for each in outcomes if each.latency_ms is not None]
    priced = columns.priced(place)
    base_cost = columns.cost[priced][:, [a.id for a in results.arms].index(results.baseline)].sum()
    saved = round(float(base_cost - columns.cost[priced, place].sum()))
    known = np.isfinite(columns.difference[:, place])
    found: dict[str, Any] = {
        "id": arm.id,
        "label": arm.label,
        "kind": arm.kind,
        "floor": arm.floor,
        "cost_usd": usd_number(sum(costs)) if costs else None,
        "cost_per_prompt_usd": sum(costs) / len(costs) / 1e9 if costs else None,
        "unknown_costs": len(outcomes) - len(costs),
        "estimated_costs": sum(each.estimated for each in outcomes),
        "left_out_of_saving": len(outcomes) - int(priced.sum()),
        "quality": asdict(drawn.estimate(columns.at("", place, _QUALITY))),
        "scored": int(np.isfinite(columns.score[:, place]).sum()),
        "difference": asdict(drawn.estimate(columns.at("", place, _DIFFERENCE))),
        "compared": int(known.sum()),
        "better": int((columns.difference[known, place] > 0).sum()),
        "worse": int((columns.difference[known, place] < 0).sum()),
        "saved": asdict(_saved(drawn.estimate(columns.at("", place, _COST)))),
        "saved_usd": usd_number(saved) if priced.any() else None,
        "latency_ms": median(waits) if waits else None,
        "failed": sum(each.path == "failed" or bool(each.note) for each in outcomes),
    }
    if arm.kind == "mode":
        test = non_inferior(
            columns.difference[known, place],
            drawn.resampled[:, columns.at("", place, _DIFFERENCE)],
            margin=results.margin,
            tests=len(columns.modes),
        )
        found["non_inferior"] = asdict(test)
        found["split"] = dict(Counter(each.tier or "none" for each in outcomes).most_common())
        found["paths"] = dict(Counter(str(each.path) for each in outcomes))
        found["reused"] = sum(each.reused for each in outcomes)
    return found


def _saved(ratio: Estimate) -> Estimate:
    """Return the share saved from the share spent: the ends of the interval change places."""
    return Estimate(1.0 - ratio.value, 1.0 - ratio.high, 1.0 - ratio.low)


def _frontier(arms: list[dict[str, Any]]) -> list[str]:
    known = [
        arm
        for arm in arms
        if arm["cost_per_prompt_usd"] is not None and math.isfinite(arm["quality"]["value"])
    ]
    points = [(arm["cost_per_prompt_usd"], arm["quality"]["value"]) for arm in known]
    return [known[place]["id"] for place in frontier(points)]


def _categories(results: Results, columns: _Columns, drawn: Drawn) -> list[dict[str, Any]]:
    found = []
    for category in columns.categories:
        arms = {
            arm.id: {
                "quality": asdict(drawn.estimate(columns.at(category, place, _QUALITY))),
                "difference": asdict(drawn.estimate(columns.at(category, place, _DIFFERENCE))),
                "saved": asdict(_saved(drawn.estimate(columns.at(category, place, _COST)))),
            }
            for place, arm in enumerate(results.arms)
        }
        count = sum(row.category == category for row in results.rows)
        found.append({"name": category, "prompts": count, "arms": arms})
    return found


def _scored_by(row: Row) -> str:
    said = {each.scored_by for each in row.outcomes.values() if each.score is not None}
    if not said:
        return "unscored"
    return "judged" if said & {"model", "person", ""} else "checked"


def _row(row: Row) -> dict[str, Any]:
    outcomes = {}
    for arm, each in row.outcomes.items():
        told = asdict(each)
        told["cost_usd"] = usd_number(told.pop("cost"))
        told["path"] = str(each.path)
        outcomes[arm] = told
    return {**asdict(row), "outcomes": outcomes}


def _finite(value: Any) -> Any:
    """Return ``value`` with ``None`` where a figure does not exist: JSON has no word for it."""
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
