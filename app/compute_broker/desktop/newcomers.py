"""Model servers of this machine that are no tier yet: told of once, quietly, and not again once dismissed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from compute_broker.config.home import Home
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.texts import tr
from compute_broker.core.tier import HOSTED, is_loopback_url
from compute_broker.market.discovery import USUAL_PORTS, Found, discover
from compute_broker.market.server_words import NAMES

if TYPE_CHECKING:
    from compute_broker.compose import Services

Finder = Callable[[], Awaitable[list[Found]]]


async def newcomers(services: Services, finder: Finder | None = None) -> list[Found]:
    """Return the servers found here that no tier speaks to and that the person has not dismissed.

    Without a ``finder``, only ports where no tier looks are asked.
    """
    if finder is not None:
        return await still_new(services, await finder())
    known = ports_here(services.settings.current.tiers)
    found = await discover([port for port in USUAL_PORTS if port not in known])
    return await still_new(services, found)


async def still_new(services: Services, found: Iterable[Found]) -> list[Found]:
    """Return those of ``found`` that have become no tier meanwhile, and were not dismissed."""
    gone = await asyncio.to_thread(dismissed, services.home)
    tiers = services.settings.current.tiers
    return [server for server in found if server.base_url not in gone and not user_of(server, tiers)]


def ports_here(tiers: Iterable[TierSettings]) -> list[int]:
    """Return the ports of this machine at which tiers have their servers."""
    servers = [tier for tier in tiers if tier.provider not in HOSTED and is_loopback_url(tier.address)]
    return [port for port in (urlsplit(tier.address).port for tier in servers) if port is not None]


def user_of(server: Found, tiers: Iterable[TierSettings]) -> str:
    """Return the label of the tier that speaks to ``server`` already; empty without one."""
    for tier in tiers:
        if _place(tier.address) == _place(server.base_url):
            return tier.label or tier.id
    return ""


def offer_text(found: list[Found]) -> str:
    """Return the menu's quiet line about ``found``; empty for none."""
    if not found:
        return ""
    if len(found) == 1:
        return tr("{server} runs here: use it…", server=NAMES[found[0].kind])
    return tr("{count} model servers run here: use them…", count=len(found))


def dismissed(home: Home) -> set[str]:
    """Return the addresses that the person does not want to be told of. Reads a file."""
    try:
        return set(_file(home).read_text("utf-8").split())
    except (OSError, UnicodeDecodeError):
        return set()


def dismiss(home: Home, server: Found) -> None:
    """Never tell of ``server`` again; Settings still shows it. Writes a file."""
    addresses = dismissed(home) | {server.base_url}
    _file(home).write_text("\n".join(sorted(addresses)) + "\n", "utf-8")


def _file(home: Home) -> Path:
    return home.data / "dismissed-servers"


def _place(url: str) -> str:
    """Return where a server is: on this machine by its port, however the machine is named."""
    if is_loopback_url(url):
        return f"here:{urlsplit(url).port}"
    return url.rstrip("/").removesuffix("/v1")
