"""The hotkey on Wayland: the desktop portal's GlobalShortcuts, spoken over D-Bus.

The compositor owns the binding: we name the shortcut and what we would like, the person decides in the
system's own dialog. From portal 1.21 on a program without a sandbox must register its application id
first, equal to the name of its .desktop file. Reference: flatpak.github.io/xdg-desktop-portal/docs.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from PySide6.QtGui import QGuiApplication

from compute_broker.core.texts import tr
from compute_broker.desktop.hotkey.base import HotkeyError, Pressed
from compute_broker.desktop.hotkey.keys import Combination, Modifier

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

APP_ID = "compute-broker"
"""The basename of our .desktop file."""
SHORTCUT = "quick-ask"
ANSWER_TIMEOUT = 120.0
"""Seconds for the person to answer the system's dialog."""
CALL_TIMEOUT = 10.0

_PORTAL = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_REGISTRY = "org.freedesktop.host.portal.Registry"
_NAMES = {Modifier.CTRL: "CTRL", Modifier.ALT: "ALT", Modifier.SHIFT: "SHIFT", Modifier.META: "LOGO"}


Outcome = tuple[int, dict[str, Any]]
"""A request's response code (0: done) and its results."""


class PortalHotkey:
    """Asks the desktop portal for a shortcut, and listens for its signal."""

    name = tr("the desktop portal")
    editable = False

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._bus: MessageBus | None = None
        self._session = ""
        self._pressed: Pressed = lambda _time: None
        self._answers: dict[str, asyncio.Future[Outcome]] = {}

    def unfit(self) -> str | None:
        """Return why not."""
        if sys.platform != "linux":
            return tr("there is no desktop portal here")
        if not QGuiApplication.platformName().startswith("wayland"):
            return tr("this is no Wayland session")
        if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            return tr("there is no D-Bus session bus")
        return None

    async def grab(self, combination: Combination, pressed: Pressed) -> str:
        """Ask for ``combination``; the person may choose another, which is returned."""
        self._pressed = pressed
        try:
            await self._connect()
            return await self._bind(combination)
        except (OSError, TimeoutError, EOFError) as error:
            await self.close()
            raise HotkeyError(
                tr("The desktop portal does not answer ({error}).", error=error or tr("timed out"))
            ) from error
        except HotkeyError:
            await self.close()
            raise

    async def close(self) -> None:
        """End the session; the connection takes it along."""
        bus, self._bus, self._session = self._bus, None, ""
        if bus is not None:
            bus.disconnect()

    async def _connect(self) -> None:
        if self._bus is not None:
            return
        from dbus_fast import BusType  # noqa: PLC0415 - 40 ms that X11 need not pay
        from dbus_fast.aio import MessageBus  # noqa: PLC0415 - likewise
        from dbus_fast.errors import DBusError  # noqa: PLC0415 - likewise

        bus = MessageBus(bus_type=BusType.SESSION)
        try:
            self._bus = await asyncio.wait_for(bus.connect(), CALL_TIMEOUT)
        except DBusError as error:
            raise HotkeyError(tr("The session bus refused us: {error}.", error=error)) from error
        self._bus.add_message_handler(self._seen)
        await self._listen()
        await self._register()
        results = await self._request(
            "CreateSession", "a{sv}", [], {"session_handle_token": ("s", f"cb{uuid4().hex}")}
        )
        self._session = str(results["session_handle"].value)

    async def _listen(self) -> None:
        rule = f"type='signal',sender='{_PORTAL}'"
        await self._call(
            "AddMatch",
            "s",
            [rule],
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
        )

    async def _register(self) -> None:
        """Tell our application id; older portals have no registry and need none."""
        try:
            await self._call("Register", "sa{sv}", [APP_ID, {}], interface=_REGISTRY)
        except _RefusedError as error:
            if error.kind.rpartition(".")[2] not in {"UnknownMethod", "UnknownInterface", "UnknownObject"}:
                raise HotkeyError(
                    tr(
                        "The desktop does not know this program ({error}); install compute-broker.desktop.",
                        error=error,
                    )
                ) from error

    async def _bind(self, combination: Combination) -> str:
        from dbus_fast import Variant  # noqa: PLC0415 - see _connect

        wish = {
            "description": Variant("s", tr("Open the quick ask of Compute Broker")),
            "preferred_trigger": Variant("s", trigger(combination)),
        }
        body = [self._session, [[SHORTCUT, wish]], ""]
        results = await self._request("BindShortcuts", "oa(sa{sv})sa{sv}", body, {})
        bound = dict(results["shortcuts"].value) if "shortcuts" in results else {}
        if SHORTCUT not in bound:
            raise HotkeyError(
                tr("The desktop gave no shortcut; allow one in the system's keyboard settings.")
            )
        described = bound[SHORTCUT].get("trigger_description")
        return str(described.value) if described is not None and described.value else str(combination)

    async def _request(
        self, member: str, signature: str, body: list[Any], options: dict[str, tuple[str, str]]
    ) -> dict[str, Any]:
        """Call a portal method that answers through a Request object, and return its results."""
        from dbus_fast import Variant  # noqa: PLC0415 - see _connect

        bus = self._required()
        token = f"cb{uuid4().hex}"
        sender = str(bus.unique_name).removeprefix(":").replace(".", "_")
        path = f"{_PATH}/request/{sender}/{token}"
        answer = self._answers[path] = asyncio.get_running_loop().create_future()
        wishes = {"handle_token": Variant("s", token)}
        wishes |= {name: Variant(kind, value) for name, (kind, value) in options.items()}
        try:
            await self._call(member, signature, [*body, wishes])
            await asyncio.wait_for(answer, ANSWER_TIMEOUT)
        except _RefusedError as error:
            raise HotkeyError(
                tr("The desktop portal offers no hotkey here: {error}.", error=error)
            ) from error
        finally:
            del self._answers[path]
        outcome: Outcome = answer.result()
        if outcome[0]:
            raise HotkeyError(tr("The hotkey was declined in the system's dialog; allow it there."))
        return outcome[1]

    async def _call(
        self,
        member: str,
        signature: str,
        body: list[Any],
        *,
        destination: str = _PORTAL,
        path: str = _PATH,
        interface: str = _SHORTCUTS,
    ) -> list[Any]:
        from dbus_fast import Message, MessageType  # noqa: PLC0415 - see _connect

        call = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body,
        )
        reply = await asyncio.wait_for(self._required().call(call), CALL_TIMEOUT)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise _RefusedError(reply)
        return list(reply.body)

    def _required(self) -> MessageBus:
        if self._bus is None:
            raise HotkeyError(tr("The connection to the desktop portal is closed."))
        return self._bus

    def _seen(self, message: Message) -> None:
        """Take the answers to our requests, and the shortcut's signal."""
        if message.member == "Response" and message.path in self._answers:
            answer = self._answers[message.path]
            if not answer.done():
                answer.set_result((int(message.body[0]), dict(message.body[1])))
        elif message.interface == _SHORTCUTS and message.member == "Activated":
            session, shortcut, time = message.body[:3]
            if session == self._session and shortcut == SHORTCUT:
                options = message.body[3] if len(message.body) > 3 else {}  # noqa: PLR2004 - (o, s, t, a{sv})
                token = options.get("activation_token")
                if token is not None:
                    os.environ["XDG_ACTIVATION_TOKEN"] = str(token.value)  # Qt takes it when a window shows
                self._pressed(int(time))


class _RefusedError(Exception):
    """A D-Bus error reply."""

    def __init__(self, reply: Message | None) -> None:
        text = str(reply.body[0]) if reply is not None and reply.body else tr("no answer")
        super().__init__(text.rstrip("."))
        self.kind = str(reply.error_name) if reply is not None else ""


def trigger(combination: Combination) -> str:
    """Return the combination as the XDG shortcuts specification writes it: ``CTRL+ALT+space``."""
    held = [_NAMES[modifier] for modifier in Modifier if modifier in combination.modifiers]
    return "+".join([*held, combination.key.xkb])
