"""What all questions share: asking within a time, reading a stranger's JSON, and the usual verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
from compute_broker.core.tier import ANY_MODEL, Tier
from compute_broker.net.client import get_json, transport_fault
from compute_broker.net.destination import host_of

if TYPE_CHECKING:
    import httpx2

LOCAL_SECONDS = 1.5
REMOTE_SECONDS = 5.0
"""How long a question may take in all. A refused connection is known at once, a dead host after this."""

OK = 200
UNAUTHORISED = frozenset({401, 403})
RATE_LIMITED = 429

Answer = tuple[int, Any]


class Asker:
    """Asks one tier's server, with its key, within the time that its place deserves."""

    def __init__(self, tier: Tier, client: httpx2.AsyncClient, key: str | None) -> None:
        """Nothing is sent yet. Without a key no Authorization header is sent: LM Studio refuses dummies."""
        self.tier = tier
        self._client = client
        self.seconds = LOCAL_SECONDS if tier.on_this_machine else REMOTE_SECONDS
        self.headers = {"authorization": f"Bearer {key}"} if key else {}
        self.key = key or ""

    @property
    def root(self) -> str:
        """The server's address without the ``/v1`` that people like to give."""
        return self.tier.base_url.rstrip("/").removesuffix("/v1")

    async def json(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        """Return status and body of a GET, the body ``None`` when it is no JSON.

        Raises:
            ProviderError: the server cannot be reached, or not in time.
        """
        return await get_json(self._client, url, headers=headers or self.headers, seconds=self.seconds)

    async def text(self, url: str) -> str:
        """Return the text of a GET, empty when the server has none to give.

        Raises:
            ProviderError: the connection failed.
        """
        import httpx2  # noqa: PLC0415 - the caller holds a client, so it is loaded already

        try:
            async with asyncio.timeout(self.seconds):
                response = await self._client.get(url, headers=self.headers)
        except TimeoutError:
            return ""
        except httpx2.HTTPError as error:
            raise transport_fault(error, url) from error
        return response.text if response.status_code == OK else ""


def verdict(
    state: State, reason: str, *, model: str | None = None, context: Any = None, slots: Any = None
) -> Availability:
    """Return an availability as of now; a context or a number of slots that makes no sense is left out."""
    return Availability(
        state,
        reason,
        datetime.now(UTC),
        model=model,
        context_tokens=sensible(context),
        slots=sensible(slots),
    )


def sensible(count: Any) -> int | None:
    """Return ``count`` when it is a whole number above zero."""
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else None


def refusal(tier: Tier, status: int) -> Availability | None:
    """Return what a status other than 200 means, or ``None`` for 200."""
    if status == OK:
        return None
    if status in UNAUTHORISED:
        if tier.key_name:
            return verdict(
                State.NEEDS_KEY,
                tr(
                    "the key {key_name} was refused; enter another in Settings", key_name=f"{tier.key_name!r}"
                ),
            )
        return verdict(State.NEEDS_KEY, tr("the server wants a key: name one in the settings"))
    if status == RATE_LIMITED:
        return verdict(
            State.BUSY, tr("{host_of} asks to be asked less often", host_of=host_of(tier.base_url))
        )
    return verdict(
        State.DOWN,
        tr("{host_of} answered with status {status}", host_of=host_of(tier.base_url), status=status),
    )


def listed(tier: Tier, answer: Answer, ids: list[str]) -> Availability:
    """Return the state of a tier whose server named the models it has."""
    refused = refusal(tier, answer[0])
    if refused is not None:
        return refused
    if dig(answer[1], "data") is None and dig(answer[1], "models") is None:
        return stranger(tier, tr("a model server"))
    if not ids:
        return verdict(State.NO_MODEL, tr("the server is up, but has no model"))
    if tier.model == ANY_MODEL:
        return verdict(State.READY, tr("{ids} is there", ids=ids[0]), model=ids[0])
    if tier.model in ids:
        return verdict(State.READY, tr("the model is there"), model=tier.model)
    return verdict(
        State.NO_MODEL, tr("the server has no {model}; it has {it}", model=tier.model, it=", ".join(ids[:3]))
    )


def stranger(tier: Tier, expected: str) -> Availability:
    """Return the state of an address where something else answers."""
    return verdict(
        State.DOWN,
        tr(
            "{host_of} does not answer like {expected}; check the address and port",
            host_of=host_of(tier.base_url),
            expected=expected,
        ),
    )


def with_context(answer: Availability, context: Any) -> Availability:
    """Return ``answer`` with the context the server really has."""
    return replace(answer, context_tokens=sensible(context) or answer.context_tokens)


def rows(tree: Any, *path: str | int) -> list[Mapping[str, Any]]:
    """Return the objects in the list at ``path``; whatever is none is left out."""
    found = dig(tree, *path)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def names(items: list[Mapping[str, Any]], name: str = "id") -> list[str]:
    """Return the texts under ``name``, where there are any."""
    return [item[name] for item in items if isinstance(item.get(name), str)]


def dig(tree: Any, *path: str | int) -> Any:
    """Return what lies at ``path`` in a stranger's JSON, or ``None``."""
    for step in path:
        if isinstance(tree, Mapping) and isinstance(step, str):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree
