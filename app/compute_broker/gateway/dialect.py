"""What the two protocols have in common: each reads a request and writes an answer, whole or in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Protocol, TypeVar

import msgspec

from compute_broker.broker.events import Receipt
from compute_broker.core.decision import Decision
from compute_broker.core.money import usd_from_nanos
from compute_broker.core.texts import tr
from compute_broker.gateway.wanted import BAD_REQUEST, RefusalError, Wanted

T = TypeVar("T")

Tokens = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
"""How many an answer may have at most, as a program may say."""

_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known when an answer begins: its number, which tier gives it, and what was decided."""

    request_id: str
    tier_id: str
    decision: Decision
    created: int
    """Seconds since 1970."""


class Dialect(Protocol):
    """One protocol. Bytes in, a prompt out; an answer in, bytes out."""

    alive: bytes
    """What keeps a stream's client waiting, without a word of the answer."""

    def read(self, body: bytes) -> Wanted:
        """Return what is asked; raise :class:`RefusalError` for what cannot be answered."""
        ...

    def refusal(self, refusal: RefusalError) -> dict[str, Any]:
        """Return a refusal as this protocol writes it."""
        ...

    def whole(self, opening: Opening, receipt: Receipt) -> dict[str, Any]:
        """Return a whole answer; its tier is the receipt's, whoever began."""
        ...

    def head(self, opening: Opening) -> bytes:
        """Return how a stream begins."""
        ...

    def piece(self, opening: Opening, text: str) -> bytes:
        """Return a piece of the answer."""
        ...

    def broken(self, refusal: RefusalError) -> bytes:
        """Return how a stream ends that cannot go on."""
        ...

    def tail(self, opening: Opening, receipt: Receipt, wanted: Wanted) -> Iterator[bytes]:
        """Yield how a stream ends."""
        ...


def encoded(content: Any) -> bytes:
    """Return JSON; amounts of money stay exact."""
    return _encoder.encode(content)


def decoded(body: bytes, kind: type[T]) -> T:
    """Return a request of that kind.

    Raises:
        RefusalError: it is no JSON, or a field is not what the protocol says; the sentence names it.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise RefusalError(BAD_REQUEST, tr("The request cannot be used: {why}.", why=str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusalError(BAD_REQUEST, tr("The request is no JSON: {why}.", why=str(error))) from error


def account(receipt: Receipt) -> dict[str, Any]:
    """Return what a program may want to know of an answer beside its protocol's fields. Money in USD.

    ``null`` is unknown, never zero.
    """
    return {
        "request_id": receipt.request_id,
        "tier": receipt.quote.tier.id,
        "model": receipt.model,
        "place": receipt.quote.tier.place.value,
        "reason": receipt.decision.reason,
        "cost_usd": _usd(receipt.cost),
        "saved_usd": _usd(receipt.saved),
        "certainty": receipt.certainty.value,
    }


def _usd(nano: int | None) -> Decimal | None:
    return None if nano is None else usd_from_nanos(nano)
