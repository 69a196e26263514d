"""A stranger's code stays in its child: time, memory, processes, files, network."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from compute_broker.experiment.sandbox.runner import Limits, Ran, run_tests

APP = Path(__file__).resolve().parents[2] / "app"
SHORT = Limits(cpu=1, wall=3)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is run there")


def run(body: str, limits: Limits = SHORT) -> Ran:
    """Run a function with ``body``."""
    code = "def f():\n" + "\n".join("    " + line for line in body.strip().split("\n"))
    return run_tests(code, "f", [{"args": []}], limits)


def value(body: str) -> Any:
    ran = run(body)
    assert not ran.trouble
    return ran.tests[0]["value"]


def error(body: str) -> str:
    ran = run(body)
    assert not ran.trouble
    return str(ran.tests[0]["error"])


def test_ordinary_code_runs_with_the_standard_library() -> None:
    body = """
import asyncio, dataclasses, datetime, decimal, heapq, json, random, re, sqlite3, statistics, zoneinfo
@dataclasses.dataclass
class Point:
    x: int
async def later():
    await asyncio.sleep(0)
    return sqlite3.connect(":memory:").execute("select 7").fetchone()[0]
open("own.txt", "w").write("kept")
zoneinfo.ZoneInfo("Europe/Berlin")
return [Point(1).x, asyncio.run(later()), open("own.txt").read(), random.Random(1).random() < 1]
"""
    assert value(body) == [1, 7, "kept", True]


def test_an_endless_loop_is_ended() -> None:
    started = time.monotonic()
    assert "ran out of time" in run("while True: pass").trouble
    assert time.monotonic() - started < SHORT.wall + 2


def test_sleeping_for_ever_is_ended_too() -> None:
    assert "ran out of time" in run("import time\ntime.sleep(600)", Limits(wall=1)).trouble


def test_memory_is_bounded() -> None:
    assert "MemoryError" in error("return len(bytearray(10 ** 10))")


def test_what_it_prints_goes_nowhere_and_what_it_returns_is_bounded() -> None:
    assert value("for _ in range(100): print('x' * 10 ** 6)\nreturn 1") == 1
    assert run("return 'x' * 10 ** 6").trouble == "it wrote too much"


def test_an_endless_writer_to_our_pipe_is_ended() -> None:
    body = """
import os
while True:
    for number in range(3, 32):
        try:
            os.write(number, b"x" * 65536)
        except OSError:
            pass
"""
    assert run(body).trouble in {
        "it wrote too much",
        "it ended before its tests, or ran out of time or memory",
    }


def test_files_are_bounded() -> None:
    assert "File too large" in error(
        "open('big', 'wb', 0).write(b'x' * 2 ** 20 + b'y')\nopen('big', 'ab', 0).write(b'z')"
    )
    assert "Too many open files" in error("return len([open('a', 'w') for _ in range(100)])")


@pytest.mark.parametrize(
    "body",
    [
        "import os\nreturn os.fork()",
        "import subprocess\nreturn subprocess.run(['true']).returncode",
        "import os\nreturn os.system('true')",
        "import os\nreturn os.posix_spawn('/bin/true', ['true'], {})",
        "import os\nos.execv('/bin/true', ['true'])",
        "import multiprocessing\np = multiprocessing.Process(target=print)\np.start()",
    ],
)
def test_no_process_is_started(body: str) -> None:
    assert "Permission" in error(body) or "not permitted" in error(body)


def test_no_thread_is_started() -> None:
    assert "can't start new thread" in error("import threading\nthreading.Thread(target=print).start()")


@pytest.mark.parametrize(
    "body",
    [
        "import socket\nsocket.socket()",
        "import socket\nsocket.create_connection(('127.0.0.1', 9))",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/')",
        "import socket\nsocket.getaddrinfo('localhost', 80)",
    ],
)
def test_the_network_is_out_of_reach(body: str) -> None:
    assert "not allowed here" in error(body)


def test_nothing_outside_is_read_or_written(home: Path) -> None:
    secret = home / "secret.txt"
    secret.write_text("canary")
    for body in (
        f"return open({str(secret)!r}).read()",
        f"import os\nreturn os.listdir({str(home)!r})",
        "return open('/etc/passwd').read()",
        "return open('/proc/self/environ').read()",
        f"open({str(home / 'new')!r}, 'w')",
        f"import os\nos.remove({str(secret)!r})",
        f"import os\nos.rename({str(secret)!r}, 'mine')",
        f"import os\nos.symlink({str(home)!r}, 'way')\nreturn open('way/secret.txt').read()",
        f"import shutil\nshutil.rmtree({str(home)!r})",
        f"import sqlite3\nsqlite3.connect({str(home / 'new.db')!r})",
        "import ctypes\nctypes.CDLL(None).getpid()",
        "import os\nos.kill(os.getppid(), 9)",
    ):
        assert "not allowed here" in error(body) or "in the working directory only" in error(body), body
    assert sorted(path.name for path in home.iterdir() if path.is_file()) == ["secret.txt"]
    assert secret.read_text() == "canary"


def test_our_environment_does_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary")
    told = value("import os\nreturn [dict(os.environ), os.getcwd()]")
    assert "canary" not in str(told)
    assert told[0]["HOME"] == told[1]
    assert not Path(told[1]).exists()  # it went with the child


def test_limits_cannot_be_raised() -> None:
    assert "not allowed here" in error("import resource\nresource.setrlimit(resource.RLIMIT_CPU, (99, 99))")


# The kernel's part alone, without Python's audit hook: what native code would meet.

KERNEL = """
import os, sys
sys.path.insert(0, sys.argv[1])
from compute_broker.experiment.sandbox.child import _readable
from compute_broker.experiment.sandbox.kernel import lock
import ctypes, socket, subprocess
held = lock(os.getcwd(), _readable())
sys.stdout.write(" ".join(sorted(held)) + "\\n")
sys.stdout.flush()
try:
    exec(sys.argv[2])
except OSError as error:
    sys.stdout.write(type(error).__name__)
else:
    sys.stdout.write("done")
"""


def bare(statement: str, folder: Path) -> tuple[set[str], str]:
    command = [sys.executable, "-I", "-S", "-B", "-c", KERNEL, str(APP), statement]
    out = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30, check=True).stdout
    held, _, end = out.partition("\n")
    return set(held.split()), end


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")
@pytest.mark.parametrize(
    ("statement", "needs"),
    [
        ("os.fork()", "calls"),
        ("os.execv('/bin/true', ['true'])", "calls"),
        ("subprocess.run(['/bin/true'])", "calls"),
        ("socket.socket()", "calls"),
        ("os.setsid()", "calls"),
        ("os.kill(os.getppid(), 0)", "calls"),
        ("open('/etc/passwd')", "files"),
        ("os.listdir('/')", "files"),
        ("open('../new', 'w')", "files"),
        ("os.mkdir('../new')", "files"),
        ("os.rename('../kept', 'kept')", "files"),
        ("open('/proc/self/environ')", "files"),
    ],
)
def test_the_kernel_holds_it_without_the_hook(statement: str, needs: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    own = outside / "own"
    own.mkdir(parents=True)
    (outside / "kept").write_text("canary")
    held, end = bare(statement, own)
    if needs not in held:
        pytest.skip(f"this kernel does not hold {needs}")
    assert end == "PermissionError"
    assert sorted(path.name for path in outside.iterdir()) == ["kept", "own"]
    assert bare("open('mine', 'w').write('x'); open('mine').read(); socket.socketpair()", own)[1] == "done"


def test_nothing_stays_behind() -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    run("import os\nos.setsid()\nwhile True: pass", Limits(cpu=1, wall=1))
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    strays = [each for each in psutil.process_iter(["cmdline"]) if "run_child()" in str(each.info["cmdline"])]
    assert not [each for each in strays if each.ppid() in {1, os.getpid()}]
