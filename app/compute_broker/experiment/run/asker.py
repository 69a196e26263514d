"""Asking one call through the broker, so that money, privacy and keys are seen to as for any prompt.

The journal has each request before it is sent and each answer before it counts. What a killed run had in the
ledger but not yet in the journal is taken over at the next start, and not asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from compute_broker.broker.attempts import model_of
from compute_broker.broker.broker import Broker
from compute_broker.broker.events import AskOptions, Attempt, Decided, Failed, Source
from compute_broker.broker.unbroken import unbroken
from compute_broker.core.decision import Verdict
from compute_broker.core.errors import BrokerError, Fault
from compute_broker.core.stream import Message, Role
from compute_broker.experiment.run.calls import Answer, Asking, Call, Purpose
from compute_broker.experiment.run.journal import Journal
from compute_broker.experiment.run.lanes import Lanes
from compute_broker.ledger.records import BudgetLimit, Period, RequestStatus
from compute_broker.ledger.views import Exchange

TRIES = 5
"""How often a tier that fails is asked the same in one run."""

LONGEST_WAIT = 600.0
"""Seconds; a tier that wants to be left alone for longer is left out until the next start."""

_SHORTEST_WAIT = 0.5
_LASTING = {Fault.REFUSED, Fault.TOO_LONG, Fault.BAD_REQUEST}
_NEVER = {Verdict.DOES_NOT_FIT, Verdict.NOT_PRIVATE}
_HOPELESS = {Fault.KEY_REFUSED, Fault.NO_MONEY, Fault.NOT_FOUND}
"""Faults that waiting does not mend; the person has to."""


class StoppedError(BrokerError):
    """The budget does not leave enough for the next request."""


class OutOfReachError(BrokerError):
    """A tier did not answer in this run; at the next start it is asked again."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """One request as the ledger has it afterwards; ``failed`` where it brought no answer."""

    asking: Asking
    failed: Failed | None
    verdict: Verdict | None
    exchange: Exchange

    @property
    def fault(self) -> str | None:
        """What went wrong at the tier; ``None`` when it was not asked."""
        return self.exchange.attempts[-1].fault if self.exchange.attempts else None

    @property
    def lasting(self) -> bool:
        """Whether a failure is the last word on this prompt."""
        return self.fault in _LASTING or (self.fault is None and self.verdict in _NEVER)

    @property
    def answer(self) -> Answer:
        """What the journal keeps of it."""
        answer = _answer(self.asking, self.exchange)
        barred = self.verdict.value if self.verdict is not None and self.fault is None else ""
        return msgspec.structs.replace(answer, fault=answer.fault or barred) if self.failed else answer


class Asker:
    """Gets answers, each once."""

    def __init__(
        self,
        broker: Broker,
        journal: Journal,
        lanes: Lanes,
        *,
        run: str,
        budget: int | None,
        look: Callable[[], Awaitable[None]],
    ) -> None:
        """Ask through ``broker`` under the project ``run``, for ``budget`` nano-dollars in all.

        ``look`` looks at the tiers again after a wait.
        """
        self._broker = broker
        self._journal = journal
        self._lanes = lanes
        self._run = run
        self._budget = budget
        self._look = look
        self._under_way: dict[str, asyncio.Task[Answer]] = {}
        self._out: dict[str, str] = {}
        self._flying = 0  # requests for which money is set aside now
        self._landed = asyncio.Event()

    @property
    def spent(self) -> int:
        """What all answers so far cost, in nano-dollars, as far as it is known."""
        return sum(answer.cost or 0 for answer in self._journal.answers.values())

    async def take_over(self) -> int:
        """Bring answers that reached the ledger but not the journal into the journal; return how many."""
        missing = [asking for key, asking in self._journal.asked.items() if key not in self._journal.answers]
        found = 0
        for asking in missing:
            try:
                exchange = await self._broker.ledger.exchange(asking.request)
            except LookupError:
                continue  # killed before the ledger had it, so nothing was sent
            if exchange.entry.status.has_answer and exchange.answer is not None:
                await self._keep(_answer(asking, exchange))
                found += 1
        return found

    async def answer(self, call: Call) -> Answer:
        """Return the answer to ``call``, from the journal if it is there.

        Raises:
            StoppedError: the budget does not allow it.
            OutOfReachError: the tier does not answer now.
        """
        known = self._journal.answers.get(call.key)
        if known is not None:
            return known
        task = self._under_way.get(call.key)
        if task is None:
            task = self._under_way[call.key] = asyncio.create_task(self._obtain(call))
            task.add_done_callback(lambda _: self._under_way.pop(call.key, None))
        return await task

    async def _obtain(self, call: Call) -> Answer:
        tier_id, lane = call.quote.tier.id, self._lanes.of(call.quote.tier)
        tries = 0
        while True:
            async with lane.turn():
                if tier_id in self._out:
                    raise OutOfReachError(self._out[tier_id])
                tried = await self._ask(call)
                if tried.failed is None or tried.lasting:
                    await self._keep(tried.answer)
                    return tried.answer
                if tried.failed.over_budget:
                    if not self._flying:
                        raise StoppedError(tried.failed.message)
                    await self._landed.wait()  # most of what is set aside for others comes back
                    continue
                tries += tried.fault is not None
                wait = None if tried.fault in _HOPELESS else self._wait(tier_id)
                if wait is None or wait > LONGEST_WAIT or tries >= TRIES:
                    self._out[tier_id] = tried.failed.message
                    raise OutOfReachError(tried.failed.message)
                lane.rest(wait, narrower=tried.fault == Fault.RATE_LIMITED)
            async with lane.turn():
                await self._look()

    async def _keep(self, line: Asking | Answer) -> None:
        """Have the journal write a line, in a thread: a slow disk must not hold a window's loop."""
        await unbroken(asyncio.to_thread(self._journal.append, line))

    async def _ask(self, call: Call) -> _Tried:
        """Ask once."""
        options = AskOptions(
            source=Source.EXPERIMENT,
            tier_id=call.quote.tier.id,
            private=call.private,
            project=self._run,
            history=(Message(Role.SYSTEM, call.system),) if call.system else (),
            limits=self._limits(),
            max_output_tokens=call.max_output_tokens,
        )
        decided: Decided | None = None
        failed: Failed | None = None
        flying = False
        try:
            async with aclosing(self._broker.ask(call.prompt, options)) as events:
                async for event in events:
                    if isinstance(event, Decided):
                        decided = event
                        await self._keep(_asking(call, event.request_id))
                    elif isinstance(event, Attempt):
                        flying = True
                        self._flying += 1
                    elif isinstance(event, Failed):
                        failed = event
        finally:
            if flying:
                self._flying -= 1
                self._landed.set()
                self._landed = asyncio.Event()
        if decided is None:
            # The ledger did not take the prompt: nothing was sent.
            raise StoppedError(failed.message if failed else "the ledger took no prompt")
        rows = {row.quote.tier.id: row.verdict for row in decided.decision.considered}
        exchange = await self._broker.ledger.exchange(decided.request_id)
        return _Tried(_asking(call, decided.request_id), failed, rows.get(call.quote.tier.id), exchange)

    def _limits(self) -> tuple[BudgetLimit, ...]:
        """Return the experiment's own budget for this month: what earlier months have left of it."""
        if self._budget is None:
            return ()
        now = datetime.now(UTC).astimezone()
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        answers = self._journal.answers.values()
        earlier = sum(answer.cost or 0 for answer in answers if answer.at < month)
        amount = max(0, self._budget - earlier)
        return (BudgetLimit(Period.MONTH, amount, hard=True, source=Source.EXPERIMENT, project=self._run),)

    def _wait(self, tier_id: str) -> float | None:
        """Return the seconds until a tier may be asked again; ``None`` when waiting does not help."""
        quote = self._broker.snapshot.quotes.get(tier_id)
        if quote is None:
            return None
        until = quote.availability.retry_at
        if until is not None:
            return max(_SHORTEST_WAIT, (until - datetime.now(UTC)).total_seconds())
        return _SHORTEST_WAIT if quote.availability.state.usable else None


def _asking(call: Call, request_id: str) -> Asking:
    return Asking(
        key=call.key,
        request=request_id,
        prompt=call.prompt_id,
        tier=call.quote.tier.id,
        model=model_of(call.quote),
        purpose=call.purpose,
    )


def _answer(asking: Asking, exchange: Exchange) -> Answer:
    entry = exchange.entry
    failed = not entry.status.has_answer
    return Answer(
        key=asking.key,
        request=asking.request,
        prompt=asking.prompt,
        tier=asking.tier,
        model=entry.model or asking.model,
        purpose=Purpose(asking.purpose),
        text=exchange.answer or "",
        at=datetime.now(UTC),
        cost=entry.cost,
        certainty=entry.certainty,
        cut_off=entry.status is RequestStatus.CUT_OFF,
        fault=(exchange.attempts[-1].fault or "") if failed and exchange.attempts else "",
        input_tokens=entry.input_tokens,
        cached_tokens=entry.cached_tokens,
        output_tokens=entry.output_tokens,
        reasoning_tokens=entry.reasoning_tokens,
        latency_ms=entry.latency_ms,
    )
