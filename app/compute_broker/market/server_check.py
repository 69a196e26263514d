"""A server's address, tested: what answers there and what it offers, or what is wrong and what to do.

The kind of server is found out, not asked. Nothing is loaded and no prompt is sent; a key goes only to the
address it was given for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from compute_broker.core.errors import ProviderError
from compute_broker.core.texts import begun, tr
from compute_broker.core.tier import Place, ProviderKind, is_loopback_url
from compute_broker.market.availability.answers import UNAUTHORISED, dig
from compute_broker.market.discovery import USUAL_PORTS, Ask, Found, discover_at, identify
from compute_broker.market.server_words import NAMES, NO_MODEL, PORTS, TELL
from compute_broker.net.address import AddressError, check_base_url, is_own_server, with_path
from compute_broker.net.client import get_json, make_client
from compute_broker.net.destination import host_of
from compute_broker.net.diagnosis import CERTIFICATE, Trouble, trouble_of

if TYPE_CHECKING:
    import httpx2

ANSWER_SECONDS = 5.0
"""How long one question may take. A refused connection is known at once."""

_TITLE = re.compile(rb"<title[^>]*>\s*([^<]{1,60})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """What a test of an address found. ``sentence`` is for a person; ``good``: a tier could use it now."""

    sentence: str
    found: Found | None = None
    good: bool = False
    usable: bool = True
    """Whether the address itself is one that a tier may have; else nothing was asked there."""


async def check_server(
    address: str,
    key: str | None = None,
    place: Place | None = None,
    *,
    seconds: float = ANSWER_SECONDS,
    ports: Sequence[int] = USUAL_PORTS,
) -> Report:
    """Return what answers at ``address``. Never raises for what a server does or does not do.

    ``place`` decides whether plain http is allowed; without it, the address does. Where nobody answers at a
    machine of the person's own network, its usual ``ports`` are asked too.
    """
    try:
        url = check_base_url(*_with_scheme(address, place))
    except AddressError as error:
        return Report(_sentence(str(error)), usable=False)
    client = await asyncio.to_thread(make_client, connect_seconds=min(seconds, 3.0))
    try:
        return await _Check(client, url, key, seconds, ports).report()
    finally:
        await client.aclose()


def _with_scheme(address: str, place: Place | None) -> tuple[str, Place]:
    """Return the address with a scheme, and a place that it may be at."""
    text = address.strip()
    bare = bool(text) and "://" not in text
    own = is_own_server(f"http://{text}" if bare else text)
    if bare:
        text = f"{'http' if own else 'https'}://{text}"
    return text, place or (Place.OFFICE if own else Place.CLOUD)


class _Check:
    """One test of one address."""

    def __init__(
        self, client: httpx2.AsyncClient, url: str, key: str | None, seconds: float, ports: Sequence[int]
    ) -> None:
        self._client, self._url, self._seconds, self._ports = client, url, seconds, ports
        self._key = (key or "").strip()
        self._host = urlsplit(url).hostname or ""

    async def report(self) -> Report:
        try:
            found = await identify(self._asker(self._key), self._url)
            if found is None:
                return await self._stranger()
        except ProviderError as error:
            return await self._unreachable(error)
        return self._judged(found)

    def _asker(self, key: str) -> Ask:
        headers = {"authorization": f"Bearer {key}"} if key else None
        return partial(get_json, self._client, headers=headers, seconds=self._seconds)

    def _judged(self, found: Found) -> Report:
        who = NAMES[found.kind]
        if found.wants_key:
            return Report(self._about_key(who), found)
        if found.loading:
            return Report(
                tr("{who} answers, and is still loading its model: test again in a minute.", who=who), found
            )
        if not found.models:
            remedy = NO_MODEL.get(found.kind, tr("give it one"))
            return Report(tr("{who} answers, but has no model: {remedy}.", who=who, remedy=remedy), found)
        works = tr(", and the key works") if self._key else ""
        return Report(
            tr(
                "{who} answers with {models}{works}.{warning}",
                who=who,
                models=_models(found.models),
                works=works,
                warning=self._warning(),
            ),
            found,
            good=True,
        )

    def _about_key(self, who: str) -> str:
        if self._key:
            return tr(
                "{who} answers, but refuses this key: check it, or ask whoever runs the server for one.",
                who=who,
            )
        return tr("{who} answers, but wants a key: enter it and test again.", who=who)

    def _warning(self) -> str:
        if self._url.startswith("https://") or is_loopback_url(self._url):
            return ""
        return tr(" Prompts go there in clear text: anybody on that network can read them.")

    async def _stranger(self) -> Report:
        """Tell what answers that is none of the kinds, or one of them that will not list its models."""
        status, body = await self._asker(self._key)(f"{with_path(self._url, '/v1')}/models")
        if status in UNAUTHORISED and (dig(body, "error") is not None or dig(body, "detail") is not None):
            base = with_path(self._url, "/v1")
            found = Found(ProviderKind.OPENAI, base, (), tr("a server that wants a key"), wants_key=True)
            return Report(self._about_key(NAMES[found.kind]), found)
        if isinstance(dig(body, "data"), list):
            found = Found(
                ProviderKind.OPENAI, with_path(self._url, "/v1"), (), tr("a server without a model")
            )
            return self._judged(found)
        looks = await self._looks()
        if self._url.startswith("http://") and await self._speaks_tls():
            return self._use_tls()
        told = tr(
            "what answers at {host_of} is no model server but {looks}: check the port ({ports})",
            host_of=host_of(self._url),
            looks=looks,
            ports=PORTS,
        )
        return Report(_sentence(told) + await self._elsewhere())

    async def _looks(self) -> str:
        """Return what the stranger looks like: the title of its page, the name of its program."""
        import httpx2  # noqa: PLC0415 - a client is held, so it is loaded already

        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.get(self._url)
        except (TimeoutError, httpx2.HTTPError, ProviderError):
            return tr("something else")
        title = _TITLE.search(response.content[:65_536])
        program = _plain(response.headers.get("server", ""))
        by = f" ({program})" if program else ""
        if title:
            return tr(
                'a web page called "{plain}"{by}', plain=_plain(title[1].decode("utf-8", "replace")), by=by
            )
        kind = (
            tr("a web page") if "html" in response.headers.get("content-type", "") else tr("something else")
        )
        return f"{kind}{by}"

    async def _unreachable(self, error: ProviderError) -> Report:
        trouble = trouble_of(error)
        if trouble is Trouble.BROKEN and self._url.startswith("http://") and await self._speaks_tls():
            return self._use_tls()
        if trouble is Trouble.BROKEN and self._url.startswith("https://") and await self._speaks_plainly():
            trouble = Trouble.NOT_ENCRYPTED
        told = TELL.get(trouble, str(error))
        sentence = _sentence(told.format(host=self._host, port=self._port))
        return Report(sentence + (await self._elsewhere() if trouble is Trouble.REFUSED else ""))

    def _use_tls(self) -> Report:
        return Report(
            tr(
                "{host} expects encryption at port {port}: write https:// instead of http://.",
                host=self._host,
                port=self._port,
            )
        )

    async def _speaks_tls(self) -> bool:
        """Whether the server would shake hands over TLS, whatever its certificate is worth."""
        try:
            await self._asker("")(urlunsplit(("https", *urlsplit(self._url)[1:])))
        except ProviderError as error:
            return trouble_of(error) in CERTIFICATE
        return True

    async def _speaks_plainly(self) -> bool:
        """Whether the server would answer in clear text; it is asked for nothing in particular."""
        try:
            await self._asker("")(urlunsplit(("http", *urlsplit(self._url)[1:])))
        except ProviderError:
            return False
        return True

    async def _elsewhere(self) -> str:
        """Return which model server answers at another usual port of the same machine, if it is one's own."""
        if not is_own_server(self._url):
            return ""
        others = [port for port in self._ports if port != self._port]
        host = f"[{self._host}]" if ":" in self._host else self._host
        found = await discover_at([host], others)
        return "".join(
            tr(" {server} answers there at {address}.", server=NAMES[each.kind], address=each.base_url)
            for each in found[:1]
        )

    @property
    def _port(self) -> int:
        parts = urlsplit(self._url)
        return parts.port or (443 if parts.scheme == "https" else 80)


def _models(models: Sequence[str]) -> str:
    if len(models) == 1:
        return tr("one model, {models}", models=models[0])
    return tr("{count} models, {models} among them", count=len(models), models=models[0])


def _plain(text: str) -> str:
    """Return a stranger's word for itself on one line, short and without signs that mean something."""
    clean = "".join(sign if sign.isprintable() and sign not in '"<>' else " " for sign in text)
    return " ".join(clean.split())[:60]


def _sentence(text: str) -> str:
    end = "" if text.endswith(("?", ".")) else "."
    return f"{text if '://' in text.split(maxsplit=1)[0] else begun(text)}{end}"
