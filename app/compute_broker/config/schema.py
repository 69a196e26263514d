"""The settings, each declared once: type, default, description."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from compute_broker.core.decision import Mode, parse_mode
from compute_broker.core.tier import Effort, Place, ProviderKind

Usd = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]

DEFAULT_URLS = {
    ProviderKind.BUILTIN: "",
    ProviderKind.ANTHROPIC: "https://api.anthropic.com",
    ProviderKind.OPENROUTER: "https://openrouter.ai/api/v1",
    ProviderKind.LMSTUDIO: "http://127.0.0.1:1234",
    ProviderKind.OLLAMA: "http://127.0.0.1:11434",
    ProviderKind.LLAMA_SERVER: "http://127.0.0.1:8080",
    ProviderKind.VLLM: "http://127.0.0.1:8000",
    ProviderKind.OPENAI: "https://api.openai.com/v1",
}
"""Where each provider listens unless the person says otherwise (facts: local-servers, lmstudio)."""

DEFAULT_KEYS = {
    ProviderKind.ANTHROPIC: "anthropic",
    ProviderKind.OPENROUTER: "openrouter",
    ProviderKind.OPENAI: "openai",
}
"""Keyring entries used by the hosted providers; local servers need none unless one is named."""


class Section(BaseModel):
    """A part of the file: unknown names are refused, so that a typing slip is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TierSettings(Section):
    """One ``[[tiers]]`` block."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$", description="short name, used everywhere")
    label: str = Field(default="", max_length=60, description="what the menu shows")
    provider: ProviderKind = Field(description="the wire protocol")
    model: str = Field(default="*", max_length=200, description="model id; * takes what is loaded")
    place: Place | None = Field(default=None, description="where it stands; guessed when left out")
    base_url: str = Field(default="", max_length=500, description="address, when not the usual one")
    key: str | None = Field(default=None, max_length=80, description="keyring entry of its key")
    effort: Effort = Field(default=Effort.DEFAULT, description="how much it thinks first")
    enabled: bool = Field(default=True, description="the switch in the menu")
    price_in: Usd | None = Field(default=None, description="your own price, USD per million tokens in")
    price_out: Usd | None = Field(default=None, description="the same for tokens out")
    watts: Annotated[Decimal, Field(gt=0, le=10_000)] | None = Field(
        default=None, description="draw above idle while it answers, for a local tier"
    )
    context_tokens: int | None = Field(default=None, ge=256, le=100_000_000)
    max_output_tokens: int = Field(default=4096, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _prices_come_in_pairs(self) -> TierSettings:
        if (self.price_in is None) != (self.price_out is None):
            raise ValueError("give both price_in and price_out, or neither")
        return self

    @property
    def address(self) -> str:
        """The base URL in use."""
        return self.base_url or DEFAULT_URLS[self.provider]

    @property
    def key_name(self) -> str | None:
        """The keyring entry of its key; ``None`` when it needs none.

        A hosted protocol spoken by a server of the person's own needs a key only when one is named.
        """
        if self.key or self.base_url:
            return self.key
        return DEFAULT_KEYS.get(self.provider)

    @property
    def where(self) -> Place:
        """The place, guessed from the provider and the address when not given."""
        if self.place is not None:
            return self.place
        from compute_broker.core.tier import is_loopback_url  # noqa: PLC0415 - keeps the schema light

        if self.provider is ProviderKind.BUILTIN or is_loopback_url(self.address):
            return Place.PERSONAL
        hosted = {ProviderKind.ANTHROPIC, ProviderKind.OPENROUTER, ProviderKind.OPENAI}
        return Place.CLOUD if self.provider in hosted else Place.OFFICE


class BudgetSettings(Section):
    """A budget for one period. No amount: no budget."""

    amount: Usd | None = Field(default=None, description="USD per period")
    hard: bool = Field(default=False, description="true stops, false warns")


class Budgets(Section):
    """Budgets by local day, week from Monday, and month."""

    daily: BudgetSettings = BudgetSettings()
    weekly: BudgetSettings = BudgetSettings()
    monthly: BudgetSettings = BudgetSettings()


class Electricity(Section):
    """What a local tier costs."""

    usd_per_kwh: Usd = Field(default=Decimal("0.30"), description="your tariff, USD per kWh")


class Desktop(Section):
    """How the program behaves on the desktop."""

    hotkey: str = Field(default="Ctrl+Alt+Space", max_length=60)
    theme: Literal["system", "light", "dark"] = "system"
    hide_on_blur: bool = False


class Settings(Section):
    """The whole file."""

    mode: str = Field(default="balanced", description="thrifty, balanced, best, or a number up to 1")
    baseline: str = Field(default="opus", description="the tier that would be used without a broker")
    budget: Budgets = Budgets()
    electricity: Electricity = Electricity()
    desktop: Desktop = Desktop()
    tiers: list[TierSettings] = Field(default_factory=list)

    @field_validator("mode", mode="before")
    @classmethod
    def _mode_means_something(cls, value: object) -> object:
        text = str(value)
        parse_mode(text)
        return text

    @model_validator(mode="after")
    def _tier_ids_differ(self) -> Settings:
        seen: set[str] = set()
        for tier in self.tiers:
            if tier.id in seen:
                raise ValueError(f"two tiers are called {tier.id!r}; give one of them another id")
            seen.add(tier.id)
        return self

    @property
    def quality(self) -> Mode:
        """The mode as a quality floor."""
        return parse_mode(self.mode)

    def tier(self, tier_id: str) -> TierSettings | None:
        """Return the tier of that id, or ``None``."""
        return next((tier for tier in self.tiers if tier.id == tier_id), None)
