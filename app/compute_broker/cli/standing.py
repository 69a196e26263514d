"""What is left of a tier, as the command line's JSON shows it: rate limits, credit, plan, and since when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from compute_broker.broker.report import usd_number
from compute_broker.core.headroom import Credit, PlanStanding, RateHeadroom
from compute_broker.core.quote import Quote


def standing_report(quote: Quote) -> dict[str, Any]:
    """Return what is left of a tier; ``null`` for what nobody told. Times are UTC, amounts in USD."""
    seen = quote.availability
    return {
        "since": _time(quote.since),
        "retry_at": _time(seen.retry_at),
        "answering": quote.answering,
        "answers_at_once": seen.slots,
        "tokens_per_second": quote.tokens_per_second,
        "rate_limit": _rate(quote.rate) if quote.rate is not None else None,
        "credit": _credit(seen.credit) if seen.credit is not None else None,
        "plan": plan_report(quote.plan) if quote.plan is not None else None,
    }


def plan_report(plan: PlanStanding) -> dict[str, Any]:
    """Return how a plan stands, window by window."""
    return {
        "covers": plan.lasts,
        "then": "stop" if plan.stops else "metered",
        "windows": [
            {
                "name": window.name,
                "unit": window.unit,
                "limit": window.limit,
                "used": window.used,
                "left": window.left,
                "percent_left": window.percent_left,
                "resets_at": _time(window.resets_at),
            }
            for window in plan.windows
        ],
    }


def _rate(rate: RateHeadroom) -> dict[str, Any]:
    return {
        "requests_remaining": rate.requests_remaining,
        "requests_limit": rate.requests_limit,
        "requests_reset": _time(rate.requests_reset),
        "tokens_remaining": rate.tokens_remaining,
        "tokens_limit": rate.tokens_limit,
        "tokens_reset": _time(rate.tokens_reset),
    }


def _credit(credit: Credit) -> dict[str, Any]:
    return {
        "remaining_usd": None if credit.remaining is None else usd_number(credit.remaining),
        "limit_usd": None if credit.limit is None else usd_number(credit.limit),
        "used_usd": None if credit.used is None else usd_number(credit.used),
        "resets": credit.resets or None,
        "resets_at": _time(credit.resets_at),
        "free_requests_left_today": credit.free_requests,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
