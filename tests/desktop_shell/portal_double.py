"""A desktop portal on a bus of its own: GlobalShortcuts and the registry, scripted, over real D-Bus."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import RequestNameReply

PORTAL = "org.freedesktop.portal.Desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
REQUEST = "org.freedesktop.portal.Request"


@contextmanager
def session_bus() -> Iterator[str]:
    """Run a session bus and give its address."""
    command = ("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1")
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert bus.stdout is not None
    try:
        address = bus.stdout.readline().decode().strip()
        if not address:
            pytest.fail("dbus-daemon did not start")
        yield address
    finally:
        bus.terminate()
        bus.wait(5)
        bus.stdout.close()


class PortalDouble:
    """Answers as the portal's documents say; what it was asked is in ``calls``."""

    def __init__(self, *, registry: str = "ok", response: int = 0, shortcuts: bool = True) -> None:
        """``registry``: ``ok``, ``missing`` or ``refuses``. ``response``: the dialog's outcome."""
        self.calls: list[tuple[str, list[Any]]] = []
        self.trigger_description = "Ctrl+Alt+Space"
        self._registry = registry
        self._response = response
        self._shortcuts = shortcuts
        self._bus: MessageBus | None = None
        self._session = ""
        self._client = ""

    async def start(self, address: str) -> None:
        self._bus = await MessageBus(address).connect()
        assert await self._bus.request_name(PORTAL) is RequestNameReply.PRIMARY_OWNER
        self._bus.add_message_handler(self._answer)

    def stop(self) -> None:
        assert self._bus is not None
        self._bus.disconnect()

    def activate(self, shortcut: str, time: int, token: str = "") -> None:
        options = {"activation_token": Variant("s", token)} if token else {}
        self._signal(
            "/org/freedesktop/portal/desktop",
            SHORTCUTS,
            "Activated",
            "osta{sv}",
            [self._session, shortcut, time, options],
        )

    def _answer(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL or message.destination != PORTAL:
            return None
        self.calls.append((str(message.member), list(message.body)))
        self._client = str(message.sender)
        if message.member == "Register":
            return self._register(message)
        if not self._shortcuts:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "No such interface")
        options = message.body[-1]
        sender = self._client.removeprefix(":").replace(".", "_")
        path = f"/org/freedesktop/portal/desktop/request/{sender}/{options['handle_token'].value}"
        results: dict[str, Variant] = {}
        if message.member == "CreateSession":
            self._session = (
                f"/org/freedesktop/portal/desktop/session/x/{options['session_handle_token'].value}"
            )
            results = {"session_handle": Variant("s", self._session)}
            code = 0
        else:
            code = self._response
            given = [
                [each[0], {"trigger_description": Variant("s", self.trigger_description)}]
                for each in message.body[1]
            ]
            results = {"shortcuts": Variant("a(sa{sv})", given)} if not code else {}
        assert self._bus is not None
        self._bus.send(Message.new_method_return(message, "o", [path]))
        self._signal(path, REQUEST, "Response", "ua{sv}", [code, results])
        return True

    def _register(self, message: Message) -> Message:
        if self._registry == "missing":
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "No such interface")
        if self._registry == "refuses":
            return Message.new_error(
                message, "org.freedesktop.portal.Error.InvalidArgument", "App info not found"
            )
        return Message.new_method_return(message)

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        assert self._bus is not None
        signal = Message.new_signal(path, interface, member, signature, body)
        signal.destination = self._client
        self._bus.send(signal)
