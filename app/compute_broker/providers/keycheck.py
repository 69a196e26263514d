"""Can this key be sent, and does it work? The Test button asks for a free listing, never a paid answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.money import format_usd, nanos_from_usd
from compute_broker.core.texts import counted, tr
from compute_broker.core.tier import HOSTED, Place, ProviderKind
from compute_broker.net.address import AddressError, check_base_url
from compute_broker.net.client import get_json, open_client
from compute_broker.providers.anthropic_api import ANTHROPIC_VERSION
from compute_broker.providers.faults import provider_error, read_complaint
from compute_broker.providers.kinds import DIALECTS, openai_root, server_root

if TYPE_CHECKING:
    import httpx2


async def check_key(kind: ProviderKind, key: str | None, base_url: str, place: Place | None = None) -> str:
    """Return a sentence on what the server says to ``key``; without a key, on whether it answers.

    ``place`` decides whether plain http is allowed (``net.address``); by default hosted providers are in the
    cloud and all others on the person's own network.

    Raises:
        ProviderError: it cannot be reached, refuses the key, or is no such server.
    """
    hosted = kind in HOSTED
    try:
        url = check_base_url(base_url, place or (Place.CLOUD if hosted else Place.OFFICE))
    except AddressError as error:
        raise ProviderError(Fault.UNREACHABLE, str(error)) from None
    who = "Anthropic" if kind is ProviderKind.ANTHROPIC else DIALECTS[kind].name
    clean_key = usable_key(key, who) if key or hosted else None
    client = await open_client()
    try:
        return await _CHECKS.get(kind, _listing)(_Question(client, kind, who, url, clean_key))
    finally:
        await client.aclose()


def usable_key(key: str | None, who: str) -> str:
    """Return ``key`` without the white space that copying adds.

    Raises:
        ProviderError: KEY_REFUSED, when there is none, or it could not stand in a header. The text is ours:
            what a library says of a bad header shows the header.
    """
    text = (key or "").strip()
    if not text:
        raise ProviderError(Fault.KEY_REFUSED, tr("{who} has no key yet: enter it in Settings", who=who))
    if not (text.isascii() and text.isprintable()) or " " in text:
        message = tr(
            "the key of {who} contains characters that no key has: enter it again in Settings", who=who
        )
        raise ProviderError(Fault.KEY_REFUSED, message)
    return text


class _Question:
    def __init__(
        self, client: httpx2.AsyncClient, kind: ProviderKind, who: str, url: str, key: str | None
    ) -> None:
        self.kind, self.who, self.url, self.key = kind, who, url, key
        self._client = client

    async def get(self, url: str, **headers: str) -> Mapping[str, Any]:
        """Return the JSON object at ``url``, or raise what the server complains about."""
        if self.key is not None and not headers:
            headers = {"authorization": f"Bearer {self.key}"}
        status, body = await get_json(self._client, url, headers=headers)
        failed = isinstance(body, dict) and body.get("error")
        if status != 200 or failed:  # noqa: PLR2004 - HTTP's own numbers
            raise provider_error(self.who, read_complaint(status, {}, body), key=self.key)
        if not isinstance(body, dict):
            raise ProviderError(
                Fault.MALFORMED, tr("what answers at {url} is not {who}", url=self.url, who=self.who)
            )
        return body

    def rows(self, body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        """Return the list called ``name``; its absence means that this is another kind of server."""
        rows = body.get(name)
        if not isinstance(rows, list):
            raise ProviderError(
                Fault.MALFORMED, tr("what answers at {url} is not {who}", url=self.url, who=self.who)
            )
        return [row for row in rows if isinstance(row, dict)]


async def _anthropic(question: _Question) -> str:
    headers = {"x-api-key": question.key or "", "anthropic-version": ANTHROPIC_VERSION}
    url = f"{server_root(question.url)}/v1/models?limit=1000"
    found = question.rows(await question.get(url, **headers), "data")
    if any(row.get("type") != "model" for row in found):
        raise ProviderError(Fault.MALFORMED, tr("what answers at {url} is not Anthropic", url=question.url))
    return tr("The key works: Anthropic offers {models}.", models=_models(len(found)))


async def _openrouter(question: _Question) -> str:
    root = openai_root(question.kind, question.url)
    data = (await question.get(f"{root}/key")).get("data")
    if not isinstance(data, dict):
        raise ProviderError(Fault.MALFORMED, tr("what answers at {url} is not OpenRouter", url=question.url))
    left = _dollars(data.get("limit_remaining"))
    if left is None:
        return tr("The key works; it has no limit of its own beyond the account's balance.")
    return tr("The key works: {left} left of its limit.", left=left)


async def _lmstudio(question: _Question) -> str:
    root = server_root(question.url)
    try:
        rows = question.rows(await question.get(f"{root}/api/v1/models"), "models")
        loaded = [row for row in rows if row.get("loaded_instances")]
    except ProviderError as error:
        if error.fault is not Fault.NOT_FOUND:
            raise
        rows = question.rows(await question.get(f"{root}/api/v0/models"), "data")
        loaded = [row for row in rows if row.get("state") == "loaded"]
    return tr("LM Studio answers: {models}, {count} loaded.", models=_models(len(rows)), count=len(loaded))


async def _listing(question: _Question) -> str:
    url = f"{openai_root(question.kind, question.url)}/models"
    rows = question.rows(await question.get(url), "data")
    works = tr("The key works: ") if question.key is not None else ""
    return tr("{works}{who} answers with {models}.", works=works, who=question.who, models=_models(len(rows)))


_CHECKS: dict[ProviderKind, Callable[[_Question], Awaitable[str]]] = {
    ProviderKind.ANTHROPIC: _anthropic,
    ProviderKind.OPENROUTER: _openrouter,
    ProviderKind.LMSTUDIO: _lmstudio,
}


def _models(number: int) -> str:
    return counted("{count} model", "{count} models", number)


def _dollars(amount: Any) -> str | None:
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        return None
    try:
        return format_usd(nanos_from_usd(Decimal(str(amount))), places=2)
    except (ValueError, InvalidOperation):
        return None
