"""The fixtures that every other test leans on do what they promise."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from pathlib import Path

import keyring
import pytest
from keyring.errors import NoKeyringError

from support.logfail import LogGuard, guard_logs
from support.memory_keyring import MemoryKeyring
from support.netguard import NetGuard
from support.program import StartProgram
from support.screen import TRAY_SELECTION, XScreen
from support.secrets import SecretSession
from support.xlib import root_of


def test_each_test_lives_in_its_own_home(home: Path, tmp_path: Path) -> None:
    assert Path.home() == home
    assert home.is_relative_to(tmp_path)
    assert Path(os.environ["XDG_RUNTIME_DIR"]).stat().st_mode & 0o777 == 0o700
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        assert Path(os.environ[name]).is_relative_to(home)


def test_the_persons_settings_do_not_reach_a_test() -> None:
    strangers = ("ANTHROPIC_API_KEY", "HTTPS_PROXY", "https_proxy", "DISPLAY", "WAYLAND_DISPLAY")
    assert not [name for name in strangers if name in os.environ]


def test_no_keyring_is_there_by_default() -> None:
    with pytest.raises(NoKeyringError):
        keyring.get_password("compute-broker", "anthropic")


def test_memory_keyring_keeps_a_password(memory_keyring: MemoryKeyring) -> None:
    keyring.set_password("compute-broker", "anthropic", "canary")
    assert memory_keyring.entries == {("compute-broker", "anthropic"): "canary"}
    keyring.delete_password("compute-broker", "anthropic")
    assert keyring.get_password("compute-broker", "anthropic") is None


def test_a_stray_warning_fails_the_test() -> None:
    with guard_logs() as inner:
        outer = LogGuard()
        inner.allow("nothing of the kind")
        record = logging.makeLogRecord(
            {"levelno": logging.WARNING, "levelname": "WARNING", "name": "room", "msg": "trouble"}
        )
        inner.handle(record)
        outer.handle(record)
    with pytest.raises(pytest.fail.Exception, match="WARNING room: trouble"):
        inner.verdict()
    outer.allow("trouble")
    outer.verdict()


def test_an_announced_warning_must_come(logs: LogGuard) -> None:
    logs.expect("WARNING room: announced")
    logging.getLogger("room").warning("announced")
    silent = LogGuard()
    silent.expect("never said")
    with pytest.raises(pytest.fail.Exception, match="never said"):
        silent.verdict()


def test_strangers_are_refused_and_told_on() -> None:
    with NetGuard() as guard, socket.socket() as sock:
        with pytest.raises(OSError, match="loopback"):
            sock.connect(("8.8.8.8", 53))
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("api.anthropic.com", 443)
    with pytest.raises(pytest.fail.Exception, match=r"8\.8\.8\.8, api\.anthropic\.com"):
        guard.verdict()


async def test_example_addresses_fail_quietly_and_loopback_works() -> None:
    with pytest.raises(OSError, match="loopback"):
        await asyncio.open_connection("192.0.2.1", 80)
    with pytest.raises(socket.gaierror):
        await asyncio.open_connection("host.invalid", 80)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


def test_a_child_speaks_and_listens(start_program: StartProgram) -> None:
    child = start_program(command=("sh", "-c", 'read word; echo "heard $word"; echo oops >&2; exit 3'))
    child.say("hello")
    assert child.wait_line("heard (.*)").group(1) == "hello"
    assert child.wait() == 3


def test_a_child_ends_with_the_test(start_program: StartProgram) -> None:
    child = start_program(command=("sleep", "600"))
    assert child.running()
    child.end()
    assert not child.running()


@pytest.mark.screen
def test_the_screen_has_a_tray_that_comes_and_goes(bare_xscreen: XScreen) -> None:
    with root_of(bare_xscreen.display) as root:
        assert root.selection_owner(TRAY_SELECTION) == 0
        bare_xscreen.start_tray()
        assert root.selection_owner(TRAY_SELECTION) != 0
        bare_xscreen.stop_tray()
        assert root.selection_owner(TRAY_SELECTION) == 0


ICON = """
import sys
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
app = QApplication([])
pixmap = QPixmap(32, 32)
pixmap.fill("red")
icon = QSystemTrayIcon(QIcon(pixmap))
icon.activated.connect(lambda reason: print(reason.name, flush=True))
icon.show()
sys.exit(app.exec())
"""


@pytest.mark.screen
def test_an_icon_in_the_tray_is_seen_and_clicked(xscreen: XScreen, start_program: StartProgram) -> None:
    assert xscreen.wait_tray_icons(0) == []
    program = start_program(command=(sys.executable, "-c", ICON), env=xscreen.env)
    (icon,) = xscreen.wait_tray_icons(1)
    assert min(icon.width, icon.height) >= 16
    xscreen.click(*icon.middle)
    assert program.wait_line("Trigger")
    program.end()
    assert xscreen.wait_tray_icons(0) == []


@pytest.mark.screen
def test_the_screen_can_be_photographed(xscreen: XScreen, tmp_path: Path) -> None:
    picture = xscreen.screenshot(tmp_path / "screen.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_secret_service_serves_this_process_and_children(
    secret_service: SecretSession, start_program: StartProgram
) -> None:
    keyring.set_password("compute-broker", "anthropic", "canary")
    assert keyring.get_password("compute-broker", "anthropic") == "canary"
    ask = "import keyring; print(keyring.get_password('compute-broker', 'anthropic'))"
    child = start_program(command=(sys.executable, "-c", ask), env=secret_service.env)
    assert child.wait_line("canary")
    assert child.wait() == 0
