"""Telling a program the answer: whole, or as a stream of events."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from compute_broker.broker.events import Failed, Receipt
from compute_broker.core.texts import tr
from compute_broker.core.usage import FinishReason
from compute_broker.gateway.answering import Answering, Gone, Said
from compute_broker.gateway.dialect import Dialect, Opening, encoded
from compute_broker.gateway.wanted import BROKEN, NO_TIER, UNPAID, RefusalError, Wanted

PATIENCE = 10.0
"""Seconds a stream waits for its first word before it begins without one; until then a failure has a status.
After that it says so often that it lives: clients give up on a silent one."""

_BROKEN_OFF = {FinishReason.CUT_OFF, FinishReason.CANCELLED}
_log = logging.getLogger(__name__)


async def tell(answering: Answering, wanted: Wanted, dialect: Dialect, over: Callable[[], None]) -> Response:
    """Return the HTTP answer to ``wanted``; ``over`` is called once nothing is under way any more.

    Raises:
        RefusalError: there is no answer.
    """
    streaming = False
    try:
        if not wanted.stream:
            return await _whole(answering, dialect)
        first = await answering.next(PATIENCE)
        if isinstance(first, Failed):
            raise _failure(first)
        streaming = True
        return _Stream(answering, wanted, dialect, first, over)
    finally:
        if not streaming:
            await answering.end()
            over()


async def _whole(answering: Answering, dialect: Dialect) -> Response:
    while True:
        said = await answering.next()
        if isinstance(said, Failed):
            raise _failure(said)
        if isinstance(said, Gone):
            return Response()  # nobody is there to read it
        if isinstance(said, Receipt):
            if said.finish in _BROKEN_OFF:
                raise _broken_off(said)
            whole = dialect.whole(_opening(answering), said)
            return Response(encoded(whole), media_type="application/json")


class _Stream(Response):
    """Server-sent events, for as long as somebody reads them."""

    def __init__(
        self,
        answering: Answering,
        wanted: Wanted,
        dialect: Dialect,
        first: str | Receipt | Gone | None,
        over: Callable[[], None],
    ) -> None:
        super().__init__(media_type="text/event-stream", headers={"cache-control": "no-store"})
        del self.headers["content-length"]  # nobody knows it
        self._answering, self._wanted, self._dialect = answering, wanted, dialect
        self._first, self._over = first, over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            async for chunk in self._chunks():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await self._answering.end()
            self._over()

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in self._told():
                yield chunk
        except RefusalError as refusal:
            yield self._dialect.broken(refusal)
        except Exception:  # noqa: BLE001 - the program gets a sentence, and the log what happened
            _log.exception("an answer for another program broke off")
            yield self._dialect.broken(RefusalError(BROKEN, tr("Compute Broker failed; its log says more.")))

    async def _told(self) -> AsyncGenerator[bytes, None]:
        dialect, opening = self._dialect, None
        said: Said | None = self._first
        while True:
            if isinstance(said, Failed):
                raise _failure(said)
            if isinstance(said, Gone):
                return
            if said is None:
                yield dialect.alive
            else:
                if opening is None:
                    opening = _opening(self._answering)
                    yield dialect.head(opening)
                if isinstance(said, Receipt):
                    if said.finish in _BROKEN_OFF:
                        raise _broken_off(said)
                    for chunk in dialect.tail(opening, said, self._wanted):
                        yield chunk
                    return
                yield dialect.piece(opening, said)
            said = await self._answering.next(PATIENCE)


def _opening(answering: Answering) -> Opening:
    decision, quote = answering.decision, answering.quote
    if decision is None or quote is None:
        raise RuntimeError("there is an answer and nobody who gave it")
    created = int(datetime.now(UTC).timestamp())
    return Opening(answering.request_id, quote.tier.id, decision, created)


def _failure(failed: Failed) -> RefusalError:
    return RefusalError(UNPAID if failed.over_budget else NO_TIER, failed.message)


def _broken_off(receipt: Receipt) -> RefusalError:
    return RefusalError(
        BROKEN,
        tr(
            "The answer of {tier} broke off; what there is of it stands in Compute Broker's history.",
            tier=receipt.quote.tier.label,
        ),
    )
