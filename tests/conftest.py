"""What every test gets without asking: its own home, no stranger's network, no silent warning.

Fixtures that start real servers (an X server, a Secret Service, the program itself) live in
``support/`` and are loaded from here.
"""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from hypothesis import settings
from keyring.backends import fail

from support.logfail import LogGuard, guard_logs
from support.memory_keyring import MemoryKeyring
from support.netguard import NetGuard

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

settings.register_profile("house", deadline=None)  # no test depends on the clock of the machine
settings.load_profile("house")

pytest_plugins = ["support.program", "support.screen", "support.secrets"]

FOREIGN_VARIABLES = (
    "ALL_PROXY",
    "ANTHROPIC_",
    "COMPUTE_BROKER_",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "FTP_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "LLAMA_ARG_",
    "LMSTUDIO_",
    "LM_API_TOKEN",
    "OLLAMA_",
    "OPENAI_",
    "OPENROUTER_",
    "WAYLAND_DISPLAY",
)
"""Settings of the person who runs the tests, by prefix and in either case: none may reach a test."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a home directory of its own, and return it.

    The run-time directory lies apart, since a Unix socket's path must stay under 108 bytes.
    """
    for name in [name for name in os.environ if name.upper().startswith(FOREIGN_VARIABLES)]:
        monkeypatch.delenv(name)
    own = tmp_path / "home"
    places = {
        "HOME": own,
        "USERPROFILE": own,
        "XDG_CONFIG_HOME": own / ".config",
        "XDG_DATA_HOME": own / ".local" / "share",
        "XDG_STATE_HOME": own / ".local" / "state",
        "XDG_CACHE_HOME": own / ".cache",
        "COMPUTE_BROKER_HOME": own / "compute-broker",
    }
    for name, place in places.items():
        place.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(place))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{fail.Keyring.__module__}.{fail.Keyring.__name__}")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    with tempfile.TemporaryDirectory(prefix="cb-run-") as runtime:
        Path(runtime).chmod(0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={runtime}/no-bus-in-tests")
        yield own


@pytest.fixture(autouse=True)
def garbage_on_this_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Destroy Qt's garbage where it was made, as the program does, and not in a double's thread."""
    if "qapp" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def no_system_keyring(home: Path) -> Iterator[None]:
    """Let no test reach the keyring of the person who runs it."""
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(fail.Keyring())


@pytest.fixture
def memory_keyring(no_system_keyring: None) -> MemoryKeyring:
    """Use a keyring that forgets everything with the test, in this process only."""
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    return backend


@pytest.fixture(autouse=True)
def logs() -> Iterator[LogGuard]:
    """Fail the test on a log record of WARNING or above that it did not announce.

    ``logs.allow(pattern)`` tolerates matching records, ``logs.expect(pattern)`` also demands one.
    Qt's own messages are judged by pytest-qt (``qt_log_level_fail`` in pyproject.toml).
    """
    with guard_logs() as guard:
        yield guard
    guard.verdict()


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[NetGuard]:
    """Refuse connections that would leave the machine, and fail the test that tried."""
    with NetGuard() as guard:
        yield guard
    guard.verdict()
