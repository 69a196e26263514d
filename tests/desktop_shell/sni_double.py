"""A StatusNotifierItem host, as GNOME's extension and KDE's panel are one: a watcher on the session bus."""

from __future__ import annotations

import asyncio
from typing import Any

from dbus_fast import Message, MessageType, PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property, method, signal

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"


class SniWatcher(ServiceInterface):
    """Takes items, and reads what they show."""

    def __init__(self) -> None:
        super().__init__(WATCHER)
        self.items: asyncio.Queue[str] = asyncio.Queue()
        self._bus: MessageBus | None = None

    async def start(self, address: str) -> None:
        self._bus = await MessageBus(address).connect()
        self._bus.export("/StatusNotifierWatcher", self)
        await self._bus.request_name(WATCHER)

    def stop(self) -> None:
        assert self._bus is not None
        self._bus.disconnect()

    async def read(
        self, item: str, name: str, path: str = "/StatusNotifierItem", interface: str = ITEM
    ) -> Any:
        """Return a property of an item, by its bus name."""
        (value,) = await self.call(
            item, path, "org.freedesktop.DBus.Properties", "Get", "ss", [interface, name]
        )
        return value.value

    async def call(
        self, item: str, path: str, interface: str, member: str, signature: str, body: list[Any]
    ) -> list[Any]:
        """Call a method of an item."""
        assert self._bus is not None
        request = Message(
            destination=item, path=path, interface=interface, member=member, signature=signature, body=body
        )
        reply = await asyncio.wait_for(self._bus.call(request), 10)
        assert reply is not None
        assert reply.message_type is MessageType.METHOD_RETURN, reply.body
        return list(reply.body)

    @method()
    def RegisterStatusNotifierItem(self, service: "s"):  # noqa: F821, N802, UP037 - D-Bus signatures and names
        self.items.put_nowait(service)

    @method()
    def RegisterStatusNotifierHost(self, service: "s"):  # noqa: F821, N802, UP037
        pass

    @dbus_property(access=PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> "b":  # noqa: F821, N802, UP037
        return True

    @dbus_property(access=PropertyAccess.READ)
    def ProtocolVersion(self) -> "i":  # noqa: F821, N802, UP037
        return 0

    @dbus_property(access=PropertyAccess.READ)
    def RegisteredStatusNotifierItems(self) -> "as":  # noqa: F722, N802
        return []

    @signal()
    def StatusNotifierHostRegistered(self):  # noqa: N802
        pass


def texts(layout: Any) -> list[str]:
    """Return the labels of a D-Bus menu's layout, depth first."""
    _number, properties, children = layout
    label = properties.get("label", Variant("s", "")).value
    own = [label] if label and properties.get("visible", Variant("b", True)).value else []  # noqa: FBT003
    return own + [text for child in children for text in texts(child.value)]
