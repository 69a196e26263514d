"""What the child gives up by means that every POSIX system and Python itself have."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_BARRED = (
    "ctypes.",
    "fcntl.",
    "ftplib.",
    "http.",
    "imaplib.",
    "mmap.",
    "nntplib.",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.posix_spawn",
    "os.putenv",
    "os.spawn",
    "os.system",
    "pty.",
    "resource.",
    "signal.pthread_kill",
    "smtplib.",
    "socket.",
    "subprocess.",
    "sys.addaudithook",
    "syslog.",
    "telnetlib.",
    "urllib.",
    "webbrowser.",
)
_LOCAL = 1
"""AF_UNIX, of which asyncio wants a pair; where connecting and binding are barred it leads nowhere else."""
_FILES = ("glob.", "open", "os.", "pathlib.", "shutil.", "sqlite3.connect", "tempfile.")
_READING = {"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.glob/2", "pathlib.Path.glob"}
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit(limits: Mapping[str, int]) -> bool:
    """Set the limits; return whether they alone keep this process from starting others.

    ``cpu`` and ``wall`` in seconds, ``memory`` and ``file`` in bytes, ``files`` a number of open files.
    """
    for what, most in (
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    if sys.platform != "darwin":  # where it cannot be set, and would not be kept to
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    signal.alarm(limits["wall"])
    return os.getuid() != 0  # root may start as many as it likes


def bar(own: str, readable: Sequence[str]) -> None:
    """Refuse, from now on, whatever Python announces but files in ``own`` and reading below ``readable``.

    An audit hook cannot be taken away again (PEP 578).
    """
    may_write = (own,)
    may_read = (own, *readable)
    busy = False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal busy
        if busy:
            return
        if event.startswith(_BARRED) and not (event == "socket.__new__" and args[1] == _LOCAL):
            raise PermissionError(f"{event} is not allowed here")
        if not event.startswith(_FILES):
            return
        busy = True
        try:
            reads = event in _READING or (event == "open" and not _writes(args))
            for place in args[:1] if event == "open" else args:
                if isinstance(place, (str, bytes)) and not _within(place, may_read if reads else may_write):
                    raise PermissionError(f"{event} is allowed in the working directory only")
        finally:
            busy = False

    sys.addaudithook(hook)


def _writes(args: tuple[Any, ...]) -> bool:
    mode, flags = (*args[1:3], None, None)[:2]
    if isinstance(flags, int) and flags & _WRITE_FLAGS:
        return True
    return isinstance(mode, str) and any(sign in mode for sign in "wax+")


def _within(place: str | bytes, roots: Sequence[str]) -> bool:
    real = os.path.realpath(os.fsdecode(place))
    return any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in roots)
