"""Which addresses a tier may have: web addresses only, no back doors, no clear text over foreign wires.

Used by settings before an address is stored, by the door before a prompt leaves, and, for what a name
resolves to, by the client right before it connects.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from compute_broker.core.errors import PersonError
from compute_broker.core.texts import tr
from compute_broker.core.tier import Place

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

OWN_NETWORK = frozenset({Place.PERSONAL, Place.OFFICE, Place.EDGE})
"""Places that a person names on purpose: machines on a network of their own may be plain http there."""

_METADATA_HOSTS = frozenset(
    {"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"}
)
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google and most others
        "fd00:ec2::254",  # AWS
        "fd20:ce::254",  # Google
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's host agent
        "192.0.0.192",  # Oracle
    )
)
_SHARED_NETWORK = ipaddress.ip_network("100.64.0.0/10")
"""Carrier-grade NAT (RFC 6598): what overlay networks such as Tailscale hand out."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NUMBER_LABEL = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)")
_HOST_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*"
)


class AddressError(PersonError):
    """An address that no tier may have; the text says why and what would do."""


def check_base_url(url: str, place: Place) -> str:
    """Return ``url`` normalised (lower-case host, no trailing slash) when a tier at ``place`` may have it.

    Raises:
        AddressError: it is no web address, hides something, points at a cloud's metadata service or
            a link-local address, or would send prompts in clear text over a network not named on purpose.
    """
    text = url.strip()
    parts = split_url(text)
    host = (parts.hostname or "").removesuffix(".")
    _refuse_decorations(text, parts)
    address = parse_host(host, text)
    if address is not None:
        refuse_address(address, text)
    if parts.scheme == "http":
        _refuse_clear_text(host, address, place, text)
    shown = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else host
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{shown}{port}{parts.path.rstrip('/')}"


def refuse_address(address: Address, url: str) -> None:
    """Refuse what is no ordinary server, however it is spelled.

    Raises:
        AddressError: metadata service, link-local, multicast, unspecified, reserved, or an IPv4
            address inside an IPv6 one.
    """
    if isinstance(address, ipaddress.IPv6Address) and _inner(address) is not None:
        raise AddressError(
            tr("{url} hides an IPv4 address in an IPv6 one; write the IPv4 address itself", url=url)
        )
    if address.is_link_local or address in _METADATA_ADDRESSES:
        raise AddressError(
            tr("{url} is a link-local or cloud metadata address, which is never a model server", url=url)
        )
    if address.is_unspecified:
        raise AddressError(
            tr("{url} means every address at once; write http://127.0.0.1 for this machine", url=url)
        )
    if address.is_multicast or (address.is_reserved and not address.is_loopback):
        raise AddressError(
            tr("{url} is not the address of one server; write the server's own address", url=url)
        )


def is_own_network(address: Address) -> bool:
    """Whether ``address`` is this machine or a private network (RFC 1918, 4193, 6598)."""
    if isinstance(address, ipaddress.IPv4Address) and address in _SHARED_NETWORK:
        return True
    return address.is_loopback or (address.is_private and not address.is_link_local)


def is_own_name(host: str) -> bool:
    """Whether ``host`` is a name of the person's own network: without a dot, or ending in ``.local`` etc."""
    return "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa"))


def is_own_server(url: str) -> bool:
    """Whether ``url`` names a machine on a private network, by literal address or by such a network's name.

    Raises:
        AddressError: it is no web address.
    """
    host = (split_url(url.strip()).hostname or "").removesuffix(".")
    try:
        return is_own_network(ipaddress.ip_address(host))
    except ValueError:
        return is_own_name(host)


def parse_host(host: str, url: str) -> Address | None:
    """Return the address that ``host`` spells, ``None`` for a name.

    Raises:
        AddressError: a number in disguise (``0x7f.1``, ``2130706433``) or no host name at all.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if _NUMBER_LABEL.fullmatch(host.rpartition(".")[2]):
        raise AddressError(
            tr("{url} spells its address in an odd way; write it as four numbers, like 192.168.1.20", url=url)
        )
    if host.lower() in _METADATA_HOSTS:
        raise AddressError(tr("{url} is a cloud's metadata service, which is never a model server", url=url))
    if not _HOST_NAME.fullmatch(_ascii(host, url)):
        raise AddressError(
            tr("{url} has no usable host name; write it like https://server.example:8000", url=url)
        )
    return None


def split_url(text: str) -> SplitResult:
    """Return the parts of a web address.

    Raises:
        AddressError: it is none, or names no server.
    """
    if not text or any(char <= " " or char in '\\"<>`{}|^' or char == "\x7f" for char in text):
        raise AddressError(
            tr("{text} is no web address; write it like http://127.0.0.1:1234", text=f"{text!r}")
        )
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that hold no address
        raise AddressError(
            tr("{text} is no web address; write it like http://127.0.0.1:1234", text=f"{text!r}")
        ) from None
    try:
        port = parts.port
    except ValueError:
        raise AddressError(
            tr("{text} has no usable port; write a number up to 65535, like http://127.0.0.1:1234", text=text)
        ) from None
    if parts.scheme not in {"http", "https"}:
        raise AddressError(tr("{text} must begin with https:// or http://", text=text))
    if not parts.hostname or port == 0:
        raise AddressError(tr("{text} names no server; write it like http://127.0.0.1:1234", text=text))
    return parts


def _refuse_decorations(text: str, parts: SplitResult) -> None:
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise AddressError(
            tr("an address must not contain a name or password; enter the key in Settings instead")
        )
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise AddressError(tr("{text} must end before any ? or #", text=text))
    if "%" in parts.netloc or "/../" in f"{parts.path}/" or "/./" in f"{parts.path}/":
        raise AddressError(
            tr("{text} contains % in its host or dots in its path; write it plainly", text=text)
        )


def _refuse_clear_text(host: str, address: Address | None, place: Place, text: str) -> None:
    loopback = host == "localhost" or (address is not None and address.is_loopback)
    if loopback:
        return
    if place not in OWN_NETWORK:
        raise AddressError(
            tr(
                "{text} would send prompts and the key in clear text: use https://, or set the "
                "tier's place to office or edge if the server is on your own network",
                text=text,
            )
        )
    if address is not None and not is_own_network(address):
        raise AddressError(
            tr("{text} is on the internet, where plain http can be read by others: use https://", text=text)
        )


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    low = int(address) & 0xFFFFFFFF
    compatible = int(address) >> 32 == 0 and low > 1
    return ipaddress.IPv4Address(low) if address in _NAT64 or compatible else None


def _ascii(host: str, url: str) -> str:
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        raise AddressError(
            tr("{url} has no usable host name; write it like https://server.example:8000", url=url)
        ) from None


def with_path(base_url: str, usual: str) -> str:
    """Return ``base_url`` without a slash at its end, with the path ``usual`` when it has none of its own."""
    trimmed = base_url.rstrip("/")
    return trimmed if urlsplit(trimmed).path else trimmed + usual
