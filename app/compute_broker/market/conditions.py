"""Reads what the person's rules ask of this machine: its battery, and whether the network is metered.

Nothing is read while no rule asks, and nothing more often than every half minute. What cannot be told is
unknown, and unknown breaks no rule.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import Any

from compute_broker.core.conditions import Conditions
from compute_broker.market.hardware.battery import read_battery
from compute_broker.market.rules import LocalRule

EVERY_SECONDS = 30.0
_BUS_SECONDS = 2.0
_METERED = {1, 3}
"""``yes`` and ``guess yes`` of NetworkManager's NMMetered (libnm: treat only these two as metered)."""

_SERVICE = "org.freedesktop.NetworkManager"

_log = logging.getLogger(__name__)


class ConditionReader:
    """Keeps the last reading. ``root`` is where the file system begins, ``bus_address`` the system bus."""

    def __init__(self, root: Path = Path("/"), bus_address: str | None = None) -> None:
        """Read nothing yet."""
        self._root, self._bus_address = root, bus_address
        self._rule = LocalRule()
        self._read_at = float("-inf")
        self.current = Conditions()

    async def refresh(self, rule: LocalRule) -> bool:
        """Read what ``rule`` asks for, if that was not just done; return whether anything changed."""
        now = time.monotonic()
        if rule == self._rule and now - self._read_at < EVERY_SECONDS:
            return False
        self._rule, self._read_at = rule, now
        on_battery, charge = None, None
        if rule.asks_battery:
            on_battery, charge = await asyncio.to_thread(_battery, self._root)
        metered = await metered_network(self._bus_address) if rule.avoid_metered else None
        before, self.current = self.current, Conditions(on_battery, charge, metered)
        return before != self.current


def _battery(root: Path) -> tuple[bool | None, int | None]:
    found = read_battery(root)
    return found.on_battery, found.charge


async def metered_network(address: str | None = None) -> bool | None:
    """Return whether NetworkManager holds the connection for metered; ``None`` where it cannot tell."""
    if not sys.platform.startswith("linux"):
        return None
    from dbus_fast import BusType, DBusFastError, Message  # noqa: PLC0415 - only a rule brings it
    from dbus_fast.aio import MessageBus  # noqa: PLC0415 - likewise

    ask = Message(
        destination=_SERVICE,
        path="/org/freedesktop/NetworkManager",
        interface="org.freedesktop.DBus.Properties",
        member="Get",
        signature="ss",
        body=[_SERVICE, "Metered"],
    )
    bus: MessageBus | None = None
    try:
        async with asyncio.timeout(_BUS_SECONDS):
            bus = await MessageBus(bus_address=address, bus_type=BusType.SYSTEM).connect()
            return _told(await bus.call(ask))
    except (OSError, TimeoutError, DBusFastError, ValueError) as error:
        _log.info("NetworkManager did not say whether the network is metered: %s", error)
        return None
    finally:
        if bus is not None:
            bus.disconnect()


def _told(reply: Any) -> bool | None:
    body = reply.body if reply is not None else []
    state = getattr(body[0], "value", None) if body else None
    if not isinstance(state, int) or state == 0:
        return None
    return state in _METERED
