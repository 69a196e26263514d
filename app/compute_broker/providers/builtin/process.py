"""The parent's end of the child process: start it, learn its address, end it. Blocking, no asyncio."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.texts import tr
from compute_broker.own_process import ENGINE_FLAG, own_command
from compute_broker.providers.builtin.model import MODEL_NAME

_MOST_THREADS = 8


class EngineStartError(EnvironmentFaultError):
    """The built-in engine did not come up; the text says why."""


@dataclass(frozen=True, slots=True)
class EngineOrder:
    """What the child is told: the weights, the context in tokens, and the threads to use."""

    model: Path
    context_tokens: int
    threads: int


def sensible_threads() -> int:
    """Return how many threads to compute with.

    One less than the physical cores that this process may use: the threads wait for each other at every
    step, so that one of them pushed off its core by other work stalls all. Measured on two busy cores:
    56 tokens/s with one thread, 3 to 26 with two (84 and 134 when idle). Beyond eight a model of this
    size only waits for memory.
    """
    import psutil  # noqa: PLC0415 - asked once, when the engine starts

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cores = min(psutil.cpu_count(logical=False) or usable, usable)
    return max(1, min(cores - 1, _MOST_THREADS))


class EngineProcess:
    """One child process. Its methods block, and may be called from any thread."""

    def __init__(self, order: EngineOrder) -> None:
        """Start the child without waiting for it."""
        self.token = secrets.token_urlsafe(32)
        self._order = order
        self._child = subprocess.Popen(  # noqa: S603 - our own executable, no shell
            own_command(ENGINE_FLAG),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
            | getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.pid = self._child.pid

    def wait_ready(self) -> str:
        """Return the server's base URL once it answers.

        Raises:
            EngineStartError: the child ended or reported why it cannot serve.
        """
        order = {
            "token": self.token,
            "model": str(self._order.model),
            "alias": MODEL_NAME,
            "context": self._order.context_tokens,
            "threads": self._order.threads,
        }
        if self._child.stdin is None or self._child.stdout is None:
            raise EngineStartError("the built-in engine has no pipes")
        try:
            self._child.stdin.write(json.dumps(order).encode() + b"\n")
            self._child.stdin.flush()
            report = json.loads(self._child.stdout.readline() or b"{}")
        except (OSError, ValueError) as error:
            raise EngineStartError(
                tr("the built-in engine broke off while starting ({error})", error=error)
            ) from error
        if "address" in report:
            return str(report["address"])
        raise EngineStartError(
            tr("the built-in engine could not start ({why})", why=report.get("error") or self._fate())
        )

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._child.poll() is None

    def kill(self) -> None:
        """Kill the child, so that whoever waits for it hears at once. It needs no farewell."""
        self._child.kill()

    def end(self) -> None:
        """Kill the child and wait until it is gone."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()

    def _fate(self) -> str:
        return tr("it ended with status {status}", status=self._child.wait())
