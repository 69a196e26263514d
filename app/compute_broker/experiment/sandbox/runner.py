"""Starting the child, feeding it, and ending it in time with all that it may have started."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.texts import tr
from compute_broker.own_process import CODE_FLAG

_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from compute_broker.experiment.sandbox.child import run_child; run_child()"
)
_APP = Path(__file__).resolve().parents[3]
_POSIX = os.name == "posix"
_LAST_GASP = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """``cpu`` and ``wall`` in seconds; ``memory``, ``file``, ``output`` in bytes; ``files`` open at once."""

    cpu: int = 5
    wall: int = 10
    memory: int = 512 * 1024 * 1024
    file: int = 1024 * 1024
    files: int = 32
    output: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it. ``tests`` has for each ``{"ok"}``, ``{"value"}`` or ``{"error"}``; none when it died.

    ``trouble`` says why not all was run; empty when it was.
    """

    tests: list[dict[str, Any]]
    trouble: str = ""


def try_sandbox() -> None:
    """Run a line of our own.

    Raises:
        EnvironmentFaultError: code cannot be run on this machine; the text says why.
    """
    ran = run_tests("def one():\n    return 1", "one", [{"args": []}])
    if ran.tests != [{"value": 1}]:
        raise EnvironmentFaultError(
            tr("code in answers cannot be run here: {why}", why=ran.trouble or ran.tests)
        )


def run_tests(code: str, function: str, tests: list[Any], limits: Limits | None = None) -> Ran:
    """Run ``code``, then ``tests`` on its ``function``, in a child of their own.

    Raises:
        EnvironmentFaultError: this system cannot hold such a child.
    """
    if not _POSIX:
        raise EnvironmentFaultError(
            tr("code in answers is not run on this system, which cannot confine it; only Linux and macOS can")
        )
    limits = limits or Limits()
    token = secrets.token_hex(16)
    order = {"token": token, "limits": asdict(limits), "code": code, "function": function, "tests": tests}
    with tempfile.TemporaryDirectory(prefix="compute-broker-code-", ignore_cleanup_errors=True) as folder:
        out = _converse(json.dumps(order).encode(), folder, limits)
    if len(out) > limits.output:
        return Ran([], "it wrote too much")
    for line in reversed(out.decode("utf-8", "replace").splitlines()):
        if line.startswith(token):
            return _ran(json.loads(line[len(token) :]))
    return Ran([], "it ended before its tests, or ran out of time or memory")


def _ran(found: dict[str, Any]) -> Ran:
    if "refused" in found:
        raise EnvironmentFaultError(tr("code in answers cannot be run safely: {why}", why=found["refused"]))
    return Ran(found.get("tests", []), str(found.get("error", "")))


def _converse(order: bytes, folder: str, limits: Limits) -> bytes:
    """Return what the child wrote, up to one byte over the limit; it is gone then, with its group."""
    child = subprocess.Popen(  # noqa: S603 - our own program
        _command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"LC_ALL": "C.UTF-8", "HOME": folder, "TMPDIR": folder},
        start_new_session=True,
    )
    got: list[bytes] = []
    talk = threading.Thread(target=_talk, args=(child, order, limits.output + 1, got), daemon=True)
    try:
        talk.start()
        talk.join(limits.wall)
    finally:
        _end(child)
    talk.join(_LAST_GASP)
    return got[0] if got else b""


def _talk(child: subprocess.Popen[bytes], order: bytes, most: int, got: list[bytes]) -> None:
    """Feed the child, then read until its end or ``most`` bytes."""
    if child.stdin is None or child.stdout is None:
        return
    with child.stdout:
        try:
            with child.stdin:
                child.stdin.write(order)
        except BrokenPipeError:
            pass  # it died at once; what it wrote tells
        got.append(child.stdout.read(most))


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child's whole group; its session is its own, so nobody else is in it."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.kill()  # macOS does not let a group of zombies be signalled
    child.wait()


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, CODE_FLAG]
    # -I and -S: no environment, no site-packages, so that nothing but the standard library is there.
    return [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _START, str(_APP)]
