"""The child: takes an order, gives up its freedom, runs the code and its tests, and says what came of each.

In, all of standard input: ``{"token", "limits", "code", "function", "tests"}``; a test is a statement, or
``{"args"}`` for a call. Out, one line that begins with the token: ``{"refused"}``, ``{"error"}`` when the
code itself fails, or ``{"tests": [{"ok"} | {"value"} | {"error"}]}``. The token is there so that what the
code prints is not taken for a result; code that looks for it in this process can find it.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import types
from pathlib import Path
from typing import Any

_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
    "/usr/share/zoneinfo", "/dev/null", "/dev/urandom", "/nix/store",
)  # fmt: skip
_LONGEST_ERROR = 200


def run_child() -> int:
    """Do what the order on standard input says; return the exit status."""
    order = json.loads(sys.stdin.buffer.read())
    results = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    if _confine(order["limits"]):
        found = _carry_out(order)
    else:
        found = {"refused": "this system lets root start any number of processes; run it as another user"}
    os.write(results, f"{order['token']}{json.dumps(found)}\n".encode())
    os._exit(0)  # threads, exit handlers and buffers of the code have no say any more


def _confine(limits: dict[str, int]) -> bool:
    """Give up what can be given up; return whether no other process can be started."""
    from compute_broker.experiment.sandbox.limits import bar, limit  # noqa: PLC0415 - POSIX only

    own = str(Path.cwd().resolve())
    readable = _readable()
    sys.path[:] = [place for place in sys.path if os.path.realpath(place) in readable]
    alone = limit(limits)
    held: set[str] = set()
    if sys.platform == "linux":
        from compute_broker.experiment.sandbox.kernel import lock  # noqa: PLC0415 - Linux only

        held = lock(own, readable)
    bar(own, readable)
    return alone or "calls" in held


def _readable() -> list[str]:
    """Return where Python's own library is, and what it needs of the system."""
    paths = sysconfig.get_paths()
    places = [paths["stdlib"], paths["platstdlib"], *_SYSTEM]
    places += [place for place in sys.path if place.endswith(("lib-dynload", ".zip"))]
    if frozen := getattr(sys, "_MEIPASS", None):
        places.append(frozen)
    return list(dict.fromkeys(os.path.realpath(place) for place in places))


def _carry_out(order: dict[str, Any]) -> dict[str, Any]:
    answer = types.ModuleType("answer")
    sys.modules["answer"] = answer  # dataclasses and pickle look there
    try:
        exec(compile(order["code"], "answer.py", "exec"), answer.__dict__)  # noqa: S102 - what this is for
        function = getattr(answer, order["function"])
    except BaseException as error:  # noqa: BLE001 - a stranger's code; also SystemExit
        return {"error": _told(error)}
    return {"tests": [_test(answer, function, test) for test in order["tests"]]}


def _test(answer: types.ModuleType, function: Any, test: Any) -> dict[str, Any]:
    try:
        if isinstance(test, str):
            exec(compile(test, "test.py", "exec"), dict(answer.__dict__))  # noqa: S102 - the set's own
            return {"ok": True}
        value = function(*test["args"])
        json.dumps(value)
    except BaseException as error:  # noqa: BLE001 - likewise
        return {"error": _told(error)}
    return {"value": value}


def _told(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
    except BaseException:  # noqa: BLE001 - its text is the stranger's code too
        return "an error that cannot be told"
