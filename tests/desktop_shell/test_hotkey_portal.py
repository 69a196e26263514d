"""The Wayland way, against a portal double on a real bus."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from portal_double import PortalDouble, session_bus

from compute_broker.desktop.hotkey.base import HotkeyError
from compute_broker.desktop.hotkey.keys import parse_combination
from compute_broker.desktop.hotkey.portal import PortalHotkey

SPACE = parse_combination("Ctrl+Alt+Space")


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with session_bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.delenv("XDG_ACTIVATION_TOKEN", raising=False)
        yield address


StartPortal = Callable[[PortalDouble], Awaitable[PortalDouble]]


@pytest_asyncio.fixture
async def start_portal(bus: str) -> AsyncIterator[StartPortal]:
    running: list[PortalDouble] = []

    async def start(portal: PortalDouble) -> PortalDouble:
        await portal.start(bus)
        running.append(portal)
        return portal

    yield start
    for portal in running:
        portal.stop()


async def test_it_registers_then_binds_and_hears_the_press(start_portal: StartPortal) -> None:
    portal = await start_portal(PortalDouble())
    portal.trigger_description = "Press <Meta>K"
    hotkey = PortalHotkey()
    presses: asyncio.Queue[int] = asyncio.Queue()
    assert await hotkey.grab(SPACE, presses.put_nowait) == "Press <Meta>K"
    assert [member for member, _ in portal.calls] == ["Register", "CreateSession", "BindShortcuts"]
    assert portal.calls[0][1][0] == "compute-broker"
    ((name, wish),) = portal.calls[2][1][1]
    assert (name, wish["preferred_trigger"].value) == ("quick-ask", "CTRL+ALT+space")
    portal.activate("somebody-else", 1)
    portal.activate("quick-ask", 4711, token="let-me-in")
    assert await asyncio.wait_for(presses.get(), 5) == 4711
    assert presses.empty()
    assert os.environ["XDG_ACTIVATION_TOKEN"] == "let-me-in"
    await hotkey.close()
    await hotkey.close()


async def test_an_older_portal_needs_no_registration(start_portal: StartPortal) -> None:
    await start_portal(PortalDouble(registry="missing"))
    hotkey = PortalHotkey()
    assert await hotkey.grab(SPACE, lambda _time: None) == "Ctrl+Alt+Space"
    await hotkey.close()


@pytest.mark.parametrize(
    ("portal", "words"),
    [
        (PortalDouble(registry="refuses"), "install compute-broker.desktop"),
        (PortalDouble(response=1), "declined"),
        (PortalDouble(shortcuts=False), "offers no hotkey"),
    ],
    ids=["unregistered", "declined", "no shortcuts"],
)
async def test_a_refusal_is_a_sentence(start_portal: StartPortal, portal: PortalDouble, words: str) -> None:
    await start_portal(portal)
    with pytest.raises(HotkeyError, match=words) as caught:
        await PortalHotkey().grab(SPACE, lambda _time: None)
    assert str(caught.value).endswith(".")


async def test_no_portal_on_the_bus_is_a_sentence(bus: str) -> None:
    with pytest.raises(HotkeyError, match="portal"):
        await PortalHotkey().grab(SPACE, lambda _time: None)


async def test_no_bus_is_a_sentence() -> None:
    with pytest.raises(HotkeyError, match="does not answer"):
        await PortalHotkey().grab(SPACE, lambda _time: None)
