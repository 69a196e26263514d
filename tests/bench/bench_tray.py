"""Start to tray icon, and what the idle program costs: ours beside a bare tray, in one run."""

from __future__ import annotations

import time

import psutil
from measured import Figure
from scratch import BARE, OURS, in_tray, scratch_home

from support.screen import XScreen, real_screen

RUNS = 7
SETTLE_SECONDS = 5.0
IDLE_SECONDS = 20.0


def start_to_icon(screen: XScreen) -> list[Figure]:
    """Start both by turns, after one start each that fills the caches of the disk."""
    times: dict[tuple[str, ...], list[float]] = {BARE: [], OURS: []}
    with scratch_home() as env:
        for run in range(RUNS + 1):
            for command, values in times.items():
                with in_tray(screen, command, env) as (_, seconds):
                    if run:
                        values.append(seconds)
    return [
        Figure("start to tray icon, a bare tray", times[BARE], "s"),
        Figure("start to tray icon", times[OURS], "s", "under 1.0 s"),
    ]


def idle(screen: XScreen) -> list[Figure]:
    """Leave the program alone for a while, then look at what it took."""
    with scratch_home() as env, in_tray(screen, OURS, env) as (pid, _):
        process = psutil.Process(pid)
        time.sleep(SETTLE_SECONDS)
        before = process.cpu_times()
        began = time.monotonic()
        time.sleep(IDLE_SECONDS)
        after = process.cpu_times()
        busy = after.user + after.system - before.user - before.system
        share = 100 * max(0.0, busy) / (time.monotonic() - began)
        resident = process.memory_info().rss / 10**6
    return [
        Figure("idle: share of one core", [share], "%", "under 0.5 %"),
        Figure("idle: resident, without the engine", [resident], "MB", "under 120 MB"),
    ]


def figures() -> list[Figure]:
    """Measure all of it on one screen."""
    with real_screen() as screen:
        screen.start_tray()
        return [*start_to_icon(screen), *idle(screen)]
