"""A home for a measured program, and its start and end on a real screen."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.screen import XScreen

OURS = (sys.executable, "-m", "compute_broker")
BARE = (sys.executable, str(Path(__file__).with_name("bare_tray.py")))


@contextmanager
def scratch_home() -> Iterator[dict[str, str]]:
    """Yield an environment with a home of its own and no keyring."""
    with tempfile.TemporaryDirectory(prefix="cb-bench-") as folder:
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        home = Path(folder) / "compute-broker"
        home.mkdir()
        (home / "welcomed").touch()  # the first start's welcome is not what is measured
        kept = {
            name: os.environ[name] for name in ("PATH", "LANG", "OPENBLAS_CORETYPE") if name in os.environ
        }
        yield {
            **kept,
            "HOME": folder,
            "XDG_RUNTIME_DIR": str(runtime),
            "COMPUTE_BROKER_HOME": f"{folder}/compute-broker",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/no-bus",
        }


@contextmanager
def in_tray(screen: XScreen, command: tuple[str, ...], env: dict[str, str]) -> Iterator[tuple[int, float]]:
    """Run a tray program for the block; yield its process id and the seconds from start to icon."""
    began = time.monotonic()
    program = subprocess.Popen(command, env={**env, **screen.env}, stderr=subprocess.DEVNULL)
    try:
        screen.wait_tray_icons(1)
        yield program.pid, time.monotonic() - began
    finally:
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        screen.wait_tray_icons(0)
