"""Who holds a reservation: a process, named so that a later one cannot be mistaken for it.

A process id alone is reused; with the moment the process started (as the kernel counts it, which no
change of the clock moves) and the boot it belongs to, it is not.
"""

from __future__ import annotations

import os
import socket
import sys
from enum import StrEnum
from functools import cache
from pathlib import Path


class Life(StrEnum):
    """What can be said of an owner. ``elsewhere``: another machine's process, not ours to judge."""

    ALIVE = "alive"
    DEAD = "dead"
    ELSEWHERE = "elsewhere"


@cache
def _boot() -> str:
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else "boot"


def _started(pid: int) -> str | None:
    """Return when the process started, in the kernel's own count, or ``None`` when it is gone."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        after_name = stat.rpartition(")")[2].split()
        return None if after_name[0] in "ZX" else after_name[19]
    import psutil  # noqa: PLC0415 - 20 ms, and not needed on Linux

    try:
        return str(round(psutil.Process(pid).create_time()))
    except psutil.NoSuchProcess:
        return None


def this_process() -> str:
    """Return the name of the running process, as stored with its reservations."""
    pid = os.getpid()
    return f"{socket.gethostname()}|{_boot()}|{pid}|{_started(pid)}"


def life_of(owner: str) -> Life:
    """Return whether the process of that name still runs."""
    host, boot, pid, started = owner.split("|")
    if host != socket.gethostname():
        return Life.ELSEWHERE
    if boot != _boot():
        return Life.DEAD
    return Life.ALIVE if _started(int(pid)) == started else Life.DEAD
