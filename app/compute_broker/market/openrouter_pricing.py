"""OpenRouter's way of writing a price: strings in USD per token, perhaps by the hour and the prompt's length.

``-1`` means "varies" there. What cannot be read is no price, with a reason, and never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from compute_broker.core.money import TOKENS_PER_MTOK, nanos_from_usd
from compute_broker.core.price import CostBasis, Price, PriceBand, TokenRates
from compute_broker.core.texts import tr

_DEAREST = Decimal("0.1")
"""USD per token; a higher price is a mistake of units."""

_NAMES = ("prompt", "completion", "input_cache_read", "input_cache_write", "input_cache_write_1h")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Pricing = Mapping[str, Any]


class BadPriceError(ValueError):
    """A price that cannot be used; the text is the end of a sentence."""


def parse_price(pricing: Any, now: datetime, *, as_of: datetime, source: str = "") -> Price:
    """Return the price that ``pricing`` means at ``now``, with a band for each prompt length it names.

    ``discount`` is not applied: the documents do not say whether the strings include it already, and a
    price that turns out lower than quoted hurts nobody. OpenRouter's own charge is what is booked.

    Raises:
        BadPriceError: a price is missing, negative, not finite, no number, or beyond belief.
    """
    if not isinstance(pricing, Mapping):
        raise BadPriceError(tr("it has no prices"))
    overrides = _overrides(pricing, now)
    steps = sorted({step for step, _ in overrides if step > 0})
    return Price(
        rates=_rates(_in_force(pricing, overrides, 0)),
        basis=CostBasis.METERED,
        source=source,
        as_of=as_of,
        bands=tuple(PriceBand(step, _rates(_in_force(pricing, overrides, step))) for step in steps),
        per_request=_nanos(pricing["request"], "request") if pricing.get("request") is not None else 0,
    )


def _overrides(pricing: Pricing, now: datetime) -> list[tuple[int, Pricing]]:
    """Return the overrides in force at ``now``, each with the prompt length above which it holds."""
    rows = pricing.get("overrides")
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise BadPriceError(tr("its conditions cannot be read"))
    for row in rows:
        _check(row)
    return [(_count(row.get("min_prompt_tokens")), row) for row in rows if _holds(row, now)]


def _check(row: Pricing) -> None:
    """Refuse an override that could not be used at its own hour: better now than then."""
    for name in ("min_prompt_tokens", "utc_start", "utc_end"):
        _count(row.get(name))
    for name in _NAMES:
        if row.get(name) is not None:
            _per_mtok(row[name], name)


def _in_force(pricing: Pricing, overrides: list[tuple[int, Pricing]], above: int) -> dict[str, Any]:
    """Return the price names in force just above a prompt length; later entries win, name by name."""
    merged = {name: pricing.get(name) for name in _NAMES}
    for step, row in overrides:
        if step <= above:
            merged.update({name: row[name] for name in _NAMES if row.get(name) is not None})
    return merged


def _holds(row: Pricing, now: datetime) -> bool:
    days = row.get("utc_days")
    if isinstance(days, list) and _DAYS[now.weekday()] not in {str(day).lower() for day in days}:
        return False
    if row.get("utc_start") is None and row.get("utc_end") is None:
        return True
    start, end = _count(row.get("utc_start")), _count(row.get("utc_end"), missing=2400)
    clock = now.hour * 100 + now.minute
    return start <= clock < end if start <= end else clock >= start or clock < end


def _count(value: Any, *, missing: int = 0) -> int:
    if value is None:
        return missing
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadPriceError(tr("its conditions cannot be read"))
    return value


def _rates(prices: Mapping[str, Any]) -> TokenRates:
    def optional(name: str) -> int | None:
        return None if prices[name] is None else _per_mtok(prices[name], name)

    return TokenRates(
        input=_per_mtok(prices["prompt"], "prompt"),
        output=_per_mtok(prices["completion"], "completion"),
        cache_read=optional("input_cache_read"),
        cache_write_5m=optional("input_cache_write"),
        cache_write_1h=optional("input_cache_write_1h"),
    )


def _per_mtok(value: Any, name: str) -> int:
    usd = _decimal(value, name)
    if usd > _DEAREST:
        raise BadPriceError(
            tr("its {name} price of {value} USD a token is beyond belief", name=name, value=value)
        )
    return nanos_from_usd(usd * TOKENS_PER_MTOK)


def _nanos(value: Any, name: str) -> int:
    usd = _decimal(value, name)
    if usd > 1000:  # noqa: PLR2004 - USD for a single request
        raise BadPriceError(tr("its {name} price of {value} USD is beyond belief", name=name, value=value))
    return nanos_from_usd(usd)


def _decimal(value: Any, name: str) -> Decimal:
    if not isinstance(value, str) or len(value) > 40:  # noqa: PLR2004 - no honest price is longer
        raise BadPriceError(tr("its {name} price is missing", name=name))
    try:
        usd = Decimal(value)
    except InvalidOperation:
        raise BadPriceError(
            tr("its {name} price {value} is no number", name=name, value=f"{value!r}")
        ) from None
    if not usd.is_finite():
        raise BadPriceError(tr("its {name} price {value} is no number", name=name, value=f"{value!r}"))
    if usd < 0:
        raise BadPriceError(
            tr("its {name} price is {value}, which means that it varies", name=name, value=value)
        )
    return usd
