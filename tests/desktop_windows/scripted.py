"""A scripted broker for the windows: the real policy and classifier, answers as the test says.

It stands in where a test needs a fault or a pace that no real tier can be asked for; the tests of the whole
way run on the real services.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from compute_broker.broker.events import (
    AskEvent,
    AskOptions,
    Attempt,
    Decided,
    Delta,
    Failed,
    Finished,
    Receipt,
    Spend,
)
from compute_broker.broker.policy import Rules, decide
from compute_broker.classify import default_classifier
from compute_broker.config.home import Home
from compute_broker.core.decision import MODES, Decision
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.quote import Availability, Quote, Snapshot, State
from compute_broker.core.tier import Effort, Place, ProviderKind, Tier
from compute_broker.core.usage import Certainty, FinishReason, Usage, estimate_tokens
from compute_broker.ledger.records import Signal
from compute_broker.market.abilities import ability_row

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TIERS = (
    (
        "builtin",
        "Built-in (tiny)",
        Place.PERSONAL,
        ProviderKind.BUILTIN,
        "SmolLM2-135M-Instruct",
        "0.01",
        "0.05",
    ),
    ("kimi", "Kimi K2.6", Place.DISTRIBUTED, ProviderKind.OPENROUTER, "moonshotai/kimi-k2.6", "0.55", "2.20"),
    ("haiku", "Claude Haiku 5.5", Place.CLOUD, ProviderKind.ANTHROPIC, "claude-haiku-5-5", "1", "5"),
    ("opus", "Claude Opus 5.5", Place.CLOUD, ProviderKind.ANTHROPIC, "claude-opus-5-5", "5", "25"),
)


LM_STUDIO = ("local", "LM Studio", Place.PERSONAL, ProviderKind.LMSTUDIO, "llama-3.1-8b", "0.02", "0.08")


def quote(row: tuple[Any, ...], state: State = State.READY) -> Quote:
    tier_id, label, place, provider, model, price_in, price_out = row
    tier = Tier(tier_id, label, place, provider, model, ability_row(model, Effort.DEFAULT))
    rates = TokenRates(nanos_from_usd(price_in), nanos_from_usd(price_out))
    return Quote(tier, Availability(state, "answers", NOW), Price(rates, CostBasis.METERED, "list", NOW))


@dataclass
class Step:
    """What happens next in an answer: an event, or a gate that the test opens."""

    event: AskEvent | None = None
    gate: asyncio.Event | None = None


class NothingLeft:
    """The part of the ledger that knows of interrupted requests: there are none."""

    async def open_requests(self, limit: int = 50) -> list[Any]:
        return []


@dataclass
class ScriptedBroker:
    ledger: NothingLeft = field(default_factory=NothingLeft)
    snapshot: Snapshot = field(default_factory=lambda: Snapshot({row[0]: quote(row) for row in TIERS}, NOW))
    spend: Spend = field(default_factory=Spend)
    draft: str = ""
    rows: list[Any] = field(default_factory=list)
    scripts: list[list[Step | str | Callable[[Decision], AskEvent]]] = field(default_factory=list)
    asked: list[tuple[str, AskOptions]] = field(default_factory=list)
    signals: list[tuple[str, Signal]] = field(default_factory=list)
    rated: list[tuple[str, int | None]] = field(default_factory=list)
    warmed: list[ProviderKind] = field(default_factory=list)
    closed: int = 0
    previews: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def become(self, snapshot: Snapshot) -> None:
        """Let the world be another, and tell who listens."""
        self.snapshot = snapshot
        for listener in list(self.listeners):
            listener()

    def preview(self, prompt: str, options: AskOptions | None = None) -> Decision:
        self.previews += 1
        options = options or AskOptions()
        task = default_classifier().classify(prompt, private=options.private, history_tokens=0)
        mode = options.mode or MODES["balanced"]
        rules = Rules(mode, "opus", tier_id=options.tier_id, better_than=options.better_than)
        return decide(task, self.snapshot, rules)

    async def ask(self, prompt: str, options: AskOptions | None = None) -> AsyncGenerator[AskEvent, None]:
        options = options or AskOptions()
        self.asked.append((prompt, options))
        request_id = f"r{len(self.asked)}"
        decision = self.preview(prompt, options)
        script = self.scripts.pop(0) if self.scripts else ["An answer."]
        text = ""
        try:
            yield Decided(request_id, decision)
            if decision.quote is None:
                yield Failed(request_id, decision.reason)
                return
            yield Attempt(decision.quote)
            for step in script:
                await asyncio.sleep(0)
                if isinstance(step, str):
                    text += step
                    yield Delta(step)
                elif callable(step):
                    event = step(decision)
                    yield event
                    if isinstance(event, Failed):
                        return
                elif step.gate is not None:
                    await step.gate.wait()
                elif step.event is not None:
                    yield step.event
            yield Finished(receipt(request_id, text, decision, prompt))
        finally:
            self.closed += 1

    async def warm_up(self, quote: Quote) -> None:
        self.warmed.append(quote.tier.provider)

    def look_through(self, text: str) -> None:
        """There are no privacy rules here."""

    async def save_draft(self, text: str) -> None:
        self.draft = text

    async def load_draft(self) -> str:
        return self.draft

    async def history(self, limit: int = 50, before: str | None = None, wanted: Any = None) -> list[Any]:
        return self.rows[:limit]

    async def note_signal(self, request_id: str, signal: Signal) -> None:
        self.signals.append((request_id, signal))

    async def rate(self, request_id: str, rating: int | None) -> None:
        self.rated.append((request_id, rating))


def receipt(request_id: str, text: str, decision: Decision, prompt: str) -> Receipt:
    assert decision.quote is not None
    assert decision.quote.price is not None
    usage = Usage(estimate_tokens(prompt), estimate_tokens(text))
    cost = decision.quote.price.cost(usage)
    base = decision.baseline.price.cost(usage) if decision.baseline and decision.baseline.price else None
    return Receipt(
        request_id=request_id,
        answer=text,
        quote=decision.quote,
        model=decision.quote.tier.model,
        usage=usage,
        finish=FinishReason.STOP,
        cost=cost,
        certainty=Certainty.EXACT,
        basis=CostBasis.METERED,
        baseline_label=decision.baseline.tier.label if decision.baseline else None,
        baseline_cost=base,
        saved=None if base is None else base - cost,
        latency_ms=1234,
        decision=decision,
    )


def scripted_services(broker: ScriptedBroker) -> Any:
    """The parts of the services that the quick ask window touches."""
    desktop = SimpleNamespace(hide_on_blur=False, ticker=True, theme="light", hotkey="Ctrl+Alt+Space")
    current = SimpleNamespace(
        mode="balanced", baseline="opus", desktop=desktop, privacy=SimpleNamespace(words=[], presets=[])
    )
    settings = SimpleNamespace(current=current, problem=None, subscribe=lambda _listener: lambda: None)
    return SimpleNamespace(broker=broker, settings=settings, home=Home.find())
