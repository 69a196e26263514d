"""What was quoted is what is asked for: the person's wishes about hosts go along with the request."""

from __future__ import annotations

import pytest

from compute_broker.core.errors import ProviderError
from compute_broker.core.hosts import HostPreferences, HostSort
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.stream import StreamEnd
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.providers.door import ProviderDoor
from doubles.openrouter_api import OpenRouterDouble
from doubles.tiers import request_to, tier_at

WISHES = HostPreferences(
    only=("novita", "moonshot"),
    ignore=("novita/int4",),
    order=("moonshot",),
    sort=HostSort.PRICE,
    deny_data_collection=True,
    zero_data_retention=True,
    max_in=nanos_from_usd("0.95"),
    max_out=nanos_from_usd("4"),
)


async def sent(tier):
    door = ProviderDoor(lambda _: "sk", None)
    try:
        return [event async for event in door.stream(request_to(tier))]
    finally:
        await door.close()


async def test_openrouter_is_asked_for_the_hosts_that_were_quoted():
    with OpenRouterDouble() as double:
        assert isinstance((await sent(tier_at(double, hosts=WISHES)))[-1], StreamEnd)
        assert double.chats[0].json["provider"] == {
            "only": ["novita", "moonshot"],
            "ignore": ["novita/int4"],
            "order": ["moonshot"],
            "sort": "price",
            "data_collection": "deny",
            "zdr": True,
            "max_price": {"prompt": 0.95, "completion": 4.0},  # USD per MILLION tokens
        }
        await sent(tier_at(double))
        assert "provider" not in double.chats[1].json


async def test_a_host_that_does_not_exist_is_refused_and_no_other_one_answers():
    with OpenRouterDouble() as double, pytest.raises(ProviderError, match="No allowed providers"):
        await sent(tier_at(double, hosts=HostPreferences(only=("nobody",))))


async def test_no_other_server_is_told_of_hosts():
    with OpenRouterDouble() as double:
        tier = tier_at(double, hosts=WISHES, provider=ProviderKind.OPENAI, place=Place.PERSONAL)
        await sent(tier)
        assert "provider" not in double.chats[0].json
