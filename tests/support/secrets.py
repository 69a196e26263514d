"""A real Secret Service: gnome-keyring on a session bus of its own, unlocked with a test password."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import keyring
import pytest
from jeepney import MatchRule, message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection
from keyring.backends import SecretService

SERVICE = "org.freedesktop.secrets"
PASSWORD = b"test\n"
"""An empty password does not unlock (facts, desktop)."""


@dataclass(frozen=True)
class SecretSession:
    """A bus with a Secret Service on it. ``env`` gives both to a child process."""

    address: str
    daemon_pid: int

    @property
    def env(self) -> dict[str, str]:
        """Environment variables for a child that shall use the real keyring."""
        backend = SecretService.Keyring
        return {
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "PYTHON_KEYRING_BACKEND": f"{backend.__module__}.{backend.__name__}",
        }


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _start_bus(stack: ExitStack) -> str:
    command = ("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1")
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stack.callback(_end, bus)
    assert bus.stdout is not None
    address = bus.stdout.readline().decode().strip()
    if not address:
        pytest.fail("dbus-daemon did not start")
    return address


def _start_keyring(connection: DBusConnection, address: str, stack: ExitStack) -> int:
    rule = MatchRule(
        type="signal", sender=message_bus.bus_name, interface=message_bus.interface, member="NameOwnerChanged"
    )
    rule.add_arg_condition(0, SERVICE)
    Proxy(message_bus, connection).AddMatch(rule)
    with connection.filter(rule) as changes:
        daemon = subprocess.Popen(
            ("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"),
            env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": address},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(_end, daemon)
        assert daemon.stdin is not None
        daemon.stdin.write(PASSWORD)
        daemon.stdin.close()
        connection.recv_until_filtered(changes, timeout=15)
    return daemon.pid


@contextmanager
def real_secret_service() -> Iterator[SecretSession]:
    """Run a bus and a keyring daemon in the current HOME for as long as the block runs."""
    with ExitStack() as stack:
        address = _start_bus(stack)
        with open_dbus_connection(address) as connection:
            pid = _start_keyring(connection, address, stack)
        yield SecretSession(address, pid)


@pytest.fixture
def secret_service(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretSession]:
    """Use a real Secret Service with this test's home, in this process and (``env``) in children."""
    if sys.platform != "linux":
        pytest.skip("the Secret Service is only tested on Linux")
    with real_secret_service() as session:
        for name, value in session.env.items():
            monkeypatch.setenv(name, value)
        keyring.set_keyring(SecretService.Keyring())
        yield session
