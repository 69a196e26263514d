"""Why a connection failed, told apart as far as the next step depends on it."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum

from compute_broker.core.errors import Fault, ProviderError


class Trouble(StrEnum):
    """What stood in the way of an answer."""

    NAME_UNKNOWN = "name_unknown"
    REFUSED = "refused"
    NO_WAY = "no_way"
    SILENT = "silent"
    SELF_SIGNED = "self_signed"
    UNKNOWN_ISSUER = "unknown_issuer"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_NAME = "wrong_name"
    UNTRUSTED = "untrusted"
    NOT_ENCRYPTED = "not_encrypted"
    BROKEN = "broken"
    OTHER = "other"


CERTIFICATE = frozenset(
    {
        Trouble.SELF_SIGNED,
        Trouble.UNKNOWN_ISSUER,
        Trouble.EXPIRED,
        Trouble.NOT_YET_VALID,
        Trouble.WRONG_NAME,
        Trouble.UNTRUSTED,
    }
)
"""What is wrong with a certificate, and so a sign that the other side does speak TLS."""

_VERIFY_CODES = {
    9: Trouble.NOT_YET_VALID,
    10: Trouble.EXPIRED,
    18: Trouble.SELF_SIGNED,
    19: Trouble.SELF_SIGNED,
    20: Trouble.UNKNOWN_ISSUER,
    21: Trouble.UNKNOWN_ISSUER,
    62: Trouble.WRONG_NAME,
    64: Trouble.WRONG_NAME,
}
"""OpenSSL's ``X509_V_ERR_*``."""

_ERRNOS = {
    errno.ECONNREFUSED: Trouble.REFUSED,
    errno.ECONNRESET: Trouble.BROKEN,
    errno.EHOSTUNREACH: Trouble.NO_WAY,
    errno.ENETUNREACH: Trouble.NO_WAY,
    errno.ETIMEDOUT: Trouble.SILENT,
}


def trouble_of(error: ProviderError) -> Trouble:
    """Return what stood in the way, from what lies under ``error``."""
    for below in _chain(error):
        if isinstance(below, ssl.SSLCertVerificationError):
            return _VERIFY_CODES.get(below.verify_code, Trouble.UNTRUSTED)
        if isinstance(below, ssl.SSLError):
            return Trouble.NOT_ENCRYPTED if _speaks_plainly(below) else Trouble.BROKEN
        if isinstance(below, socket.gaierror):
            return Trouble.NAME_UNKNOWN
        if isinstance(below, OSError) and below.errno in _ERRNOS:
            return _ERRNOS[below.errno]
    if error.fault is Fault.CUT_OFF:
        return Trouble.BROKEN
    silent = error.fault is Fault.TIMED_OUT or any(map(_took_too_long, _chain(error)))
    return Trouble.SILENT if silent else Trouble.OTHER


def _took_too_long(error: BaseException) -> bool:
    """Whether nobody answered the attempt to connect."""
    import httpx2  # noqa: PLC0415 - an error of its own means that it is loaded already

    return isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout)


def _speaks_plainly(error: ssl.SSLError) -> bool:
    """Whether the other side answered a TLS greeting in clear text."""
    return error.reason in {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and what lies under it, each once."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        below = [current.__cause__, current.__context__]
        inner = current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        waiting += [each for each in (*inner, *below) if each is not None]
