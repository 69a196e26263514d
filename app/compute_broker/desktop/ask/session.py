"""One conversation with the broker: what was said so far, and the request under way. No widgets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from compute_broker.broker.events import (
    AskEvent,
    AskOptions,
    Attempt,
    Decided,
    Delta,
    Failed,
    Finished,
    Receipt,
    Replaced,
)
from compute_broker.broker.haste import Haste
from compute_broker.broker.warmth import Warm, warm_after
from compute_broker.core.decision import Decision
from compute_broker.core.stream import Message, Role, user_turn
from compute_broker.desktop.tasks import Tasks


class Asks(Protocol):
    """The part of the broker that a conversation needs."""

    def ask(self, prompt: str, options: AskOptions | None = None) -> AsyncGenerator[AskEvent, None]:
        """Answer a prompt, event by event."""
        ...

    def preview(self, prompt: str, options: AskOptions | None = None) -> Decision:
        """Decide without asking."""
        ...


@dataclass(slots=True)
class Exchange:
    """One question and what came of it so far."""

    prompt: str
    options: AskOptions
    typed: str = ""
    """The prompt with the words that steered it, as it stood in the input."""
    request_id: str = ""
    answer: str = ""
    """What this request brought; what an earlier one brought before it was cut off is in the options."""
    label: str = ""
    """The tier that is answering."""
    receipt: Receipt | None = None
    failure: Failed | None = None
    done: bool = False
    """Nothing more will come."""

    @property
    def text(self) -> str:
        """The whole answer so far, over all requests that brought a part of it."""
        return self.options.so_far + self.answer


class Conversation:
    """Asks one prompt at a time. ``heard`` gets every event, ``stopped`` is called after Stop."""

    def __init__(
        self, asks: Asks, tasks: Tasks, heard: Callable[[AskEvent], None], stopped: Callable[[], None]
    ) -> None:
        """Begin empty."""
        self._asks = asks
        self._tasks = tasks
        self._heard = heard
        self._stopped = stopped
        self._task: asyncio.Task[None] | None = None
        self._warm: Warm | None = None
        self.exchanges: list[Exchange] = []
        self.rival: Exchange | None = None
        """The first answer, while a better tier's stands beside it and neither has been kept."""

    @property
    def running(self) -> bool:
        """Whether an answer is under way."""
        return self.last is not None and not self.last.done

    @property
    def last(self) -> Exchange | None:
        """The latest exchange, if any."""
        return self.exchanges[-1] if self.exchanges else None

    @property
    def receipt(self) -> Receipt | None:
        """The receipt of the latest answer, once it is complete."""
        return self.last.receipt if self.last else None

    def options(self, options: AskOptions) -> AskOptions:
        """Return ``options`` with the turns that may be passed on.

        What was said in private is only passed on in private: otherwise it would leave the machine.
        """
        turns: list[Message] = []
        for each in self.exchanges:
            if each.text and (options.private or not each.options.private):
                turns += [user_turn(each.prompt, each.options.attached), Message(Role.ASSISTANT, each.text)]
        return replace(options, history=tuple(turns), warm=self._warm)

    def withholds(self, *, private: bool) -> bool:
        """Return whether something said in private is kept from the next tier."""
        return not private and any(each.options.private and each.text for each in self.exchanges)

    def ask(self, prompt: str, options: AskOptions, typed: str = "") -> None:
        """Ask a new question, the conversation so far being known; ``typed`` is how it stood in the input."""
        self.rival = None
        self._begin(Exchange(prompt, self.options(options), typed or prompt))

    def retry(self, *, override_budget: bool = False) -> None:
        """Ask the latest question once more."""
        last = self.exchanges.pop()
        earlier = last.options.again_of or last.request_id or None
        options = replace(last.options, override_budget=override_budget, again_of=earlier)
        self._begin(replace_options(last, options))

    def better(self) -> Decision | None:
        """Return what asking a better tier would mean; ``None`` when there is no finished answer."""
        receipt = self.receipt
        if self.last is None or receipt is None:
            return None
        return self._asks.preview(self.last.prompt, self._better_options(self.last, receipt))

    def ask_better(self) -> None:
        """Ask the next better tier the latest question; until one is kept, the first answer is the rival."""
        last, receipt = self.last, self.receipt
        if last is None or receipt is None:
            return
        self.rival = self.exchanges.pop()
        self._begin(replace_options(last, self._better_options(last, receipt)))

    def keep_rival(self) -> None:
        """Let the first answer stand after all; the better tier's is left out of the conversation."""
        if self.rival is not None:
            self.stop()
            self.exchanges[-1:] = [self.rival]
            self.rival = None

    def continuation(self, *, elsewhere: bool) -> Decision | None:
        """Return what going on with a cut-off answer would mean; ``None`` when there is none."""
        options = self._continued(elsewhere=elsewhere)
        return None if options is None or self.last is None else self._asks.preview(self.last.prompt, options)

    def go_on(self, *, elsewhere: bool) -> None:
        """Have the answer gone on with, by another tier than the one that stopped when ``elsewhere``."""
        options = self._continued(elsewhere=elsewhere)
        if options is None or self.running:
            return
        last = self.exchanges.pop()
        self._begin(replace_options(last, options))

    def _continued(self, *, elsewhere: bool) -> AskOptions | None:
        last = self.last
        if last is None or last.receipt is None or not last.text:
            return None
        avoid = (*last.options.avoid, last.receipt.quote.tier.id) if elsewhere else last.options.avoid
        tier_id = None if elsewhere else last.options.tier_id
        return replace(
            last.options,
            so_far=last.text,
            again_of=last.request_id or None,
            avoid=avoid,
            tier_id=tier_id,
            override_budget=False,
            warm=None,
        )

    def stop(self) -> None:
        """Stop the answer under way; what was used is settled by the broker."""
        if self._task is not None:
            self._task.cancel()

    def clear(self) -> None:
        """Begin a new conversation."""
        self.stop()
        self._warm = None
        self.rival = None
        self.exchanges = []

    def hurry(self) -> None:
        """Wait no longer for a silent tier: the next one is asked."""
        if self.running and self.last is not None and self.last.options.haste is not None:
            self.last.options.haste.hurry()

    @staticmethod
    def _better_options(last: Exchange, receipt: Receipt) -> AskOptions:
        return replace(
            last.options,
            better_than=receipt.quote.tier.id,
            tier_id=None,
            override_budget=False,
            so_far="",
            again_of=last.request_id or None,
            avoid=(),
        )

    def _begin(self, exchange: Exchange) -> None:
        exchange.options = replace(exchange.options, haste=Haste())
        self.exchanges.append(exchange)
        self._task = self._tasks.run(self._run(exchange))

    async def _run(self, exchange: Exchange) -> None:
        try:
            async with aclosing(self._asks.ask(exchange.prompt, exchange.options)) as events:
                async for event in events:
                    _note(exchange, event)
                    if isinstance(event, Finished):
                        used = event.receipt.quote.tier.id
                        self._warm = warm_after(used, event.receipt.usage, datetime.now(UTC))
                    if exchange is self.last:
                        self._heard(event)
        except asyncio.CancelledError:
            if exchange is self.last and not exchange.done:
                exchange.done = True
                self._stopped()
            raise
        finally:
            exchange.done = True


def replace_options(last: Exchange, options: AskOptions) -> Exchange:
    """Return the same question, to be asked with other options."""
    return Exchange(last.prompt, options, last.typed)


def _note(exchange: Exchange, event: AskEvent) -> None:
    match event:
        case Decided():
            exchange.request_id = event.request_id
        case Attempt():
            exchange.label = event.quote.tier.label
        case Delta():
            exchange.answer += event.text
        case Replaced():
            exchange.answer, exchange.label = "", event.quote.tier.label
        case Finished():
            exchange.receipt, exchange.answer, exchange.done = event.receipt, event.receipt.answer, True
        case Failed():
            exchange.failure, exchange.done = event, True
        case _:
            return
