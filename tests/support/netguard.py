"""Nothing but loopback in tests: the guard refuses the rest, and tells on who tried.

Names and addresses that documents reserve for examples (RFC 2606, 5737, 3849) fail as an unplugged
cable would and are no offence: they are how a test says "unreachable".
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import Any, Self

import pytest

EXAMPLE_NETS = [
    ipaddress.ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
EXAMPLE_NAMES = (".invalid", ".example", ".test", "example.com", "example.net", "example.org")


class NetGuard:
    """Stands before ``connect``, ``sendto`` and ``getaddrinfo`` while the block runs."""

    def __init__(self) -> None:
        self.offences: list[str] = []
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Self:
        """Put the guard in place."""
        for name in ("connect", "connect_ex", "sendto"):
            self._patch.setattr(socket.socket, name, self._checked(getattr(socket.socket, name)))
        self._patch.setattr(socket, "getaddrinfo", self._resolver(socket.getaddrinfo))
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away again."""
        self._patch.undo()

    def verdict(self) -> None:
        """Fail the test that tried to reach a stranger."""
        if self.offences:
            pytest.fail("tried to leave the machine: " + ", ".join(self.offences), pytrace=False)

    def _checked(self, original: Any) -> Any:
        def guarded(sock: socket.socket, *args: Any) -> Any:
            if sock.family in {socket.AF_INET, socket.AF_INET6}:
                self._judge_address(str(args[-1][0]))
            return original(sock, *args)

        return guarded

    def _resolver(self, original: Any) -> Any:
        def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name and name != "localhost" and not _is_literal(name):
                if not name.endswith(EXAMPLE_NAMES):
                    self.offences.append(name)
                raise socket.gaierror(socket.EAI_NONAME, f"tests resolve no names: {name}")
            return original(host, *args, **kwargs)

        return guarded

    def _judge_address(self, host: str) -> None:
        if host in {"", "localhost"}:
            return
        address = ipaddress.ip_address(host.partition("%")[0])
        if address.is_loopback or address.is_unspecified:
            return
        if not any(address in net for net in EXAMPLE_NETS):
            self.offences.append(host)
        raise OSError(errno.ENETUNREACH, f"tests stay on loopback: {host}")


def _is_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
