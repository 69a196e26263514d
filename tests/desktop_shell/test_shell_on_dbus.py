"""The tray where icons go over D-Bus (GNOME's extension, KDE, XFCE): no click needed, no icon to see."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from portal_double import session_bus
from sni_double import MENU, SniWatcher, texts

from support.program import Program, StartProgram
from support.screen import XScreen

pytestmark = pytest.mark.screen
DOUBLE = (sys.executable, str(Path(__file__).with_name("shell_double.py")))


@pytest.fixture
def bus() -> Iterator[str]:
    with session_bus() as address:
        yield address


@pytest.mark.parametrize("late", [False, True], ids=["host first", "program first"])
async def test_the_item_registers_and_its_menu_can_be_read(
    bare_xscreen: XScreen, start_program: StartProgram, bus: str, *, late: bool
) -> None:
    watcher = SniWatcher()
    if not late:
        await watcher.start(bus)
    shell = start_program(env={**bare_xscreen.env, "DBUS_SESSION_BUS_ADDRESS": bus}, command=DOUBLE)
    if late:
        await asyncio.to_thread(shell.wait_line, "market watched")
        await watcher.start(bus)
    item = await asyncio.wait_for(watcher.items.get(), 15)
    assert await watcher.read(item, "Id") == "Compute Broker"
    await asyncio.to_thread(_watched, shell)
    path = await watcher.read(item, "Menu")
    _revision, layout = await watcher.call(item, path, MENU, "GetLayout", "iias", [0, -1, []])
    shown = texts(layout)
    assert shown[0].startswith("Today $1.24 for 17 requests")
    assert any(text.startswith("●  Claude Haiku 5.5") and "$1.00" in text for text in shown)
    assert shown[-1] == "Quit"
    watcher.stop()


def _watched(shell: Program) -> None:
    if "market watched" not in shell.lines:
        shell.wait_line("market watched")
