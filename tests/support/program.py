"""Start the real program as a child process in the test's own home, and talk to it."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "compute_broker")


class Program:
    """A running child. Its output is read by threads, so that it never blocks on a full pipe."""

    def __init__(self, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            arguments,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.started = time.monotonic()
        self.pid = self._process.pid
        self.lines: list[str] = []
        """Everything said so far, standard output and error, in order of arrival."""
        self._fresh: queue.Queue[str | None] = queue.Queue()
        streams = (self._process.stdout, self._process.stderr)
        self._readers = [threading.Thread(target=self._read, args=(stream,)) for stream in streams]
        for reader in self._readers:
            reader.start()

    def wait_line(self, pattern: str, timeout: float = 40.0) -> re.Match[str]:
        """Return the match of the next line in which ``pattern`` is found; fail after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        ended = 0
        while ended < len(self._readers):
            try:
                line = self._fresh.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(
                    f"no line with {pattern!r} in {timeout} s; said so far:\n" + "\n".join(self.lines)
                )
            if line is None:
                ended += 1
            elif match := re.search(pattern, line):
                return match
        pytest.fail(f"the program ended without a line with {pattern!r}:\n" + "\n".join(self.lines))

    def say(self, line: str) -> None:
        """Write one line to the program's standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hang_up(self) -> None:
        """Close the program's standard input."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def wait(self, timeout: float = 40.0) -> int:
        """Return the exit status; fail when the program does not end in ``timeout`` seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"the program did not end in {timeout} s; said so far:\n" + "\n".join(self.lines))

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal to the program, if it still runs."""
        self._process.send_signal(number)

    def running(self) -> bool:
        """Whether the program still runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Make sure that nothing of it is left: ask, then kill."""
        if self.running():
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for reader in self._readers:
            reader.join(5)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _read(self, stream: Iterator[str]) -> None:
        for raw in stream:
            line = raw.rstrip("\n")
            self.lines.append(line)
            self._fresh.put(line)
        self._fresh.put(None)


StartProgram = Callable[..., Program]


def poll(condition: Callable[[], bool], seconds: float) -> None:
    """Ask every tenth of a second until it is true: nothing tells this process what the other does."""
    never, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"it did not come true in {seconds} s")
        never.wait(0.1)


@pytest.fixture
def start_program(home: Path) -> Iterator[StartProgram]:
    """Return ``start(*arguments, env=None, command=COMMAND)``; all that it starts ends with the test.

    The child has the test's environment (own home, no keyring, offscreen) with ``env`` laid over it,
    for instance ``xscreen.env`` or ``secret_service.env``.
    """
    running: list[Program] = []

    def start(
        *arguments: str, env: Mapping[str, str] | None = None, command: tuple[str, ...] = COMMAND
    ) -> Program:
        program = Program((*command, *arguments), {**os.environ, **(env or {})})
        running.append(program)
        return program

    yield start
    for program in running:
        program.end()
