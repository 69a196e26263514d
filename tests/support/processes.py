"""Wait for the end of processes that are not our children, without guessing by time."""

from __future__ import annotations

import os
import select

import pytest


def wait_gone(pid: int, timeout: float = 10.0) -> None:
    """Return when the process has ended, reaped or not; fail after ``timeout`` seconds (Linux only)."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([handle], [], [], timeout)
    finally:
        os.close(handle)
    if not ended:
        pytest.fail(f"process {pid} is still there after {timeout} s")
