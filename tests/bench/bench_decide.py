"""Deciding: classify, and choose among ten tiers, cross-checks weighed, for prompts of every length; loading.

``python tests/bench/bench_decide.py`` prints these figures alone.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured import Figure, show

from compute_broker.broker.policy import Rules, decide
from compute_broker.classify import default_classifier
from compute_broker.core.decision import MODES, CrossCheck
from support.ten_tiers import ten_tiers

LENGTHS = {80: 600, 400: 600, 1_600: 400, 4_000: 400, 40_000: 100, 400_000: 40}
"""Characters, and how many decisions are measured."""

TEXTS = (
    "How many of the 240 apples are left when a third is sold and each of 7 children takes 12? ",
    "Compare the worst-case running time of merge sort and quicksort and prove both bounds. ",
    "Vergleiche die Vorteile und Nachteile von Miete und Kauf und fasse sie zusammen. ",
    "def total(rows):\n    return sum(row.price for row in rows if row.open)\n\nWhy the TypeError? ",
)
LOADS = 5
_LOAD = """
import resource, time
from compute_broker.broker.policy import decide
def size():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6
before, began = size(), time.perf_counter()
from compute_broker.classify import default_classifier
default_classifier().classify("Wie funktioniert eine Wärmepumpe?")
print(1000 * (time.perf_counter() - began), size() - before)
"""


def _decisions() -> list[Figure]:
    classifier, snapshot = default_classifier(), ten_tiers()
    rules = Rules(MODES["best"], "opus", cross_check=CrossCheck.AUTO)
    found = []
    for length, runs in LENGTHS.items():
        spent = []
        for run in range(runs + 10):
            text = (TEXTS[run % len(TEXTS)] * (length // 80 + 1))[:length]
            began = time.perf_counter()
            decide(classifier.classify(text), snapshot, rules)
            if run >= 10:
                spent.append(1000 * (time.perf_counter() - began))
        bar = "p50 1.5, p99 5 ms" if length <= 4_000 else "under 30 ms"
        found.append(Figure(f"decide, {length:,} characters", spent, "ms", bar))
    return found


def figures() -> list[Figure]:
    """Decide many times in mode best, where every pair is weighed; load in processes of their own."""
    runs = []
    for _ in range(LOADS):
        said = subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True)
        runs.append([float(word) for word in said.stdout.split()])
    return [
        *_decisions(),
        Figure("classifier: load and first prompt", [spent for spent, _ in runs], "ms", "under 200 ms"),
        Figure("classifier: memory", [size for _, size in runs], "MB", "under 60 MB"),
    ]


if __name__ == "__main__":
    show(figures())
