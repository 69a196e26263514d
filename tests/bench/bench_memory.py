"""Resident memory over many asks and many openings of the panel, as a series: it should be flat.

``python tests/bench/bench_memory.py`` prints these figures alone; ``ASKS`` and ``OPENINGS`` say how many.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured import Figure
from used import in_child, main, used

ASKS = int(os.environ.get("ASKS", "10000"))
OPENINGS = int(os.environ.get("OPENINGS", "1000"))
WARM = 20
POINTS = 10


def resident() -> float:
    """Return this process's resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


async def live(url: str) -> dict[str, list[float]]:
    """Ask and open, and return the memory after each tenth."""
    found: dict[str, list[float]] = {}
    async with used(url) as hour:
        for number in range(WARM):
            await hour.round(number, "paste", "panel")
        for name, times in (("paste", ASKS), ("panel", OPENINGS)):
            found[name] = [resident()]
            for number in range(times):
                await hour.round(number, name)
                if (number + 1) % max(1, times // POINTS) == 0:
                    found[name].append(resident())
                    print(f"{name} {number + 1:,}: {found[name][-1]:.1f} MB", file=sys.stderr, flush=True)
    return found


def figures() -> list[Figure]:
    """Return both series; what was done is printed as it goes."""
    found = in_child(__file__)
    return [
        Figure(f"resident over {ASKS:,} asks", found["paste"], "MB", "flat"),
        Figure(f"resident over {OPENINGS:,} openings", found["panel"], "MB", "flat"),
    ]


if __name__ == "__main__":
    main(live, figures)
