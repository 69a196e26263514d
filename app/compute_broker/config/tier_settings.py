"""The settings of one tier: a ``[[tiers]]`` block of the file."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from compute_broker.config.plan_settings import PlanSettings
from compute_broker.config.price_settings import HostSettings
from compute_broker.config.section import MOST_USD, Section, in_range
from compute_broker.core.task import Category
from compute_broker.core.texts import tr
from compute_broker.core.tier import Effort, Place, ProviderKind, is_loopback_url
from compute_broker.net.address import AddressError, is_own_server, split_url

MOST_WATTS = 10_000
LEAST_CONTEXT, MOST_CONTEXT = 256, 100_000_000
MOST_OUTPUT, USUAL_OUTPUT = 1_000_000, 4096
LEAST_ABILITY, MOST_ABILITY = -6, 10
"""Logits, where 0 is Llama 3.1 8B."""

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


def _check_ability(category: Category, given: float | str) -> None:
    if isinstance(given, str):
        if not re.fullmatch(r"like \S.{0,198}", given):
            raise ValueError(
                tr('ability.{category}: write a figure, or "like MODEL"', category=category.value)
            )
    elif not LEAST_ABILITY <= given <= MOST_ABILITY:
        raise ValueError(
            tr(
                "ability.{category}: {given} lies outside {least_ability} to {most_ability}",
                category=category.value,
                given=f"{given:g}",
                least_ability=LEAST_ABILITY,
                most_ability=MOST_ABILITY,
            )
        )


def _check_spot(spot: str) -> None:
    """Refuse what is neither a web address nor a whole path; the reader looks again, at the tier's place."""
    if "://" in spot:
        try:
            split_url(spot.strip())
        except AddressError as error:
            raise ValueError(f"spot: {error}") from None
    elif spot and not Path(spot).expanduser().is_absolute():
        raise ValueError(
            tr("spot: {spot} is no whole path; write it from the root, or from ~", spot=f"{spot!r}")
        )


class TierSettings(Section, frozen=True, kw_only=True):
    """One ``[[tiers]]`` block.

    ``model`` ``*`` takes whatever the server has loaded; ``key`` names a keyring entry, never a key;
    ``ability`` corrects the table for this tier, by category: a figure in logits, or ``like MODEL``;
    ``price_in`` and ``price_out`` are the person's own, in USD per million tokens; ``watts`` is the draw
    above idle of a local tier while it answers; ``spot`` is the address or file of a feed of its moving price
    (docs/spot-feed.md); ``hosts`` says which hosts of OpenRouter may answer.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
    provider: ProviderKind
    label: Annotated[str, Meta(max_length=60)] = ""
    model: Annotated[str, Meta(min_length=1, max_length=200)] = "*"
    place: Place | None = None
    base_url: Annotated[str, Meta(max_length=500)] = ""
    key: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    effort: Effort = Effort.DEFAULT
    enabled: bool = True
    price_in: Decimal | None = None
    price_out: Decimal | None = None
    watts: Decimal | None = None
    spot: Annotated[str, Meta(max_length=500)] = ""
    hosts: HostSettings = msgspec.field(default_factory=HostSettings)
    plan: PlanSettings | None = None
    ability: dict[Category, float | str] | None = None
    context_tokens: Annotated[int, Meta(ge=LEAST_CONTEXT, le=MOST_CONTEXT)] | None = None
    max_output_tokens: Annotated[int, Meta(ge=1, le=MOST_OUTPUT)] = USUAL_OUTPUT

    def __post_init__(self) -> None:
        """Refuse figures and addresses that mean nothing; the text begins with the setting's name."""
        in_range("price_in", self.price_in, MOST_USD)
        in_range("price_out", self.price_out, MOST_USD)
        in_range("watts", self.watts, MOST_WATTS)
        for category, given in (self.ability or {}).items():
            _check_ability(category, given)
        if self.base_url:
            try:
                split_url(self.base_url.strip())
            except AddressError as error:
                raise ValueError(f"base_url: {error}") from None
        _check_spot(self.spot)
        if self.hosts != HostSettings() and self.provider is not ProviderKind.OPENROUTER:
            raise ValueError(tr("hosts: only a tier at OpenRouter has hosts to choose from; take it out"))
        if (self.price_in is None) != (self.price_out is None):
            raise ValueError(tr("give both price_in and price_out, or neither"))

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
        if self.provider is ProviderKind.BUILTIN or is_loopback_url(self.address):
            return Place.PERSONAL
        if is_own_server(self.address):
            return Place.OFFICE
        hosted = {ProviderKind.ANTHROPIC, ProviderKind.OPENROUTER, ProviderKind.OPENAI}
        return Place.CLOUD if self.provider in hosted else Place.OFFICE
