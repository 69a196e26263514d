"""The settings, each declared once: type, default, meaning."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from compute_broker.config.gateway_settings import GatewaySettings
from compute_broker.config.hours import spans
from compute_broker.config.local_rules import LocalRules
from compute_broker.config.power_settings import Electricity, HardwareCost
from compute_broker.config.price_settings import Prices
from compute_broker.config.section import MOST_USD, Section, in_range
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.decision import CrossCheck, Mode, parse_mode
from compute_broker.core.private import MOST_RULES, PrivacyRules
from compute_broker.core.texts import tr

MOST_PROJECT = 80
"""Signs of a project's name."""
MOST_SHARE, MOST_SHARES = 1000, 10
"""Per cent of a budget, and how many such shares may be told of."""


class BudgetSettings(Section, frozen=True, kw_only=True):
    """A budget for one period, in USD. No amount: no budget. ``hard`` stops, otherwise it warns."""

    amount: Decimal | None = None
    hard: bool = False

    def __post_init__(self) -> None:
        """Refuse an amount that means nothing."""
        in_range("amount", self.amount, MOST_USD)


class ScopedBudget(Section, frozen=True, kw_only=True):
    """A ``[[budget.only]]`` block: a budget for one source, one project, or one project from one source."""

    amount: Decimal
    period: Literal["day", "week", "month"] = "month"
    hard: bool = False
    source: Literal["quick_ask", "command_line", "gateway", "experiment"] | None = None
    project: Annotated[str, Meta(min_length=1, max_length=MOST_PROJECT)] | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that means nothing, and a budget for nothing in particular."""
        in_range("amount", self.amount, MOST_USD)
        if self.source is None and self.project is None:
            raise ValueError(
                tr("name a source or a project; budget.daily, weekly and monthly are for everything")
            )


class Budgets(Section, frozen=True, kw_only=True):
    """Budgets by local day, week from Monday, and month; ``only`` are those of one source or project."""

    daily: BudgetSettings = BudgetSettings()
    weekly: BudgetSettings = BudgetSettings()
    monthly: BudgetSettings = BudgetSettings()
    only: list[ScopedBudget] = msgspec.field(default_factory=list)


class CrossChecks(Section, frozen=True, kw_only=True):
    """When two cheap tiers check each other, by mode; a numeric mode goes with the next lower named one."""

    thrifty: CrossCheck = CrossCheck.AUTO
    balanced: CrossCheck = CrossCheck.AUTO
    best: CrossCheck = CrossCheck.AUTO

    def of(self, mode: Mode) -> CrossCheck:
        """Return what holds in ``mode``."""
        return CrossCheck(getattr(self, mode.kin))


class Desktop(Section, frozen=True, kw_only=True):
    """How the program behaves on the desktop.

    ``ticker``: each tier's cost stands under the input. ``language``: one there is a translation for.
    """

    hotkey: Annotated[str, Meta(max_length=60)] = "Ctrl+Alt+Space"
    theme: Literal["system", "light", "dark"] = "system"
    hide_on_blur: bool = False
    language: Annotated[str, Meta(pattern=r"^(system|[a-z]{2,3}(_[A-Z]{2})?)$")] = "system"
    ticker: bool = True
    figure: bool = True


class Notify(Section, frozen=True, kw_only=True):
    """What is told by a notification: shares of a budget in per cent, a tier that was used today going down.

    ``quiet`` are local hours in which nothing is told, such as ``22:00-07:00``.
    """

    budget: Annotated[list[Annotated[int, Meta(ge=1, le=MOST_SHARE)]], Meta(max_length=MOST_SHARES)] = (
        msgspec.field(default_factory=lambda: [50, 80, 100])
    )
    tier_down: bool = True
    quiet: str = ""

    def __post_init__(self) -> None:
        """Refuse hours that mean nothing."""
        self.quiet_hours  # noqa: B018 - it raises

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """From when to when nothing is told; past midnight when the second is the earlier one."""
        if not self.quiet.strip():
            return None
        found = spans("quiet", self.quiet)
        if len(found) != 1:
            raise ValueError(tr('quiet: one span of hours is meant; write "22:00-07:00"'))
        return found[0]


class Privacy(Section, frozen=True, kw_only=True):
    """By which words a prompt is private (``#`` a digit, ``*`` the rest of a word), and by which presets."""

    words: Annotated[list[str], Meta(max_length=MOST_RULES)] = msgspec.field(default_factory=list)
    presets: list[Literal["keys", "emails"]] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse words that would match nearly everything."""
        try:
            PrivacyRules(self.words)
        except ValueError as error:
            raise ValueError(f"words: {error}") from None


class Data(Section, frozen=True, kw_only=True):
    """How long prompts and answers are kept, in days. ``None``: until they are deleted by hand."""

    keep_prompts_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None


class Settings(Section, frozen=True, kw_only=True):
    """The whole file. ``baseline`` is the tier that would be used without a broker.

    ``classifier`` says who reads a prompt: the learned classifier, ``classifier_tier`` too, or that one only
    where it pays. ``most_seconds`` is how long an answer may take; a tier known to be slower is not chosen.
    """

    mode: str = "balanced"
    baseline: str = "opus"
    classifier: Literal["learned", "model", "hybrid"] = "learned"
    classifier_tier: str = "haiku"
    cross_check: CrossChecks = CrossChecks()
    most_seconds: Annotated[float, Meta(gt=0, le=3600)] | None = None
    budget: Budgets = msgspec.field(default_factory=Budgets)
    electricity: Electricity = msgspec.field(default_factory=Electricity)
    prices: Prices = Prices()
    hardware: HardwareCost = msgspec.field(default_factory=HardwareCost)
    local: LocalRules = LocalRules()
    desktop: Desktop = Desktop()
    notify: Notify = msgspec.field(default_factory=Notify)
    privacy: Privacy = msgspec.field(default_factory=Privacy)
    data: Data = Data()
    gateway: GatewaySettings = GatewaySettings()
    tiers: list[TierSettings] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a mode that means nothing, and two tiers of one name."""
        try:
            parse_mode(self.mode)
        except ValueError as error:
            raise ValueError(f"mode: {error}") from None
        seen: set[str] = set()
        for tier in self.tiers:
            if tier.id in seen:
                raise ValueError(
                    tr("two tiers are called {id}; give one of them another id", id=f"{tier.id!r}")
                )
            seen.add(tier.id)
        if self.classifier != "learned" and self.classifier_tier not in seen:
            known = ", ".join(sorted(seen)) or "none"
            raise ValueError(
                tr(
                    "classifier_tier: there is no tier {classifier_tier}; there are: {known}",
                    classifier_tier=f"{self.classifier_tier!r}",
                    known=known,
                )
            )

    @property
    def quality(self) -> Mode:
        """The mode as a quality floor."""
        return parse_mode(self.mode)

    def tier(self, tier_id: str) -> TierSettings | None:
        """Return the tier of that id, or ``None``."""
        return next((tier for tier in self.tiers if tier.id == tier_id), None)
