"""A spot feed: a small JSON of the person's own with prices that move (docs/spot-feed.md).

No I/O here. What cannot be read, has run out or is too old is no price, with a sentence, and never zero.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.texts import tr
from compute_broker.core.tier import ANY_MODEL

MOST_BYTES = 256 * 1024
"""A feed of a thousand models has some 150 kB; a larger one is a mistake."""

MOST_ROWS = 5_000
OLDEST = timedelta(hours=24)
"""A feed that was written longer ago is not believed, whatever it says of its own validity."""

CLOCK_SLACK = timedelta(minutes=5)
"""How far ahead the feed's clock may be."""

_DEAREST = Decimal(100_000)
"""USD per million tokens; a higher price is a mistake of units."""


class BadFeedError(ValueError):
    """A feed that cannot be used; the text is what comes after "the spot feed ..."."""


@dataclass(frozen=True, slots=True)
class SpotReading:
    """What the feed says of one model. ``capacity`` is how many more requests it takes now, if told."""

    rates: TokenRates
    as_of: datetime
    valid_until: datetime
    capacity: int | None = None

    def price(self, now: datetime, *, note: str = "") -> Price | str:
        """Return the price at ``now``, or why it does not hold any more."""
        if now >= self.valid_until:
            return tr(
                "the spot feed's price was valid until {clock} and has run out",
                clock=_clock(self.valid_until),
            )
        if now - self.as_of > OLDEST:
            return tr("the spot feed's price of {clock} is older than a day", clock=_clock(self.as_of))
        if self.capacity == 0:
            return tr("the spot feed says that there is no capacity now")
        left = "" if self.capacity is None else tr(", room for {capacity}", capacity=self.capacity)
        source = tr(
            "spot feed, valid until {clock}{left}{note}", clock=_clock(self.valid_until), left=left, note=note
        )
        return Price(self.rates, CostBasis.SPOT, source, self.as_of)


def parse_spot(data: bytes, model: str, now: datetime) -> SpotReading:
    """Return what the feed in ``data`` says of ``model``.

    Raises:
        BadFeedError: it is malformed, has no such model, or a figure that means nothing.
    """
    body = _parsed(data)
    if body.get("currency") != "USD":
        raise BadFeedError(
            tr("is in {short}; only USD can be reckoned with", short=_short(body.get("currency")))
        )
    as_of, valid_until = _time(body, "as_of"), _time(body, "valid_until")
    if as_of > now + CLOCK_SLACK:
        raise BadFeedError(
            tr("is dated {clock}, which is in the future; mend its clock or zone", clock=_clock(as_of))
        )
    if valid_until <= as_of:
        raise BadFeedError(tr("ends before it begins: valid_until must lie after as_of"))
    row = _row(body.get("prices"), model)
    cached = row.get("cache_read")
    return SpotReading(
        TokenRates(
            _rate(row, "input"), _rate(row, "output"), None if cached is None else _rate(row, "cache_read")
        ),
        as_of,
        valid_until,
        _capacity(row.get("capacity")),
    )


def _parsed(data: bytes) -> Mapping[str, Any]:
    if len(data) > MOST_BYTES:
        raise BadFeedError(
            tr(
                "is larger than {most_bytes} kB, which is no price list of ours",
                most_bytes=MOST_BYTES // 1024,
            )
        )
    start = data.lstrip()[:1]
    if start == b"<":
        raise BadFeedError(tr("is a web page, not JSON; give the address of the JSON itself"))
    try:
        body = json.loads(data, parse_float=Decimal, parse_int=Decimal, parse_constant=lambda name: name)
    except (ValueError, RecursionError, InvalidOperation):
        raise BadFeedError(tr("is no JSON; see docs/spot-feed.md for the form")) from None
    if not isinstance(body, dict):
        raise BadFeedError(tr("is no JSON object; see docs/spot-feed.md for the form"))
    return body


def _row(rows: Any, model: str) -> Mapping[str, Any]:
    if not isinstance(rows, list) or not rows or len(rows) > MOST_ROWS:
        raise BadFeedError(tr("has no list of prices; see docs/spot-feed.md for the form"))
    found = [row for row in rows if isinstance(row, dict)]
    named = [row for row in found if row.get("model") == model]
    general = [row for row in found if row.get("model", ANY_MODEL) == ANY_MODEL]
    if model == ANY_MODEL and not general and len(found) == 1:
        general = found
    if not named and not general:
        raise BadFeedError(tr("has no price for {model}", model=model))
    return (named or general)[-1]


def _time(body: Mapping[str, Any], name: str) -> datetime:
    value = body.get(name)
    if not isinstance(value, str):
        raise BadFeedError(tr("lacks {name}; write a time such as 2026-11-24T18:00:00Z", name=name))
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadFeedError(
        tr(
            "has {short} for {name}; write a time with its zone, 2026-11-24T18:00:00Z",
            short=_short(value),
            name=name,
        )
    )


def _rate(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    if value is None or isinstance(value, bool) or not isinstance(value, str | Decimal):
        raise BadFeedError(tr("has no {name} price; write USD per million tokens, such as 0.20", name=name))
    try:
        usd = Decimal(value)
    except InvalidOperation:
        raise BadFeedError(
            tr("has {short} for its {name} price, which is no number", short=_short(value), name=name)
        ) from None
    if not usd.is_finite():
        raise BadFeedError(
            tr("has {short} for its {name} price, which is no number", short=_short(value), name=name)
        )
    if usd < 0:
        raise BadFeedError(
            tr("has {short} for its {name} price, which is below zero", short=_short(value), name=name)
        )
    if usd > _DEAREST:
        raise BadFeedError(
            tr(
                "has {short} USD a million tokens for its {name} price: beyond belief",
                short=_short(value),
                name=name,
            )
        )
    return nanos_from_usd(usd)


def _capacity(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, Decimal) and value.is_finite() and 0 <= value < 1_000_000_000:  # noqa: PLR2004
        return int(value)
    raise BadFeedError(
        tr("has {short} for its capacity; write how many requests it takes now, from 0", short=_short(value))
    )


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return "".join(sign for sign in text if sign.isprintable())[:40] or "nothing"


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
