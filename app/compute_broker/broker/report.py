"""Decisions and receipts as plain values for JSON: the command line, the ledger, other programs."""

from __future__ import annotations

from typing import Any

from compute_broker.broker.events import Receipt
from compute_broker.core.decision import Considered, Decision, PlanKind
from compute_broker.core.money import usd_from_nanos


def usd_number(nanos: int | None) -> float | None:
    """Return dollars as a JSON number, exact to the nano-dollar when printed; ``None`` is unknown."""
    return None if nanos is None else float(usd_from_nanos(nanos))


def decision_report(decision: Decision) -> dict[str, Any]:
    """Return everything that was weighed, with a reason for and against every tier."""
    task = decision.task
    quote = decision.quote
    return {
        "tier": quote.tier.id if quote else None,
        "plan": _plan(decision),
        "mode": decision.mode.name,
        "quality_floor": decision.mode.floor,
        "category": task.category.value,
        "difficulty": round(task.difficulty, 3),
        "difficulty_sd": round(task.difficulty_sd, 3),
        "stakes": task.stakes.value,
        "classifier": task.classifier,
        "deciding_cost_usd": usd_number(task.deciding_cost),
        "needs": sorted(need.value for need in task.needs),
        "private": task.private,
        "private_rule": task.private_rule or None,
        "prompt_tokens": task.prompt_tokens,
        "expected_output_tokens": task.expected_output_tokens,
        "expected_cost_usd": usd_number(decision.expected_cost),
        "baseline": decision.baseline.tier.id if decision.baseline else None,
        "baseline_cost_usd": usd_number(decision.baseline_cost),
        "reason": decision.reason,
        "fallbacks": [fallback.tier.id for fallback in decision.fallbacks],
        "considered": [_considered(row) for row in decision.considered],
    }


def receipt_report(receipt: Receipt) -> dict[str, Any]:
    """Return an answer with what it cost and saved."""
    usage = receipt.usage
    return {
        "request_id": receipt.request_id,
        "answer": receipt.answer,
        "tier": receipt.quote.tier.id,
        "model": receipt.model,
        "finish": receipt.finish.value,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": usd_number(receipt.cost),
        "cost_basis": receipt.basis.value,
        "cost_certainty": receipt.certainty.value,
        "price_source": receipt.quote.price.source if receipt.quote.price else None,
        "baseline": receipt.baseline_label,
        "baseline_cost_usd": usd_number(receipt.baseline_cost),
        "saved_usd": usd_number(receipt.saved),
        "again": receipt.again,
        "latency_ms": receipt.latency_ms,
        "check": {"outcome": receipt.check.outcome.value, "note": receipt.check.note}
        if receipt.check
        else None,
        "decision": decision_report(receipt.decision),
    }


def _plan(decision: Decision) -> dict[str, Any] | None:
    if decision.plan is None:
        return None
    plan: dict[str, Any] = {
        "kind": decision.plan.kind.value,
        "tiers": [quote.tier.id for quote in decision.plan.tiers],
    }
    if decision.plan.kind is PlanKind.CROSS_CHECK and decision.plan.referee is not None:
        plan["referee"] = decision.plan.referee.tier.id
        plan["p_agree"] = round(decision.plan.agree or 0.0, 4)
        plan["p_success"] = round(decision.plan.quality or 0.0, 4)
    return plan


def _considered(row: Considered) -> dict[str, Any]:
    return {
        "tier": row.quote.tier.id,
        "verdict": row.verdict.value,
        "p_success": None if row.p_success is None else round(row.p_success, 6),
        "expected_cost_usd": usd_number(row.expected_cost),
        "direct_cost_usd": usd_number(row.direct_cost),
        "reason": row.reason,
    }
