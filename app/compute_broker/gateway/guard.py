"""Who is let in: programs on this machine that have the token, and nobody whom a web page sent.

A page on the web may make a browser send requests to this machine, under a name of its own that leads here
(DNS rebinding, CVE-2024-28224) or with an Origin of its own (CVE-2025-57755). Each is refused before anything
is read.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from compute_broker.core.texts import tr
from compute_broker.gateway.wanted import (
    FORBIDDEN,
    TOO_LARGE,
    UNAUTHORISED,
    WRONG_TYPE,
    RefusalError,
)

MOST_BYTES = 32_000_000
"""The largest body of a request: what Anthropic takes (its API overview)."""

OWN_AGENT = "compute-broker"
"""How this program's own requests to tiers call themselves."""

_NAMES = ("127.0.0.1", "localhost")


def check_caller(headers: Headers, port: int, token: str) -> None:
    """Refuse whoever must not be answered.

    Raises:
        RefusalError: a foreign Host or Origin, no token or a wrong one, or this program itself.
    """
    if headers.getlist("host") not in [[f"{name}:{port}"] for name in _NAMES]:
        raise RefusalError(
            FORBIDDEN, tr("This gateway is called http://127.0.0.1:{port} and nothing else.", port=port)
        )
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).hostname not in _NAMES:
        raise RefusalError(FORBIDDEN, tr("Web pages are not answered."))
    if not _is_token(_given(headers), token):
        raise RefusalError(
            UNAUTHORISED,
            tr("The token is missing or wrong: copy it from Settings, Programs, and give it as the API key."),
        )
    if headers.get("user-agent") == OWN_AGENT:
        raise RefusalError(
            FORBIDDEN, tr("This is Compute Broker's own gateway: it cannot be a tier of itself.")
        )


async def body_of(request: Request) -> bytes:
    """Return what was sent.

    Raises:
        RefusalError: it does not call itself JSON, or it is too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusalError(WRONG_TYPE, tr("Send the request as application/json."))
    too_large = RefusalError(
        TOO_LARGE, tr("The request is too large; at most {most} MB.", most=MOST_BYTES // 1_000_000)
    )
    told = request.headers.get("content-length", "0")
    if told.isascii() and told.isdigit() and int(told) > MOST_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise too_large
    return bytes(body)


def _given(headers: Headers) -> str:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def _is_token(given: str, token: str) -> bool:
    return bool(token) and secrets.compare_digest(given.encode(), token.encode())
