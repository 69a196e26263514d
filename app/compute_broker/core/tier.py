"""A tier: one model at one provider at one effort, and where it stands."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from compute_broker.core.ability import Ability, AbilityRow
from compute_broker.core.hosts import ANY_HOST, HostPreferences
from compute_broker.core.task import Category


class Place(StrEnum):
    """Where on the compute spectrum a tier stands, nearest first."""

    PERSONAL = "personal"
    OFFICE = "office"
    EDGE = "edge"
    DISTRIBUTED = "distributed"
    CLOUD = "cloud"


class ProviderKind(StrEnum):
    """The wire protocols we speak."""

    BUILTIN = "builtin"
    ANTHROPIC = "anthropic"
    OPENROUTER = "openrouter"
    LMSTUDIO = "lmstudio"
    OLLAMA = "ollama"
    LLAMA_SERVER = "llama-server"
    VLLM = "vllm"
    OPENAI = "openai"


HOSTED = frozenset({ProviderKind.ANTHROPIC, ProviderKind.OPENROUTER})
"""Providers of one address and named models: never on the person's machine, whatever stands in for them."""


class Effort(StrEnum):
    """How much a model thinks first: as different as two models (facts, abilities)."""

    DEFAULT = "default"
    OFF = "off"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


ANY_MODEL = "*"
"""A tier whose model is whatever the server has loaded."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One place a prompt can run.

    ``key_name`` names the keyring entry of its key (``None``: needs none). ``max_output_tokens`` caps
    an answer and with it the reservation; it is never 0. ``context_tokens`` is ``None`` when not known.
    """

    id: str
    label: str
    place: Place
    provider: ProviderKind
    model: str
    abilities: AbilityRow
    base_url: str = ""
    key_name: str | None = None
    effort: Effort = Effort.DEFAULT
    enabled: bool = True
    max_output_tokens: int = 4096
    context_tokens: int | None = None
    corrections: Mapping[Category, Ability] = field(default_factory=dict)
    """Abilities as the person gave them, whatever the model."""
    hosts: HostPreferences = ANY_HOST
    """Which of the hosts behind a router may answer."""

    def __post_init__(self) -> None:
        """Refuse a tier that could reserve nothing."""
        if self.max_output_tokens < 1:
            msg = f"tier {self.id}: max_output_tokens must be at least 1"
            raise ValueError(msg)

    @property
    def origin(self) -> str:
        """Host and port of its address, the same for all tiers of a server; empty for the built-in model."""
        return urlsplit(self.base_url).netloc.casefold()

    @property
    def on_this_machine(self) -> bool:
        """Whether a prompt sent here stays on this machine: the only tiers a private prompt may use.

        A loopback address is necessary but not sufficient: Ollama's cloud models and an address
        that merely stands in for a hosted provider leave the machine all the same.
        """
        if self.provider is ProviderKind.BUILTIN:
            return True
        if self.provider in HOSTED:
            return False
        if self.place is not Place.PERSONAL or runs_in_cloud(self.model):
            return False
        return is_loopback_url(self.base_url)


def runs_in_cloud(model: str) -> bool:
    """Whether ``model`` is by its name one that an Ollama on this machine runs in Ollama's cloud.

    Ollama names them by their tag, ``glm-4.6:cloud`` and ``gpt-oss:120b-cloud``, in any case. A name
    says nothing of a model that was copied to another name: for that the server itself must be asked.
    """
    return model.strip().casefold().endswith((":cloud", "-cloud"))


def is_loopback_url(url: str) -> bool:
    """Return whether the host of ``url`` is this machine, by literal address or ``localhost``."""
    try:
        host = urlsplit(url).hostname
        if host is None:
            return False
        if host == "localhost":
            return True
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
