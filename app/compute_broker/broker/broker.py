"""The broker: one prompt in, one answer out, each step crossed once and in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from compute_broker.broker.attempts import Attempts, Door, Meter, model_of
from compute_broker.broker.dispatch import Dispatch
from compute_broker.broker.events import AskEvent, AskOptions, Decided, Failed, Finished, Source, Spend
from compute_broker.broker.learning import Finding, Learned, learned_from
from compute_broker.broker.noting import note_of
from compute_broker.broker.policy import Rules, decide
from compute_broker.broker.reading import Classifying, Reader, Unread, may_read, worth_asking
from compute_broker.broker.spending import hard_budget_left, read_spend
from compute_broker.broker.trip import Order
from compute_broker.broker.unbroken import tidied
from compute_broker.classify.base import Classifier
from compute_broker.core.attachment import texts_of, with_texts
from compute_broker.core.decision import CrossCheck, Decision, Mode, Verdict
from compute_broker.core.errors import BrokerError
from compute_broker.core.listeners import Listeners
from compute_broker.core.plan import Plan
from compute_broker.core.private import PrivacyRules
from compute_broker.core.quote import Quote, Snapshot
from compute_broker.core.stream import Message, Role, sendable, user_turn
from compute_broker.core.task import Need, Task
from compute_broker.core.tier import ANY_MODEL
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.records import BudgetLimit, NewRequest, RequestStatus, Signal
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.ledger.views import HistoryEntry, HistoryFilter
from compute_broker.market.market import Market

_log = logging.getLogger(__name__)

DRAFT_WINDOW = "quick-ask"
_GO_ON = (
    "Go on exactly where that ends, in mid-sentence if need be. Repeat nothing of it; do not introduce it."
)
_REFRESH_SECONDS = 60.0


_NO_RULES = PrivacyRules()


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the settings say of choosing: read anew for each prompt."""

    mode: Mode
    baseline_id: str | None
    limits: Sequence[BudgetLimit]
    cross_check: Callable[[Mode], CrossCheck]
    most_seconds: float | None = None
    classifying: Classifying = Classifying.LEARNED
    classifier_tier: str = ""
    privacy: PrivacyRules = _NO_RULES
    plans: Mapping[str, Plan] = field(default_factory=dict)
    """The plans by which tiers are paid; what was used of them is read from the ledger."""


class Broker:
    """Knows the classifier, the market, the ledger and the door; nobody else knows all four."""

    def __init__(
        self,
        *,
        classifier: Classifier,
        market: Market,
        ledger: AsyncLedger,
        door: Door,
        preferences: Callable[[], Preferences],
        save_switch: Callable[[str, bool], None],
        meter: Callable[[], Meter] | None = None,
        catch_up: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Wire the parts; nothing is started. ``preferences`` is asked for each prompt.

        ``save_switch`` writes a tier's switch to the settings file; it may block. Without a ``meter`` the
        electricity of this machine is estimated. ``catch_up`` is awaited before each prompt: it brings
        what another program wrote into the settings, such as a budget.
        """
        self._catch_up = catch_up
        self._save_switch = save_switch
        self._classifier = classifier
        self._market = market
        self._ledger = ledger
        self._preferences = preferences
        attempts = Attempts(ledger, door, market, meter=meter)
        self._dispatch = Dispatch(ledger, attempts)
        self._reader = Reader(attempts)
        self._attempts = attempts
        self._spend = Spend()
        self._listeners = Listeners()
        self._tick: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._learned = Learned()
        self._learning = asyncio.Lock()
        self._unlearned = False
        market.learn(self._learned.applied)
        self._unsubscribe = market.subscribe(self._listeners.tell)

    # -- what every view reads ----------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """The one snapshot that icon, menu, preview and policy share."""
        return self._market.snapshot

    @property
    def spend(self) -> Spend:
        """Today, week and month as of the last settlement or the last minute."""
        return self._spend

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` on the loop when snapshot or spend changed; return the way to stop that."""
        return self._listeners.add(listener)

    # -- life ---------------------------------------------------------------------------------

    async def start(self) -> None:
        """Close what a killed program left open, read the sums, and keep them fresh."""
        found = await self._ledger.reconcile()
        if found.interrupted:
            _log.info("%d requests of an ended program were closed", len(found.interrupted))
        await self.refresh_spend()
        await self.learn()
        self._tick = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        """Stop the refresh; ledger, market and door are closed by who made them."""
        self._unsubscribe()
        tick, self._tick = self._tick, None
        if tick is not None:
            tick.cancel()
            await asyncio.wait({tick})

    async def refresh_spend(self) -> None:
        """Read the sums and what was used of plans again, and tell who listens when they changed."""
        preferences = self._preferences()
        self._market.set_plans(await self._ledger.plans(preferences.plans) if preferences.plans else {})
        spend = await read_spend(self._ledger, preferences.limits)
        if spend != self._spend:
            self._spend = spend
            self._listeners.tell()

    def findings(self) -> list[Finding]:
        """Return what was learned of the tiers there are, in the settings' order."""
        labels = {quote.tier.id: quote.tier.label for quote in self.snapshot}
        unseen = {
            quote.tier.id: quote.tier.abilities for quote in self.snapshot if model_of(quote) == ANY_MODEL
        }
        order = list(labels)
        return sorted(self._learned.findings(labels, unseen), key=lambda each: order.index(each.tier_id))

    async def learn(self) -> None:
        """Read what answers taught of their tiers, and apply it to what they are expected to do."""
        async with self._learning:  # or an older reading could come last
            self._unlearned = False
            lessons, lengths = await self._ledger.lessons(), await self._ledger.lengths()
            today, before = datetime.now(UTC).date(), self._learned
            self._learned = await asyncio.to_thread(
                lambda: learned_from(lessons, lengths, today).prepared(before)
            )
            self._market.learn(self._learned.applied)

    def plan_of(self, tier_id: str) -> Plan | None:
        """Return the plan by which a tier is paid; ``None`` when it is not."""
        return self._preferences().plans.get(tier_id)

    def settings_changed(self) -> None:
        """Have the sums read again soon: budgets may be others now."""
        self._wake.set()

    # -- one prompt ---------------------------------------------------------------------------

    def preview(self, prompt: str, options: AskOptions | None = None) -> Decision:
        """Return what would be done with ``prompt`` now, without doing or recording anything."""
        options = options or AskOptions()
        return self._decide(self._classify(prompt, options), options)

    def look_through(self, text: str) -> None:
        """Apply the privacy rules to a long text ahead of its first preview; may be called in any thread."""
        self._preferences().privacy.rule_for(text)

    async def ask(self, prompt: str, options: AskOptions | None = None) -> AsyncGenerator[AskEvent, None]:
        """Answer ``prompt``: yield ``Decided``, then what happens, then ``Finished`` or ``Failed``.

        Nothing a provider, the ledger or a budget does raises out of here. Closing the generator early
        is the person's Stop: what was used is settled. Before the end is told, :attr:`spend` has it. A name
        of no tier is a slip of the caller's: it fails at once, and is not recorded.
        """
        options = options or AskOptions()
        request_id = new_request_id()
        if options.tier_id is not None and options.tier_id not in self.snapshot.quotes:
            yield Failed(request_id, self.preview(prompt, options).reason)
            return
        try:
            async with aclosing(self._ask(request_id, prompt, options)) as events:
                async for event in events:
                    if isinstance(event, Finished | Failed):
                        self._unlearned = True
                        await self._try_refresh()
                    yield event
        except BrokerError as error:
            _log.warning("request %s failed: %s", request_id, type(error).__name__)
            yield Failed(request_id, str(error))
        except (GeneratorExit, asyncio.CancelledError):
            self._unlearned = True
            await tidied(self._try_refresh())
            raise

    async def _ask(self, request_id: str, prompt: str, options: AskOptions) -> AsyncGenerator[AskEvent, None]:
        try:
            decision = await self._begin(request_id, prompt, options)
            yield Decided(request_id, decision)
        except (GeneratorExit, asyncio.CancelledError):
            await tidied(self._withdraw(request_id))
            raise
        if decision.plan is None:
            await self._ledger.finish(request_id, RequestStatus.FAILED, reason=decision.reason)
            short = any(row.verdict is Verdict.OVER_BUDGET for row in decision.considered)
            yield Failed(request_id, decision.reason, over_budget=short)
            return
        turns = (*options.history, user_turn(prompt, options.attached), *going_on(options.so_far))
        messages = tuple(replace(turn, text=sendable(turn.text)) for turn in turns)
        limits = (*self._preferences().limits, *options.limits)
        order = Order(request_id, decision, messages, options, limits)
        async with aclosing(self._dispatch.run(order)) as events:
            async for event in events:
                yield event

    async def _withdraw(self, request_id: str) -> None:
        """Close a request that was stopped before anything was sent; it may not have reached the ledger."""
        with suppress(LookupError):
            await self._ledger.finish(request_id, RequestStatus.CANCELLED)

    async def _begin(self, request_id: str, prompt: str, options: AskOptions) -> Decision:
        """Record the prompt and what is decided about it, with budgets and sums as they are now."""
        if self._catch_up is not None:
            await self._catch_up()
        await self._try_refresh()
        task = self._classify(prompt, options)
        stored = user_turn(prompt, options.attached).text
        request = NewRequest(
            request_id,
            options.source.value,
            stored,
            project=options.project,
            private=task.private,
            again_of=options.again_of,
            goes_on=bool(options.so_far),
        )
        await self._ledger.begin(request)
        decision = await self._read(request_id, stored, self._decide(task, options), options)
        await self._ledger.decide(request_id, note_of(decision, self._rules(options)))
        return decision

    async def _read(self, request_id: str, prompt: str, decision: Decision, options: AskOptions) -> Decision:
        """Have a model read the prompt too, where the settings say so; return the decision that follows."""
        preferences = self._preferences()
        quote = self.snapshot.quotes.get(preferences.classifier_tier)
        decided = options.tier_id is not None or bool(options.so_far)
        if preferences.classifying is Classifying.LEARNED or decided:
            return decision
        left = self._budget_left(options)
        if decision.plan is None or not may_read(decision, quote, prompt, left):
            return decision
        assert quote is not None  # noqa: S101 - may_read says so
        if preferences.classifying is Classifying.HYBRID and not worth_asking(
            decision, quote, prompt, lambda other: self._decide(other, options)
        ):
            return decision
        unread = Unread(request_id, prompt, options, preferences.limits, decision)
        return self._decide(await self._reader.read(unread, quote), options)

    async def set_enabled(self, tier_id: str, enabled: bool) -> None:  # noqa: FBT001 - the switch itself
        """Switch a tier: in the snapshot at once, then in the settings file.

        Raises:
            SettingsError: the file is bad or has no such tier; the switch holds for this session only.
        """
        self._market.set_enabled(tier_id, enabled)
        await asyncio.to_thread(self._save_switch, tier_id, enabled)

    def _classify(self, prompt: str, options: AskOptions) -> Task:
        said = (*options.history, *going_on(options.so_far))
        images = user_turn("", options.attached).images
        tokens = sum(turn.tokens for turn in said) + sum(image.tokens for image in images)
        parts = [part for each in options.attached for part in texts_of(each)]
        rule = self._preferences().privacy.rule_for(prompt, *parts, *(turn.text for turn in said))
        private = options.private or rule is not None
        asked = with_texts(prompt, options.attached)
        task = self._classifier.classify(asked, private=private, history_tokens=tokens)
        if not options.private and rule is not None:
            task = replace(task, private_rule=rule)
        count = len(images) + sum(len(turn.images) for turn in said)
        return replace(task, images=count, needs=task.needs | {Need.VISION}) if count else task

    def _decide(self, task: Task, options: AskOptions) -> Decision:
        return decide(task, self._market.snapshot, self._rules(options))

    def _rules(self, options: AskOptions) -> Rules:
        preferences = self._preferences()
        left = self._budget_left(options)
        mode = options.mode or preferences.mode
        return Rules(
            mode=mode,
            # An experiment asks every tier the same: nothing of it would have gone to the baseline.
            baseline_id=None if options.source is Source.EXPERIMENT else preferences.baseline_id,
            budget_left=left,
            tier_id=options.tier_id,
            better_than=options.better_than,
            # Two tiers that go on with one answer would not end alike.
            cross_check=CrossCheck.OFF if options.so_far else preferences.cross_check(mode),
            avoid=options.avoid,
            warm_tier=options.warm.tier_id if options.warm else None,
            warm_tokens=options.warm.tokens_at(datetime.now(UTC)) if options.warm else 0,
            most_seconds=preferences.most_seconds,
        )

    def _budget_left(self, options: AskOptions) -> int | None:
        """Return what the tightest hard budget leaves for such a request; ``None`` when none binds it."""
        if options.override_budget:
            return None
        return hard_budget_left(self._spend, options.source, options.project)

    # -- memory -------------------------------------------------------------------------------

    async def rate(self, request_id: str, rating: int | None) -> None:
        """Keep the person's word on an answer, and learn from it: 1 good, -1 bad, ``None`` taken back."""
        await self._ledger.rate(request_id, rating)
        await self.learn()

    async def note_signal(self, request_id: str, signal: Signal) -> None:
        """Keep what the person did with an answer, and learn from it."""
        await self._ledger.note_signal(request_id, signal)
        await self.learn()

    async def history(
        self, limit: int = 50, before: str | None = None, wanted: HistoryFilter | None = None
    ) -> list[HistoryEntry]:
        """Return a page of the requests that are ``wanted``, newest first, from before request ``before``."""
        return await self._ledger.search(limit, before, wanted)

    async def export(self, path: Path, wanted: HistoryFilter | None = None) -> int:
        """Write usage as CSV for the requests that are ``wanted``; return the number of rows."""
        return await self._ledger.export_csv(path, wanted)

    async def warm_up(self, quote: Quote) -> None:
        """Load what the first prompt to a tier would wait for on this side, for up to two seconds."""
        await self._attempts.warm_up(quote)

    async def save_draft(self, text: str) -> None:
        """Keep what is typed but not sent."""
        await self._ledger.save_draft(DRAFT_WINDOW, text)

    async def load_draft(self) -> str:
        """Return what was typed and not sent, also after a crash."""
        return await self._ledger.load_draft(DRAFT_WINDOW)

    @property
    def ledger(self) -> AsyncLedger:
        """The ledger, for views that sum and list."""
        return self._ledger

    async def _keep_fresh(self) -> None:
        """Read the sums each minute and when asked to: another program may have spent, and midnight comes."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_REFRESH_SECONDS):  # wait_for may swallow our end (3.11)
                    await self._wake.wait()
            self._wake.clear()
            try:
                before = self._spend
                await self._try_refresh()
                if self._spend is not before:  # our own answers were counted before: another program asked
                    self._market.recall(await self._ledger.paces())
                if self._unlearned:
                    await self.learn()
            except Exception:  # noqa: BLE001 - a loop that ends is worse than whatever this was
                _log.exception("reading the sums failed; the next round is tried all the same")

    async def _try_refresh(self) -> None:
        """Read the sums; when the ledger cannot, the last ones stay and the log says why."""
        try:
            await self._dispatch.catch_up()
            await self.refresh_spend()
        except BrokerError as error:
            _log.warning("the sums could not be read: %s", error)


def going_on(so_far: str) -> tuple[Message, ...]:
    """Return the turns that have a model go on with an answer that was cut off; none without one."""
    if not so_far:
        return ()
    return (Message(Role.ASSISTANT, so_far), Message(Role.USER, _GO_ON))
