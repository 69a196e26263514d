"""What an OpenRouter key may still spend, as ``/key`` tells it (facts, openrouter, money endpoints).

``limit: null`` means that the key has no cap; the account's balance is not told to an ordinary key. A budget
of the workspace or a guard rail (``effective_budget``) binds beside the key's own limit: the tighter holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from compute_broker.core.headroom import Credit
from compute_broker.core.money import nanos_from_usd
from compute_broker.market.availability.answers import dig


def read_credit(data: Mapping[str, Any], now: datetime) -> Credit:
    """Return what the key has left; whatever makes no sense is left out."""
    own = Credit(
        remaining=_nanos(data.get("limit_remaining")),
        limit=_nanos(data.get("limit")),
        used=_nanos(data.get("usage")),
        resets=_word(data.get("limit_reset")),
        free_requests=_count(dig(data, "free_model_daily_requests", "remaining")),
    )
    left = _nanos(dig(data, "effective_budget", "remaining_usd"))
    if left is None or (own.remaining is not None and own.remaining <= left):
        return own
    return Credit(
        remaining=left,
        limit=_nanos(dig(data, "effective_budget", "limit_usd")),
        used=_nanos(dig(data, "effective_budget", "spend_usd")),
        resets=_word(dig(data, "effective_budget", "reset_interval")),
        resets_at=_later(dig(data, "effective_budget", "resets_at"), now),
        free_requests=own.free_requests,
    )


def _nanos(amount: Any) -> int | None:
    """Return dollars of a stranger's JSON as nano-dollars; its floats are taken as they are written."""
    if isinstance(amount, bool) or not isinstance(amount, int | float | str | Decimal):
        return None
    try:
        return nanos_from_usd(str(amount))
    except ValueError:
        return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _word(value: Any) -> str:
    return value if value in {"daily", "weekly", "monthly"} else ""


def _later(value: Any, now: datetime) -> datetime | None:
    """Return a moment after ``now`` out of RFC 3339."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware if aware > now else None
