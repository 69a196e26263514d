"""Where a request really goes: judged by the address behind its host, right before connecting."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from compute_broker.core.errors import Fault, PersonError, ProviderError
from compute_broker.core.texts import tr
from compute_broker.core.tier import is_loopback_url
from compute_broker.net.address import Address, is_own_network, parse_host, refuse_address


class PrivacyError(PersonError):
    """A private request was about to leave this machine; nothing was sent."""


def host_of(url: str) -> str:
    """Return the host and port of ``url``, for a sentence."""
    return urlsplit(url).netloc.rpartition("@")[2]


async def judge_destination(url: str, *, loopback_only: bool) -> None:
    """Refuse a request by where its host really is: the last look before connecting.

    Raises:
        PrivacyError: ``loopback_only`` and the host is not this machine.
        AddressError: metadata and link-local addresses, also behind a name.
        ProviderError: UNREACHABLE, when the name cannot be resolved.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    if loopback_only and not is_loopback_url(url):
        raise PrivacyError(
            tr("this prompt is private, and {host} is not this machine: nothing was sent", host=host)
        )
    literal = parse_host(host, url)
    for address in [literal] if literal is not None else await _resolve(host):
        refuse_address(address, host)
        if loopback_only and not address.is_loopback:
            raise PrivacyError(
                tr(
                    "this prompt is private, and {host} leads to {address}: nothing was sent",
                    host=host,
                    address=address,
                )
            )
        if parts.scheme == "http" and not is_own_network(address):
            message = tr(
                "{host} is on the internet, where plain http can be read by others: use https://", host=host
            )
            raise ProviderError(Fault.UNREACHABLE, message)


async def _resolve(host: str) -> list[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        why = tr("its name is not known")
        raise ProviderError(
            Fault.UNREACHABLE, tr("no connection to {host}, {why}", host=host, why=why)
        ) from None
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
