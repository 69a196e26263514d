"""Reading a figure out of Prometheus text: what llama-server and vLLM answer to ``/metrics``."""

from __future__ import annotations

import re

_SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{[^}]*\})?\s+([0-9.eE+-]+)\s*$", re.MULTILINE)


def metric(text: str, name: str) -> float | None:
    """Return the sum of a metric over its labels in Prometheus text, ``None`` when it is not there."""
    found = []
    for key, value in _SAMPLE.findall(text):
        if key == name:
            try:
                found.append(float(value))
            except ValueError:
                continue
    return sum(found) if found else None
