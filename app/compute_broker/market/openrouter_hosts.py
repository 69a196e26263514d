"""The hosts behind one model at OpenRouter: what each asks, whether it is up, and which one is quoted.

The quote is of the cheapest host that is up and that the person's preferences allow; ``order`` and ``sort``
rank as OpenRouter ranks. OpenRouter may still send a request to another host: what it charges is booked.
Facts: openrouter, "endpoints" and "Provider preferences".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compute_broker.core.hosts import HostPreferences, HostSort
from compute_broker.core.price import Price, TokenRates
from compute_broker.core.texts import tr
from compute_broker.market.openrouter_pricing import BadPriceError, Pricing, parse_price

MOST_HOSTS = 500
"""More hosts than this is a fault of the list (the most served models had some thirty)."""

LEAST_UPTIME = 90.0
"""Per cent of the minutes in which requests succeeded; below it a host counts as down."""

TYPICAL_IN, TYPICAL_OUT = 2, 1
"""Hosts are compared by two tokens in for one out: about what a question with some context is."""

_SORTS = {":floor": HostSort.PRICE, ":nitro": HostSort.THROUGHPUT}
_TIERS = {":floor": "flex", ":nitro": "priority"}
"""Service tiers that OpenRouter adds for a suffix of the model's name; others are never used unasked."""


@dataclass(frozen=True, slots=True)
class Host:
    """One host of a model. ``first_ms`` and ``tokens_per_second`` are medians of the last half hour."""

    name: str
    tag: str
    pricing: Pricing
    up: bool
    service_tier: str | None = None
    first_ms: float | None = None
    tokens_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a tier asks of the hosts: the person's preferences, and the suffix of the model's name."""

    preferences: HostPreferences
    suffix: str = ""

    @property
    def sort(self) -> HostSort | None:
        """By what the hosts are ranked; the person's word comes before the model's suffix."""
        return self.preferences.sort or _SORTS.get(self.suffix)


class BadHostsError(ValueError):
    """A list of hosts that cannot be used; the text is a sentence."""


def suffix_of(model: str) -> str:
    """Return OpenRouter's routing suffix of a model's name, such as ``:floor``."""
    found = re.search(r":(floor|nitro|exacto|online)$", model)
    return found[0] if found else ""


def read_hosts(body: Any, now: datetime) -> tuple[Host, ...]:
    """Return the hosts with a usable price in the answer to ``GET /models/.../endpoints``.

    Raises:
        BadHostsError: it is no such answer, or none of its hosts has a usable price.
    """
    data = body.get("data") if isinstance(body, Mapping) else None
    rows = data.get("endpoints") if isinstance(data, Mapping) else None
    if not isinstance(rows, list) or len(rows) > MOST_HOSTS:
        raise BadHostsError(tr("OpenRouter's list of hosts could not be read"))
    found, complaint = [], tr("it is empty")
    for row in rows:
        try:
            found.append(_host(row, now))
        except BadPriceError as error:
            complaint = str(error)
    if not found:
        raise BadHostsError(tr("no host at OpenRouter has a usable price: {complaint}", complaint=complaint))
    return tuple(found)


def choose(hosts: Sequence[Host], wish: Wish, now: datetime) -> Host | str:
    """Return the host that is quoted, or why there is none, as a sentence."""
    allowed = [host for host in hosts if _allowed(host, wish, now)]
    if not allowed:
        return tr(
            "no host at OpenRouter matches the preferences of this tier; loosen them in its hosts setting"
        )
    up = [host for host in allowed if host.up]
    if not up:
        return tr("every host at OpenRouter that this tier may use is down at the moment")
    for slug in wish.preferences.order:
        named = [host for host in up if is_named(host, slug)]
        if named:
            up = named
            break
    return min(up, key=lambda host: _rank(host, wish.sort, now))


def price_of(host: Host, now: datetime, *, as_of: datetime, source: str = "") -> Price:
    """Return the price of a host ``now``; it was looked at when the host was read."""
    return parse_price(host.pricing, now, as_of=as_of, source=source)


def typical_cost(rates: TokenRates) -> int:
    """Return what hosts are compared by: the price of :data:`TYPICAL_IN` and :data:`TYPICAL_OUT`."""
    return TYPICAL_IN * rates.input + TYPICAL_OUT * rates.output


def _host(row: Any, now: datetime) -> Host:
    if not isinstance(row, Mapping):
        raise BadPriceError(tr("it is no host"))
    parse_price(row.get("pricing"), now, as_of=now)
    tag, tier = _text(row.get("tag")), row.get("service_tier")
    return Host(
        name=_text(row.get("provider_name")) or tag or tr("a host without a name"),
        tag=tag.casefold(),
        pricing=row["pricing"],
        up=_is_up(row),
        service_tier=tier if isinstance(tier, str) else None,
        first_ms=_median(row.get("latency_last_30m"), most=3_600_000),
        tokens_per_second=_median(row.get("throughput_last_30m"), most=1_000_000),
    )


def _is_up(row: Mapping[str, Any]) -> bool:
    """Whether the status is the normal one, and no uptime that is known is bad; few requests leave none."""
    status = row.get("status")
    if isinstance(status, bool) or status != 0:
        return False
    told = (_figure(row.get(name)) for name in ("uptime_last_5m", "uptime_last_30m"))
    return all(uptime is None or uptime >= LEAST_UPTIME for uptime in told)


def _allowed(host: Host, wish: Wish, now: datetime) -> bool:
    wanted = wish.preferences
    if wanted.only and not any(is_named(host, slug) for slug in wanted.only):
        return False
    if any(is_named(host, slug) for slug in wanted.ignore):
        return False
    if host.service_tier is not None and host.service_tier != _TIERS.get(wish.suffix):
        return False
    rates = price_of(host, now, as_of=now).rates
    too_dear = (wanted.max_in is not None and rates.input > wanted.max_in) or (
        wanted.max_out is not None and rates.output > wanted.max_out
    )
    return not too_dear


def is_named(host: Host, slug: str) -> bool:
    """Whether ``slug`` names the host: ``novita`` is every ``novita/...``, ``novita/fp8`` that one."""
    name = slug.casefold()
    return host.tag == name or host.tag.startswith(f"{name}/")


def _rank(host: Host, sort: HostSort | None, now: datetime) -> tuple[float, int, str]:
    cost = typical_cost(price_of(host, now, as_of=now).rates)
    if sort is HostSort.THROUGHPUT:
        return (-(host.tokens_per_second or 0.0), cost, host.tag)
    if sort is HostSort.LATENCY:
        return (math.inf if host.first_ms is None else host.first_ms, cost, host.tag)
    return (0.0, cost, host.tag)


def _median(told: Any, *, most: float) -> float | None:
    figure = _figure(told.get("p50")) if isinstance(told, Mapping) else None
    return figure if figure is not None and 0 < figure <= most else None


def _figure(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        figure = float(value)
    except OverflowError:
        return None
    return figure if math.isfinite(figure) else None


def _text(value: Any) -> str:
    """Return a stranger's name for a sentence: short, and without signs that a terminal would obey."""
    return "".join(sign for sign in value if sign.isprintable())[:60] if isinstance(value, str) else ""
