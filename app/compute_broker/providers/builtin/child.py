"""The child process: one llama.cpp server on loopback, alive exactly as long as its parent holds on.

Protocol, one JSON object a line. In: ``{"token", "model", "context", "threads"}`` on standard input,
which then stays open and silent. Out: ``{"address"}`` or ``{"error"}``. The token travels here and not
in the arguments or the environment, since other users may read those.

The end of standard input is the order to exit. The kernel closes it when the parent dies in any way,
``kill -9`` included, so that no orphan stays. Two watchers stand at it, because xllamacpp holds the
interpreter's lock while it loads: a thread, and on Linux the kernel itself (SIGIO, see ``pipe(7)``).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

SLOTS = 1
"""Prompts answered at once; more would share two cores and the context, and all be slow."""

NICENESS = 5
"""The person's own work comes first, yet an answer still comes on a busy machine."""


def run_child() -> int:
    """Serve until standard input ends; return the exit status when the server cannot start."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    order = json.loads(sys.stdin.buffer.readline() or b"{}")
    if not order:
        return 0
    _let_the_kernel_watch(sys.stdin.fileno())
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    try:
        server = _start_server(order)
    except Exception as error:  # noqa: BLE001 - native code raises anything; the parent is told which
        _report(error=f"{type(error).__name__}: {error}")
        return 1
    _report(address=server.listening_address)
    threading.Event().wait()
    return 0


def _start_server(order: dict[str, Any]) -> Any:
    import xllamacpp  # noqa: PLC0415 - heavy native code, wanted in the child only

    params = xllamacpp.CommonParams()
    params.model.path = order["model"]
    params.model_alias = {order["alias"]}
    params.api_keys = [order["token"]]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = order["context"]
    params.n_parallel = SLOTS
    params.cpuparams.n_threads = order["threads"]
    params.cpuparams_batch.n_threads = order["threads"]
    params.cache_ram_mib = 0
    params.fit_params = False
    params.endpoint_metrics = True
    params.ui = False
    params.warmup = False
    params.verbosity = -1
    return xllamacpp.Server(params)


def _let_the_kernel_watch(descriptor: int) -> None:
    """Have the kernel end this process when ``descriptor`` is closed at the other end (Linux).

    SIGIO's default action is to terminate, and it needs no interpreter. It also comes for data, which
    is why the parent says nothing after its first line.
    """
    if sys.platform != "linux":
        return
    import fcntl  # noqa: PLC0415 - POSIX only

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)


def _exit_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _report(**facts: str) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
