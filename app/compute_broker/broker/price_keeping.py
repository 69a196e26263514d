"""Keeps the history of prices: what the market quotes goes to the ledger, what that knows to the market.

The ledger is also how a word of the person reaches every program of theirs: a command's "believe it" is in
force in the running tray within :data:`LOOK_SECONDS`, and a held price is still held after a restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from compute_broker.core.errors import BrokerError
from compute_broker.core.price import Price, TokenRates
from compute_broker.core.price_origin import PriceKind
from compute_broker.core.quote import Quote
from compute_broker.ledger.price_changes import ChangeState, PriceChange, PriceNote, PriceSaid, PriceStanding
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.market.hold import Memory
from compute_broker.market.market import Market

LOOK_SECONDS = 60.0
"""How often the ledger is looked at for what other programs of ours have come to believe."""

_log = logging.getLogger(__name__)


class PriceKeeping:
    """Writes and reads the history; lives on the market's loop."""

    def __init__(self, market: Market, ledger: AsyncLedger) -> None:
        """Wire the two; nothing is started."""
        self._market, self._ledger = market, ledger
        self._noted: dict[str, PriceNote] = {}
        self._moved = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Tell the market what the ledger knows, and note every change from now on."""
        await self._recall()
        self._unsubscribe = self._market.subscribe(self._moved.set)
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Note what has changed until now, and end."""
        self._unsubscribe()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
            await self._try(self.note)

    async def note(self) -> None:
        """Write what changed in any price that can be relied on: all of its sources have been asked."""
        async with self._writing:
            quotes = [quote for quote in self._market.snapshot if quote.tier.enabled]
            found = [self._note_of(quote) for quote in quotes if self._market.price_settled(quote.tier)]
            changed = [each for each in found if not _same(self._noted.get(each.tier), each)]
            if changed:
                await self._ledger.note_prices(changed)
                self._noted |= {each.tier: each for each in changed}

    async def believe(self, tier_id: str) -> PriceChange | None:
        """Put a tier's held price in force at the person's word; return what was held, if anything was."""
        await self.note()
        found = await self._ledger.believe_price(tier_id)
        self._market.believe_price(tier_id)
        await self._recall()
        await self.note()
        return found

    async def changes(self, tier_id: str | None = None, limit: int = 1000) -> Sequence[PriceChange]:
        """Return the latest changes, the newest first."""
        return await self._ledger.price_changes(tier_id, limit)

    async def _keep(self) -> None:
        clock = asyncio.get_running_loop().time
        looked = clock()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._moved.wait()
            self._moved.clear()
            await self._try(self.note)
            if clock() - looked >= LOOK_SECONDS:
                looked = clock()
                await self._try(self._recall)

    async def _try(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do one round; when the ledger cannot, the next one is tried all the same."""
        try:
            await work()
        except BrokerError as error:
            _log.warning("the history of prices was not kept: %s", error)

    async def _recall(self) -> None:
        """Tell the market what the ledger has, of tiers whose model is still the same."""
        known = await self._ledger.price_standing()
        models = {quote.tier.id: quote.tier.model for quote in self._market.snapshot}
        self._market.remember_prices(
            {
                key: _memory(standing)
                for key, standing in known.items()
                if models.get(key[0]) == standing.model
            }
        )

    def _note_of(self, quote: Quote) -> PriceNote:
        kind, held = quote.price_kind, quote.held
        return PriceNote(
            quote.tier.id,
            quote.tier.model,
            _said(kind, quote.price, quote.tokens_per_second) if kind and quote.price else None,
            quote.unpriced_reason,
            None if held is None else PriceSaid(held.kind, held.source, held.new, held.as_of),
            frozenset(each for each in PriceKind if self._market.price_was_read(quote.tier, each)),
        )


def _said(kind: PriceKind, price: Price, speed: float | None) -> PriceSaid:
    return PriceSaid(kind, price.source, price.rates, price.as_of, _terms(price, speed))


def _terms(price: Price, speed: float | None) -> str:
    """Return what an electricity price follows from, without what drifts from answer to answer.

    Tariff, hardware and watts that stand still count, and whether speed and draw were seen or are estimates;
    the speed and the draw that were seen do not. The same in every language: all programs write here.
    """
    power = price.power
    if power is None:
        return ""
    watts = "measured" if power.measured else power.milliwatts
    tempo = "estimated" if speed is None else "seen"
    return f"{power.nanos_per_kwh} {power.hardware_nanos_per_hour} {watts} {tempo}"


def _same(old: PriceNote | None, new: PriceNote) -> bool:
    """Whether the ledger would see no difference: the age and the words of a source are none."""
    return old is not None and _essence(old) == _essence(new)


def _essence(note: PriceNote) -> object:
    said = note.in_force
    figures = said and (said.terms or (said.rates.input, said.rates.output))
    held = (note.held.kind, note.held.rates) if note.held is not None else None
    return (note.model, figures, held, note.read)


def _memory(standing: PriceStanding) -> Memory:
    held = standing.held
    if held is None or held.model != standing.model or held.input is None or held.output is None:
        return Memory(standing.good, standing.good_at)
    rates = TokenRates(held.input, held.output)
    return Memory(
        standing.good, standing.good_at, rates, held.as_of, believed=held.state is ChangeState.BELIEVED
    )
