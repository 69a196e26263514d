"""Where things went otherwise than one would think: the cheap one won, routing lost, routing cost more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from compute_broker.broker.report import usd_number
from compute_broker.experiment.results.model import Outcome, Results, Row

MOST = 10
_STAKES = {"high": 2, "medium": 1}


def surprises(results: Results) -> dict[str, Any]:
    """Return the surprises of each kind: how many there are, and the most telling of them."""
    cheapest = _cheapest(results)
    modes = [arm.id for arm in results.arms if arm.kind == "mode"]
    return {
        "cheapest": cheapest,
        "cheap_won": _told(results, [cheapest] if cheapest else [], _won),
        "routing_lost": _told(results, modes, _lost),
        "routing_won": _told(results, modes, _won),
        "routing_dearer": _told(results, modes, _dearer),
    }


def _cheapest(results: Results) -> str | None:
    """Return the tier that cost least in all, the baseline aside."""
    costs = {
        arm.id: [row.outcomes[arm.id].cost for row in results.rows]
        for arm in results.arms
        if arm.kind == "tier" and arm.id != results.baseline
    }
    sums = {arm: sum(c for c in some if c is not None) for arm, some in costs.items() if None not in some}
    return min(sums, key=lambda arm: sums[arm], default=None)


def _told(results: Results, arms: Iterable[str], size: Callable[[Outcome, Outcome], float]) -> dict[str, Any]:
    found: list[tuple[tuple[float, int, str, str], dict[str, Any]]] = []
    for arm in arms:
        for row in results.rows:
            ours, theirs = row.outcomes[arm], row.outcomes[results.baseline]
            much = size(ours, theirs)
            if much > 0:
                order = (-much, -_STAKES.get(row.stakes, 0), row.id, arm)
                found.append((order, _entry(row, arm, ours, theirs)))
    return {"count": len(found), "shown": [entry for _, entry in sorted(found, key=lambda f: f[0])[:MOST]]}


def _won(ours: Outcome, theirs: Outcome) -> float:
    return 0.0 if ours.score is None or theirs.score is None else ours.score - theirs.score


def _lost(ours: Outcome, theirs: Outcome) -> float:
    return -_won(ours, theirs)


def _dearer(ours: Outcome, theirs: Outcome) -> float:
    """Return how much more was paid for no better an answer."""
    if ours.cost is None or theirs.cost is None or _won(ours, theirs) > 0:
        return 0.0
    return float(ours.cost - theirs.cost)


def _entry(row: Row, arm: str, ours: Outcome, theirs: Outcome) -> dict[str, Any]:
    return {
        "id": row.id,
        "arm": arm,
        "tier": ours.tier,
        "category": row.category,
        "stakes": row.stakes,
        "score": ours.score,
        "baseline_score": theirs.score,
        "cost_usd": usd_number(ours.cost),
        "baseline_cost_usd": usd_number(theirs.cost),
        "path": str(ours.path),
        "why": ours.why,
    }
