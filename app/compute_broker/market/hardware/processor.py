"""Processor and memory, by psutil; and how long work waits for them, where the kernel tells (Linux)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from compute_broker.market.hardware.files import text_in

_AVERAGE = re.compile(r"some avg10=(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Processor:
    """``threads``, ``load`` as a share in [0, 1], memory in bytes.

    ``cpu_pressure`` and ``memory_pressure`` are the shares of the last ten seconds in which some work waited.
    """

    threads: int
    load: float | None
    memory_total: int
    memory_available: int
    cpu_pressure: float | None = None
    memory_pressure: float | None = None


class ProcessorReader:
    """Remembers that its first reading of the load means nothing."""

    def __init__(self, root: Path = Path("/")) -> None:
        """Read below ``root`` what psutil does not tell."""
        self._root = root
        self._warm = False

    def look(self) -> Processor:
        """Return processor and memory as they are now."""
        import psutil  # noqa: PLC0415 - 20 ms and some memory: only who looks at the machine pays

        percent, warm, self._warm = psutil.cpu_percent(interval=None), self._warm, True
        memory = psutil.virtual_memory()
        return Processor(
            psutil.cpu_count() or 1,
            min(1.0, percent / 100) if warm else None,
            memory.total,
            memory.available,
            pressure(self._root, "cpu"),
            pressure(self._root, "memory"),
        )


def pressure(root: Path, kind: str) -> float | None:
    """Return the share of time in which some work waited for ``kind``; ``None`` where nobody tells."""
    found = _AVERAGE.match(text_in(root / "proc/pressure" / kind) or "")
    return min(1.0, float(found[1]) / 100) if found else None
