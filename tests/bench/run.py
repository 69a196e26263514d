"""Measure what the README promises, on this machine: `make bench`. Figures, not tests."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bench_decide
import bench_engine
import bench_gateway
import bench_hotkey
import bench_hour
import bench_preview
import bench_tray
import bench_what_if
from measured import show


def main() -> None:
    """Run every bench and print one table."""
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} logical cores\n")
    rooms = (
        bench_tray,
        bench_hotkey,
        bench_preview,
        bench_decide,
        bench_engine,
        bench_what_if,
        bench_gateway,
        bench_hour,
    )
    show([figure for room in rooms for figure in room.figures()])


if __name__ == "__main__":
    main()
