"""What is fuzzed, and what must hold for any bytes."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime
from pathlib import Path

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.price import Price
from compute_broker.core.usage import Usage
from compute_broker.market import openrouter_feed, openrouter_pricing
from compute_broker.market import spot as spot_feed
from compute_broker.market.openrouter_feed import OpenRouterFeed
from compute_broker.market.spot import BadFeedError, parse_spot
from compute_broker.net import sse
from compute_broker.net.sse import Event, SseParser
from doubles.openrouter_api import KIMI
from fuzz.fuzzer import Target

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_CAP = 200


def stream(data: bytes) -> None:
    """Read a stream whole and in pieces: the same events, or cut with one clear fault; never more kept."""
    whole = _read([data])
    step = 1 + len(data) % 7
    assert _read([data[at : at + step] for at in range(0, len(data), step)]) == whole
    for event in whole[0]:
        assert len(event.data) <= _CAP
        assert "\r" not in event.data


def _read(chunks: list[bytes]) -> tuple[list[Event], bool]:
    parser = SseParser("Someone", _CAP)
    events: list[Event] = []
    try:
        for chunk in chunks:
            events.extend(parser.feed(chunk))
    except ProviderError as error:
        if error.fault is not Fault.MALFORMED:
            raise
        return events, True
    return events, False


def feed(data: bytes) -> None:
    """Read a price list twice: every offer is a price that costs something sound, or a sentence."""
    try:
        body = json.loads(data)
    except ValueError:
        return
    prices = OpenRouterFeed()
    for _ in range(2):
        prices.read(body, {KIMI}, NOW)
    offer = prices.price(KIMI, NOW)
    if isinstance(offer, Price):
        cost = offer.cost(Usage(1_000_000, 1_000_000, cache_read_tokens=500_000))
        assert 0 <= cost <= offer.ceiling(1_000_000, 1_000_000)
    else:
        assert offer is None or (isinstance(offer, str) and offer)


def spot(data: bytes) -> None:
    """Read a spot feed: a price that costs something sound, or a sentence."""
    try:
        offer = parse_spot(data, "m", NOW).price(NOW)
    except BadFeedError:
        return
    assert isinstance(offer, str) or 0 <= offer.cost(Usage(1_000_000, 1_000_000)) <= 10**20


def _file(module: object) -> Path:
    return Path(inspect.getfile(module))  # type: ignore[arg-type]


_SSE_WORDS = (
    b"data:",
    b"event:",
    b": ",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"id: 1",
    b"\xef\xbb\xbf",
    b"x" * 90,
)
_FEED_WORDS = (
    b'"pricing":', b'"prompt":', b'"completion":', b'"overrides":', b'"-1"', b'"NaN"', b"null", b"1e9", b"[]",
    b"{}", b'"0.000001"', b"true", b'"min_prompt_tokens":', b'"start_date":', b'"id":', KIMI.encode(), b",",
)  # fmt: skip

_SPOT_WORDS = (
    b'"currency":"USD"', b'"as_of":', b'"2026-11-23T12:00:00Z"', b'"valid_until":', b'"model":', b'"prices":',
    b'"2026-11-23T13:00:00+01:00"', b'"m"', b'"*"', b'"input":', b'"output":', b'"cache_read":', b"-1",
    b'"capacity":', b"NaN", b"1e999", b"0", b"[]", b"{}", b"null", b"true", b",", b'"',
)  # fmt: skip

TARGETS: dict[str, tuple[Target, list[Path], tuple[bytes, ...]]] = {
    "sse": (stream, [_file(sse)], _SSE_WORDS),
    "spot": (spot, [_file(spot_feed)], _SPOT_WORDS),
    "feed": (feed, [_file(openrouter_feed), _file(openrouter_pricing)], _FEED_WORDS),
}
"""By name: the target, the files whose lines are watched, words that mean something to it."""
