"""How often a tier is looked at: often enough for a true glance, seldom enough to be no burden.

Idle, all looks together stay under five requests a minute however many tiers there are: four for servers on
this machine, less than one for all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from compute_broker.core.tier import Place, ProviderKind, Tier
from compute_broker.market.availability.ask import MOST_REQUESTS
from compute_broker.market.hold import APART

LOCAL_EVERY = timedelta(seconds=30)
REMOTE_EVERY = timedelta(minutes=10)
LIVE_EVERY = timedelta(minutes=30)
"""How often OpenRouter's price list and the hosts of a model are read."""

LIVE_LEAST = APART
"""Also when asked to look at once: closer together they would be one reading."""

TRIAL_EVERY = timedelta(seconds=20)
"""For a tier that failed a real request lately: its return is noticed within half a minute."""

LATELY = timedelta(minutes=10)

_LOCAL_SHARE = timedelta(seconds=15)
_REMOTE_SHARE = timedelta(minutes=2, seconds=30)
_LIVE_SHARE = timedelta(minutes=6)
_MOST_A_MINUTE = 4.9
"""Requests in all, with room for what comes of rounding: the promise is five."""
_LEAST_SPOT = 0.3
"""Requests a minute that spot feeds are given whatever else is asked."""
_HIDDEN = 4
_SPARING = 3
_MOST_PATIENCE = 8


def interval(
    tier: Tier, tiers: Sequence[Tier], *, misses: int = 0, hidden: bool = False, sparing: bool = False
) -> timedelta:
    """Return the time between two looks at ``tier`` among all that are looked at.

    ``misses`` counts the looks in a row that found it down: each doubles the time, up to eightfold.
    """
    local = tier.place is Place.PERSONAL
    requests = sum(cost(other) for other in tiers if (other.place is Place.PERSONAL) is local)
    every = (
        max(LOCAL_EVERY, _LOCAL_SHARE * requests) if local else max(REMOTE_EVERY, _REMOTE_SHARE * requests)
    )
    patience = min(1 << max(0, misses - 1), _MOST_PATIENCE)
    return every * patience * (_HIDDEN if hidden else 1) * (_SPARING if sparing else 1)


def cost(tier: Tier) -> int:
    """Return how many requests one look at ``tier`` takes at most."""
    if tier.provider is ProviderKind.BUILTIN:
        return 0
    return MOST_REQUESTS.get(tier.provider, 1)


def live_interval(readings: int) -> timedelta:
    """Return the time between two readings of each of so many lists of OpenRouter."""
    return max(LIVE_EVERY, _LIVE_SHARE * readings)


def spot_interval(
    wanted: timedelta, addresses: int, tiers: Sequence[Tier], *, hidden: bool = False
) -> timedelta:
    """Return the time between two readings of each of so many spot feeds on the network.

    It is as ``wanted``, unless the looks at ``tiers`` leave less room within five requests a minute.
    """
    if not addresses:
        return wanted
    looks = sum(timedelta(minutes=1) / interval(tier, tiers) * cost(tier) for tier in tiers)
    room = max(_LEAST_SPOT, _MOST_A_MINUTE - timedelta(minutes=1) / _LIVE_SHARE - looks)
    return max(wanted, timedelta(minutes=1) * addresses / room) * (_HIDDEN if hidden else 1)
