"""Windows counts the load of every vendor's graphics and NPUs in its performance counters."""

from __future__ import annotations

import sys

from compute_broker.core.texts import tr
from compute_broker.market.hardware.base import Found


class WindowsCounters:
    """The place of a reader that is not written yet: an untested one would be worse than none."""

    name = tr("Windows performance counters")

    def look(self) -> Found:
        """Return why there is nothing."""
        if sys.platform != "win32":
            return Found(absent=tr("not Windows"))
        return Found(absent=tr("the load of graphics and NPU is not read on Windows yet"))
